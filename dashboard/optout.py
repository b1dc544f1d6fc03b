"""How a visitor objects, in plain words, open to all: the browser's own objection, and a site's button if it has one.

The button's mark belongs to the site's own host, so it can only be set on one of its pages: collector/script/optout.js
on the page that `Site.optout` names, or here, when Trekvart is reached at the site's own host.
"""

from typing import Final
from urllib.parse import urlsplit

from starlette.exceptions import HTTPException
from starlette.responses import Response

from collector.errors import SiteError
from collector.site import Site
from dashboard.frame import Ask, Screen


def show(ask: Ask) -> Response:
    """GET /opt-out, and GET /opt-out/{site} about one site."""
    host = urlsplit(ask.public("")).hostname or ""
    site = _site(ask, host)
    return ask.render(
        "optout.html",
        site=site,
        here=site is not None and bool(site.optout) and host in site.hosts,
        there=f"https://{site.domain}{site.optout}" if site and site.optout else "",
        script=ask.base + "/optout.js",
    )


def _site(ask: Ask, host: str) -> Site | None:
    """The site that is asked about: by name, or because this is its host. Which others there are is not told."""
    if "site" in ask.request.path_params:
        try:
            return ask.deps.control.site(ask.request.path_params["site"])
        except SiteError:
            raise HTTPException(404) from None
    return next((site for site in ask.deps.control.sites() if host in site.hosts), None)


SCREENS: Final = (
    Screen("/opt-out", "opt_out", show, open=True),
    Screen("/opt-out/{site}", "opt_out_of", show, open=True),
)
