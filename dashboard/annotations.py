"""Annotations: what staff write on a day, such as a newsletter or a price change. Shown in the chart and below it."""

from collections.abc import Sequence
from datetime import date
from typing import Final

from msgspec import Struct
from starlette.responses import Response

from collector.control import Control
from collector.door.scrub import clean
from collector.site import Site
from dashboard import period
from dashboard.audit import Act
from dashboard.frame import Ask
from dashboard.lines import Lines
from dashboard.period import Buckets, first_of_bucket
from dashboard.roles import Role
from dashboard.site_frame import site_of

LONGEST: Final = 120  # characters: a line, not a diary
MOST: Final = 1000  # of a site
LINES: Final = Lines("annotation", Role.ANALYST, Act.ANNOTATION_REMOVED)


class Annotation(Struct, frozen=True):
    """One line on one day."""

    id: int
    day: date
    text: str


def within(control: Control, site: Site, begin: date = period.FIRST, end: date = period.LAST) -> list[Annotation]:
    """What is written on the days `begin` <= day < `end`, by day."""
    rows = control.read("annotations", site=site.id, begin=begin.isoformat(), end=end.isoformat())
    return [Annotation(number, date.fromisoformat(day), text) for number, day, text in rows]


def places(notes: Sequence[Annotation], buckets: Sequence[date], width: Buckets) -> list[tuple[int, Annotation]]:
    """Each annotation with the number of the chart's bucket that its day is in; by hour, the day's first."""
    starts: dict[date, int] = {}
    for number, bucket in enumerate(buckets):
        starts.setdefault(date(bucket.year, bucket.month, bucket.day), number)
    found = [
        (starts.get(note.day if width == Buckets.HOUR else first_of_bucket(note.day, width)), note) for note in notes
    ]
    return [(number, note) for number, note in found if number is not None]


def show(ask: Ask) -> Response:
    """GET /site/{domain}/annotations: all of them, and the form."""
    return _page(ask, site_of(ask), None)


def add(ask: Ask) -> Response:
    """POST /site/{domain}/annotations: write on a day."""
    site = site_of(ask)
    day, text = _day(ask.form.get("day", "")), " ".join(clean(ask.form.get("text", "")).split())
    if day is None or not text or len(text) > LONGEST:
        return _page(ask, site, "wrong")
    if len(within(ask.deps.control, site)) >= MOST:
        return _page(ask, site, "full")
    with ask.deps.control.writing():
        ask.deps.control.write("add_annotation", site=site.id, day=day.isoformat(), text=text)
        ask.note(Act.ANNOTATED, f"{site.domain} {day}")
    return ask.redirect(ask.link("annotations", domain=site.domain))


def _page(ask: Ask, site: Site, problem: str | None) -> Response:
    return LINES.render(
        ask,
        problem,
        lines=within(ask.deps.control, site)[::-1],
        longest=LONGEST,
        day=ask.form.get("day") or ask.query.get("day") or period.today(ask.now, site.time_zone).isoformat(),
        text=ask.form.get("text", ""),
    )


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if period.FIRST <= day < period.LAST else None


SCREENS: Final = LINES.screens(show, add)
