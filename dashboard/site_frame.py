"""What every screen about one site shares: the site itself, its period, its addresses, and what stands around."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from starlette.exceptions import HTTPException

from collector.script.snippet import tag
from collector.site import Site
from dashboard import period, reports
from dashboard.frame import Ask
from dashboard.menus import Choice
from dashboard.period import Period
from dashboard.totals import read_days


def site_of(ask: Ask) -> Site:
    """The site the address names. 404: there is none, or not for this account."""
    return ask.site


def number_of(text: str) -> int:
    """The id that an address or a form names. 404: there can be none such (SQLite holds 18 digits)."""
    if not (text.isascii() and text.isdecimal() and len(text) < 18):
        raise HTTPException(404)
    return int(text)


def period_of(ask: Ask, site: Site) -> Period:
    """The period the address asks for, in the site's own days."""
    first = reports.first_day(ask.deps.store, site) if ask.query.get("period") == period.Name.ALL else None
    return period.parse(ask.query, period.today(ask.now, site.time_zone), first)


def addresses(ask: Ask, screen: str, site: Site, **path: str) -> Callable[[Mapping[str, str]], str]:
    """Makes the addresses of one screen out of queries."""
    return lambda query: ask.link(screen, query, domain=site.domain, **path)


def surroundings(ask: Ask, site: Site, moment: datetime | None = None) -> dict[str, Any]:
    """What every screen about a site shows around its own; `moment` is its last publish, where that is told."""
    sites = [
        Choice(other.name or other.domain, ask.link("overview", domain=other.domain), other.id == site.id)
        for other in ask.sites
    ]
    minutes, rest = divmod(site.publish_seconds, 60)
    unit, n = ("seconds", site.publish_seconds) if rest else ("minutes", minutes)
    every = ask.words(f"groups.every_{unit}", n=n)
    zone = ask.words("groups.zone", zone=ask.words.zone(site.time_zone), every=every)
    return {
        "site": site,
        "sites": sites,
        "published": last_published(ask, site, moment),
        "zone": zone,
        "late": _late(ask, site) if ask.late else "",
    }


def _late(ask: Ask, site: Site) -> str:
    """That figures may be late, and since when: whoever cannot mend it can at least see whether it concerns them."""
    last = reports.last_publish(ask.deps.store, site)
    if last is None:
        return ask.words("health.late")
    local = period.local(last, site.time_zone)
    return ask.words("health.late_since", time=f"{ask.words.day(local.date())} {ask.words.clock(local)}")


def last_published(ask: Ask, site: Site, moment: datetime | None) -> str:
    """When the site last published, by its own clock; with the day when that is not today."""
    if moment is None:
        return ""
    local = period.local(moment, site.time_zone)
    time = ask.words.clock(local)
    if local.date() == period.today(ask.now, site.time_zone):
        return ask.words("page.published", time=time)
    return ask.words("page.published_day", time=time, day=ask.words.days(local.date(), local.date() + period.ONE))


class About(NamedTuple):
    """What is said about the groups of a period."""

    k: int  # the least of its days: what holds for every figure
    late: bool
    replayed: bool
    imported: bool


def about(ask: Ask, site: Site, chosen: Period) -> About:
    """The same for a screen without an overview."""
    days = read_days(ask.deps.store, [site.id], chosen.begin, chosen.end)[site.id].values()
    least = min((day.k for day in days), default=site.k)
    late = chosen.days >= reports.WEEK
    return About(least, late, any(day.replayed for day in days), any(day.imported for day in days))


def script_line(ask: Ask, site: Site) -> str:
    """The line to paste into the site's pages."""
    return tag(site.domain, ask.public(""), optout=bool(site.optout))
