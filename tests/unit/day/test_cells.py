"""Cells: which cubes a fact is counted in, and that nothing is lost from facts to rows, waiting and expired."""

import random
from collections import Counter
from datetime import date, timedelta
from typing import Literal

import pytest

from collector.day.cells import PLACES, Cells
from collector.day.cubes import CUBES, TOTAL_CUBES, Dimension, Unit
from collector.day.day import Day
from collector.day.lots import LOTS_BYTES
from collector.day.release import Row
from collector.day.waiting import Waiting

NOW = b"\x01" * LOTS_BYTES  # lot 0 in every cube
NEXT = b"\x08" * LOTS_BYTES  # lot 1


def day(number: int = 0, k: int = 3, totals: Literal["exact", "groups"] = "exact") -> Day:
    return Day(1, (date(2026, 3, 1) + timedelta(number)).isoformat(), 0, 86_400_000, k, 600, totals)


def opened(
    number: int = 0, waiting: Waiting | None = None, totals: Literal["exact", "groups"] = "exact", k: int = 3
) -> Cells:
    return Cells(day(number, k, totals), bytes([number]) * 32, waiting or Waiting(), 1000)


def values(**named: str) -> list[str | None]:
    out: list[str | None] = [None] * len(Dimension)
    for name, value in named.items():
        out[Dimension[name.upper()]] = value
    return out


def in_cubes(cells: Cells) -> set[str]:
    return {cube.name for cube in PLACES if cells.count(cube.name).facts}


def released(cells: Cells) -> tuple[Row, ...]:
    """Ticks until all coins have come up."""
    return tuple(row for time in range(64) for row in cells.release(time))


@pytest.mark.parametrize(
    ("unit", "named", "cubes"),
    [
        pytest.param(
            Unit.PAGEVIEW,
            {"page": "/", "country": "SE"},
            {"page.pageview", "page+country.pageview"},
            id="no channel, device or previous page",
        ),
        pytest.param(Unit.VISIT_END, {}, {"none.visit_end"}, id="a cube without dimensions takes every fact"),
        pytest.param(
            Unit.EVENT, {"event": "buy", "property": "a=b"}, {"none.event", "event.event"}, id="no properties"
        ),
        pytest.param(Unit.VISIT_START, {"campaign": "spring"}, {"campaign.visit_start"}, id="one dimension only"),
    ],
)
def test_a_fact_is_counted_where_it_has_all_dimensions(unit: Unit, named: dict[str, str], cubes: set[str]) -> None:
    """In every cube of its unit whose dimensions it has, and in no other."""
    cells = opened()
    cells.add(unit, values(**named), NOW, 1)
    assert in_cubes(cells) == cubes


def test_a_property_is_counted_only_beside_its_event() -> None:
    """A further property of one event does not count the event again."""
    cells = opened()
    cells.add_property(Unit.EVENT, values(event="buy", property="size=L"), NOW, 1)
    assert in_cubes(cells) == {"event+property.event"}


@pytest.mark.parametrize(("totals", "there"), [("exact", False), ("groups", True)])
def test_total_cubes_exist_only_where_totals_are_groups(totals: Literal["exact", "groups"], there: bool) -> None:
    """With exact totals there is no cube that would tell them a second time."""
    cells = opened(totals=totals)
    cells.add(Unit.PAGEVIEW, values(page="/"), NOW, 1)
    assert (TOTAL_CUBES[0].name in in_cubes(cells)) == there


def test_a_group_is_released_whole_with_its_kth_network() -> None:
    """Two networks with five hits wait; the third network fills the group, and all six go, with rounded seconds."""
    cells = opened(totals="groups")
    for network in (1, 1, 1, 2, 2):
        cells.add(Unit.VISIT_END, values(source="a.example"), NOW, network, 60)
    assert released(cells) == ()
    cells.add(Unit.VISIT_END, values(source="a.example"), NOW, 3, 60)
    assert set(released(cells)) == {
        Row("none.visit_end", (), 6, 360),
        Row("source.visit_end", ("a.example",), 6, 360),
    }


def test_the_cell_moves_on_to_its_next_group() -> None:
    """Facts that drew the next group wait until the one before is released, and then fill up."""
    cells = opened(totals="groups")
    for network in range(3):
        cells.add(Unit.REACH, values(page="/"), NEXT, network)
    assert released(cells) == ()
    for network in range(4):
        cells.add(Unit.REACH, values(page="/"), NOW, network)
    assert [row.n for row in released(cells)] == [4, 3]


