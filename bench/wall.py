"""What the group wall costs: how much of a shop's figures is named, when; and the cells' time and memory.

`python -m bench.wall` (or `make bench T=wall`) runs the real fold over `bench/shops.py` and writes
docs/group-wall-utility.md. Each fact carries the hour it came in, as one digit of the number that stands where its
seconds would, so a row tells how many of its facts came when; nothing else of the rule is touched.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import date, timedelta
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple

from bench import shops, wall_cost
from bench.figure import Figure
from collector.day.cells import PLACES, Cells
from collector.day.cubes import Unit
from collector.day.day import Day
from collector.day.fold import Fold
from collector.day.groups import Table, values_of
from collector.day.lots import Draws, Lots
from collector.day.release import Release, Row, Wall
from collector.day.waiting import Waiting
from collector.door.hit import Hit
from tests.adversary.worlds import put

COMMAND = "make bench T=wall"
DOCUMENT = Path(__file__).parents[1] / "docs" / "group-wall-utility.md"
FIRST = date(2026, 11, 23)
HOUR = 3_600_000
TICK = 600_000
BITS = 16  # of a digit: facts of one cube and hour, 65,535 at most
LARGEST = 10  # values of a day chart
DELAYED = 0.5  # the median

HEAD = f"""# What the group wall names, and when

Made by `{COMMAND}`; do not edit. The real fold over simulated shops (their assumptions stand in `bench/shops.py`): how
many per cent of each cube's facts are in a released group before midnight, at midnight, and 7 and 30 days later; the
median hours until a fact is named (0: within the hour it came in; -: half are never named); and by how much a chart of
one day falls short for the ten largest values of the cube. Totals are exact and need no line. Held visits (one or two a
day, and 0.4 % of the rest) are never named.
"""
COLUMNS = """| cube | facts a day | before midnight | at midnight | 7 days | 30 days | median hours | chart short by |
|---|---|---|---|---|---|---|---|
"""


class Shop(NamedTuple):
    visits: int
    k: int
    days: int
    targets: tuple[int, ...] = ()  # the design's: per cent of page views before midnight, at midnight, after 7, 30 days


SHOPS = (
    Shop(50, 5, 36),
    Shop(150, 5, 36, (44, 60, 91, 99)),
    Shop(500, 10, 36, (50, 63, 94, 100)),
    Shop(2000, 10, 36, (73, 82, 99, 100)),
    Shop(20_000, 10, 3),
)
MOMENTS = ("before", "midnight", "7d", "30d")
AGES = (0, 0, 7, 30)  # days after the facts' own


class Cube:
    """What became of one cube's facts."""

    def __init__(self) -> None:
        self.facts: Counter[int] = Counter()  # day -> facts
        self.named: Counter[tuple[int, int]] = Counter()  # (day, age in days; -1: before midnight) -> facts
        self.delays: Counter[int] = Counter()  # hours -> facts
        self.short = 0  # of the largest values of each day: facts that the day's chart lacks
        self.largest = 0  # of them all

    def share(self, moment: int, last: int) -> float | None:
        """Per cent named by then, of the facts of days long enough ago; None: there are none."""
        age = AGES[moment] if moment else -1
        days = [day for day in self.facts if day + max(age, 0) <= last]
        whole = sum(self.facts[day] for day in days)
        if not whole:
            return None
        return 100 * sum(n for (day, old), n in self.named.items() if day in days and old <= age) / whole

    @property
    def delay(self) -> float | None:
        """The median hours until a fact is named (in steps of an hour); None: half of them never are."""
        left = DELAYED * sum(self.facts.values())
        for hours, n in sorted(self.delays.items()):
            left -= n
            if left <= 0:
                return hours
        return None

    @property
    def error(self) -> float:
        """By how many per cent a day's chart of the largest values falls short, in the mean."""
        return 100 * self.short / self.largest if self.largest else 0.0


class Measured(NamedTuple):
    shop: Shop
    cubes: dict[str, Cube]
    publishes: float  # a day, the one at midnight included

    def share(self, cube: str, moment: int) -> float | None:
        return self.cubes[cube].share(moment, self.shop.days - 1)


def measure(shop: Shop) -> Measured:
    """Fold the shop's days."""
    cubes: dict[str, Cube] = defaultdict(Cube)
    waiting, publishes = Waiting(), 0
    clock = _Clock()
    with _dated(clock):
        for number, hits in enumerate(shops.days(shop.visits, shop.days)):
            waiting, releases = _day(shop, number, hits, waiting, clock)
            publishes += len(releases)
            rows = list(_dealt(releases, number))
            for cube, ages, delays in rows:
                cubes[cube].named += ages
                cubes[cube].delays += delays
            _chart(cubes, clock.left, releases, number)
    return Measured(shop, dict(cubes), publishes / shop.days)


