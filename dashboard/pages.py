"""The screens: parse the address, ask a report, render.

The table at the end is all of them; all but the open ones need a login.
"""

import logging
import sqlite3
from collections.abc import Awaitable, Callable
from math import ceil
from typing import Any, Final, NamedTuple

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from collector.errors import StoreError
from collector.site import Site
from dashboard import (
    annotations,
    assets,
    audit_screen,
    charts,
    demo,
    downloads,
    drill_screen,
    export_screen,
    goals_screen,
    health,
    installing,
    ledger,
    optout,
    papers,
    present,
    reports,
    sharing,
    side_by_side,
    site_settings,
)
from dashboard.frame import Ask, Deps, Screen, error_page, guarded
from dashboard.menus import Choice, menu
from dashboard.overview import overview
from dashboard.period import Period
from dashboard.roles import Role
from dashboard.site_frame import about, addresses, last_published, period_of, site_of, surroundings
from dashboard.staff import ACCOUNTS

log = logging.getLogger("trekvart")

RETRY_SECONDS: Final = 30
ROWS: Final = 200  # lines on one page of a whole list


def home(ask: Ask) -> Response:
    """GET /: the sites, or straight on to the only one."""
    sites = ask.sites
    if len(sites) == 1:
        return ask.redirect(ask.link("overview", domain=sites[0].domain))
    cards = [_card(ask, card) for card in reports.sites_overview(ask.deps.store, sites, ask.now)]
    return ask.render("sites.html", cards=cards)


def _card(ask: Ask, card: reports.SiteCard) -> dict[str, Any]:
    points = [present.Point("", "", n, None, ongoing=False, spoken="") for n in card.visits]
    return {
        "name": card.site.name or card.site.domain,
        "url": ask.link("overview", domain=card.site.domain),
        "published": last_published(ask, card.site, card.last_publish) or ask.words("page.never_published"),
        "sketch": present.sketch(points),
        "visits": sum(card.visits),
    }


def panel(ask: Ask) -> Response:
    """GET /site/{domain}/panel/{name}: one list with all its lines."""
    site, name = site_of(ask), ask.request.path_params["name"]
    wish = drill_screen.wanted(ask)
    card, names = next((each for each in drill_screen.lists(wish.only) if name in each.names), ("", ()))
    if not card:
        raise HTTPException(404)
    chosen = period_of(ask, site)
    found = drill_screen.listed(ask, site, chosen, wish.only, name)
    wanted = ask.query.get("q", "").strip()
    usual = "chart" if name in present.ORDERED else "list"
    view = ask.query["view"] if ask.query.get("view") in {"chart", "list"} else usual
    kept = {**chosen.query(), **wish.query}
    query = kept if view == usual else {**kept, "view": view}
    searched = {"q": wanted} if wanted else {}
    rest = {key: value for key, value in {**query, **searched}.items() if key not in chosen.query()}
    here = addresses(ask, "panel", site, name=name)
    everything = drill_screen.bars(ask, site, found, chosen.query())
    bars = [bar for bar in everything if bar.waiting or wanted.casefold() in bar.name.casefold()]
    rows = sum(not bar.waiting for bar in bars)
    pages = _pages(ask, rows, lambda number: here({**query, **searched, "page": str(number)}))
    lines = [*bars[pages.first : pages.last], *(bar for bar in bars if bar.waiting and pages.last < len(bars))]
    others = [
        Choice(ask.words(f"panel.{one}"), addresses(ask, "panel", site, name=one)(query), one == name) for one in names
    ]
    switched = {} if view != usual else {"view": "list" if view == "chart" else "chart"}
    return ask.render(
        "panel.html",
        **surroundings(ask, site),
        panel=found,
        period=chosen,
        card=card,
        bars=lines,
        least=drill_screen.least(ask, found, wish.only) if wish.only else "",
        others=others,
        pages=pages,
        total=rows,
        wanted=wanted,
        hidden={**ask.asked_language, **query},
        switch={
            "url": here({**kept, **switched, **searched}),
            "text": ask.words("panel.as_chart" if view == "list" else "panel.as_list"),
        },
        csv=ask.link("list_csv", kept, domain=site.domain, name=name),
        about=about(ask, site, chosen),
        style_ids=charts.library_style_ids(),
        chart=drill_screen.drawn(ask, name, everything, bars) if view == "chart" and found.rows else "",
        ordered=name in present.ORDERED,
        charted=min(rows, drill_screen.CHARTED),
        menu=menu(chosen, ask.words, here, {**ask.asked_language, **rest}, overview=False),
        back=ask.link("overview", {**kept, **({} if name == names[0] else {card: name})}, domain=site.domain),
        **drill_screen.chip(ask, wish, _off(ask, site, chosen, wish, name)),
    )


