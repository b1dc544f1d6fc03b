"""The exact attacker: every true count that fits all he saw, in worlds small enough to reckon out.

Four publishes of at most three pages and three sources; each visit is one view, from a network of its own. He knows
that, the rule, k and the totals, and sees every row with the publish it came with. Lots have no bound and a coin may
always have said no, so a table of visits (publish, page, source) could have been published like that if and only if

- each publish had as many visits as its total says (totals = groups: at least k, the precondition);
- in every cube, cell and window of publishes there are at least the visits of the rows that can only come from there:
  a row of its day from the day's publishes up to its own, a late row from all publishes up to its own.

Rows' windows are intervals, so that is enough (Hall's theorem for intervals): a table that fits can be dealt out to the
rows. Integer programming (scipy's HiGHS) then gives the least and the most of any count.
"""

import random
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence
from itertools import product
from typing import Any, NamedTuple

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp

from collector.day.day import Day
from collector.day.fold import Fold
from collector.day.release import Release, Row
from collector.day.waiting import Waiting
from collector.door.hit import Hit, Kind
from tests.adversary.worlds import DAY

PUBLISHES = 4
SOURCES = (("Google", "search"), ("facebook.com", "social"), ("", ""))
CHANNELS = ("search", "social", "direct")
MANY = 200  # more visits than any tiny world's publish has

# What is looked at: pages, sources, and pairs of them (each source here is a channel of its own).
THREE_CUBES = frozenset({"page.pageview", "source.visit_start", "page+channel.pageview"})

Cell = tuple[int | None, int | None]  # page, source; None: all of them
Window = tuple[int, int]  # first and last publish, both in it
Table = np.ndarray[Any, np.dtype[np.float64]]  # visits by publish, page and source; also flat, as coefficients


class Shape(NamedTuple):
    """What of a world is no secret."""

    k: int
    pages: int = 3
    sources: int = 3
    days: int = 1
    most: int = 3  # visits in a publish: k to so many times k
    totals: str = "exact"

    @property
    def a_day(self) -> int:
        """Publishes in a day; the last is the one at midnight."""
        return PUBLISHES // self.days

    @property
    def cells(self) -> list[Cell]:
        """Every page, source and pair."""
        pages: list[int | None] = [*range(self.pages), None]
        return [cell for cell in product(pages, [*range(self.sources), None]) if cell != (None, None)]


class Pinned(NamedTuple):
    """A count of 1 to k - 1 that only one value fits."""

    cell: Cell
    window: Window
    visits: int


def tiny(r: random.Random, shape: Shape) -> Table:
    """A world of that shape, pages and sources even."""
    visits = np.zeros((PUBLISHES, shape.pages, shape.sources))
    for publish in range(PUBLISHES):
        for _ in range(r.randint(shape.k, shape.most * shape.k)):
            visits[publish, r.randrange(shape.pages), r.randrange(shape.sources)] += 1
    return visits


