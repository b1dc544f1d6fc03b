"""The screens that add a site and change what is counted of one. What `trekvart site` does, for administrators."""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple
from zoneinfo import available_timezones

from msgspec.structs import replace
from starlette.responses import Response

from collector.aliases import NAMES, add_alias, aliases, remove_alias
from collector.door.sender import digest, make_token
from collector.errors import SiteError
from collector.site import K_LEAST, K_MOST, K_USUAL, SMALL_SITE, Site, checked, suggest_k
from dashboard.audit import Act
from dashboard.frame import Ask, Screen
from dashboard.site_frame import surroundings

LISTS: Final = ("hosts", "excluded_networks", "page_patterns", "properties", "payment_hosts")
SWITCHES: Final = ("campaigns", "null_origin", "rounded")
MIDNIGHT: Final = ("time_zone", "k", "publish_seconds", "totals")  # how groups are made: changed at the site's midnight


class Others(NamedTuple):
    """What the settings' second half has to say: of other tools' names, and of servers that send."""

    wrong: str = ""
    token: str = ""


NOTHING_ELSE: Final = Others()


def show(ask: Ask) -> Response:
    """GET /site/{domain}/settings: the form, as the site is."""
    return _form(ask, ask.site, (), saved="saved" in ask.query)


def save(ask: Ask) -> Response:
    """POST /site/{domain}/settings: changes the site, or shows the form again with what is wrong."""
    wanted = _read(ask.site, ask.form)
    if wrong := _wrong(ask.site, wanted):
        return _form(ask, wanted, wrong, status=422)
    if wanted != ask.site:
        ask.deps.control.update_site(wanted)
        ask.note(Act.SITE_CHANGED, ask.site.domain)
    return ask.redirect(ask.link("site_settings", {"saved": "1"}, domain=ask.site.domain))


def change_names(ask: Ask) -> Response:
    """POST /site/{domain}/settings/names: what another tool's clients call the site, added or taken away."""
    tool, name, remove = ask.form.get("tool", ""), ask.form.get("called", ""), "remove" in ask.form
    try:
        (remove_alias if remove else add_alias)(ask.deps.control, ask.site.domain, tool, name)
    except SiteError:
        return _form(ask, ask.site, (), others=Others(wrong="taken" if _means_another(ask, tool, name) else "name"))
    ask.note(Act.ALIAS_REMOVED if remove else Act.ALIAS_ADDED, f"{ask.site.domain}: {tool} {name.strip()}")
    return ask.redirect(ask.link("site_settings", domain=ask.site.domain) + "#names")


def change_senders(ask: Ask) -> Response:
    """POST /site/{domain}/settings/senders: a token for a server that sends, shown this once; or the end of all."""
    made = "" if "revoke" in ask.form else make_token()
    control, domain = ask.deps.control, ask.site.domain
    site = control.site(domain)  # anew: what another administrator has changed since the request began is kept
    changed = control.update_site(replace(site, senders=(*site.senders, digest(made.encode())) if made else ()))
    ask.note(Act.TOKEN_ADDED if made else Act.TOKEN_REVOKED, f"{domain} (X-Trekvart-Token)")
    if made:
        return _form(ask, changed, (), others=Others(token=made))
    return ask.redirect(ask.link("site_settings", domain=domain) + "#senders")


def _means_another(ask: Ask, tool: str, name: str) -> bool:
    return aliases(ask.deps.control).get((tool, name.strip().lower()), ask.site.domain) != ask.site.domain


def show_new(ask: Ask) -> Response:
    """GET /sites/new: the form for another site."""
    return _new(ask, {}, "")


def add(ask: Ask) -> Response:
    """POST /sites/new: adds it, and goes on to what its pages need."""
    visits = ask.form.get("visits", "")
    k = suggest_k(int(visits)) if visits.isascii() and visits.isdecimal() and len(visits) < 10 else K_USUAL
    new = Site(
        domain=ask.form.get("domain", ""), name=ask.form.get("name", ""), time_zone=ask.form.get("zone", ""), k=k
    )
    try:
        checked(replace(new, domain="shop.example"))
    except SiteError:
        return _new(ask, ask.form, "time_zone", status=422)
    try:
        added = ask.deps.control.add_site(new, ask.now)
    except SiteError:
        known = {site.domain for site in ask.deps.control.sites()}
        taken = ask.form.get("domain", "").strip().lower() in known
        return _new(ask, ask.form, "taken" if taken else "domain", status=422)
    ask.note(Act.SITE_ADDED, added.domain)
    return ask.redirect(ask.link("snippet", domain=added.domain))


def _read(site: Site, form: Mapping[str, str]) -> Site:
    """The site as the form has it. What cannot be read as a number becomes one that `checked` refuses."""
    minutes = form.get("publish_minutes", "")
    values: dict[str, Any] = {name: tuple(form.get(name, "").split()) for name in LISTS}
    values |= {name: name in form for name in SWITCHES}
    return replace(
        site,
        name=form.get("name", ""),
        time_zone=form.get("time_zone", ""),
        k=_number(form.get("k", "")),
        # A demo publishes every few seconds; where the minutes were not touched, nothing is changed.
        publish_seconds=site.publish_seconds if minutes == _minutes(site) else _number(minutes) * 60,
        totals="groups" if form.get("totals") == "groups" else "exact",
        optout=form.get("optout", "").strip(),
        **values,
    )


def _wrong(site: Site, wanted: Site) -> tuple[str, ...]:
    """Which fields are not as they must be."""
    names = ("time_zone", "k", "publish_seconds", "optout", *LISTS)
    return tuple(name for name in names if not _fits(replace(site, **{name: getattr(wanted, name)})))


def _fits(site: Site) -> bool:
    try:
        checked(site)
    except SiteError:
        return False
    return True


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 6 else 0


def _minutes(site: Site) -> str:
    return f"{site.publish_seconds / 60:g}"


def _form(
    ask: Ask,
    site: Site,
    wrong: tuple[str, ...],
    *,
    saved: bool = False,
    status: int = 200,
    others: Others = NOTHING_ELSE,
) -> Response:
    return ask.render(
        "settings.html",
        422 if others.wrong else status,
        others=others,
        tools=list(NAMES),
        names=[key for key, means in aliases(ask.deps.control).items() if means == ask.site.domain],
        **surroundings(ask, ask.site),
        wanted=site,
        minutes=_minutes(site),
        lists={name: "\n".join(getattr(site, name)) for name in LISTS},
        wrong=wrong,
        saved=saved,
        bounds=(K_LEAST, K_MOST),
        zones=sorted(available_timezones()),
        back=ask.link("overview", domain=ask.site.domain),
    )


def _new(ask: Ask, form: Mapping[str, str], problem: str, status: int = 200) -> Response:
    zone = ask.sites[0].time_zone if ask.sites else Site(domain="").time_zone
    return ask.render(
        "new_site.html",
        status,
        form={"domain": "", "name": "", "visits": "500", "zone": zone, **form},
        problem=problem,
        small=SMALL_SITE,
        zones=sorted(available_timezones()),
    )


SCREENS: Final = (
    Screen("/site/{domain}/settings", "site_settings", show),
    Screen("/site/{domain}/settings", "save_settings", save, method="POST"),
    Screen("/site/{domain}/settings/names", "site_names", change_names, method="POST"),
    Screen("/site/{domain}/settings/senders", "site_senders", change_senders, method="POST"),
    Screen("/sites/new", "new_site", show_new),
    Screen("/sites/new", "add_site", add, method="POST"),
)
