"""Fills a group store as releases would, and measures what stands on it: the overview's server time, the file's size.

Made-up, but shaped like a shop: pages by Zipf's law, a handful of sources, browsers and countries, pairs of them. A
cell releases a group whenever k have gathered and a coin says so; what is rarer than k a day comes late.
"""

import random
import statistics
import time
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

import duckdb

from collector.day.cubes import CUBES, Cube, Dimension, Unit
from collector.day.day import Day, midnight
from collector.day.release import Release, Row, Totals
from collector.site import Site
from collector.store import Store
from dashboard import period, reports

CELLS = 20_000  # a cube at most, as in the settings
VIEWS_PER_VISIT = 3
PER_UNIT = {  # of a pageview
    Unit.PAGEVIEW: 1.0,
    Unit.REACH: 0.8,
    Unit.TIMED_VIEW: 0.8,
    Unit.VISIT_START: 1 / VIEWS_PER_VISIT,
    Unit.VISIT_END: 1 / VIEWS_PER_VISIT,
    Unit.BOUNCE: 0.14,
    Unit.EVENT: 0.1,
    Unit.EVENT_REACH: 0.06,
}
SECONDS = {Unit.VISIT_END: 150, Unit.TIMED_VIEW: 45}
PAGES = {Dimension.PAGE, Dimension.PREVIOUS_PAGE, Dimension.ENTRY_PAGE, Dimension.EXIT_PAGE}
OTHERS = {  # how many values a dimension has, and what they look like
    Dimension.SOURCE: (60, "source-{}.example"),
    Dimension.CHANNEL: (8, "channel-{}"),
    Dimension.CAMPAIGN: (25, "newsletter-2026-{:02}"),
    Dimension.BROWSER: (40, "Browser {}"),
    Dimension.SYSTEM: (8, "System {}"),
    Dimension.DEVICE: (3, "device-{}"),
    Dimension.COUNTRY: (40, "X{}"),
    Dimension.DURATION: (6, "band-{}"),
    Dimension.SCROLL: (5, "{}"),
    Dimension.EVENT: (6, "event-{}"),
    Dimension.PROPERTY: (30, "colour=shade-{}"),
}


# Closed days at once, as releases and nightly merges would have left them. A cell's chance of a group on a day is how
# many k's are expected; what is rarer than k a day comes late.
CLOSED = (
    """
insert into groups
select 1, c.number, d.day, a.number, b.number,
  greatest(10, g.expected * (0.8 + hash(d.day, a.number) % 400 / 1000))::bigint, g.seconds, g.expected < 10
from cells as g, (select $last::date - n::integer as day from range($days) as r (n)) as d,
  cubes as c, names as a, names as b
where c.name = g.cube and a.value = g.value and b.value = g.value2
  and hash(g.cube, g.value, g.value2, d.day) % 1000 < 1000 * g.expected / 10
order by d.day, c.number
""",
    """
insert into days
select 1, day, day, day + interval 1 day, 10, 600, 'exact', 'live', day, true, true
from (select $last::date - n::integer as day from range($days) as r (n)) order by day
""",
    """
insert into totals
select 1, day, day + h::integer * interval 1 hour, $views / 24, $views / 72
from (select $last::date - n::integer as day from range($days) as r (n)), range(24) as t (h) order by all
""",
    """
insert into visitors
select 1, $last::date - n::integer, $views // 4 from range($days) as r (n) order by all
""",
)


class Cell(NamedTuple):
    """One combination of values, and how many a day fall in it."""

    cube: str
    values: tuple[str, ...]
    expected: float
    seconds: int  # each


def site(number: int = 1, zone: str = "Europe/Stockholm") -> Site:
    """A site as the reports want it."""
    name = f"site-{number}.example"
    return Site(id=number, domain=name, name=name, hosts=(name,), time_zone=zone, k=10)


def cells(pageviews_per_day: int) -> list[Cell]:
    """Every cell that has a group in a month, sorted as a release is."""
    pages = max(50, min(CELLS, int(4 * pageviews_per_day**0.6)))
    found = [cell for cube in CUBES for cell in _cells_of(cube, pages, pageviews_per_day * PER_UNIT[cube.unit])]
    return sorted(found, key=lambda cell: (cell.cube, cell.values))


