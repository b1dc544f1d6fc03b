"""Reports under a filter: each number against a sum made by hand over the same rows."""

import random
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from typing import NamedTuple

import pytest

from collector.day.cubes import CUBES, Dimension
from collector.day.release import Release, Row
from collector.store import Store
from dashboard import drill, filters, period, reports
from dashboard.filters import CROSSINGS, Filter
from dashboard.period import Period
from tests.shop import day_of, site

TODAY = date(2026, 11, 9)
SITE = site()
VALUES = ("/", "/rea", "(other)", "")  # of every dimension: what each means does not matter here
USED = {each.cube for lists in CROSSINGS.values() for each in lists.values()}
ALONE = {each.whole for lists in CROSSINGS.values() for each in lists.values() if each.whole}


class Told(NamedTuple):
    day: date
    row: Row
    late: bool


class World(NamedTuple):
    store: Store
    told: list[Told]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Ten days of random rows of every cube that a filter asks; another site has the same."""
    chance, store = random.Random(3), Store.open(tmp_path_factory.mktemp("drill") / "store.duckdb")
    cells = [Row(c.name, (one, two), 0, 0) for c in USED for one in VALUES for two in VALUES]
    cells += [Row(c.name, (one,), 0, 0) for c in ALONE for one in VALUES]
    told = []
    for number in range(10):
        day = TODAY - timedelta(days=9 - number)
        rows, late = ([r for r in cells if chance.random() < 0.5] for _ in range(2))
        rows, late = ([Row(*(r.cube, r.values), chance.randrange(5, 40), 0) for r in some] for some in (rows, late))
        release = Release(day.isoformat(), 1_800_000_000_000, None, tuple(rows), tuple(late), closes=True)
        for other in (SITE, site(2, "other.example")):
            store.add(other.id, number + 1, release, day_of(other, day))
        told += [Told(day, row, False) for row in rows] + [Told(day, row, True) for row in late]
    yield World(store, told)
    store.close()


def by_hand(world: World, chosen: Period, cube: str, place: int, value: str) -> Counter[str]:
    """The other dimension's values of rows with the value in its place; of one dimension the one sum."""
    found: Counter[str] = Counter()
    for day, row, late in world.told:
        counts = chosen.begin <= day < chosen.end and (not late or chosen.days >= 7)
        if row.cube == cube and row.values[place] == value and counts:
            found[row.values[1 - place] if len(row.values) == 2 else ""] += row.n
    return found


@pytest.mark.parametrize("name", ["today", "7d"])
@pytest.mark.parametrize("dimension", list(CROSSINGS), ids=lambda dimension: dimension.name.lower())
def test_every_list_is_a_sum_of_its_pairs(world: World, dimension: Dimension, name: str) -> None:
    """Rows, what is named, the least whole and what waits, for every value; late groups from a week on."""
    chosen = period.parse({"period": name}, TODAY)
    for value in (*VALUES, "never seen"):
        found = drill.drill(world.store, SITE, chosen, Filter(dimension, value))
        assert list(found.panels) == list(CROSSINGS[dimension])
        for panel in found.panels.values():
            crossing = CROSSINGS[dimension][panel.name]
            pairs = by_hand(world, chosen, crossing.cube.name, crossing.side, value)
            assert [(row.values[0], row.n) for row in panel.rows] == sorted(pairs.items(), key=lambda p: (-p[1], p[0]))
            assert (panel.named, panel.more) == (pairs.total(), 0)
            assert drill.panel(world.store, SITE, chosen, Filter(dimension, value), panel.name) == panel
            if crossing.whole is None:
                assert (panel.whole, panel.waiting) == (None, None)
                continue
            alone = by_hand(world, chosen, crossing.whole.name, 0, value).total()
            assert panel.whole == max(alone, panel.named)
            assert panel.waiting == panel.whole - panel.named
            assert all(0 < row.share <= 1 for row in panel.rows)


def test_every_pair_is_used() -> None:
    """Every cube of two dimensions is asked by some filter, but reach of properties; and every list is one or apart."""
    pairs = {cube for cube in CUBES if len(cube.dimensions) == 2}
    assert {cube.name for cube in pairs - USED} == {"event+property.event_reach"}
    assert set(CUBES) >= USED | ALONE
    for dimension, crossings in CROSSINGS.items():
        own = Filter(dimension, "").list
        assert not set(crossings) & {own}
        assert set(crossings) - {"previous", "next"} <= set(reports.PANELS)


def test_what_cannot_be_crossed_is_named(world: World) -> None:
    """Each list of the overview is there, is the filter's own, or is told to be apart."""
    for dimension in CROSSINGS:
        only = Filter(dimension, "/")
        found = drill.drill(world.store, SITE, period.parse({}, TODAY), only)
        assert {*found.panels, *found.apart, only.list} - {"previous", "next"} == set(reports.PANELS)
        assert not set(found.apart) & set(found.panels)


@pytest.mark.parametrize(
    "only", ["page", "pages:/", "browser:Firefox", "campaign:x", ":x", "page+channel:/", "page:" + "x" * 1001]
)
def test_no_other_filter_is_read(only: str) -> None:
    """A filter is one dimension that has crossings, a colon and a value."""
    with pytest.raises(ValueError, match=r".*"):
        filters.parse({"only": only})


@pytest.mark.parametrize("value", ["/", "", "a:b:c", "åäö & =?", "\N{SNOWMAN}' or 1=1 --"])
def test_a_filter_is_read_as_it_was_written(value: str) -> None:
    """Any value comes back, colons and all."""
    only = Filter(Dimension.PAGE, value)
    assert filters.parse(only.query()) == only
    assert filters.parse({}) is None
