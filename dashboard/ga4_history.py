"""What of Google Analytics' files becomes imported history, what is left behind, and why. Pure.

A day needs views and sessions. A row needs users, at least k of them: without that column nobody could tell. What a
table says of several days together is taken for all of them, where none of them has data of its own.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from msgspec import Struct, field

from collector.door.scrub import clean
from collector.history import ImportedDay, ImportedRow
from dashboard.elsewhere import Day
from dashboard.ga4_file import Line, Table

# One dimension of theirs -> the cubes it can stand in, each with the figure that counts there.
CUBES: Final = {
    "page": (("page.pageview", "pageviews"),),
    "entry_page": (("entry_page.visit_start", "visits"),),
    "source": (("source.visit_start", "visits"),),
    "country": (("country.visit_start", "visits"),),
    "browser": (("browser.visit_start", "visits"),),
    "device": (("device.visit_start", "visits"),),
    "system": (("system.visit_start", "visits"),),
    "event": (("event.event", "events"),),
}
# Why something is left behind.
WHYS: Final = (
    *("taken-day", "day-without-totals", "cut-off", "no-such-list", "row-of-no-day", "no-users", "nameless", "small"),
)
EMPTY: Final = frozenset(("(not set)", "(other)", "(not provided)", ""))
ONE: Final = timedelta(days=1)


class Left(Struct, frozen=True, order=True):
    """Why rows were left behind: a word that the screens and commands have a sentence for."""

    why: str
    n: int


class Plan(Struct):
    """What would be imported."""

    days: list[ImportedDay] = field(default_factory=list)
    rows: list[ImportedRow] = field(default_factory=list)
    left: list[Left] = field(default_factory=list)


def span(tables: Sequence[Table]) -> tuple[date, date]:
    """The days of all tables, half-open."""
    return min(table.begins for table in tables), max(table.ends for table in tables)


def shift(tables: Sequence[Table], zone: str) -> tuple[str, float] | None:
    """The property's time zone and by how many hours its days are shifted; None: not at all, or no file tells it.

    Of the first day: two zones whose clocks are moved on different nights differ by an hour more for some weeks.
    """
    for table in tables:
        try:
            theirs = ZoneInfo(table.zone) if table.zone else None
        except (ZoneInfoNotFoundError, ValueError):
            continue
        if theirs is not None:
            noon = datetime.combine(table.begins, time(12))
            apart = noon.replace(tzinfo=ZoneInfo(zone)) - noon.replace(tzinfo=theirs)
            hours = abs(apart.total_seconds()) / 3600
            if hours:
                return table.zone, hours
    return None


def totals(tables: Sequence[Table]) -> dict[date, dict[str, int]]:
    """The figures of each day of the whole property: of tables by day and nothing else."""
    found: dict[date, dict[str, int]] = {}
    for table in tables:
        if not table.dimensions:
            for line in table.lines:
                if line.day is not None:
                    found.setdefault(line.day, {}).update(line.figures)
    return dict(sorted(found.items()))


def days_of(tables: Sequence[Table]) -> dict[date, Day]:
    """The same by our names, to be laid beside ours."""
    return {
        day: Day(found.get("pageviews"), found.get("visits"), found.get("users"), found.get("engaged"))
        for day, found in totals(tables).items()
    }


def plan(tables: Sequence[Table], k: int, taken: Collection[date]) -> Plan:
    """What becomes of the tables. `taken`: days that have data already, own or imported."""
    made, left = Plan(), Counter[str]()
    for day, figures in totals(tables).items():
        if day in taken:
            left["taken-day"] += 1
        elif "pageviews" not in figures or "visits" not in figures:
            left["day-without-totals"] += 1
        else:
            made.days.append(ImportedDay(day, figures["pageviews"], figures["visits"], figures.get("users"), k))
    days = {day.day for day in made.days}
    rows: dict[tuple[str, date, date, str], int] = {}
    for table in tables:
        for key, n in _rows(table, k, days, left):
            rows[key] = max(n, rows.get(key, 0))  # the same table twice is not twice as much
    made.rows = [
        ImportedRow(cube, begins, ends, value, "", n, 0) for (cube, begins, ends, value), n in sorted(rows.items())
    ]
    made.left = sorted(Left(why, n) for why, n in left.items())
    return made


def _rows(
    table: Table, k: int, days: Collection[date], left: Counter[str]
) -> Iterator[tuple[tuple[str, date, date, str], int]]:
    if not table.dimensions:
        return
    if table.rows > len(table.lines):
        left["cut-off"] += table.rows - len(table.lines)
    cubes = CUBES.get(table.dimensions[0], ()) if len(table.dimensions) == 1 else ()
    for line in table.lines:
        why = _why_not(line, table, cubes, k, days)
        if why:
            left[why] += 1
            continue
        begins, ends = (table.begins, table.ends) if line.day is None else (line.day, line.day + ONE)
        value = _value(table.dimensions[0], clean(line.values[0]))
        for cube, figure in cubes:
            if line.figures.get(figure, 0) >= k:
                yield (cube, begins, ends, value), line.figures[figure]


def _why_not(line: Line, table: Table, cubes: object, k: int, days: Collection[date]) -> str:
    """Why a row is left behind; "" when it is taken."""
    of = (
        {line.day}
        if line.day is not None
        else {table.begins + ONE * n for n in range((table.ends - table.begins).days)}
    )
    if not cubes:
        return "no-such-list"
    if not of <= set(days):
        return "row-of-no-day"
    if "users" not in line.figures:
        return "no-users"
    if line.values[0].strip().lower() in EMPTY:
        return "nameless"
    return "small" if line.figures["users"] < k else ""


def _value(dimension: str, value: str) -> str:
    """Spelled as the collector does."""
    if dimension in {"page", "entry_page"}:
        return "/" + value.partition("?")[0].strip("/") if value.startswith("/") else value
    if dimension == "device":
        return value.lower()
    if dimension == "country":
        return value.upper()
    return {"(direct)": "", "google": "Google", "bing": "Bing"}.get(value, value) if dimension == "source" else value
