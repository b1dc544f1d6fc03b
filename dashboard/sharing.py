"""The screens of a site's links: who shows the figures to whom, and the door of a link that has a password."""

from typing import Any, Final

from starlette.exceptions import HTTPException
from starlette.responses import Response

from collector.errors import SiteError
from dashboard import audit
from dashboard.audit import Act
from dashboard.audit_screen import moment
from dashboard.frame import Ask, Screen
from dashboard.guard import is_secure, share_cookie
from dashboard.shares import PASS_LASTS
from dashboard.site_frame import number_of, surroundings


def show(ask: Ask, **more: Any) -> Response:
    """GET /site/{domain}/sharing: the site's links, and forms for new ones."""
    links = [
        {
            "id": share.id,
            "name": share.name or ask.words("sharing.nameless"),
            "locked": bool(share.password),
            "since": moment(ask, share.created, ask.site.time_zone),
        }
        for share in ask.deps.shares.of(ask.site)
        if not share.public
    ]
    public = next((share.id for share in ask.deps.shares.of(ask.site) if share.public), None)
    context = {"made": "", "problem": "", **more}
    return ask.render(
        "sharing.html",
        **surroundings(ask, ask.site),
        links=links,
        public=public,
        public_address=ask.public(f"/public/{ask.site.domain}/"),
        frame=_frame(ask, context["made"]) if context["made"] and not context.get("locked") else "",
        back=ask.link("overview", domain=ask.site.domain),
        **context,
    )


def add(ask: Ask) -> Response:
    """POST /site/{domain}/sharing: a new link, shown this once; or the public page."""
    if ask.form.get("kind") == "public":
        ask.deps.shares.publish(ask.site, ask.now)
        ask.note(Act.SITE_SHARED, f"{ask.site.domain}: {ask.public(f'/public/{ask.site.domain}/')}")
        return ask.redirect(ask.link("sharing", domain=ask.site.domain))
    name, password = ask.form.get("name", ""), ask.form.get("password", "")
    try:
        token = ask.deps.shares.add(ask.site, name, password, ask.now)
    except SiteError:
        return show(ask, problem="password")
    ask.note(Act.SITE_SHARED, f"{ask.site.domain}: {name.strip() or '-'}")
    return show(ask, made=ask.public(f"/shared/{token}/"), locked=bool(password))


def revoke(ask: Ask) -> Response:
    """POST /site/{domain}/sharing/{share}/revoke: the link leads nowhere from now on."""
    if not ask.deps.shares.revoke(ask.site, number_of(ask.request.path_params["share"])):
        raise HTTPException(404)
    ask.note(Act.SHARE_REVOKED, ask.site.domain)
    return ask.redirect(ask.link("sharing", domain=ask.site.domain))


def unlock(ask: Ask) -> Response:
    """POST {link}/unlock: lets a browser in that gives the link's password, for half a day."""
    share = ask.share
    if share is None:
        raise HTTPException(404)
    network = ask.deps.network(ask.request)
    passed = ask.deps.shares.unlock(share, ask.form.get("password", ""), network, ask.now)
    if isinstance(passed, int):
        response = ask.render("unlock.html", 429, problem="throttled")
        response.headers["Retry-After"] = str(passed)
        return response
    if not passed:
        domain = next((site.domain for site in ask.deps.control.sites() if site.id == share.site), "-")
        audit.tally(ask.deps.control, audit.NOBODY, Act.LINK_PASSWORD_WRONG, domain, ask.now)
        return ask.render("unlock.html", 401, problem="wrong")
    response = ask.redirect(ask.link("home"))
    secure = is_secure(ask.request, ask.deps.settings)
    response.set_cookie(
        share_cookie(share.id, secure=secure),
        passed,
        max_age=PASS_LASTS // 1000,
        path=ask.base + "/",
        secure=secure,
        httponly=True,
        samesite="strict",
    )
    return response


def _frame(ask: Ask, address: str) -> str:
    title = ask.words("sharing.frame_title", site=ask.site.name or ask.site.domain).replace('"', "&quot;")
    return f'<iframe src="{address}" title="{title}" width="100%" height="1800" loading="lazy"></iframe>'


SCREENS: Final = (
    Screen("/site/{domain}/sharing", "sharing", show),
    Screen("/site/{domain}/sharing", "share", add, method="POST"),
    Screen("/site/{domain}/sharing/{share}/revoke", "unshare", revoke, method="POST"),
    Screen("/unlock", "unlock", unlock, method="POST", open=True),
)