def test_keep_back_where_totals_are_exact() -> None:
    """The only cell's full group waits until another fact would still be unnamed after it."""
    cells = opened()
    for network in range(3):
        cells.add(Unit.REACH, values(page="/"), NOW, network)
    assert released(cells) == ()
    cells.add(Unit.REACH, values(page="/b"), NOW, 9)
    assert [row.values for row in released(cells)] == [("/",)]


def test_a_fact_outside_a_cube_is_unnamed_there() -> None:
    """How many visits have a campaign nobody knows, so one without is enough for keep-back there."""
    cells = opened()
    for network in range(3):
        cells.add(Unit.VISIT_START, values(campaign="spring"), NOW, network)
    assert released(cells) == ()
    cells.add(Unit.VISIT_START, values(), NOW, 9)
    assert [row.cube for row in released(cells)] == ["campaign.visit_start"]


def test_at_midnight_keep_back_counts_on_published_totals_only() -> None:
    """A fact since the last publish is no cover for the others while its total is not out; with the total it is."""
    for totals, rows in ((True, 1), (False, 0)):
        cells = opened()
        for network in range(3):
            cells.add(Unit.REACH, values(page="/"), NOW, network)
        cells.release(0)
        cells.add(Unit.REACH, values(page="/b"), NOW, 9)
        assert len(cells.close(4, totals=totals)[0]) == rows


def test_midnight_releases_full_groups_of_any_number() -> None:
    """Groups 0 and 1 of a cell are both full: one row of both; no coin is asked, as the day is over."""
    cells = opened(totals="groups")
    for network in range(3):
        cells.add(Unit.REACH, values(page="/"), NOW, network)
        cells.add(Unit.REACH, values(page="/"), NEXT, network)
    rows, late, waiting = cells.close(3, totals=True)
    assert (rows, late) == ((Row("page.reach", ("/",), 6, 0),), ())
    assert waiting.cells == {}


def test_pairs_of_one_network_die_at_midnight() -> None:
    """Of two dimensions only what rests on two networks waits on; the rest is counted as expired."""
    cells = opened()
    for page, networks in (("/one", (1, 1)), ("/two", (1, 2))):
        for network in networks:
            cells.add(Unit.PAGEVIEW, values(page=page, country="SE"), NOW, network)
    waiting = cells.close(2, totals=True)[2]
    assert list(waiting.cells["page+country.pageview"]) == [("/two", "SE")]
    assert waiting.counts["page+country.pageview"].expired == 2
    assert set(waiting.cells["page.pageview"]) == {("/one",), ("/two",)}


def nights(facts: dict[int, list[int]], days: int, k: int = 3) -> list[tuple[tuple[Row, ...], Waiting]]:
    """Page /a seen by these networks on these days; what comes late each night, and what waits after it."""
    waiting, out = Waiting(), []
    for number in range(days):
        cells = opened(number, waiting, totals="groups", k=k)
        for network in facts.get(number, []):
            cells.add(Unit.PAGEVIEW, values(page="/a", country="SE"), NOW, network)
        _, late, waiting = cells.close(10, totals=True)
        out.append((late, waiting))
    return out


def test_a_waiting_group_is_released_late_when_it_has_k_networks() -> None:
    """Six networks on six days: the page's facts are released late, in groups of three or more."""
    late = [
        row
        for rows, _ in nights({n: [n * 17 + 5] for n in range(6)}, 20)
        for row in rows
        if row.cube == "page.pageview"
    ]
    assert late
    assert all(row.n >= 3 for row in late)


def test_one_network_on_many_days_is_one_network() -> None:
    """A loyal visitor, day after day, never fills a group alone."""
    assert not any(late for late, _ in nights({n: [5] for n in range(29)}, 29, k=2))


@pytest.mark.parametrize(("cube", "nights_waited"), [("page.pageview", 30), ("page+country.pageview", 7)])
def test_what_waits_too_long_is_destroyed(cube: str, nights_waited: int) -> None:
    """One dimension waits 30 days at most and two 7, then it is only counted."""
    out = [waiting for _, waiting in nights({0: [1, 2]}, 32, k=5)]
    waits = [cube in waiting.cells for waiting in out]
    assert waits == [True] * nights_waited + [False] * (32 - nights_waited)
    assert out[-1].counts[cube].expired == 2


