"""The keeper: publishes when due, closes days at their midnight, and after any crash is where it was."""

import sqlite3
from collections import Counter
from pathlib import Path

import msgspec
import pytest

from collector.day.spool import OutboxItem
from tests.unit.day.spooling import HOUR, MIDNIGHT, NOON, SITE, Machine, SameKeys, hit

TEN_MINUTES = 600_000


def released(machine: Machine) -> list[OutboxItem]:
    return machine.spool.outbox(10_000)


def test_publishes_on_the_grid_of_its_interval(tmp_path: Path) -> None:
    """With P of ten minutes hits at noon are published at ten past, once, and no tick is made up for after a pause."""
    machine = Machine(tmp_path)
    machine.take([hit(n) for n in range(8)], NOON)
    machine.turn(NOON + 1000)
    machine.turn(NOON + TEN_MINUTES - 1)
    assert released(machine) == []
    machine.turn(NOON + TEN_MINUTES)
    machine.turn(NOON + 5 * TEN_MINUTES)
    assert [item.release.time for item in released(machine)] == [NOON + TEN_MINUTES]
    assert machine.pageviews() == 8


def test_fewer_than_k_networks_publish_nothing(tmp_path: Path) -> None:
    """Four networks under k = 5 leave the outbox empty, however many hits and ticks there are."""
    machine = Machine(tmp_path)
    for minute in range(0, 60, 5):
        now = NOON + minute * 60_000
        machine.take([hit(n, now) for n in range(4)], now)
        machine.turn(now)
    assert released(machine) == []


def test_midnight_closes_the_day_and_its_key(tmp_path: Path) -> None:
    """After midnight the day's key and entries are gone, and what waits is sealed under the next day's key."""
    machine = Machine(tmp_path)
    machine.take([hit(n) for n in range(8)], NOON)
    machine.turn(NOON)
    machine.turn(MIDNIGHT + 5)
    assert [item.release.closes for item in released(machine)] == [True]
    assert machine.pageviews() == 8
    assert machine.spool.keys.days() == {2}
    assert machine.spool.read(0) == []
    (day,) = machine.spool.live_days()
    assert day.day.date == "2026-11-25"
    waiting = machine.spool.waiting(day)
    assert waiting is not None
    assert waiting.counts["page.pageview"].facts == 8


def test_a_server_asleep_for_three_days_closes_once(tmp_path: Path) -> None:
    """Hits of Tuesday are closed as Tuesday's when the machine wakes on Friday; what waits goes straight to Friday."""
    machine = Machine(tmp_path)
    machine.take([hit(n) for n in range(8)], NOON)
    machine.restart()
    machine.turn(NOON + 72 * HOUR)
    assert [(item.release.day, item.release.closes) for item in released(machine)] == [("2026-11-24", True)]
    assert [d.day.date for d in machine.spool.live_days()] == ["2026-11-27"]


def test_sites_close_at_their_own_midnights(tmp_path: Path) -> None:
    """Two sites in Stockholm and Auckland: the same moment ends the day of one and not of the other."""
    machine = Machine(tmp_path)
    far = msgspec.structs.replace(SITE, id=2, domain="kiwi.example", time_zone="Pacific/Auckland")
    machine.sites[2] = far
    machine.take([hit(n) for n in range(6)], NOON - 2 * HOUR)
    machine.site = far
    machine.take([hit(n) for n in range(6)], NOON - 2 * HOUR)  # 23:00 in Auckland
    machine.turn(NOON - 2 * HOUR)
    machine.turn(NOON)
    assert [(i.site, i.release.day) for i in released(machine) if i.release.closes] == [(2, "2026-11-24")]


def story(machine: Machine, *, crash: bool) -> list[OutboxItem]:
    """Two days of hits with publishes; with `crash` the process starts anew after every single step."""
    for step in range(40):
        now = NOON + step * 30 * 60_000 + 1000
        machine.take([hit(17 * step + n, now, page=f"/p{n % 4}") for n in range(12)], now, drops=((1, "bot"),))
        # A tick that passes while the process is down is not made up for: it starts anew between ticks.
        for moment in (now, now + TEN_MINUTES - 2000):
            if crash:
                machine.restart()
            machine.turn(moment)
        for tick in (1, 2, 3):
            machine.turn(now - 1000 + tick * TEN_MINUTES)
    machine.turn(NOON + 40 * HOUR)
    return released(machine)


def test_crashes_change_nothing(tmp_path: Path) -> None:
    """A keeper that is restarted after every step releases, under the same keys, what an undisturbed one does."""
    calm, shaken = (Machine(made(tmp_path / name), keys=SameKeys) for name in ("calm", "shaken"))
    quiet = story(calm, crash=False)
    assert quiet == story(shaken, crash=True)
    assert sum(len(item.release.rows) for item in quiet) > 20
    assert calm.pageviews() == shaken.pageviews() == 40 * 12


