"""The day wall: what is in the spool can be opened by the day's key only, and a closed day takes nothing."""

import sqlite3
from pathlib import Path

import pytest

from collector.day.day import Day
from collector.day.release import Release, Totals
from collector.day.spool import Batch, Spool
from collector.errors import DayTaken, SpoolError
from tests.unit.day.spooling import MIDNIGHT, NOON, SITE, Machine, hit


def test_what_is_appended_is_read_back(tmp_path: Path) -> None:
    """A group commit comes back as it was, under rising numbers, also in another process' instance."""
    machine = Machine(tmp_path)
    machine.take([hit(1), hit(2, page="/rea")], NOON, drops=((7, "bot"),))
    machine.take([hit(3)], NOON)
    first, second = machine.open().read(0)
    assert first.batch == Batch([hit(1), hit(2, page="/rea")], [(7, "bot")])
    assert second.batch is not None
    assert second.seq > first.seq
    assert machine.open().read(first.seq) == [second]


def test_the_file_says_nothing_without_the_key(tmp_path: Path) -> None:
    """No page, source or class stands readable in the spool's files, and without the key's file nothing opens."""
    machine = Machine(tmp_path)
    machine.take([hit(1, page="/canary-page", source="canary-source")], NOON)
    for file in tmp_path.glob("spool.db*"):
        assert b"canary" not in file.read_bytes()
    machine.spool.keys.destroy(1)
    assert [entry.batch for entry in machine.open().read(0)] == [None]


def test_a_day_past_its_midnight_takes_no_more(tmp_path: Path) -> None:
    """A beacon after midnight opens the next day, and the old one is only left to be closed."""
    machine = Machine(tmp_path)
    machine.take([hit(1)], MIDNIGHT - 1)
    machine.take([hit(2)], MIDNIGHT)
    days = machine.spool.live_days()
    assert [(d.day.date, d.state) for d in days] == [("2026-11-24", "closing"), ("2026-11-25", "open")]
    assert [entry.day for entry in machine.spool.read(0)] == [days[0].number, days[1].number]


def test_no_day_is_opened_twice(tmp_path: Path) -> None:
    """When the clock goes back over a midnight that has been closed, the day after takes the hits."""
    machine = Machine(tmp_path)
    machine.take([hit(1)], NOON)
    machine.turn(NOON)
    machine.turn(MIDNIGHT + 1000)
    machine.take([hit(2)], NOON)
    assert [d.day.date for d in machine.spool.live_days()] == ["2026-11-25"]


def test_a_lost_key_ends_only_what_it_sealed(tmp_path: Path) -> None:
    """With today's key gone after a restart, the sealed hits are set aside and the day goes on under a new key."""
    machine = Machine(tmp_path)
    machine.take([hit(n) for n in range(9)], NOON)
    machine.spool.keys.destroy(1)
    machine.restart()
    machine.take([hit(n) for n in range(5)], NOON + 1000)
    machine.turn(NOON + 1000)
    machine.turn(NOON + 600_000)
    assert machine.pageviews() == 5
    assert [d.state for d in machine.spool.live_days()] == ["open"]


def test_a_torn_row_is_set_aside(tmp_path: Path) -> None:
    """A flipped bit in one group commit loses that one only; it is kept aside, and the rest counts."""
    machine = Machine(tmp_path)
    for n in range(6):
        machine.take([hit(n)], NOON)
    with sqlite3.connect(tmp_path / "spool.db") as db:
        db.execute("update entry set sealed = zeroblob(length(sealed)) where seq = 3")
    machine.restart()
    machine.turn(NOON)
    machine.turn(NOON + 600_000)
    assert machine.pageviews() == 5
    with sqlite3.connect(tmp_path / "spool.db") as db:
        assert db.execute("select seq, why from aside").fetchall() == [(3, "torn or altered")]


def test_a_row_does_not_open_in_another_place(tmp_path: Path) -> None:
    """Two rows exchanged by a hand in the file do not open: a hit counts once, where it stood."""
    machine = Machine(tmp_path)
    machine.take([hit(1)], NOON)
    machine.take([hit(2)], NOON)
    with sqlite3.connect(tmp_path / "spool.db") as db:
        db.execute("update entry set seq = 9 where seq = 1")
    assert [entry.batch is None for entry in machine.open().read(0)] == [False, True]


def test_a_spool_from_a_newer_version_is_refused(tmp_path: Path) -> None:
    """A newer schema is one sentence, and the file stays as it was."""
    Machine(tmp_path)
    with sqlite3.connect(tmp_path / "spool.db") as db:
        db.execute("pragma user_version = 999")
    with pytest.raises(SpoolError, match="newer version"):
        Machine(tmp_path)


def release(day: str, pageviews: int) -> Release:
    return Release(day, 0, Totals(pageviews, 1, 1, {}), (), (), closes=True)


def test_hand_over_is_all_or_nothing(tmp_path: Path) -> None:
    """Days handed over stand in the outbox as replayed; with one of them taken, none is, and the sentence names it."""
    spool = Machine(tmp_path).spool
    one, two = (Day(SITE.id, f"2015-05-{n}", 0, 0, 5, 600, "exact") for n in (17, 18))
    spool.hand_over([(one, [release(one.date, 3)])])
    with pytest.raises(DayTaken, match="2015-05-17"):
        spool.hand_over([(two, [release(two.date, 4)]), (one, [release(one.date, 3)])])
    assert [(i.release.day, i.source, i.number) for i in spool.outbox()] == [("2015-05-17", "replay", 1)]


def test_numbers_go_on_after_the_stores(tmp_path: Path) -> None:
    """A new spool beside an older store gives release numbers the store has not seen, and knows its days as taken."""
    spool = Machine(tmp_path).spool
    spool.match_store([(SITE.id, 41)], [(SITE.id, "2015-05-17")])
    spool.hand_over([(Day(SITE.id, "2015-05-18", 0, 0, 5, 600, "exact"), [release("2015-05-18", 4)])])
    assert [i.number for i in spool.outbox()] == [42]
    with pytest.raises(DayTaken):
        spool.hand_over([(Day(SITE.id, "2015-05-17", 0, 0, 5, 600, "exact"), [])])


def test_two_instances_can_use_the_file_at_once(tmp_path: Path) -> None:
    """The server's and the keeper's instances see each other's days and entries."""
    machine = Machine(tmp_path)
    other: Spool = machine.open()
    day = other.open_day(SITE, NOON)
    machine.take([hit(1)], NOON)
    assert machine.spool.live_days() == [day]
    assert [entry.day for entry in other.read(0)] == [day.number]