def fill(
    store: Store,
    number: int,
    pageviews_per_day: int,
    days: int,
    last: date,
    *,
    publishes: int = 24,
    today: int | None = None,
    k: int = 10,
) -> None:
    """Releases `days` days up to `last`, each in `publishes` publishes, closed and merged.

    The last one in `today` publishes and left open; with `today` None it is closed and merged too.
    """
    chance = random.Random(number)
    found = list(enumerate(cells(pageviews_per_day)))
    gathered = [0.0] * len(found)
    often = [(place, cell) for place, cell in found if cell.expected >= k]
    rare = [(place, cell) for place, cell in found if cell.expected < k]
    mark = store.mark(number)
    for back in range(days - 1, -1, -1):
        date_of, left_open = last - timedelta(days=back), back == 0 and today is not None
        day = _day(number, date_of, k)
        count = today if left_open and today else publishes
        busy = chance.uniform(0.8, 1.2)
        views = round(pageviews_per_day * busy / count)
        for tick in range(1, count + 1):
            closes = tick == count and not left_open
            release = Release(
                day=day.date,
                time=day.begins + tick * (82_800_000 // count),
                totals=Totals(views, views // VIEWS_PER_VISIT, views * tick // 5, {"bot": 7}),
                rows=tuple(_full(often, gathered, busy / count, k, chance)),
                late=tuple(_full(rare, gathered, 1.0, 1.4 * k, chance)) if closes else (),
                closes=closes,
            )
            mark += 1
            store.add(number, mark, release, day)
        store.merge_closed()


def fill_closed(place: Path, pageviews_per_day: int, days: int, last: date) -> None:
    """A new store.duckdb with so many closed and merged days of site 1 up to `last`; 18 million rows take a minute."""
    path = place / "store.duckdb"
    Store.open(path).close()
    found = cells(pageviews_per_day)
    columns = {
        "cube": [cell.cube for cell in found],
        "value": [(*cell.values, "")[0] for cell in found],
        "value2": [(*cell.values, "", "")[1] for cell in found],
        "expected": [cell.expected for cell in found],
        "seconds": [cell.seconds for cell in found],
    }
    types = {"cube": "varchar", "value": "varchar", "value2": "varchar", "expected": "double", "seconds": "bigint"}
    picked = ", ".join(f"unnest(${name}::{kind}[]) as {name}" for name, kind in types.items())
    with duckdb.connect(path) as database:
        database.execute(f"create temp table cells as select {picked}", columns)
        database.execute(
            "insert into names select row_number() over () + (select coalesce(max(number), 0) from names), value from "
            "(select value from cells union select value2 from cells) where value not in (select value from names)"
        )
        for text in CLOSED:
            known = {"last": last, "days": days, "views": pageviews_per_day}
            database.execute(text, {name: value for name, value in known.items() if f"${name}" in text})


def measure_overview(store: Store, number: int, last: date, asked: int = 30, rounds: int = 15) -> dict[str, float]:
    """Server time in ms of the overview of the `asked` days up to `last`: the first; median and slowest of the rest."""
    begin = last - timedelta(days=asked - 1)
    chosen = period.parse({"period": "custom", "from": begin.isoformat(), "to": last.isoformat()}, last)
    now = midnight(last, "Europe/Stockholm") + 12 * 3_600_000
    taken = []
    for _ in range(rounds):
        start = time.perf_counter()
        with store.snapshot():
            reports.overview(store, site(number), chosen, now)
        taken.append((time.perf_counter() - start) * 1000)
    return {"first": taken[0], "median": statistics.median(taken[1:]), "slowest": max(taken[1:])}


def measure_size(directory: Path, pageviews_per_day: int = 10_000, days: int = 100, publishes: int = 24) -> float:
    """Megabytes (10^6 bytes of the closed file) per million pageviews after the nightly merges."""
    path = directory / "store.duckdb"
    store = Store.open(path)
    fill(store, 1, pageviews_per_day, days, date(2026, 11, 22), publishes=publishes)
    store.close()
    return path.stat().st_size / 1e6 / (pageviews_per_day * days / 1e6)


def _cells_of(cube: Cube, pages: int, total: float) -> Iterator[Cell]:
    """A cube's cells by weight, at most CELLS, without those that never fill a group in a month."""
    sides = [_weights(dimension, pages) for dimension in cube.dimensions]
    least = 0.5 / total  # half a day's hit: 15 a month
    pairs: list[tuple[tuple[str, ...], float]] = [((), 1.0)]
    if sides:
        pairs = [((name,), weight) for name, weight in sides[0] if weight > least]
    if len(sides) == 2:
        pairs = [((*a, b), x * y) for a, x in pairs for b, y in _side(a[0], sides[1], pages) if x * y > least]
    pairs.sort(key=lambda pair: -pair[1])
    for values, weight in pairs[:CELLS]:
        yield Cell(cube.name, values, total * weight, SECONDS.get(cube.unit, 0))


def _side(first: str, side: list[tuple[str, float]], pages: int) -> list[tuple[str, float]]:
    """The second values that go with a first one: a page leads to some thirty others, and everything else to all."""
    if len(side) != pages:
        return side
    start = sum(first.encode()) * 7919
    chosen = [side[(start + step * step) % pages][0] for step in range(30)]
    return list(zip(dict.fromkeys(chosen), _zipf(30), strict=False))


def _weights(dimension: Dimension, pages: int) -> list[tuple[str, float]]:
    """The values of a dimension and how often each comes."""
    if dimension in PAGES:
        return [(f"/kategori-{i % 40}/produkt-{i}", weight) for i, weight in enumerate(_zipf(pages))]
    count, pattern = OTHERS[dimension]
    return [(pattern.format(i), weight) for i, weight in enumerate(_zipf(count))]


def _zipf(count: int) -> list[float]:
    raw = [1 / (i + 1) for i in range(count)]
    total = sum(raw)
    return [weight / total for weight in raw]


def _full(
    cells: list[tuple[int, Cell]], gathered: list[float], days: float, k: float, chance: random.Random
) -> list[Row]:
    """The groups that are full after so many more days (or a part of one); `gathered` is what waits, by place."""
    rows = []
    for place, cell in cells:
        gathered[place] += cell.expected * days
        if gathered[place] >= k and chance.random() < 0.5:
            n = int(gathered[place])
            gathered[place] -= n
            rows.append(Row(cell.cube, cell.values, n, n * cell.seconds // 30 * 30))
    return rows


def _day(number: int, day: date, k: int) -> Day:
    zone = "Europe/Stockholm"
    begins, ends = midnight(day, zone), midnight(day + timedelta(days=1), zone)
    return Day(number, day.isoformat(), begins, ends, k, 600, "exact")
