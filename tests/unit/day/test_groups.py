"""One cube's cells: numbered groups, moving on, and which cells give way when there are too many."""

import random

import pytest

from collector.day.cubes import Cube, Dimension, Unit
from collector.day.groups import OTHER, Group, Key, Table, Tally, values_of
from collector.day.lots import NEVER, Draws

PAGE = Cube((Dimension.PAGE,), Unit.PAGEVIEW)
PAGE_COUNTRY = Cube((Dimension.PAGE, Dimension.COUNTRY), Unit.PAGEVIEW)


def table(cap: int = 1000, cube: Cube = PAGE, k: int = 5) -> Table:
    return Table(cube, Tally(), Draws(bytes(32)), k, cap)


def count(into: Table, key: Key, network: int, lot: int = 0) -> None:
    group = into.group(key, lot)
    group.n += 1
    if group.short and network not in group.networks and group.take(network, 5):
        into.filled(group)


@pytest.mark.parametrize("k", [1, 2, 5, 10, 16, 17, 40])
def test_a_group_is_short_until_it_has_k_networks(k: int) -> None:
    """The k-th different network fills it, whether they stand in a tuple or (past 16) in a set."""
    group = Group("/a")
    for network in range(k):
        assert group.short
        group.take(network, k)
    assert not group.short
    assert sorted(group.networks) == list(range(k))


def test_a_joined_group_counts_shared_networks_once() -> None:
    """Two groups of three networks, one shared, are five networks and all their facts."""
    one, two = Group("/a"), Group("/b")
    for group, networks in ((one, (1, 2, 3)), (two, (3, 4, 5))):
        group.n, group.seconds = 4, 60
        for network in networks:
            group.take(network, 6)
    one.join(two, 6)
    assert (one.n, one.seconds, sorted(one.networks), one.short) == (8, 120, [1, 2, 3, 4, 5], True)


def test_a_joined_group_keeps_no_more_networks_than_it_needs() -> None:
    """Two groups of three networks make one of k = 4, which holds four networks and no fifth."""
    one, two = Group("/a"), Group("/b")
    for group, networks in ((one, (1, 2, 3)), (two, (4, 5, 6))):
        for network in networks:
            group.take(network, 4)
    one.join(two, 4)
    assert (len(one.networks), one.short) == (4, False)


def test_moving_on_brings_every_group_one_nearer() -> None:
    """Group 0 is released; 1 becomes 0, 3 becomes 2, and nothing else is lost."""
    cells = table()
    for lot, facts in ((0, 5), (1, 2), (3, 1)):
        for network in range(facts):
            count(cells, "/a", network, lot)
    cells.move_on("/a")
    assert cells.named == 5
    assert [(number, group.n) for _, number, group in cells.waiting()] == [(0, 2), (2, 1)]
    cells.move_on("/a")
    assert [(number, group.n) for _, number, group in cells.waiting()] == [(1, 1)]
    assert cells.released == {"/a": 2}


def flooded(order: list[str], cap: int) -> Table:
    cells = table(cap)
    for network, page in enumerate(order):
        count(cells, page, network % 7, lot=network % 2)
    return cells


def test_what_is_held_stays_in_one_group() -> None:
    """However many groups a cell releases between two held facts, they wait in one group, which never becomes its 0."""
    cells = table()
    for _ in range(100):
        for network in range(5):
            count(cells, "/a", network)
        count(cells, "/a", 7, NEVER)
        cells.move_on("/a")
    assert [(number, group.n) for number, group in cells.later["/a"].items()] == [(NEVER, 100)]
    assert cells.filling["/a"].n == 0


def test_which_cells_give_way_does_not_depend_on_arrival() -> None:
    """However 300 pages come, the same 50 stay, and "(other)" holds all facts of the rest."""
    pages = [f"/{i}" for i in range(300)] * 2
    kept = set()
    for seed in range(5):
        random.Random(seed).shuffle(pages)
        cells = flooded(pages, 50)
        kept.add(frozenset(cells.filling))
        assert sum(group.n for _, _, group in cells.waiting()) == len(pages)
        assert sum(group.n for key, _, group in cells.waiting() if key == OTHER) == 2 * 250
    assert len(kept) == 1
    assert len(kept.pop()) == 51


def test_the_key_decides_which_cells_give_way() -> None:
    """Under another day's key others stay, so nobody can make up pages that always do."""
    pages = [f"/{i}" for i in range(300)]
    today = flooded(pages, 50)
    tomorrow = Table(PAGE, Tally(), Draws(bytes([1]) * 32), 5, 50)
    for page in pages:
        count(tomorrow, page, 1)
    assert set(today.filling) != set(tomorrow.filling)


def test_a_cell_that_has_released_a_group_stays() -> None:
    """A flood of made-up pages does not push out the shop's: what is public already never gives way."""
    cells = table(cap=20)
    own = [f"/shop/{i}" for i in range(20)]
    for page in own:
        for network in range(5):
            count(cells, page, network)
        cells.move_on(page)
    for i in range(500):
        count(cells, f"/made-up/{i}", 9)
    assert set(cells.filling) == {*own, OTHER}


def test_what_gives_way_keeps_its_lots() -> None:
    """A waiting group goes to the group of the same number of "(other)", not to the one now filling."""
    cells = table(cap=1)
    pages = ["/a", "/b"]
    first, second = sorted(pages, key=cells._rank)
    count(cells, second, 1, lot=3)
    count(cells, first, 2)
    assert {(key, number): group.n for key, number, group in cells.waiting()} == {(first, 0): 1, (OTHER, 3): 1}


def test_other_is_a_cell_like_any_and_never_gives_way() -> None:
    """In a cube of pairs it is "(other)" in both; it stays whatever its rank."""
    cells = table(cap=3, cube=PAGE_COUNTRY)
    for i in range(100):
        count(cells, (f"/{i}", "SE"), 1)
    assert (OTHER, OTHER) in cells.filling
    assert len(cells.filling) == 4


@pytest.mark.parametrize(("key", "values"), [("/a", ("/a",)), (("/a", "SE"), ("/a", "SE")), ((), ())])
def test_values_of_a_key(key: Key, values: tuple[str, ...]) -> None:
    """One per dimension of the cube."""
    assert values_of(key) == values
