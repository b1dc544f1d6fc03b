"""The demo's shop: a few pages with the script on them, and a button that sends a crowd through the real door."""

from typing import Final

from starlette.background import BackgroundTask
from starlette.exceptions import HTTPException
from starlette.responses import Response

from collector.site import Site
from dashboard.frame import Ask, Screen

CROWD: Final = 150  # visitors: over 14 s many times the demo's k between two publishes, so that most values get named
GOODS: Final = ("barnklader", "skor", "ullmossa", "regnstall", "kassa")  # the pages the crowd visits too


def screens() -> tuple[Screen, ...]:
    """The demo's own screens, open to all."""
    return (
        Screen("/demo", "demo", shop, open=True),
        Screen("/demo/crowd", "crowd", send, method="POST", open=True),
        Screen("/demo/{page}", "demo_page", shop, open=True),
    )


def site_of(ask: Ask) -> Site:
    """The demo's site. 404: it has been taken away."""
    for site in ask.deps.control.sites():
        if site.demo:
            return site
    raise HTTPException(404)


def shop(ask: Ask) -> Response:
    """GET /demo and /demo/{page}: a page of the shop, counted like any site's."""
    site, page = site_of(ask), ask.request.path_params.get("page", "")
    if page and page not in GOODS:
        raise HTTPException(404)
    sent = ask.query.get("sent", "")
    return ask.render(
        "demo.html",
        site=site,
        page=page,
        goods=[(name, ask.link("demo_page", page=name)) for name in GOODS],
        dashboard=ask.link("overview", {"period": "today"}, domain=site.domain),
        script=ask.base + "/t.js",
        sent=int(sent) if sent.isdecimal() and len(sent) < 5 else None,
    )


def send(ask: Ask) -> Response:
    """POST /demo/crowd: the visitors are on their way when the page comes back, and arrive over some seconds."""
    assert ask.deps.crowd is not None
    response = ask.redirect(ask.link("demo", {"sent": str(CROWD)}) + "#crowd-title")
    response.background = BackgroundTask(ask.deps.crowd, CROWD)
    return response
