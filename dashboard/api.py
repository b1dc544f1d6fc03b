"""The reports as JSON, for machines: the same figures as the screens, behind the same session."""

from collections.abc import Callable
from typing import Any, Final

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from collector.errors import SiteError
from collector.site import Site
from dashboard import period, reports
from dashboard.frame import Deps
from dashboard.guard import harden, token_of
from dashboard.period import Period

Answer = Callable[[Deps, Site, Period], Any]


def overview(deps: Deps, site: Site, chosen: Period) -> dict[str, Any]:
    """GET /api/sites/{domain}/overview: headline, comparison, series and panels of a period (keys: period.py)."""
    report = reports.overview(deps.store, site, chosen, deps.clock())
    fields = {name: getattr(report, name) for name in report.__struct_fields__ if name != "series"}
    return {**fields, "series": report.series.to_dicts()}


def drops(deps: Deps, site: Site, chosen: Period) -> list[dict[str, Any]]:
    """GET /api/sites/{domain}/drops: what was not counted, by day and reason."""
    return reports.drops(deps.store, site.id, chosen).to_dicts()


ANSWERS: Final[dict[str, Answer]] = {"overview": overview, "drops": drops}


def routes(deps: Deps) -> list[BaseRoute]:
    """One route an answer."""
    return [
        Route(f"/api/sites/{{domain}}/{name}", _endpoint(deps, answer), methods=["GET"], name=f"api-{name}")
        for name, answer in ANSWERS.items()
    ]


def _endpoint(deps: Deps, answer: Answer) -> Callable[[Request], Any]:
    async def endpoint(request: Request) -> Response:
        return harden(await run_in_threadpool(_answer, deps, request, answer))

    return endpoint


def _answer(deps: Deps, request: Request, answer: Answer) -> Response:
    """In a thread of its own, as the screens: beacons do not wait for a database."""
    token = token_of(request, deps.settings)
    if not token or deps.accounts.session(token, deps.clock()) is None:
        return JSONResponse({"error": "Sign in first: the session's cookie is missing or has expired."}, 401)
    try:
        site = deps.control.site(request.path_params["domain"])
    except SiteError as error:
        return JSONResponse({"error": str(error)}, 404)
    query = dict(request.query_params)
    first = reports.first_day(deps.store, site) if query.get("period") == period.Name.ALL else None
    chosen = period.parse(query, period.today(deps.clock(), site.time_zone), first)
    if chosen.problem is not None:  # a screen falls back and says so; a machine is refused
        return JSONResponse({"error": f"The period is wrong: {chosen.problem}; see docs/api.md."}, 400)
    return Response(msgspec.json.encode(answer(deps, site, chosen)), media_type="application/json")
