"""A question of the stats API, read: the part of Plausible's `POST /api/v2/query` that whole groups can answer. Pure.

What cannot be answered raises QuestionError, one sentence that says why: a cube has at most two dimensions, so a
question has at most one dimension and one filter, and only the pairs that are counted together (`dashboard.filters`).
"""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Annotated, Any, Final, NamedTuple

import msgspec
from msgspec import Meta, Struct

from collector.day.cubes import Dimension, Unit
from dashboard import filters, period
from dashboard.filters import CROSSINGS, Filter
from dashboard.period import ONE, Period
from dashboard.reports import PANELS

HEADLINE: Final = ("visitors", "visits", "pageviews", "views_per_visit", "bounce_rate", "visit_duration")
SERIES: Final = ("visitors", "visits", "pageviews")
# What counts a cube's unit is called in a question.
METRIC_OF: Final[Mapping[str, str]] = {
    Unit.PAGEVIEW: "pageviews",
    Unit.VISIT_START: "visits",
    Unit.VISIT_END: "visits",
    Unit.EVENT: "events",
    Unit.EVENT_REACH: "visits",
}
METRICS: Final = (*HEADLINE, "events")
# A dimension's name in a question: the list that it is on the screens, and what it is as a filter.
LISTS: Final[Mapping[str, str]] = {
    "event:page": "pages",
    "visit:entry_page": "entry",
    "visit:exit_page": "exit",
    "visit:source": "sources",
    "visit:channel": "channels",
    "visit:utm_campaign": "campaigns",
    "visit:browser": "browsers",
    "visit:os": "systems",
    "visit:device": "devices",
    "visit:country": "countries",
    "event:goal": "events",
}
FILTERS: Final[Mapping[str, Dimension]] = {
    name: filters.DIMENSIONS[listed] for name, listed in LISTS.items() if listed in filters.DIMENSIONS
}
TIMES: Final[Mapping[str, str]] = {
    "time": "",
    "time:hour": "hour",
    "time:day": "day",
    "time:week": "week",
    "time:month": "month",
}
ROLLING: Final[Mapping[str, int]] = {"day": 1, "7d": 7, "28d": 28, "30d": 30, "91d": 91}
MONTHS: Final[Mapping[str, int]] = {"month": 1, "6mo": 6, "12mo": 12}
RANGES: Final = (*ROLLING, *MONTHS, "year", "all")
MOST: Final = 10_000  # rows of an answer


class QuestionError(Exception):
    """Why a question has no answer here: one sentence for the program's author."""


class Pagination(Struct, frozen=True, forbid_unknown_fields=True):
    """Which rows of an answer."""

    limit: Annotated[int, Meta(ge=1, le=MOST)] = MOST
    offset: Annotated[int, Meta(ge=0, le=10**9)] = 0


class Include(Struct, frozen=True, forbid_unknown_fields=True):
    """What else the answer holds."""

    total_rows: bool = False
    time_labels: bool = False
    imports: bool = True


class Body(Struct, frozen=True, forbid_unknown_fields=True):
    """The JSON of a question, as it came."""

    site_id: Annotated[str, Meta(min_length=1, max_length=253)]
    metrics: Annotated[list[str], Meta(min_length=1, max_length=len(METRICS))]
    date_range: str | Annotated[list[str], Meta(min_length=2, max_length=2)]
    dimensions: list[str] = []
    filters: list[Any] = []
    order_by: list[tuple[str, str]] = []
    include: Include = Include()
    pagination: Pagination = Pagination()


class Question(NamedTuple):
    """What is asked about a site."""

    metrics: tuple[str, ...]
    period: Period
    dimension: str  # a key of LISTS or TIMES, or ""
    only: Filter | None
    list: str  # the list whose rows answer; "" for the headline and for time
    descending: bool | None  # None: as the report has it
    by_metric: bool  # what the order is by
    include: Include
    rows: Pagination


def decode(body: bytes) -> Body:
    """The JSON. Raises QuestionError: it is none, or not of the shape."""
    try:
        return msgspec.json.decode(body, type=Body)
    except msgspec.ValidationError as error:
        raise QuestionError(f"The question is not of the right shape: {error}.") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise QuestionError("The body is not JSON.") from None


def read(body: Body, today: date, first: Callable[[], date | None]) -> Question:
    """What is asked, with `today` the site's date, `first` its first day with data. Raises QuestionError."""
    dimension = _dimension(body.dimensions)
    only = _filter(body.filters)
    if not body.include.imports:
        raise QuestionError("History that was imported is part of the figures and cannot be left out.")
    asked = _range(body.date_range, today, first) | ({"by": TIMES[dimension]} if TIMES.get(dimension) else {})
    chosen = period.parse({**asked, "compare": "none"}, today)
    if chosen.problem is not None:
        raise QuestionError(f"The date_range and the time dimension do not fit ({chosen.problem}); see docs/api.md.")
    listed, possible = _where(dimension, only)
    for metric in body.metrics:
        if metric not in possible:
            raise QuestionError(_why_not(metric, dimension, only, possible))
    if len(set(body.metrics)) < len(body.metrics):
        raise QuestionError("A metric stands twice.")
    by_metric, descending = _order(body.order_by, dimension, body.metrics)
    return Question(
        tuple(body.metrics), chosen, dimension, only, listed, descending, by_metric, body.include, body.pagination
    )


