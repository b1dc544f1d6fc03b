"""Google Analytics 4's files, read: the CSV its interface downloads, and the JSON of the Data API's runReport. Pure.

The CSV has a head of comments (`# Start date: 20260101`), then one table or several; a day is a date or the number of a
day from the start ("Nth day"). Names of columns are known in English, Swedish and as the API has them; columns that are
not known are left out by name. What is torn, too large or something else is refused in one sentence.
"""

import csv
import math
import re
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any, Final

import msgspec
from msgspec import Struct

from collector.errors import FileError

LARGEST: Final = 64 * 1024 * 1024  # bytes; a year of a shop's pages by day is some 20 MB

# What we call a column -> what Google calls it, lower case.
DIMENSIONS: Final = {
    "date": ("date", "datum"),
    "nth": ("nth day", "nthday", "dag n"),
    "page": (
        "page path and screen class",
        "page path",
        "pagepath",
        "page path + query string",
        "unifiedpagepathscreen",
    ),
    "entry_page": ("landing page", "landingpage", "landing page + query string", "målsida"),
    "source": ("session source", "sessionsource", "first user source", "source", "sessionskälla"),
    "channel": (
        *("session primary channel group (default channel group)", "session default channel group"),
        *("sessiondefaultchannelgroup", "session primary channel group"),
    ),
    "country": ("country id", "countryid"),
    "browser": ("browser", "webbläsare"),
    "device": ("device category", "devicecategory", "enhetskategori"),
    "system": ("operating system", "operatingsystem", "operativsystem"),
    "event": ("event name", "eventname", "händelsenamn"),
}
METRICS: Final = {
    "users": ("active users", "activeusers", "total users", "totalusers", "users", "aktiva användare", "användare"),
    "visits": ("sessions", "sessioner"),
    "pageviews": ("views", "screenpageviews", "visningar"),
    "engaged": ("engaged sessions", "engagedsessions", "engagerade sessioner"),
    "events": ("event count", "eventcount", "antal händelser"),
}
_KNOWN: Final = {name: ours for table in (DIMENSIONS, METRICS) for ours, names in table.items() for name in names}
_START: Final = re.compile(r"#\s*(?:start date|startdatum):\s*(\d{8})", re.IGNORECASE)
_END: Final = re.compile(r"#\s*(?:end date|slutdatum):\s*(\d{8})", re.IGNORECASE)
_SPAN: Final = re.compile(r"#\s*(\d{8})-(\d{8})\s*")
_TOTALS: Final = ("grand total", "totals", "total", "totalsumma")


class Line(Struct, frozen=True):
    """A row: the day it is of (None: of all of its table's days), its other dimensions, and its figures."""

    day: date | None
    values: tuple[str, ...]
    figures: dict[str, int]


class Table(Struct):
    """One table. `dimensions` are those of `Line.values`, by our names."""

    dimensions: tuple[str, ...]
    begins: date
    ends: date  # half-open
    lines: list[Line]
    unknown: tuple[str, ...] = ()  # columns that were left out
    zone: str = ""  # the property's, where the file tells
    thresholded: bool = False  # Google kept small rows back
    rows: int = 0  # that the answer says there are; 0: it does not say


