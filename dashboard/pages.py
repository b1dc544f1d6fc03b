"""The screens: parse the address, ask a report, render. The table at the end is all of them; all but the open ones need a login."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from math import ceil
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from collector.errors import SiteError
from collector.site import Site
from dashboard import assets, charts, demo, period, present, reports
from dashboard.frame import Ask, Deps, Screen, error_page, guarded
from dashboard.login import log_in, log_out, show_login
from dashboard.menus import Choice, menu
from dashboard.period import Period
from dashboard.present import CARDS, METRICS, Metric

ROWS: Final = 200  # lines on one page of a whole list
RHYTHM_DAYS: Final = 7  # fewer have not every weekday
DENSITIES: Final = 8  # shades of the rhythm's cells, besides empty


def home(ask: Ask) -> Response:
    """GET /: the sites, or straight on to the only one."""
    sites = ask.deps.control.sites()
    if len(sites) == 1:
        return ask.redirect(ask.link("overview", domain=sites[0].domain))
    cards = [_card(ask, card) for card in reports.sites_overview(ask.deps.store, sites, ask.now)]
    return ask.render("sites.html", cards=cards)


def _card(ask: Ask, card: reports.SiteCard) -> dict[str, Any]:
    points = [present.Point("", "", n, None, ongoing=False, spoken="") for n in card.visits]
    return {
        "name": card.site.name or card.site.domain,
        "url": ask.link("overview", domain=card.site.domain),
        "published": _published(ask, card.site, card.last_publish) or ask.words("page.never_published"),
        "sketch": present.sketch(points),
        "visits": sum(card.visits),
    }


def overview(ask: Ask) -> Response:
    """GET /site/{domain}: the figures, the chart and the first lines of every list."""
    site = _site(ask)
    chosen = _period(ask, site)
    metric: Metric = next((m for m in METRICS if m == ask.query.get("metric")), METRICS[0])
    report = reports.overview(ask.deps.store, site, chosen, ask.now)
    points = present.points(report, metric, ask.words)
    state = present.state(chosen, ask.query, metric)
    rest = {key: value for key, value in state.items() if key not in chosen.query()}
    here = _here(ask, "overview", site)
    compared = report.before is not None and report.before.visits > 0
    empty = not report.headline.pageviews and not any(one.rows for one in report.panels.values())
    return ask.render(
        "overview.html",
        **_frame(ask, site, report.last_publish),
        report=report,
        fresh=not report.has_data,
        empty=empty,
        metric=metric,
        metrics={name: here({**state, "metric": name}) for name in METRICS},
        menu=menu(chosen, ask.words, here, rest, overview=True),
        figures=present.figures(report, ask.words),
        so_far=chosen.ongoing and chosen.days == 1,
        points=points,
        style_ids=charts.library_style_ids(),
        chart=charts.time_chart(points, ask.words, bars=report.buckets == period.Buckets.HOUR),
        chart_title=ask.words(f"chart.per_{report.buckets}", metric=ask.words(f"chart.{metric}")),
        before_title=_before_title(ask, chosen) if compared else "",
        sketch=present.sketch(points),
        cards=_cards(ask, site, report, state),
        rhythm=_rhythm(ask, site, chosen) if chosen.days >= RHYTHM_DAYS and site.totals == "exact" else [],
        latest=_latest(ask, site) if report.has_data and empty else None,
        snippet=_snippet(ask, site),
    )


def panel(ask: Ask) -> Response:
    """GET /site/{domain}/panel/{name}: one list with all its lines."""
    site, name = _site(ask), ask.request.path_params["name"]
    card = next((card for card, lists in CARDS.items() if name in lists), None)
    if card is None:
        raise HTTPException(404)
    chosen = _period(ask, site)
    found = reports.panel(ask.deps.store, site, chosen, name)
    query = chosen.query()
    here = _here(ask, "panel", site, name=name)
    pages = _pages(ask, len(found.rows), lambda number: here({**query, "page": str(number)}))
    bars = present.bars(found, ask.words)
    lines = [*bars[pages.first : pages.last], *(bar for bar in bars if bar.waiting and pages.last < len(bars))]
    others = [Choice(ask.words(f"panel.{o}"), _here(ask, "panel", site, name=o)(query), o == name) for o in CARDS[card]]
    return ask.render(
        "panel.html",
        **_frame(ask, site, None),
        panel=found,
        period=chosen,
        card=card,
        bars=lines,
        others=others,
        pages=pages,
        total=len(found.rows),
        late=chosen.days >= reports.WEEK,
        style_ids=charts.library_style_ids(),
        chart=charts.panel_chart(bars, ask.words) if name in present.ORDERED and found.rows else "",
        menu=menu(chosen, ask.words, here, {}, overview=False),
        back=ask.link("overview", {**query, **({} if name == CARDS[card][0] else {card: name})}, domain=site.domain),
    )


def drops(ask: Ask) -> Response:
    """GET /site/{domain}/drops: what was not counted, and why."""
    site = _site(ask)
    chosen = _period(ask, site)
    found = reports.drops(ask.deps.store, site.id, chosen).group_by("reason").sum().sort("n", "reason", descending=True)
    most = max(found["n"], default=0)
    reasons = [
        {"name": name, "text": ask.words(f"drop.{name}"), "n": n, "width": f"{100 * n / most:.1f}%"}
        for name, n in found.select("reason", "n").iter_rows()
    ]
    return ask.render(
        "drops.html",
        **_frame(ask, site, None),
        reasons=reasons,
        menu=menu(chosen, ask.words, _here(ask, "drops", site), {}, overview=False),
        back=ask.link("overview", chosen.query(), domain=site.domain),
    )


def snippet(ask: Ask) -> Response:
    """GET /site/{domain}/snippet: what to paste into the site's pages."""
    site = _site(ask)
    image = ask.public("/t.gif") + f"?s={site.domain}"
    origin = ask.public("/").rstrip("/").split("/", 3)
    server = "/".join(origin[:3])
    return ask.render(
        "snippet.html",
        **_frame(ask, site, None),
        snippet=_snippet(ask, site),
        pixel=f'<noscript><img src="{image}" alt="" referrerpolicy="no-referrer-when-downgrade"></noscript>',
        policy=f"script-src {server}; connect-src {server}; img-src {server}",
        back=ask.link("overview", domain=site.domain),
    )