def _dimension(names: list[str]) -> str:
    if len(names) > 1:
        raise QuestionError(
            "At most one dimension: visits are kept in groups of one cube, not as rows that could be crossed freely."
        )
    if names and names[0] not in {*LISTS, *TIMES}:
        raise QuestionError(f"There is no dimension {names[0][:60]!r} here; there are {', '.join((*LISTS, *TIMES))}.")
    return names[0] if names else ""


def _filter(given: list[Any]) -> Filter | None:
    match given:
        case []:
            return None
        case [["is", str(name), [str(value)]]] if name in FILTERS:
            if len(value) > filters.LONGEST:
                raise QuestionError("The filter's value is longer than any that is kept.")
            return Filter(FILTERS[name], value)
        case [["is", str(name), [_]]] if name not in FILTERS:
            known = ", ".join(FILTERS)
            raise QuestionError(f"There is no filter by {name[:60]!r}; groups can be filtered by {known}.")
    raise QuestionError(
        'At most one filter, of the form ["is", dimension, [one value]]: with two, or with patterns, groups would have '
        "to be taken apart."
    )


def _where(dimension: str, only: Filter | None) -> tuple[str, tuple[str, ...]]:
    """The list whose rows answer, and the metrics it has."""
    if dimension in TIMES and only is not None:
        raise QuestionError("No filter over time: whole groups have no finer time than their period.")
    if only is None:
        if dimension in LISTS:
            listed = LISTS[dimension]
            return listed, (METRIC_OF[PANELS[listed].unit],)
        return "", SERIES if dimension else HEADLINE
    if not dimension:
        return only.list, (METRIC_OF[PANELS[only.list].unit],)
    listed = LISTS[dimension]
    crossing = CROSSINGS[only.dimension].get(listed)
    if crossing is None:
        pairs = ", ".join(name for name, other in LISTS.items() if other in CROSSINGS[only.dimension]) or "none"
        raise QuestionError(f"{dimension} is not counted together with this filter; these are: {pairs}.")
    return listed, (METRIC_OF[crossing.cube.unit],)


def _why_not(metric: str, dimension: str, only: Filter | None, possible: tuple[str, ...]) -> str:
    if metric not in METRICS:
        return f"There is no metric {metric[:60]!r} here; there are {', '.join(METRICS)}."
    there = f"by {dimension}" if dimension else "under this filter" if only else "of a whole site"
    if metric == "visitors":
        why = "nobody is recognised, so visitors are only estimated, for the whole site and day"
    else:
        why = "each cube counts one thing"
    return f"There is no metric {metric} {there}: {why}. There is {', '.join(possible)}."


def _order(asked: list[tuple[str, str]], dimension: str, metrics: list[str]) -> tuple[bool, bool | None]:
    """Whether by the metric (else the dimension), and whether downwards; None where nothing is asked."""
    match asked:
        case []:
            return True, None
        case [(name, ("asc" | "desc") as way)] if dimension and name in {dimension, metrics[0]}:
            return name != dimension, way == "desc"
    raise QuestionError('order_by is [[the first metric or the dimension, "asc" or "desc"]].')


def _range(asked: str | list[str], today: date, first: Callable[[], date | None]) -> dict[str, str]:
    """The query of `dashboard.period`. Every range ends with today."""
    if isinstance(asked, list):
        return _span(*asked)
    if asked in ROLLING:
        return _span((today - timedelta(days=ROLLING[asked] - 1)).isoformat(), today.isoformat())
    if asked in MONTHS:
        begin = today.replace(day=1)
        for _ in range(MONTHS[asked] - 1):
            begin = (begin - ONE).replace(day=1)
        return _span(begin.isoformat(), today.isoformat())
    if asked == "year":
        return _span(today.replace(month=1, day=1).isoformat(), today.isoformat())
    if asked == "all":
        return _span((first() or today).isoformat(), today.isoformat())
    if asked == "24h":
        raise QuestionError("No date_range 24h: figures are of whole days of the site's calendar; ask for day.")
    raise QuestionError(f'The date_range is one of {", ".join(RANGES)}, or ["2026-11-01", "2026-11-30"].')


def _span(begin: str, end: str) -> dict[str, str]:
    return {"period": "custom", "from": begin, "to": end}
