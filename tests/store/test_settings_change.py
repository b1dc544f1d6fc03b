"""Settings of a site change at its midnight and not before, and the store says under which each day was released."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from msgspec.structs import replace

from collector.day import outbox
from collector.day.day import Day
from collector.day.fold import Fold
from collector.day.waiting import Waiting
from collector.site import Site
from collector.store import Store
from tests.unit.day.spooling import HOUR, MIDNIGHT, NOON, SITE, Machine, SameKeys, hit

TEN, FIVE = 600_000, 300_000
NEW = replace(SITE, k=8, publish_seconds=300, totals="groups", time_zone="America/New_York")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store.open(tmp_path / "store.duckdb")
    yield opened
    opened.close()


def change(machine: Machine, site: Site) -> None:
    """What the screen and the command do: control has the new settings, the door sends them with every hit."""
    machine.sites[1] = machine.site = site


def crowd(machine: Machine, now: int, networks: int) -> None:
    """A view of each network, and all that is due."""
    machine.take([hit(n, now) for n in range(networks)], now)
    machine.turn(now)


@pytest.mark.parametrize("killed", [False, True], ids=["", "kill -9 after the change"])
def test_settings_change_at_midnight(tmp_path: Path, store: Store, killed: bool) -> None:
    """Changed at noon: the old k, interval, totals and day hold until midnight; then the new, in the store too."""
    machine = Machine(tmp_path, keys=SameKeys)
    crowd(machine, NOON, 6)
    change(machine, NEW)
    if killed:
        machine.restart()
    machine.turn(NOON + FIVE)
    assert machine.spool.outbox(10) == []  # the old interval
    crowd(machine, NOON + TEN, 6)
    (first,) = machine.spool.outbox(10)  # six networks are enough for the old k
    assert first.release.totals is not None
    assert first.release.day == "2026-11-24"
    machine.turn(MIDNIGHT - 1)
    assert len(machine.spool.live_days()) == 1
    machine.turn(MIDNIGHT + 1)
    late = MIDNIGHT + 13 * HOUR
    crowd(machine, late, 6)
    machine.turn(late + FIVE)
    assert [item.release.day for item in machine.spool.outbox(10)] == [
        "2026-11-24"
    ] * 2  # six are too few for the new k
    crowd(machine, late + FIVE, 9)
    machine.turn(late + 2 * FIVE)
    *_, last = machine.spool.outbox(10)
    assert (last.release.day, last.release.totals) == ("2026-11-25", None)
    outbox.apply(machine.spool, store, NOON)
    told = {
        str(day): (k, totals)
        for _, day, k, totals, *_ in store.read("figures", sites=[1], begin=date(2026, 1, 1), end=date(2027, 1, 1))
    }
    assert told == {"2026-11-24": (5, "exact"), "2026-11-25": (8, "groups")}
    zones = {day.day.date: day.day.ends for day in machine.spool.live_days()}
    assert zones == {"2026-11-25": MIDNIGHT + 30 * HOUR}  # New York's next midnight but one: no day opens twice


def test_what_waits_keeps_the_k_it_was_counted_under() -> None:
    """A lowered k releases nothing that waits from a day that promised more networks; a raised one holds too."""
    assert released_late(before=10, after=5) == []
    assert released_late(before=5, after=10) == []
    assert released_late(before=5, after=5) != []


def released_late(before: int, after: int) -> list[tuple[str, int]]:
    """Seven networks wait over a midnight on a page, then a busy day of others passes under another k."""
    waiting = Waiting()
    for number, k in enumerate((before, *(after,) * 6)):
        begins = number * 24 * HOUR
        day = Day(1, f"2026-01-0{number + 1}", begins, begins + 24 * HOUR, k, 600, "exact")
        fold = Fold(day, bytes([number]) * 32, waiting, 1000)
        for n in range(40):
            fold.hit(n, 0, hit(1000 + n, begins + n * 60_000, "/busy"))
        if number == 0:
            for n in range(7):
                fold.hit(100 + n, 0, hit(n, begins + 50 * 60_000, "/rare"))
        if number:
            fold.publish(begins + HOUR)
        release, waiting = fold.close(begins + 24 * HOUR)
        rows = [(row.cube, row.n) for row in (*release.rows, *release.late) if row.values == ("/rare",)]
        if number and rows:
            return rows
    return []
