"""Downloads: a list, or the whole view, as CSV. Only what a report says; a file for a spreadsheet, not for a program.

A spreadsheet opens a file by a double click only as its own language writes it: in Swedish with semicolons and decimal
commas, in English with commas and points; both in UTF-8 with a mark, or the letters are wrong. Machines have /api.
"""

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Final
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.responses import Response

from collector.site import Site
from dashboard import drill_screen, present, reports
from dashboard.frame import Ask, Screen
from dashboard.period import Period
from dashboard.present import METRICS
from dashboard.roles import Role
from dashboard.site_frame import period_of, site_of
from dashboard.words import Words

Cell = str | int | float | None
LONGEST_NAME: Final = 160  # characters of a file's name: file systems take 255 bytes
FORMULA: Final = "=+-@\t\r\n"  # what a spreadsheet may calculate (OWASP, CSV injection), in any width of letter


def list_csv(ask: Ask) -> Response:
    """GET /site/{domain}/csv/{name}: one list with all its lines."""
    site, name = site_of(ask), ask.request.path_params["name"]
    chosen, wish, words = period_of(ask, site), drill_screen.wanted(ask), ask.words
    if wish.wrong:  # a file of everything under the name of a part would be believed
        raise HTTPException(404)
    found = drill_screen.listed(ask, site, chosen, wish.only, name)
    head = [words(f"panel.{name}"), words(f"count.{found.unit}"), words("panel.share")]
    title = " ".join((words(f"panel.{name}"), *drill_screen.named(ask, wish.only)))
    return _file(ask, site, chosen, title, [head, *_lines(found, words)])


def view_csv(ask: Ask) -> Response:
    """GET /site/{domain}/csv: figures, chart and every list of the period, one line each, told apart by a column."""
    site = site_of(ask)
    chosen = period_of(ask, site)
    report = reports.overview(ask.deps.store, site, chosen, ask.now, limit=None)
    words = ask.words
    head = [words(key) for key in ("csv.list", "csv.name", "csv.n", "panel.share", "csv.before")]
    rows: list[list[Cell]] = [[*head]]
    rows += _figures(report, words)
    rows += _series(report, words)
    for name, found in report.panels.items():
        rows += [[words(f"panel.{name}"), *line, None] for line in _lines(found, words)]
    return _file(ask, site, chosen, words("csv.view"), rows)


def written(rows: Iterable[Iterable[Cell]], words: Words) -> bytes:
    """The file: CSV as the language's spreadsheet reads it. Texts never become formulas."""
    swedish = words.language == "sv"
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";" if swedish else ",", quoting=csv.QUOTE_MINIMAL)
    for row in rows:
        writer.writerow([_cell(cell, "," if swedish else ".") for cell in row])
    return text.getvalue().encode("utf-8-sig")


def harmless(text: str) -> str:
    """A text that a spreadsheet shows as it stands: what could be a formula gets an apostrophe before it."""
    plain = unicodedata.normalize("NFKC", text)
    begins = next((char for char in plain if char in "\t\r\n" or unicodedata.category(char)[0] not in "CZ"), "")
    return f"'{text}" if begins and begins in FORMULA else text


def _cell(cell: Cell, comma: str) -> str:
    if cell is None:
        return ""
    if isinstance(cell, str):
        return harmless(cell)
    return str(cell) if isinstance(cell, int) else f"{cell:.4f}".rstrip("0").rstrip(".").replace(".", comma)


def _lines(panel: reports.Panel, words: Words) -> Iterator[list[Cell]]:
    """Name, number, share of 1; last what waits."""
    for row in present.in_order(panel):
        yield [present.label(panel.name, row.values, words), row.n, row.share]
    if panel.waiting:
        yield [words("panel.waiting"), panel.waiting, panel.waiting / panel.whole if panel.whole else None]


def _figures(report: reports.Overview, words: Words) -> Iterator[list[Cell]]:
    for name in reports.Headline.__struct_fields__:
        before = getattr(report.before, name) if report.before else None
        yield [words("figure.title"), words(f"figure.{name}"), getattr(report.headline, name), None, before]


def _series(report: reports.Overview, words: Words) -> Iterator[list[Cell]]:
    for metric in METRICS:
        title = words(f"chart.per_{report.buckets}", metric=words(f"chart.{metric}"))
        for point in present.points(report, metric, words):
            yield [title, point.long, point.value, None, point.before]


def _file(ask: Ask, site: Site, chosen: Period, title: str, rows: Iterable[Iterable[Cell]]) -> Response:
    dates = f" {chosen.begin} {chosen.last}.csv"
    headers = {"Content-Disposition": attachment(f"{site.domain} {title}"[: LONGEST_NAME - len(dates)] + dates)}
    return Response(written(rows, ask.words), media_type="text/csv", headers=headers)


def attachment(name: str) -> str:
    """The header that gives a file its name (RFC 6266), whatever the name has in it: a filter's value is anybody's."""
    whole = "".join("-" if char in "/\\" else char for char in name.replace(" ", "_") if char.isprintable())
    plain = re.sub(r"[^A-Za-z0-9._-]", "_", whole)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(whole, safe='', errors='replace')}"


SCREENS: Final = (
    Screen("/site/{domain}/csv", "view_csv", view_csv, needs=Role.VIEWER, shared=True),
    Screen("/site/{domain}/csv/{name}", "list_csv", list_csv, needs=Role.VIEWER, shared=True),
)
