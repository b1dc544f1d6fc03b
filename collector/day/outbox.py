"""From the outbox to the store: each release lands exactly once, and is forgotten only after the store's checkpoint."""

import logging
import threading
from collections.abc import Callable

from collector.day.spool import Spool
from collector.errors import TrekvartError
from collector.fault import point
from collector.store import Store

log = logging.getLogger("trekvart.outbox")

RETRY_SECONDS = 2.0  # after the store refused, and between looks when nobody woke the thread


def apply(spool: Spool, store: Store, now: int) -> int:
    """Adds what the outbox holds to the store, merges the days that ended, and returns how many releases it was.

    Safe to be killed in: the store keeps the number of the last release of each site, and skips what it has.
    """
    count = 0
    spool.set_releases_aside(now)
    while items := spool.outbox():
        point("outbox.read")
        store.add_many(items)  # with its checkpoint
        point("store.checkpointed")
        for item in items:
            spool.forget_release(item.site, item.number)
            point("outbox.forgotten")
        count += len(items)
        spool.set_releases_aside(now)
    store.merge_closed()
    return count


class OutboxThread:
    """Applies the outbox in the server, whenever the keeper says that something is there."""

    def __init__(self, open_spool: Callable[[], Spool], store: Store, clock: Callable[[], int]) -> None:
        self._clock = clock
        self._open_spool = open_spool
        self._store = store
        self._wake = threading.Event()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="outbox", daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """Something may be in the outbox."""
        self._wake.set()

    def stop(self) -> None:
        """Applies what is there, then ends."""
        self._stopping = True
        self._wake.set()
        self._thread.join()

    def _run(self) -> None:
        spool = self._open_spool()
        while True:
            stopping = self._stopping
            self._wake.clear()
            try:
                apply(spool, self._store, self._clock())
            except TrekvartError as error:
                log.error("Releases wait in the outbox: %s", error)  # noqa: TRY400 - one sentence is the message
            except Exception:  # a thread that ended here would bring nothing to the store ever again
                log.exception("Releases wait in the outbox")
            if stopping:
                break
            self._wake.wait(RETRY_SECONDS)
        spool.close()