def late_rows(waiting: Waiting, k: int, networks: int) -> tuple[Row, ...]:
    """Of the next 20 nights, on days without facts."""
    late: tuple[Row, ...] = ()
    for number in range(1, 20):
        _, rows, waiting = opened(number, waiting, totals="groups", k=k).close(networks, totals=True)
        late += rows
    return late


def eight_wait(counted: int) -> Waiting:
    """Eight networks that wait on one page, as if counted under this k."""
    waiting = nights({0: list(range(8))}, 1, k=10)[-1][1]
    for cells in waiting.cells.values():
        for groups in cells.values():
            for group in groups.values():
                group.k = counted
    return waiting


@pytest.mark.parametrize(("counted", "k", "released"), [(10, 9, False), (10, 5, False), (5, 9, False), (5, 5, True)])
def test_waiting_groups_are_judged_by_the_higher_k(counted: int, k: int, *, released: bool) -> None:
    """Eight networks wait as long as tonight's k or the one they were counted under is more; then all of them go."""
    rows = [row for row in late_rows(eight_wait(counted), k, 10) if row.cube == "page.pageview"]
    assert rows == ([Row("page.pageview", ("/a",), 8, 0)] if released else [])


@pytest.mark.parametrize(("networks", "released"), [(0, False), (1, True)])
def test_waiting_groups_wait_for_k_networks_on_the_site(networks: int, *, released: bool) -> None:
    """Where nobody comes nothing is judged; one network a day adds up, and then it is."""
    waiting = eight_wait(5)
    waiting.networks = 0
    assert bool(late_rows(waiting, 5, networks)) == released


def test_networks_add_up_until_waiting_groups_are_judged() -> None:
    """Two a night under k = 5: judged on the third night, and then from nothing again."""
    waiting, seen = Waiting(), []
    for number in range(4):
        waiting = opened(number, waiting, k=5).close(2, totals=True)[2]
        seen.append(waiting.networks)
    assert seen == [2, 4, 0, 2]


def test_a_cube_that_is_gone_is_destroyed() -> None:
    """What waits in a cube that this version no longer has is expired on the first night."""
    waiting = nights({0: [1, 2]}, 1, k=5)[-1][1]
    waiting.cells["gone.pageview"] = waiting.cells.pop("page.pageview")
    after = opened(1, waiting).close(5, totals=True)[2]
    assert "gone.pageview" not in after.cells
    assert after.counts["gone.pageview"].expired == 2


def test_closing_changes_nothing_that_was_handed_in() -> None:
    """The night may be closed again from the same, after a commit that failed: the outcome is the same."""
    before = nights({0: [1, 2]}, 1, k=5)[-1][1]
    encoded = before.encode()
    first, second = (opened(1, before).close(5, totals=True) for _ in range(2))
    assert before.encode() == encoded
    assert first == second


def test_nothing_is_lost() -> None:
    """Over ten days, with overflow: in every cube facts = named + waiting + expired, and the rows are what is named."""
    r, waiting = random.Random(1), Waiting()
    facts, named = Counter[str](), Counter[str]()
    for number in range(10):
        cells = Cells(day(number), bytes([number]) * 32, waiting, 8)
        for entry in range(300):
            told = values(page=f"/{min(int(r.paretovariate(0.7)), 30)}", country=r.choice("ABC"), channel="search")
            lots = cells.draws.lots(entry, 0)
            cells.add(Unit.PAGEVIEW, told, lots, r.randrange(100))
            cells.add(Unit.TIMED_VIEW, told, lots, r.randrange(100), r.randrange(90))
            facts.update(["page.pageview", "page+country.pageview", "page+channel.pageview", "page.timed_view"])
            if entry % 50 == 49:
                for row in cells.release(entry):
                    named[row.cube] += row.n
        before = {cube.name: cells.count(cube.name) for cube in CUBES}
        rows, late, waiting = cells.close(100, totals=True)
        for row in rows + late:
            named[row.cube] += row.n
        assert all(waiting.counts[cube].facts == before[cube].facts for cube in facts)
    for cube, number in facts.items():
        count = waiting.counts[cube]
        waits = sum(group.n for groups in waiting.cells.get(cube, {}).values() for group in groups.values())
        assert (count.facts, count.named, count.waiting) == (number, named[cube], waits)
        assert count.named > 0
        assert len(waiting.cells.get(cube, {})) <= 8


def test_there_is_a_lot_for_every_cube() -> None:
    """Every cube has a place of its own among the lots that one digest draws."""
    assert len(set(PLACES)) == len(PLACES) == len(CUBES) + len(TOTAL_CUBES) <= LOTS_BYTES
