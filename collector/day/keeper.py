"""The loop that keeps the days: reads the spool, folds, publishes, closes days at midnight. A process of its own.

The fold takes a core when traffic is high; in the server's process it would take it from the beacons
(docs/decisions.md). Everything it knows is in the spool: killed at any instant, it starts again, folds today's entries
and the publishes recorded among them, and is where it was. It publishes nothing before that, and makes up for no
missed tick.
"""

import argparse
import fcntl
import gc
import logging
import select
import socket
import sqlite3
import sys
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path

from collector.control import Control
from collector.day.fold import Fold
from collector.day.keys import Keys
from collector.day.notes import Note
from collector.day.spool import READ_AT_ONCE, Entry, Spool, SpoolDay
from collector.day.waiting import Waiting
from collector.errors import TrekvartError
from collector.fault import point
from collector.private import keep_memory_private
from collector.site import NO_SITE, Site

log = logging.getLogger("trekvart.keeper")

IDLE_SECONDS = 0.25  # between looks at the spool when nothing came: a publish is at most this late
STOP, RELEASED, READY = b"q", b"o", b"r"

SiteOf = Callable[[int], Site | None]


class _Running:
    """A day being folded: its fold, the publishes recorded before a restart, and when the next is due."""

    def __init__(self, day: SpoolDay, fold: Fold, ticks: list[tuple[int, int]]) -> None:
        self.day = day
        self.fold = fold
        self.recorded = deque(ticks)
        self.torn = False  # an entry is lost that was in a recorded publish: the replay does not publish what that did
        self.due = 0

    def replay_until(self, place: float) -> None:
        """Publishes again, to nobody, what was published before the entry at `place`."""
        while self.recorded and self.recorded[0][0] < place:
            time = self.recorded.popleft()[1]
            self.fold.publish(time)
            if self.torn and not self.recorded:
                self.fold.forgo(time)

    def plan(self, now: int) -> None:
        """Sets the next publish: the next whole multiple of the day's interval since its midnight."""
        every = self.day.day.publish_seconds * 1000
        self.due = self.day.day.begins + ((now - self.day.day.begins) // every + 1) * every


class Keeper:
    """Folds the spool's days and releases their groups. `released` is called after each release is in the outbox."""

    def __init__(self, spool: Spool, site_of: SiteOf, cells_per_cube: int, released: Callable[[], None]) -> None:
        self._spool = spool
        self._site_of = site_of
        self._cells_per_cube = cells_per_cube
        self._released = released
        self._days: dict[int, _Running] = {}
        self._place = 0
        self._now = 0
        self.caught_up = False
        spool.tidy()

    def turn(self, now: int) -> bool:
        """Reads some, and publishes and closes what is due. False when there was nothing to read."""
        self._now = now
        read = self._read()
        if self.caught_up:
            self._close_past(now)
            for running in list(self._days.values()):
                if running.due <= now:
                    if running.due:
                        self._publish(running, now)
                    running.plan(now)
                elif running.due - now > running.day.day.publish_seconds * 1000:  # the clock was set back
                    running.plan(now)
        return read > 0

    def last_turn(self, now: int) -> None:
        """Before the process ends: reads all, and publishes what may be published."""
        self._now = now
        while self._read():
            pass
        self._close_past(now)
        for running in list(self._days.values()):
            self._publish(running, now)

    def _read(self) -> int:
        entries = self._spool.read(self._place)
        for entry in entries:
            self._fold(entry)
            self._place = entry.seq
        if len(entries) < READ_AT_ONCE and not self.caught_up:
            for day in self._spool.live_days():
                self._running(day.number)
            for running in self._days.values():
                running.replay_until(float("inf"))
            self.caught_up = True
        return len(entries)

    def _fold(self, entry: Entry) -> None:
        running = self._running(entry.day)
        if running is None:
            return
        if entry.batch is None:
            running.torn = True
            self._spool.set_aside(entry.seq, "torn or altered")
            self._tell(Note(self._now, "torn", running.day.day.site, running.day.day.date))
            return
        running.replay_until(entry.seq)
        fold = running.fold
        for index, hit in enumerate(entry.batch.hits):
            fold.hit(entry.seq, index, hit)
        for network, reason in entry.batch.drops:
            fold.drop(network, reason)

    def _running(self, number: int) -> _Running | None:
        running = self._days.get(number)
        if running is not None:
            return running
        live = self._spool.live_days()
        day = next((d for d in live if d.number == number), None)
        if day is None:
            return None
        # What waits comes from the day before, so that one ends first. All its entries stand before this day's.
        for earlier in live:
            if earlier.day.site == day.day.site and earlier.number < number:
                self._close(earlier, day)
        return self._start(day)

    def _start(self, day: SpoolDay) -> _Running | None:
        key = self._spool.keys.read(day.number)
        if key is None:
            self._spool.lose(day, self._now)
            return None
        waiting = self._spool.waiting(day)
        if waiting is None:
            self._tell(Note(self._now, "waiting-lost", day.day.site, day.day.date))
            waiting = Waiting()
        fold = Fold(day.day, key, waiting, self._cells_per_cube)
        running = self._days[day.number] = _Running(day, fold, self._spool.ticks(day.number))
        running.torn = self._spool.has_aside(day.number)
        return running

    def _tell(self, note: Note) -> None:
        self._spool.note(note)
        log.error("%s", note.sentence)

    def _publish(self, running: _Running, now: int) -> None:
        release = running.fold.publish(now)
        if release is None:
            return
        point("publish.folded")
        if self._spool.record(running.day, self._place, release):
            self._released()
        else:
            self._days.pop(running.day.number)  # its site has been removed

    def _close_past(self, now: int) -> None:
        self._spool.forget_lost(now)
        live = self._spool.live_days()
        for number in self._days.keys() - {day.number for day in live}:
            del self._days[number]  # its site has been removed
        for day in live:
            if day.state == "open" and now >= day.day.ends:
                self._spool.set_state(day.number, "closing")
            elif day.state == "open":
                self._running(day.number)
                continue
            if self._read() < READ_AT_ONCE and any(d.number == day.number for d in self._spool.live_days()):
                site = self._site_of(day.day.site)
                self._close(day, None if site is None else self._spool.open_day(site, now))

    def _close(self, day: SpoolDay, into: SpoolDay | None) -> None:
        running = self._days.get(day.number) or self._start(day)
        if running is None:
            return
        running.replay_until(float("inf"))
        release, waiting = running.fold.close(day.day.ends)
        point("midnight.folded")
        self._spool.finish(day, release, waiting, into)
        self._days.pop(day.number)
        self._released()
        gc.collect()


def main(arguments: list[str]) -> None:
    """The process: `python -m collector.day.keeper --channel FD --data DIR --keys DIR --cells N`."""
    keep_memory_private()
    count_references_only()
    options = _options(arguments)
    logging.basicConfig(format="%(levelname)s %(message)s", level=logging.WARNING)
    channel = socket.socket(fileno=options.channel)
    with (options.data / "keeper.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # a keeper whose server was killed may still be finishing its last write
        control = Control.open(options.data / "control.db")
        spool = Spool(options.data, Keys(options.keys))
        keeper = Keeper(spool, lambda number: _site(control, number), options.cells, lambda: channel.sendall(RELEASED))
        _loop(keeper, channel)
        spool.close()


def count_references_only() -> None:
    """No search for cycles but when a day is closed: cells and visits make none, and a busy day has a million of them.

    Looking through them again and again took a quarter of the fold's time at 20,000 pages (`bench/wall_cost.py`).
    """
    gc.disable()


def _site(control: Control, number: int) -> Site | None:
    return NO_SITE if number == NO_SITE.id else next((s for s in control.sites() if s.id == number), None)


def _loop(keeper: Keeper, channel: socket.socket) -> None:
    told = False
    while True:
        busy = keeper.turn(time.time_ns() // 1_000_000)
        if keeper.caught_up and not told:
            channel.sendall(READY)
            told = True
        if select.select([channel], [], [], 0 if busy else IDLE_SECONDS)[0]:
            if channel.recv(1) == STOP:
                keeper.last_turn(time.time_ns() // 1_000_000)
            return  # asked to, or the server is gone


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="collector.day.keeper")
    parser.add_argument("--channel", type=int, required=True)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--keys", type=Path, required=True)
    parser.add_argument("--cells", type=int, required=True)
    return parser.parse_args(arguments)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except (BrokenPipeError, ConnectionError, KeyboardInterrupt):
        sys.exit(0)  # the server is gone
    except TrekvartError as error:
        log.error("%s", error)  # noqa: TRY400 - one sentence is the message
        sys.exit(1)
    except (sqlite3.Error, OSError) as error:
        log.error("The spool or its keys cannot be used (%s); look at the disk.", error)  # noqa: TRY400 - as above
        sys.exit(1)
