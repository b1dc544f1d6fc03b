"""Clocks and calendars: whatever the clock does, no day closes twice or is skipped, and no key outlives its day."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from collector.day.day import day_bounds
from tests.unit.day.spooling import HOUR, MIDNIGHT, NOON, SITE, Machine, hit

DAY = 24 * HOUR


def opened(machine: Machine) -> list[str]:
    return [d.day.date for d in machine.spool.live_days() if d.state == "open"]


def closed(machine: Machine) -> list[str]:
    return [i.release.day for i in machine.spool.outbox(1000) if i.release.closes]


def moment(text: str) -> int:
    return round(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


def test_today_stays_today_when_its_key_is_lost(tmp_path: Path) -> None:
    """The hits after the loss are counted on today's date, tomorrow is tomorrow, and what is lost is noted."""
    machine = Machine(tmp_path)
    machine.take([hit(n) for n in range(9)], NOON)
    machine.turn(NOON)
    machine.turn(NOON + 600_000)
    machine.spool.keys.destroy(1)
    machine.restart()
    machine.take([hit(n) for n in range(7)], NOON + HOUR)
    assert opened(machine) == ["2026-11-24"]
    machine.turn(NOON + HOUR)
    machine.turn(MIDNIGHT + 1)
    assert opened(machine) == ["2026-11-25"]
    assert closed(machine) == ["2026-11-24"]
    assert machine.pageviews() == 9 + 7
    notes = {note.what: note for note in machine.spool.notes()}
    assert notes["key-lost"].since == NOON + 600_000
    assert notes["key-lost"].date == "2026-11-24"


def test_what_a_lost_day_holds_ends_at_its_midnight(tmp_path: Path) -> None:
    """The rows that nobody can open stay for the day, in case the key turns up, and are removed with it at its end."""
    machine = Machine(tmp_path)
    machine.take([hit(n) for n in range(9)], NOON)
    path = tmp_path / "keys" / "1.key"
    path.rename(tmp_path / "elsewhere")
    machine.restart()
    machine.turn(NOON)
    assert len(machine.spool.read(0)) == 1
    (tmp_path / "elsewhere").rename(path)
    machine.turn(MIDNIGHT + 1)
    machine.turn(MIDNIGHT + 2)
    assert machine.spool.read(0) == []
    assert not path.exists()


def _a_directory(path: Path) -> None:
    path.mkdir()


def _a_loop(path: Path) -> None:
    path.symlink_to(path.name)


def _torn(path: Path) -> None:
    path.write_bytes(b"short")


@pytest.mark.parametrize("put", [_a_directory, _a_loop, _torn])
def test_a_key_that_cannot_be_read_is_a_lost_key(tmp_path: Path, put: Callable[[Path], None]) -> None:
    """What stands in a key's place and is none is set aside, said once, and the day goes on under a new key.

    The server starts again, also after the midnight at which it would have been destroyed.
    """
    machine = Machine(tmp_path)
    machine.take([hit(n) for n in range(9)], NOON)
    (tmp_path / "keys" / "1.key").unlink()
    put(tmp_path / "keys" / "1.key")
    machine.restart()
    machine.take([hit(n) for n in range(7)], NOON)
    machine.turn(NOON)
    machine.turn(NOON + 600_000)
    assert machine.pageviews() == 7
    assert [note.what for note in machine.spool.notes()] == ["key-lost"]
    assert sorted(path.name for path in (tmp_path / "keys").iterdir()) == ["1.unreadable", "2.key"]
    machine.restart()
    machine.turn(MIDNIGHT + 1)
    machine.restart()
    left = sorted(path.name for path in (tmp_path / "keys").iterdir() if not path.is_dir())
    assert left == ["3.key"]
    assert [note.what for note in machine.spool.notes()] == ["key-lost"]


def test_a_key_directory_that_vanishes_is_made_again(tmp_path: Path) -> None:
    """On RAM after a reboot, or removed by a hand while the server runs: the next day's key has a place."""
    machine = Machine(tmp_path)
    machine.take([hit(1)], NOON)
    machine.turn(NOON)
    (tmp_path / "keys" / "1.key").unlink()
    (tmp_path / "keys").rmdir()
    machine.take([hit(2)], MIDNIGHT + 1)
    machine.turn(MIDNIGHT + 1)
    assert opened(machine) == ["2026-11-25"]


