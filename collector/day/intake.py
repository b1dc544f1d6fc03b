"""Group commit: beacons wait here, together, until the transaction that holds them is on disk."""

import asyncio
import logging
import queue
import threading
import time
from collections.abc import Callable

from collector.day.spool import Batch, Spool
from collector.door.hit import Hit
from collector.errors import SpoolFull, TrekvartError
from collector.site import Site

log = logging.getLogger("trekvart.intake")

PAUSE_WHEN_FULL = 0.05  # seconds: a full disk is asked again 20 times a second, not 20,000


class _Written(asyncio.Future[bool]):
    """Whether a group commit is on disk: one future, which all its beacons wait for.

    A task that is cancelled cancels what it waits for, and here that would answer everybody else's beacon, too. So a
    beacon that gives up (its connection outlasts the grace of a stop) takes only itself away.
    """

    def cancel(self, msg: object = None) -> bool:
        """Not cancelled: the task that asked is, at its next step."""
        del msg
        return False


class Intake:
    """Takes hits and drops on the event loop, and commits what has gathered whenever the disk is free.

    No timer: while one transaction is being written the next one gathers, so a lone beacon waits one disk write, and
    64 at once share one (`make bench T=ingest`). All state belongs to the event loop; the thread only writes.
    """

    def __init__(self, spool: Spool, limit: int, clock: Callable[[], int]) -> None:
        """`limit`: beacons waiting for the disk beyond which `full` is true. `clock`: milliseconds UTC."""
        self._spool = spool
        self._limit = limit
        self._clock = clock
        self._loop = asyncio.get_running_loop()
        self._batches: dict[int, tuple[Site, Batch]] = {}
        self._done: asyncio.Future[bool] = _Written(loop=self._loop)  # of what gathers
        self._last: asyncio.Future[bool] = self._done  # of what is being written
        self._gathered = 0  # beacons in _batches
        self._writing = 0  # beacons with the thread
        self._scheduled = False
        self.why = "disk-error"  # of the last time that the disk refused
        self._work: queue.SimpleQueue[tuple[list[tuple[Site, Batch]], asyncio.Future[bool]] | None] = (
            queue.SimpleQueue()
        )
        self._thread = threading.Thread(target=self._write, name="spool", daemon=True)
        self._thread.start()

    @property
    def full(self) -> bool:
        """Whether more beacons wait for the disk than may: the answer is 503 then."""
        return self._gathered + self._writing >= self._limit

    def hit(self, site: Site, hit: Hit) -> asyncio.Future[bool]:
        """Adds a hit. The future's result: True when it is on disk, False when the disk refused it."""
        self._batch(site).hits.append(hit)
        return self._done

    def drop(self, site: Site, network: int, reason: str) -> asyncio.Future[bool]:
        """Adds a drop, to be counted by its reason. The future is as for a hit."""
        self._batch(site).drops.append((network, reason))
        return self._done

    async def settle(self) -> None:
        """Returns when all that has gathered is on disk, or was refused."""
        while self._gathered or self._writing:
            await asyncio.shield(self._done if self._gathered else self._last)

    async def stop(self) -> None:
        """Writes what has gathered and ends the thread; from then on it is full."""
        await self.settle()
        self._limit = 0
        self._work.put(None)
        await self._loop.run_in_executor(None, self._thread.join)

    def _batch(self, site: Site) -> Batch:
        self._gathered += 1
        if not self._scheduled and not self._writing:
            self._scheduled = True
            self._loop.call_soon(self._flush)  # what else is ready in this turn of the loop joins
        known = self._batches.get(site.id)
        if known is None:
            known = self._batches[site.id] = site, Batch([], [])
        return known[1]

    def _flush(self) -> None:
        self._scheduled = False
        if self._writing or not self._gathered:
            return
        self._work.put((list(self._batches.values()), self._done))
        self._last = self._done
        self._writing, self._gathered = self._gathered, 0
        self._batches = {}
        self._done = _Written(loop=self._loop)

    def _written(self, done: asyncio.Future[bool], kept: bool) -> None:
        self._writing = 0
        self._flush()  # before the answers: the disk works while the loop sends them
        done.set_result(kept)

    def _write(self) -> None:
        while (work := self._work.get()) is not None:
            batches, done = work
            kept = False
            try:
                self._spool.append(batches, self._clock())
                kept = True
            except TrekvartError as error:
                self.why = error.why if isinstance(error, SpoolFull) else "disk-error"
                # without a number: nothing finer than a publish reaches a log
                log.error("Beacons were answered 503: %s", error)  # noqa: TRY400 - one sentence is the message
                time.sleep(PAUSE_WHEN_FULL)
            except Exception:
                log.exception("the spool failed")
                time.sleep(PAUSE_WHEN_FULL)
            self._loop.call_soon_threadsafe(self._written, done, kept)
