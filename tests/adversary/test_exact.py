"""The exact attacker and the guesser, against the real groups and rule, and against planted faults."""

import random
from collections.abc import Collection, Iterable
from itertools import product

import pytest

from collector.day.lots import Draws, Lots
from collector.day.release import Release
from tests.adversary.exact import THREE_CUBES, Attacker, Pinned, Shape, Table, play, tiny, windows
from tests.adversary.faults import FAULTS, NOTHING_HELD, planted
from tests.adversary.guesser import CERTAINTY, posteriors
from tests.adversary.worlds import _waits, put

FAULT = {fault.what: fault for fault in FAULTS}
ALL_CUBES: frozenset[str] = frozenset()
TWO_SOURCES = Shape(2, pages=1, sources=2, most=2)
ONE_IN_300 = (23,)  # of the worlds 0 to 299, the one where three cubes are enough


def world(shape: Shape, seed: int, *, one_waits: bool = False) -> tuple[Table, list[Release]]:
    """A tiny world and what was published of it. `one_waits`: of each publish one visit draws to wait, in all cubes."""
    r = random.Random(seed)
    visits, forced, before = tiny(r, shape), set(), 0
    for n in visits.sum(axis=(1, 2)) if one_waits else ():
        forced.add(before + r.randint(1, int(n)))
        before += int(n)
    with _waits(forced):
        return visits, play(shape, visits, r.randbytes(32))


def pinned(
    shape: Shape, seeds: Iterable[int], cubes: Collection[str], *, one_waits: bool = False, threshold: bool = False
) -> list[Pinned]:
    """All that he pins in these worlds. What is true always fits what he reckons with."""
    found = []
    for seed in seeds:
        visits, releases = world(shape, seed, one_waits=one_waits)
        attacker = Attacker(shape, releases, cubes, threshold=threshold)
        assert attacker.fits(visits)
        found += attacker.pinned(visits)
    return found


@pytest.mark.parametrize("totals", ["exact", "groups"])
def test_least_and_most_hold_the_truth_between_them(totals: str) -> None:
    """For pages, sources and pairs in windows, least <= truth <= most; never one value from 1 to k - 1."""
    shape = Shape(5, totals=totals)
    visits, releases = world(shape, 1)
    attacker = Attacker(shape, releases, THREE_CUBES)
    for cell, (first, last) in random.Random(1).sample(list(product(shape.cells, windows())), 40):
        page, source = (slice(None) if one is None else one for one in cell)
        least, most = attacker.bounds(cell, (first, last))
        assert least <= visits[first : last + 1, page, source].sum() <= most
        assert least != most or not 0 < least < shape.k


@pytest.mark.parametrize("cube", ["page.pageview", "source.visit_start", "page+channel.pageview"])
@pytest.mark.parametrize("shape", [Shape(5), Shape(5, 2, 2), Shape(5, 2, 2, days=2)], ids=["3x3", "2x2", "two days"])
def test_one_cube_pins_nothing(cube: str, shape: Shape) -> None:
    """With exact totals, the rows of one cube settle no count of 1 to k - 1."""
    assert pinned(shape, range(8), {cube}) == []


@pytest.mark.parametrize("shape", [Shape(5), Shape(5, 2, 2), Shape(5, 2, 2, days=2)], ids=["3x3", "2x2", "two days"])
def test_a_waiting_visit_keeps_every_count_open(shape: Shape) -> None:
    """With exact totals: where in every publish some visit waits in every cube, all cubes together settle nothing."""
    assert pinned(shape, range(12), ALL_CUBES, one_waits=True) == []


def test_groups_alone_pin_nothing() -> None:
    """With totals = groups, all cubes together settle no count of 1 to k - 1."""
    assert pinned(Shape(5, totals="groups"), range(10), ALL_CUBES) == []
    assert pinned(Shape(5, 2, 2, days=2, totals="groups"), range(10), ALL_CUBES) == []


@pytest.mark.parametrize(
    ("shape", "cubes"),
    [
        (Shape(5, 2, 2), THREE_CUBES),
        (Shape(5), ALL_CUBES),
        (Shape(5, 2, 2), ALL_CUBES),
        (Shape(5, 2, 2, days=2), ALL_CUBES),
        (TWO_SOURCES, ALL_CUBES),
    ],
    ids=["three cubes", "3x3", "2x2", "two days", "two sources"],
)
def test_cubes_together_pin_nothing(shape: Shape, cubes: Collection[str]) -> None:
    """With exact totals, and every visit a single view, several cubes together settle no count of 1 to k - 1."""
    assert pinned(shape, (*range(10), *ONE_IN_300), cubes) == []


def test_nothing_held_is_caught() -> None:
    """Where no visit waits in all cubes at once, cubes that count the same visits pin counts together."""
    with planted(NOTHING_HELD):
        assert len(pinned(Shape(5), (0, 4, 6, 10), ALL_CUBES)) > 10
        assert pinned(Shape(5, 2, 2), ONE_IN_300, THREE_CUBES) != []


def test_no_keep_back_is_caught() -> None:
    """With neither held visits nor keep-back the rows of one cube pin counts."""
    cube = {"source.visit_start"}
    assert pinned(TWO_SOURCES, (61, 201, 290), cube) == []
    with planted(NOTHING_HELD), planted(FAULT["no keep-back"]):
        assert len(pinned(TWO_SOURCES, (61, 201, 290), cube)) >= 3


def test_release_when_full_is_caught() -> None:
    """Without lots and coin, who knows that fewer than k visits wait in a cell pins small counts by subtracting."""
    with planted(FAULT["release when full"]):
        assert pinned(Shape(5, totals="groups"), range(1), ALL_CUBES, threshold=True) != []


@pytest.mark.parametrize("visits", [(12,), (6, 6, 6)], ids=str)
def test_the_guesser_is_never_sure(visits: tuple[int, ...]) -> None:
    """Of two even categories, nothing published makes the likelier one of a waiting visit 90 % sure."""
    assert max(known.sure for known in posteriors(5, visits, 4000).values()) < CERTAINTY


def test_without_lots_the_guesser_is_sure() -> None:
    """Without lots a visit that waits while A was just released is B."""
    with planted(FAULT["no lots"]):
        assert max(known.sure for known in posteriors(5, (12,), 1500).values()) > CERTAINTY


def test_with_rare_lots_the_guesser_is_sure() -> None:
    """With later lots one time in 64, not in 8, he is 98 % sure: the bound is that share, so the test sees it."""
    lot = Draws.lot

    def rarer(self: Draws, lots: Lots, place: int) -> int:
        return lot(self, lots, place) // 2

    with put(Draws, "lot", rarer):
        assert max(known.sure for known in posteriors(5, (12,), 4000).values()) > CERTAINTY