def play(shape: Shape, visits: Table, key: bytes) -> list[Release]:
    """What the real fold publishes of it."""
    step, releases, waiting, number = DAY // shape.a_day, [], Waiting(), 0
    for day in range(shape.days):
        begins = day * DAY
        totals = "groups" if shape.totals == "groups" else "exact"
        settings = Day(1, f"2026-01-0{day + 1}", begins, begins + DAY, shape.k, step // 1000, totals)  # type: ignore[arg-type]  # a Literal
        fold = Fold(settings, bytes([day]) + key[1:], waiting, 20_000)
        for place in range(shape.a_day):
            for page, source in product(range(shape.pages), range(shape.sources)):
                for _ in range(int(visits[day * shape.a_day + place, page, source])):
                    number += 1
                    fold.hit(number, 0, _hit(number, begins + place * step, page, source))
            if place < shape.a_day - 1:
                release = fold.publish(begins + (place + 1) * step)
                assert release is not None  # k networks came
            else:
                release, waiting = fold.close(begins + DAY)
            releases.append(release)
    return releases


def _hit(number: int, time: int, page: int, source: int) -> Hit:
    name, channel = SOURCES[source]
    agent = ("browser", "system", "desktop", "SE")
    return Hit(Kind.VIEW, time + 1000 + number, number, f"/p{page}", "", name, channel, "", False, 0, *agent)


class Attacker:
    """All he can reckon from what was published."""

    def __init__(
        self, shape: Shape, releases: Sequence[Release], cubes: Collection[str] = (), *, threshold: bool = False
    ) -> None:
        """`cubes`: those he looks at, () for all. `threshold`: he knows there are no lots, no coin, no keep-back."""
        self._shape = shape
        self._rows = [
            (row.cube, cell, _window(shape, publish, late=late), row.n)
            for publish, late, row in _rows(releases)
            if (not cubes or row.cube in cubes) and (cell := _cell(row)) is not None
        ]
        lines = [*self._totals(releases), *self._at_least()]
        if threshold:
            lines += self._at_most()
        self._fits = LinearConstraint(
            np.array([line for line, _, _ in lines]), [low for _, low, _ in lines], [high for _, _, high in lines]
        )

    def fits(self, visits: Table) -> bool:
        """Whether these could be the visits; of the true ones always."""
        sums = self._fits.A @ visits.ravel()
        return bool(((sums >= self._fits.lb) & (sums <= self._fits.ub)).all())

    def bounds(self, cell: Cell, window: Window) -> tuple[int, int]:
        """The least and the most visits of the cell in the window, of all tables that fit."""
        counted = self._sum(cell, window)
        least, most = (int(counted @ self._table(sign * counted)) for sign in (1, -1))
        return least, most

    def pinned(self, visits: Table) -> list[Pinned]:
        """All true counts of 1 to k - 1 that have no other value in any table that fits.

        A table found for one count shows of many others too that they are free.
        """
        truth, found = visits.ravel(), []
        others = [self._table(np.random.default_rng(seed).normal(size=truth.size)) for seed in range(2)]
        for cell, window in product(self._shape.cells, windows()):
            counted = self._sum(cell, window)
            count = counted @ truth
            if not 0 < count < self._shape.k or any(counted @ other != count for other in others):
                continue
            ends = [self._table(sign * counted) for sign in (1, -1)]
            others += ends
            if all(counted @ end == count for end in ends):
                found.append(Pinned(cell, window, int(count)))
        return found

    def _table(self, cost: Table) -> Table:
        """The cheapest table that fits."""
        size = PUBLISHES * self._shape.pages * self._shape.sources
        solved = milp(cost, constraints=self._fits, integrality=np.ones(size), bounds=Bounds(0, MANY))
        assert solved.success, solved.message
        table: Table = np.round(solved.x)
        return table

    def _sum(self, cell: Cell, window: Window) -> Table:
        """The visits of a cell in a window, as the coefficients of a sum over the table."""
        page, source = (slice(None) if one is None else one for one in cell)
        counted = np.zeros((PUBLISHES, self._shape.pages, self._shape.sources))
        counted[window[0] : window[1] + 1, page, source] = 1
        return counted.ravel()

    def _totals(self, releases: Sequence[Release]) -> Iterator[tuple[Table, float, float]]:
        for publish, release in enumerate(releases):
            told = None if release.totals is None else float(release.totals.visits)
            line = self._sum((None, None), (publish, publish))
            yield (line, self._shape.k, MANY) if told is None else (line, told, told)

    def _at_least(self) -> Iterator[tuple[Table, float, float]]:
        """The most that any cube's rows ask of each cell and window."""
        asked: Counter[tuple[Cell, Window]] = Counter()
        for (first, last), cube in product(windows(), {cube for cube, *_ in self._rows}):
            of_cube: Counter[Cell] = Counter()
            for name, cell, (begin, end), n in self._rows:
                if name == cube and first <= begin and end <= last:
                    of_cube[cell] += n
            for cell, n in of_cube.items():
                asked[cell, (first, last)] = max(asked[cell, (first, last)], n)
        for (cell, window), n in asked.items():
            yield self._sum(cell, window), n, np.inf

    def _at_most(self) -> Iterator[tuple[Table, float, float]]:
        """Without lots and coin a cell has fewer than k visits that wait, and none once it was released (one day)."""
        named: dict[tuple[str, Cell], Counter[int]] = defaultdict(Counter)
        for cube, cell, (_, end), n in self._rows:
            named[cube, cell][end] += n
        for rows in named.items():
            (_, cell), by_publish = rows
            for publish in range(PUBLISHES):
                so_far = sum(n for end, n in by_publish.items() if end <= publish)
                yield self._sum(cell, (0, publish)), 0, so_far or self._shape.k - 1


def windows() -> list[Window]:
    """Every window of publishes."""
    return [(first, last) for first in range(PUBLISHES) for last in range(first, PUBLISHES)]


def _rows(releases: Sequence[Release]) -> Iterator[tuple[int, bool, Row]]:
    for publish, release in enumerate(releases):
        for late, rows in ((False, release.rows), (True, release.late)):
            for row in rows:
                yield publish, late, row


def _window(shape: Shape, publish: int, *, late: bool) -> Window:
    """The publishes that a row's visits can have come with."""
    return (0 if late else publish // shape.a_day * shape.a_day, publish)


def _cell(row: Row) -> Cell | None:
    """Which pages or sources a row counts; None: all of them alike."""
    page = source = None
    for dimension, value in zip(row.cube.split(".")[0].split("+"), row.values, strict=False):
        if dimension in {"page", "entry_page", "exit_page"}:
            page = int(value.removeprefix("/p"))
        elif dimension == "source":
            source = [name for name, _ in SOURCES].index(value)
        elif dimension == "channel":
            source = CHANNELS.index(value)
    return None if page is None and source is None else (page, source)
