"""The stats API: `POST /api/v2/query` in Plausible's shape, answered by the same reports as the screens."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Final

import msgspec
from starlette.exceptions import HTTPException
from starlette.responses import Response

from collector.site import Site
from collector.store import Store
from dashboard import drill, period, reports
from dashboard.frame import Ask, Screen
from dashboard.machine import refusal
from dashboard.openapi import document
from dashboard.question import TIMES, Body, Question, QuestionError, decode, read
from dashboard.reports import Panel
from dashboard.roles import Role

Row = tuple[list[str], list[float | int | None]]  # dimensions, metrics


def query(ask: Ask) -> Response:
    """POST /api/v2/query. 400: what cannot be answered, and why; 404: a site that is not there for this account."""
    try:
        body = decode(ask.body)
        site = next((site for site in ask.sites if site.domain == body.site_id), None)
        if site is None:
            raise HTTPException(404)
        asked = read(body, period.today(ask.now, site.time_zone), lambda: reports.first_day(ask.deps.store, site))
    except QuestionError as error:
        return refusal(str(error), 400)
    found = msgspec.json.encode(answer(ask.deps.store, site, body, asked, ask.now))
    return Response(found, media_type="application/json")


def answer(store: Store, site: Site, body: Body, asked: Question, now: int) -> dict[str, Any]:
    """The answer of a question as JSON has it."""
    meta: dict[str, Any] = {"k": site.k, "late": asked.period.days >= reports.WEEK}
    if asked.list:
        rows = _list(store, site, asked, meta)
    elif asked.dimension in TIMES:
        rows = _series(store, site, asked, now)
        if asked.include.time_labels:
            meta["time_labels"] = [names[0] for names, _ in rows]
    else:
        rows = _headline(store, site, asked, now)
    if asked.descending is not None:
        rows = _ordered(rows, by_metric=asked.by_metric, descending=asked.descending)
    if asked.include.total_rows:
        meta["total_rows"] = len(rows)
    shown = rows[asked.rows.offset : asked.rows.offset + asked.rows.limit]
    return {
        "results": [{"dimensions": names, "metrics": figures} for names, figures in shown],
        "meta": meta,
        "query": _echo(body, asked),
    }


def _list(store: Store, site: Site, asked: Question, meta: dict[str, Any]) -> list[Row]:
    """The rows of a list of the screens; what of it is in no group yet is in `meta`."""
    if asked.only is not None and asked.dimension:
        found: Panel = drill.panel(store, site, asked.period, asked.only, asked.list)
    else:
        found = reports.panel(store, site, asked.period, asked.list)
    if asked.only is not None and not asked.dimension:  # the one value of the filter
        return [([], [next((row.n for row in found.rows if row.values == (asked.only.value,)), 0)])]
    meta |= {"named": found.named, "whole": found.whole, "waiting": found.waiting}
    return [([row.values[0]], [row.n]) for row in found.rows]


def _series(store: Store, site: Site, asked: Question, now: int) -> list[Row]:
    """A row a bucket that has begun, in order."""
    frame = reports.overview(store, site, asked.period, now, limit=1).series
    return [
        ([_moment(row["bucket"])], [row[name] for name in asked.metrics])
        for row in frame.iter_rows(named=True)
        if row["pageviews"] is not None
    ]


def _headline(store: Store, site: Site, asked: Question, now: int) -> list[Row]:
    found = reports.overview(store, site, asked.period, now, limit=1).headline
    figures = {
        "visitors": found.visitors,
        "visits": found.visits,
        "pageviews": found.pageviews,
        "views_per_visit": None if found.views_per_visit is None else round(found.views_per_visit, 2),
        "bounce_rate": None if found.bounce_rate is None else round(100 * found.bounce_rate, 1),
        "visit_duration": None if found.visit_duration is None else round(found.visit_duration),
    }
    return [([], [figures[name] for name in asked.metrics])]


def _ordered(rows: Sequence[Row], *, by_metric: bool, descending: bool) -> list[Row]:
    """By the first metric, what has none last; or by the dimension."""
    if by_metric:
        known = sorted((row for row in rows if row[1][0] is not None), key=lambda row: row[1][0] or 0)
        return (known[::-1] if descending else known) + [row for row in rows if row[1][0] is None]
    return sorted(rows, key=lambda row: row[0], reverse=descending)


def _moment(bucket: date) -> str:
    return bucket.strftime("%Y-%m-%d %H:%M:%S") if isinstance(bucket, datetime) else bucket.isoformat()


def _echo(body: Body, asked: Question) -> dict[str, Any]:
    """The question as it was understood: its dates are those that were counted, both inclusive."""
    begin, last = asked.period.begin, asked.period.last
    return {**msgspec.to_builtins(body), "date_range": [begin.isoformat(), last.isoformat()]}


def describe(ask: Ask) -> Response:
    """GET /api/openapi.json: what there is to ask, for programs. It names no site, so it is open to all."""
    return Response(msgspec.json.encode(document(ask.base or "/")), media_type="application/json")


SCREENS: Final = (
    Screen("/api/v2/query", "api-query", query, method="POST", needs=Role.VIEWER),
    Screen("/api/openapi.json", "api-openapi", describe, open=True),
)