def read_ga4(content: bytes) -> list[Table]:
    """The tables of a file. Raises FileError."""
    if len(content) > LARGEST:
        raise FileError(f"The file is larger than {LARGEST >> 20} MB; ask for fewer days at a time.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise FileError("The file is no text in UTF-8; download it from Google Analytics as CSV, or as JSON.") from None
    tables = _reports(text) if text.lstrip()[:1] in {"{", "["} else list(_sheets(text))
    if not tables:
        raise FileError("There is no table of Google Analytics 4 in the file: no column of it is known.")
    return tables


# -- the interface's CSV


def _sheets(text: str) -> Iterator[Table]:
    begins = ends = None
    block: list[str] = []
    for line in [*text.splitlines(), "#"]:
        if line.startswith("#") or not line.strip(" ,"):
            yield from _sheet(block, begins, ends)
            block = []
            if found := _START.match(line):
                begins = _day(found[1])
            elif found := _END.match(line):
                ends = _day(found[1])
            elif found := _SPAN.fullmatch(line):
                begins, ends = _day(found[1]), _day(found[2])
        else:
            block.append(line)


def _sheet(block: Sequence[str], begins: date | None, ends: date | None) -> Iterator[Table]:
    try:
        rows = list(csv.reader(block, strict=True))
    except csv.Error as error:
        raise FileError(f"A table of the file is torn: {error}; download it again. Nothing was changed.") from None
    if len(rows) < 2 or not any(_KNOWN.get(name.strip().lower()) in METRICS for name in rows[0]):
        return
    if begins is None or ends is None:
        raise FileError("The file does not say of which days it is (# Start date, # End date); download it again.")
    yield _table(rows[0], rows[1:], begins, ends)


# -- the Data API's JSON


def _reports(text: str) -> list[Table]:
    try:
        found: Any = msgspec.json.decode(text)
    except (ValueError, RecursionError):
        raise FileError("The JSON is torn; ask for the report again. Nothing was changed.") from None
    reports = found.get("reports", [found]) if isinstance(found, dict) else found
    try:
        return [_report(report) for report in reports if report.get("metricHeaders")]
    except (AttributeError, KeyError, TypeError, IndexError, ValueError):
        raise FileError("The JSON is no answer of runReport (dimensionHeaders, metricHeaders, rows).") from None


def _report(report: dict[str, Any]) -> Table:
    names = [head["name"] for kind in ("dimensionHeaders", "metricHeaders") for head in report.get(kind, ())]
    rows = [
        [cell["value"] for kind in ("dimensionValues", "metricValues") for cell in row.get(kind, ())]
        for row in report.get("rows", ())
    ]
    if "date" not in [name.lower() for name in names]:
        raise FileError("The report has no dimension date, so nobody can tell its days; ask for it with date.")
    days = [_day(row[[name.lower() for name in names].index("date")]) for row in rows]
    known = [day for day in days if day is not None]
    if not known:
        raise FileError("The report has no row; ask for days that have data.")
    table = _table(names, rows, min(known), max(known))
    told = report.get("metadata", {})
    table.zone = str(told.get("timeZone", ""))
    table.thresholded = bool(told.get("subjectToThresholding"))
    table.rows = int(report.get("rowCount", 0))
    return table


# -- both


def _table(head: Sequence[str], rows: Sequence[Sequence[str]], begins: date, last: date) -> Table:
    if last < begins:
        raise FileError("The file ends before it begins; download it again.")
    ours = [_KNOWN.get(name.strip().lower()) for name in head]
    table = Table(
        tuple(name for name in ours if name in DIMENSIONS and name not in {"date", "nth"}),
        begins,
        last + timedelta(days=1),
        [],
        tuple(name.strip() for name, known in zip(head, ours, strict=True) if known is None),
    )
    for number, row in enumerate(rows, 1):
        if row and row[0].strip().lower() in _TOTALS:
            continue
        if len(row) != len(head):
            raise FileError(f"Row {number} has {len(row)} cells where the head has {len(head)}; the file is torn.")
        table.lines.append(_line(dict(zip(ours, row, strict=True)), table, number))
    return table


def _line(cells: dict[str | None, str], table: Table, number: int) -> Line:
    day: date | None = None
    if "date" in cells:
        day = _day(cells["date"])
    elif "nth" in cells and cells["nth"].isdecimal():
        day = table.begins + timedelta(days=int(cells["nth"][:6]))
    if ("date" in cells or "nth" in cells) and (day is None or not table.begins <= day < table.ends):
        raise FileError(f"Row {number} is of no day of the file; download it again.")
    figures = {name: _number(cells[name], number) for name in METRICS if name in cells}
    return Line(day, tuple(cells[name].strip() for name in table.dimensions), figures)


def _number(text: str, row: int) -> int:
    try:
        value = float(text.replace(",", "").strip() or 0)
    except ValueError:
        value = math.nan
    if not 0 <= value < 1e15:
        raise FileError(f"Row {row} has {text[:20]!r} where a number should be; the file is torn.")
    return round(value)


def _day(text: str) -> date | None:
    """20260131 or 2026-01-31."""
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        return None