def _snippet(ask: Ask, site: Site) -> str:
    return f'<script defer src="{ask.public("/t.js")}" data-site="{site.domain}"></script>'


def _site(ask: Ask) -> Site:
    try:
        return ask.deps.control.site(ask.request.path_params["domain"])
    except SiteError:
        raise HTTPException(404) from None


def _period(ask: Ask, site: Site) -> Period:
    first = reports.first_day(ask.deps.store, site) if ask.query.get("period") == period.Name.ALL else None
    return period.parse(ask.query, period.today(ask.now, site.time_zone), first)


def _here(ask: Ask, screen: str, site: Site, **path: str) -> Callable[[Mapping[str, str]], str]:
    """Makes addresses of one screen."""
    return lambda query: ask.link(screen, query, domain=site.domain, **path)


def _frame(ask: Ask, site: Site, published: datetime | None) -> dict[str, Any]:
    """What every screen about a site shows around its own."""
    sites = [
        Choice(other.name or other.domain, ask.link("overview", domain=other.domain), other.id == site.id)
        for other in ask.deps.control.sites()
    ]
    minutes, seconds = divmod(site.publish_seconds, 60)
    every = ask.words("groups.every_seconds", n=seconds) if seconds else ask.words("groups.every_minutes", n=minutes)
    zone = ask.words("groups.zone", zone=ask.words.zone(site.time_zone), every=every)
    return {"site": site, "sites": sites, "published": _published(ask, site, published), "zone": zone}


def _published(ask: Ask, site: Site, moment: datetime | None) -> str:
    """When the site last published, by its own clock; with the day when that is not today."""
    if moment is None:
        return ""
    zone = ZoneInfo(site.time_zone)
    local = moment.replace(tzinfo=UTC).astimezone(zone)
    time = ask.words.clock(local)
    if local.date() == period.today(ask.now, site.time_zone):
        return ask.words("page.published", time=time)
    return ask.words("page.published_day", time=time, day=ask.words.days(local.date(), local.date() + period.ONE))


def _before_title(ask: Ask, chosen: Period) -> str:
    assert chosen.compare_begin is not None
    assert chosen.compare_end is not None
    return ask.words("chart.before", days=ask.words.days(chosen.compare_begin, chosen.compare_end))


def _cards(ask: Ask, site: Site, report: reports.Overview, state: Mapping[str, str]) -> list[dict[str, Any]]:
    """The cards and their tabs; a card of events only where there are any."""
    query = report.period.query()
    found = []
    for name, lists in CARDS.items():
        if name == "events" and not report.panels["events"].rows:
            continue
        tabs = [
            {
                "panel": report.panels[one],
                "bars": present.bars(report.panels[one], ask.words),
                "selected": one == state.get(name, lists[0]),
                "url": ask.link("panel", query, domain=site.domain, name=one),
            }
            for one in lists
        ]
        found.append({"name": name, "tabs": tabs})
    return found


def _rhythm(ask: Ask, site: Site, chosen: Period) -> list[dict[str, Any]]:
    """Weekdays and hours, each cell with one of nine shades of the fullest; nothing where nothing came."""
    table = reports.rhythm(ask.deps.store, site, chosen)
    most = max(table["visits"], default=0)
    if not most:
        return []
    rows: list[dict[str, Any]] = [{"day": ask.words.weekday(day), "cells": []} for day in range(7)]
    for weekday, hour, n in table.select("weekday", "hour", "visits").iter_rows():
        span = {"from": f"{hour:02}:00", "to": f"{(hour + 1) % 24:02}:00"}
        title = ask.words("rhythm.cell", n=n, day=rows[weekday]["day"], **span)
        rows[weekday]["cells"].append({"n": ask.words.number(n), "step": ceil(DENSITIES * n / most), "title": title})
    return rows


def _latest(ask: Ask, site: Site) -> Choice | None:
    """The four weeks that end with the last day that has data."""
    days = [day for number, day in ask.deps.store.days() if number == site.id]
    if not days:
        return None
    today = period.today(ask.now, site.time_zone)
    chosen = period.parse({"period": period.Name.FOUR_WEEKS, "date": max(map(str, days))}, today)
    text = ask.words("empty.latest", days=ask.words.days(chosen.begin, chosen.end))
    return Choice(text, ask.link("overview", chosen.query(), domain=site.domain), current=False)


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
    Screen("/", "home", home),
    Screen("/login", "login", show_login, open=True),
    Screen("/login", "log_in", log_in, method="POST", open=True),
    Screen("/logout", "logout", log_out, method="POST"),
    Screen("/static/{version}/{name}", "static", lambda ask: assets.serve(ask.request), open=True),
    Screen("/site/{domain}", "overview", overview),
    Screen("/site/{domain}/panel/{name}", "panel", panel),
    Screen("/site/{domain}/drops", "drops", drops),
    Screen("/site/{domain}/snippet", "snippet", snippet),
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
    return {HTTPException: error_page(deps), Exception: error_page(deps)}