@pytest.mark.parametrize("ahead", [DAY + HOUR, 3 * DAY, 365 * DAY])
def test_a_clock_that_ran_far_ahead_and_came_back(tmp_path: Path, ahead: int) -> None:
    """After a jump forwards and back hits are counted on the next open day, not for as long as the clock was wrong."""
    machine = Machine(tmp_path)
    machine.take([hit(n) for n in range(6)], NOON)
    machine.turn(NOON)
    machine.take([hit(n) for n in range(6)], NOON + ahead)
    machine.turn(NOON + ahead)
    machine.take([hit(n) for n in range(6)], NOON + HOUR)
    machine.turn(NOON + HOUR)
    # Today has been closed, and no day opens twice: tomorrow has begun early.
    assert opened(machine) == ["2026-11-25"]
    machine.take([hit(n) for n in range(6)], MIDNIGHT + HOUR)
    machine.turn(MIDNIGHT + HOUR)
    assert opened(machine) == ["2026-11-25"]
    machine.turn(MIDNIGHT + DAY + HOUR)
    days = closed(machine)
    assert len(days) == len(set(days)) >= 2
    assert machine.pageviews() == 24
    assert len(machine.spool.keys.days()) == 1


def test_a_clock_set_back_an_hour_publishes_on(tmp_path: Path) -> None:
    """The next tick is at most an interval away, not an hour and an interval."""
    machine = Machine(tmp_path)
    machine.take([hit(n) for n in range(6)], NOON)
    machine.turn(NOON + 1)
    machine.turn(NOON - HOUR)
    machine.turn(NOON - HOUR + 600_000)
    assert machine.pageviews() == 6


@pytest.mark.parametrize(
    ("zone", "noon", "hours"),
    [
        pytest.param("Europe/Stockholm", "2026-03-29 10:00", 23, id="spring"),
        pytest.param("Europe/Stockholm", "2026-10-25 11:00", 25, id="autumn"),
        pytest.param("Europe/Stockholm", "2028-02-29 11:00", 24, id="leap day"),
        pytest.param("Asia/Kolkata", "2026-11-24 06:30", 24, id="half-hour zone"),
        pytest.param("Asia/Kathmandu", "2026-11-24 06:15", 24, id="three-quarter zone"),
        pytest.param("Africa/Cairo", "2026-04-24 10:00", 23, id="midnight does not exist"),
        pytest.param("America/Havana", "2026-11-01 17:00", 25, id="midnight twice"),
        pytest.param("Australia/Lord_Howe", "2026-04-05 01:30", 24.5, id="half an hour of summer"),
    ],
)
def test_calendars(tmp_path: Path, zone: str, noon: str, hours: float) -> None:
    """A day is as long as it is, hits on either side of its ends are on their own days, and each closes once."""
    machine = Machine(tmp_path, msgspec.structs.replace(SITE, time_zone=zone))
    today, begins, ends = day_bounds(moment(noon), zone)
    assert (ends - begins) / HOUR == hours
    for now in (begins - 1, begins, ends - 1, ends):
        machine.take([hit(n, now) for n in range(6)], now)
        machine.turn(now)
    machine.turn(ends + DAY)
    found = {i.release.day: 0 for i in machine.spool.outbox(1000)}
    for item in machine.spool.outbox(1000):
        found[item.release.day] += item.release.totals.pageviews if item.release.totals else 0
    assert list(found.values())[1] == 12
    assert list(found)[1] == today
    assert sorted(found) == list(dict.fromkeys(closed(machine)))


def test_places_go_on_over_a_midnight(tmp_path: Path) -> None:
    """A spool that midnight has emptied gives no place twice, so a restart draws no lot that was drawn before."""
    machine = Machine(tmp_path)
    machine.take([hit(1)], NOON)
    machine.take([hit(2)], NOON)
    machine.turn(NOON)
    machine.turn(MIDNIGHT + 1)
    machine.restart()
    machine.take([hit(3)], MIDNIGHT + 2)
    assert [entry.seq for entry in machine.spool.read(0)] == [3]