def _day(
    shop: Shop, number: int, hits: Sequence[Hit], waiting: Waiting, clock: "_Clock"
) -> tuple[Waiting, list[Release]]:
    begins, ends = shops.begins(number), shops.begins(number + 1)
    day = Day(1, (FIRST + timedelta(number)).isoformat(), begins, ends, shop.k, TICK // 1000, "exact")
    key = blake2b(b"%d %d" % (shop.visits, number), digest_size=32).digest()
    fold, releases, due = Fold(day, key, waiting, wall_cost.CELLS), [], begins + TICK
    for entry, hit in enumerate(hits):
        while hit.time >= due:
            clock.set(due - 1)
            if release := fold.publish(due):
                releases.append(release)
            due += TICK
        clock.set(hit.time)
        fold.hit(entry, 0, hit)
    clock.set(ends - 1)
    release, waiting = fold.close(ends)
    return waiting, [*releases, release]


class _Clock:
    """The digit of the hour, and what was in the cells at the last midnight."""

    def __init__(self) -> None:
        self.token = 1
        self.left: dict[str, Counter[tuple[str, ...]]] = {}

    def set(self, time: int) -> None:
        self.token = 1 << BITS * ((time - shops.begins(0)) // HOUR)


@contextmanager
def _dated(clock: _Clock) -> Iterator[None]:
    """Let seconds be the hour's digit, and look into the cells at midnight."""
    add, close = Cells.add, Wall.close

    def dated(self: Cells, unit: Unit, values: list[str | None], lots: Lots, network: int, *_: int) -> None:
        add(self, unit, values, lots, network, clock.token)

    def unrounded(_: Draws, seconds: int, _lots: Lots, _unit: int, count: int) -> list[int]:
        return [seconds] * count

    def seen(self: Wall, tables: Sequence[Table], waiting: Waiting, *, totals: bool, covered: bool) -> tuple[Row, ...]:
        clock.left = {table.cube.name: Counter() for table in tables}
        for table in tables:
            for cell, _, group in table.waiting():
                clock.left[table.cube.name][values_of(cell)] += group.n
        return close(self, tables, waiting, totals=totals, covered=covered)

    with ExitStack() as stack:
        for change in ((Cells, "add", dated), (Draws, "half_minutes", unrounded), (Wall, "close", seen)):
            stack.enter_context(put(*change))
        yield


def _dealt(releases: Sequence[Release], today: int) -> Iterator[tuple[str, Counter[tuple[int, int]], Counter[int]]]:
    """Row by row: its cube, its facts by (day, age), and by the hours they waited."""
    for release in releases:
        hour = (release.time - 1 - shops.begins(0)) // HOUR
        for row in (*release.rows, *release.late):
            ages: Counter[tuple[int, int]] = Counter()
            delays: Counter[int] = Counter()
            for came, n in _digits(row.seconds):
                ages[came // 24, today - came // 24 if release.closes else -1] += n
                delays[hour - came] += n
            yield row.cube, ages, delays


def _digits(tokens: int) -> Iterator[tuple[int, int]]:
    """(hour, facts) of a sum of tokens."""
    while tokens:
        hour = ((tokens & -tokens).bit_length() - 1) // BITS
        n = tokens >> BITS * hour & 2**BITS - 1
        yield hour, n
        tokens -= n << BITS * hour


def _chart(
    cubes: dict[str, Cube], left: dict[str, Counter[tuple[str, ...]]], releases: Sequence[Release], day: int
) -> None:
    """The day's facts of each cube, and how far the chart of its largest values falls short of them."""
    shown: dict[str, Counter[tuple[str, ...]]] = defaultdict(Counter)
    early: dict[str, Counter[tuple[str, ...]]] = defaultdict(Counter)
    for release in releases:
        for row in release.rows:
            shown[row.cube][row.values] += row.n
            if not release.closes:
                early[row.cube][row.values] += row.n
    for name, waited in left.items():
        facts = waited + early[name]
        if facts:
            cube = cubes[name]
            cube.facts[day] = facts.total()
            for values, n in facts.most_common(LARGEST):
                cube.largest += n
                cube.short += n - shown[name][values]


def figures() -> list[Figure]:
    """Measure all shops, write the document; page views against the design's shares, then time and memory."""
    measured = [measure(shop) for shop in SHOPS]
    DOCUMENT.write_text(document(measured))
    found = [
        Figure(
            f"wall_{each.shop.visits}_{name}", share, "%", target, f"k = {each.shop.k}, page views named", at_least=True
        )
        for each in measured
        for moment, (name, target) in enumerate(zip(MOMENTS, each.shop.targets, strict=False))
        if (share := each.share("page.pageview", moment)) is not None
    ]
    return [*found, *wall_cost.figures()]


def names() -> tuple[str, ...]:
    """The figures' names."""
    shares = tuple(f"wall_{shop.visits}_{name}" for shop in SHOPS if shop.targets for name in MOMENTS)
    return (*shares, *wall_cost.NAMES)


def document(measured: Sequence[Measured]) -> str:
    """The tables, in Markdown."""
    parts = [HEAD]
    for each in measured:
        shop = each.shop
        parts.append(
            f"\n## {shop.visits:,} visits a day, k = {shop.k}\n\n"
            f"{shop.days} days, {each.publishes:.0f} publishes a day.\n\n{COLUMNS}"
        )
        parts += [_line(each, cube.name) for cube in PLACES if cube.name in each.cubes]
    return "".join(parts)


def _line(each: Measured, name: str) -> str:
    cube = each.cubes[name]
    shares = [each.share(name, moment) for moment in range(len(MOMENTS))]
    told = ["-" if share is None else f"{share:.0f} %" for share in shares]
    delay = "-" if cube.delay is None else f"{cube.delay:.0f}"
    daily = sum(cube.facts.values()) / each.shop.days
    return f"| {name} | {daily:,.0f} | {' | '.join(told)} | {delay} | {cube.error:.0f} % |\n"


if __name__ == "__main__":
    for figure in figures():
        print(figure.line())