def _off(ask: Ask, site: Site, chosen: Period, wish: drill_screen.Wanted, name: str) -> str:
    """The same list without the filter; the overview, where there is no such list then."""
    if name in drill_screen.STEPS or wish.only is None:
        return ask.link("overview", chosen.query(), domain=site.domain)
    return ask.link("panel", chosen.query(), domain=site.domain, name=name)


class Pages(NamedTuple):
    """Where in a long list one is: lines `first` <= number < `last`."""

    first: int
    last: int
    text: str
    earlier: str | None
    later: str | None


def _pages(ask: Ask, rows: int, link: Callable[[int], str]) -> Pages:
    asked = ask.query.get("page", "")
    most = max(1, ceil(rows / ROWS))
    number = min(max(int(asked), 1), most) if asked.isdecimal() and len(asked) < 6 else 1
    first, last = (number - 1) * ROWS, min(number * ROWS, rows)
    return Pages(
        first,
        last if number < most else rows + 1,  # the last page has the line of what waits
        ask.words("panel.rows", n=rows, **{"from": first + 1, "to": last}),
        link(number - 1) if number > 1 else None,
        link(number + 1) if number < most else None,
    )


SCREENS: Final = (
    Screen("/", "home", home, needs=Role.VIEWER, shared=True),
    Screen("/static/{version}/{name}", "static", lambda ask: assets.serve(ask.request), open=True),
    Screen("/site/{domain}", "overview", overview, needs=Role.VIEWER, shared=True),
    Screen("/site/{domain}/panel/{name}", "panel", panel, needs=Role.VIEWER, shared=True),
    *ledger.SCREENS,
    *downloads.SCREENS,
    *ACCOUNTS,
    *annotations.SCREENS,
    *goals_screen.SCREENS,
    *audit_screen.SCREENS,
    *papers.SCREENS,
    *installing.SCREENS,
    *optout.SCREENS,
    *site_settings.SCREENS,
    *sharing.SCREENS,
    *health.SCREENS,
    *export_screen.SCREENS,
    *side_by_side.SCREENS,
)


def screens(deps: Deps) -> tuple[Screen, ...]:
    """The table of screens: the demo's only where there is a crowd to send."""
    return SCREENS if deps.crowd is None else (*SCREENS, *demo.screens())


def routes(deps: Deps) -> list[BaseRoute]:
    """The screens as routes, each behind its guards."""
    return [
        Route(screen.path, guarded(screen, deps), methods=[screen.method], name=screen.name) for screen in screens(deps)
    ]


Handler = Callable[[Request, Exception], Awaitable[Response]]


def errors(deps: Deps) -> dict[Any, Handler]:
    """The pages of all errors, as Starlette's `exception_handlers`."""
    page = error_page(deps)
    return {HTTPException: page, StoreError: busy(page), sqlite3.OperationalError: busy(page), Exception: page}


def busy(page: Handler) -> Handler:
    """The page for a database that does not answer: locked for long, out of memory, on a disk that fails."""

    async def handle(request: Request, error: Exception) -> Response:
        log.error("A page could not be shown: %s", error)
        return await page(request, HTTPException(503, headers={"Retry-After": str(RETRY_SECONDS)}))

    return handle
