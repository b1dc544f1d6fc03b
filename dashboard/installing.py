"""What a new site needs: the text to paste, the word that beacons arrive, and a look at what they become."""

from collections.abc import Awaitable
from typing import Final
from urllib.parse import urlsplit

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request as PageRequest
from starlette.responses import Response

from collector.door.address import UNKNOWN, proxies_of
from collector.door.check import MARK
from collector.door.networks import network_text
from collector.door.reply import Accepted, Refusal
from collector.door.work import Request
from collector.script.snippet import pixel, snippet
from collector.site import Site
from dashboard import reports
from dashboard.frame import Ask, Screen
from dashboard.menus import Choice
from dashboard.roles import Role
from dashboard.site_frame import last_published, script_line, site_of, surroundings

# How the kinds of collector/script/snippet.py are called, the same in every language.
NAMES: Final = {
    "html": "HTML",
    "shopify": "Shopify",
    "wordpress": "WordPress",
    "gtm": "Google Tag Manager",
    "next": "Next.js",
    "react": "React",
    "vue": "Vue",
    "sveltekit": "SvelteKit",
    "nginx": "nginx",
    "caddy": "Caddy",
    "cloudflare": "Cloudflare",
}
AGAIN_SECONDS: Final = (5, 60)  # how soon a page that waits for the first publish looks again
# What the script's request has in place of the page's own: the rest of the headers is the browser's.
_NAVIGATION: Final = (b"origin", b"referer", b"sec-fetch-site", b"sec-fetch-mode", b"sec-purpose", b"purpose")


def show_snippet(ask: Ask) -> Response:
    """GET /site/{domain}/snippet: what to paste into the site's pages, and whether anything has come from them."""
    site = site_of(ask)
    kind = ask.query.get("for", "html")
    if kind not in NAMES:
        raise HTTPException(404)
    base = ask.public("")
    server = "{0.scheme}://{0.netloc}".format(urlsplit(base))
    published = last_published(ask, site, reports.last_publish(ask.deps.store, site))
    least, most = AGAIN_SECONDS
    kinds = [
        Choice(name, ask.link("snippet", {} if key == "html" else {"for": key}, domain=site.domain), key == kind)
        for key, name in NAMES.items()
    ]
    return ask.render(
        "snippet.html",
        **{**surroundings(ask, site), "published": published},
        kind=kind,
        kinds=kinds,
        again=None if published else min(max(site.publish_seconds, least), most),
        snippet=script_line(ask, site),
        text=snippet(site.domain, base, kind, optout=bool(site.optout)),
        button=snippet(site.domain, base, "opt-out"),
        pixel=pixel(site.domain, base),
        policy=f"script-src {server}; connect-src {server}; img-src {server}",
        optout=f"https://{site.domain}{site.optout}" if site.optout else "",
        back=ask.link("overview", domain=site.domain),
    )


def check(ask: Ask) -> Awaitable[Response]:
    """GET /site/{domain}/check: what the door would make of a beacon of this browser. Nothing is counted."""
    return _check(ask, site_of(ask))


async def _check(ask: Ask, site: Site) -> Response:
    door = ask.deps.door
    if door is None:
        raise HTTPException(404)
    request = _as_beacon(ask.request, site)
    proxies = proxies_of(request.peer, request.headers, door.trusted)
    outcome = door.read(request, ask.now)  # on the event loop, as every beacon
    return await run_in_threadpool(_tell, ask, site, outcome, proxies)


def _as_beacon(page: PageRequest, site: Site) -> Request:
    """The beacon that the script would send from a page of the site, with this request's headers and peer."""
    headers = [(name, value) for name, value in page.scope["headers"] if name not in _NAVIGATION]
    headers += [(b"origin", f"https://{site.domain}".encode()), (b"sec-fetch-mode", b"cors")]
    if b"accept-language" not in dict(headers):  # only a robot lacks it, where Sec-Fetch is sent
        headers = [(name, value) for name, value in headers if name != b"sec-fetch-mode"]
    body = msgspec.json.encode({"s": site.domain, "u": f"https://{site.domain}/"})
    return Request("POST", headers, page.client.host if page.client else None, body)


def _tell(ask: Ask, site: Site, outcome: Accepted | Refusal, proxies: int) -> Response:
    network = outcome.hit.network if isinstance(outcome, Accepted) else outcome.network
    return ask.render(
        "check.html",
        **surroundings(ask, site),
        hit=outcome.hit if isinstance(outcome, Accepted) else None,
        reason=outcome.reason.value if isinstance(outcome, Refusal) else "",
        network=ask.words("check.no_network") if network == UNKNOWN else network_text(network),
        proxies=proxies,
        address=f"https://{site.domain}/?ref={MARK}",
        back=ask.link("snippet", domain=site.domain),
    )


SCREENS: Final = (
    Screen("/site/{domain}/snippet", "snippet", show_snippet, needs=Role.VIEWER),
    Screen("/site/{domain}/check", "check", check, needs=Role.VIEWER),
)