@pytest.mark.parametrize("step", ["record", "finish"])
def test_a_refused_write_is_replayed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    """When the disk refuses a publish or a midnight, the next process does it, and every hit is counted once."""
    machine = Machine(tmp_path)
    machine.take([hit(n) for n in range(8)], NOON)
    machine.turn(NOON)
    due = NOON + TEN_MINUTES if step == "record" else MIDNIGHT
    with monkeypatch.context() as patch:
        patch.setattr(machine.keeper._spool, step, broken)
        with pytest.raises(OSError, match="disk"):
            machine.turn(due)
    machine.restart()
    machine.turn(due)
    machine.turn(due + TEN_MINUTES)
    machine.turn(MIDNIGHT + TEN_MINUTES)
    assert machine.pageviews() == 8


def test_what_was_left_between_finish_and_key_is_tidied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed after midnight's transaction and before its key is destroyed: the next start destroys key and entries."""
    machine = Machine(tmp_path)
    machine.take([hit(n) for n in range(8)], NOON)
    machine.turn(NOON)
    with monkeypatch.context() as patch:
        patch.setattr(machine.keeper._spool, "_forget", broken)
        with pytest.raises(OSError, match="disk"):
            machine.turn(MIDNIGHT)
    assert 1 in machine.spool.keys.days()
    machine.restart()
    assert machine.spool.keys.days() == {2}
    assert machine.spool.read(0) == []
    machine.turn(MIDNIGHT)
    assert machine.pageviews() == 8


def test_last_turn_publishes_what_may_be_published(tmp_path: Path) -> None:
    """At SIGTERM all is read and published that fulfils the precondition, and a restart counts nothing twice."""
    machine = Machine(tmp_path)
    machine.take([hit(n) for n in range(8)], NOON)
    machine.keeper.last_turn(NOON + 1)
    assert machine.pageviews() == 8
    machine.restart()
    machine.turn(NOON + TEN_MINUTES)
    assert machine.pageviews() == 8


def test_a_replay_publishes_nothing_before_it_has_caught_up(tmp_path: Path) -> None:
    """A keeper with more to read than one read gives does not publish a part of it."""
    machine = Machine(tmp_path)
    for n in range(700):
        machine.take([hit(n)], NOON)
    assert machine.keeper.turn(NOON + TEN_MINUTES)
    assert not machine.keeper.caught_up
    assert released(machine) == []


def broken(*_: object) -> None:
    raise OSError(28, "no room on the disk")


def made(directory: Path) -> Path:
    directory.mkdir()
    return directory


PAGES = [f"/{n}" for n in range(40)]


def torn_story(machine: Machine, ticks: int, *, torn: bool) -> list[OutboxItem]:
    """Three networks on every page, three more, and publishes; restarts, and each time one more on every page.

    Of the first group commit nothing can be read after the restarts when it is `torn`.
    """
    machine.take([hit(n, page=page) for n in range(3) for page in PAGES], NOON)
    machine.take([hit(n, page=page) for n in range(3, 6) for page in PAGES], NOON)
    now = NOON
    for tick in range(ticks):
        if tick:
            machine.take([hit(n, now, "/elsewhere") for n in range(10, 20)], now)
        machine.turn(now)
        now += TEN_MINUTES
        machine.turn(now)
    if torn:
        with sqlite3.connect(machine.directory / "spool.db") as db:
            db.execute("update entry set sealed = zeroblob(length(sealed)) where seq = 1")
    for restart in range(2):  # what was set aside is remembered
        machine.restart()
        machine.turn(now)
        machine.take([hit(20 + restart, now, page) for page in PAGES], now)
        for _ in range(8):
            machine.take([hit(n, now, "/elsewhere") for n in range(10, 20)], now)
            machine.turn(now)
            now += TEN_MINUTES
            machine.turn(now)
    machine.turn(MIDNIGHT + 5)
    return released(machine)


@pytest.mark.parametrize("torn", [False, True])
@pytest.mark.parametrize("ticks", [1, 20])
def test_nothing_is_told_twice_when_an_entry_that_was_published_is_lost(
    tmp_path: Path, ticks: int, *, torn: bool
) -> None:
    """Hits are in one total and at most one group, though the replay of a torn day does not draw what was published.

    Hits that came after the last publish, and after the restart, are told as ever.
    """
    made = torn_story(Machine(tmp_path, keys=SameKeys), ticks, torn=torn)
    totals = [item.release.totals for item in made if item.release.totals is not None]
    assert sum(each.pageviews for each in totals) == 8 * len(PAGES) + (ticks - 1 + 16) * 10
    named: Counter[str] = Counter()
    for item in made:
        for row in (*item.release.rows, *item.release.late):
            if row.cube == "page.pageview":
                named[row.values[0]] += row.n
    assert max(named[page] for page in PAGES) <= 8
    assert sum(named[page] for page in PAGES) > len(PAGES)
    assert named["/elsewhere"] > 100
