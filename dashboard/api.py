"""The reports as JSON, for machines: the same figures as the screens, for whoever may see the site."""

from collections.abc import Callable
from typing import Any, Final

import msgspec
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from collector.site import Site
from dashboard import drill, filters, period, reports, stats
from dashboard.frame import Ask, Deps, Screen, guarded
from dashboard.machine import refusal
from dashboard.period import Period
from dashboard.roles import Role

Answer = Callable[[Deps, Site, Period], Any]


def overview(deps: Deps, site: Site, chosen: Period) -> dict[str, Any]:
    """GET /api/sites/{domain}/overview: headline, comparison, series and panels of a period (keys: period.py)."""
    report = reports.overview(deps.store, site, chosen, deps.clock())
    fields = {name: getattr(report, name) for name in report.__struct_fields__ if name != "series"}
    return {**fields, "series": report.series.to_dicts()}


def drops(deps: Deps, site: Site, chosen: Period) -> list[dict[str, Any]]:
    """GET /api/sites/{domain}/drops: what was not counted, by day and reason."""
    return reports.drops(deps.store, site.id, chosen).to_dicts()


def _answering(answer: Answer) -> Callable[[Ask], Response]:
    """The endpoint of an answer about one site and one period."""

    def endpoint(ask: Ask) -> Response:
        site = ask.site
        first = reports.first_day(ask.deps.store, site) if ask.query.get("period") == period.Name.ALL else None
        chosen = period.parse(ask.query, period.today(ask.now, site.time_zone), first)
        if chosen.problem is not None:  # a screen falls back and says so; a machine is refused
            return refusal(f"The period is wrong: {chosen.problem}; see docs/api.md.", 400)
        return Response(msgspec.json.encode(answer(ask.deps, site, chosen)), media_type="application/json")

    return endpoint


def drill_down(ask: Ask) -> Response:
    """GET /api/sites/{domain}/drill?only=channel:search: the lists under a filter, and which there are not."""
    try:
        only = filters.parse(ask.query)
    except ValueError:
        only = None
    if only is None:
        names = ", ".join(dimension.name.lower() for dimension in filters.CROSSINGS)
        return refusal(f"Name a filter such as only=channel:search; dimensions are {names}.", 400)
    return _answering(lambda deps, site, chosen: drill.drill(deps.store, site, chosen, only))(ask)


SCREENS: Final = (
    Screen("/api/sites/{domain}/overview", "api-overview", _answering(overview), needs=Role.VIEWER),
    Screen("/api/sites/{domain}/drill", "api-drill", drill_down, needs=Role.VIEWER),
    Screen("/api/sites/{domain}/drops", "api-drops", _answering(drops), needs=Role.VIEWER),
)


def routes(deps: Deps) -> list[BaseRoute]:
    """One route an answer."""
    every = (*SCREENS, *stats.SCREENS)
    return [Route(one.path, guarded(one, deps), methods=[one.method], name=one.name) for one in every]
