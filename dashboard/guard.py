"""What keeps the screens to those who may see them: headers, the session's cookie, forms from our own pages only."""

from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

from collector.settings import Settings

HEADERS: Final[dict[str, str]] = {
    # Nothing inline and no eval: bars are SVG attributes, and Plotly's own style element is ours (templates/base.html).
    "Content-Security-Policy": (
        "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Not no-referrer: under that a browser writes "Origin: null" on our own forms (Fetch, append a request Origin
    # header), and there would be nothing to tell them from a stranger's by. To other hosts same-origin says nothing.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), browsing-topics=()",
}

# What a link shows may stand in a frame on any page: it asks nobody who they are, and nothing on it can be changed.
# And no search engine lists the address: it is the secret.
FRAMED: Final[dict[str, str]] = {
    "Content-Security-Policy": HEADERS["Content-Security-Policy"].replace(
        "frame-ancestors 'none'", "frame-ancestors *"
    ),
    "X-Robots-Tag": "noindex, nofollow",
}

FORM_BYTES: Final = 4096  # the longest form that is open to all is a name and a password
LONG_FORM_BYTES: Final = 65_536  # a site's settings, with their lists


def harden(response: Response, *, framed: bool = False) -> Response:
    """The response with every header above. No cache keeps it unless it says so itself."""
    for name, value in (HEADERS | FRAMED if framed else HEADERS).items():
        response.headers[name] = value
    if framed:
        del response.headers["X-Frame-Options"]
    response.headers.setdefault("Cache-Control", "no-store")
    return response


def is_secure(request: Request, settings: Settings) -> bool:
    """Whether the session's cookie travels over https only."""
    if settings.secure_cookies == "auto":
        return (settings.public_url or str(request.base_url)).startswith("https:")
    return settings.secure_cookies == "always"


def cookie_name(*, secure: bool) -> str:
    """The session's cookie. `__Host-` binds it to this host and to https (RFC 6265bis 4.1.3.2)."""
    return "__Host-trekvart" if secure else "trekvart"


def share_cookie(share: int, *, secure: bool) -> str:
    """The cookie of a browser that has given a link's password; one a link. Bound to its path, so not `__Host-`."""
    return f"{'__Secure-' if secure else ''}trekvart-link-{share}"


def token_of(request: Request, settings: Settings) -> str:
    """The session's token as the browser sent it; "" without one."""
    return request.cookies.get(cookie_name(secure=is_secure(request, settings)), "")


def put_token(response: Response, token: str, request: Request, settings: Settings) -> None:
    """Give the browser a session's token; "" takes it back. Without an age it ends with the browser."""
    secure = is_secure(request, settings)
    response.set_cookie(
        cookie_name(secure=secure),
        token,
        max_age=None if token else 0,
        path="/",  # as __Host- demands
        secure=secure,
        httponly=True,
        samesite="strict",
    )


def is_own_form(headers: Mapping[str, str], public_url: str) -> bool:
    """Whether a POST comes from one of our own pages: the browser says so itself, or its Origin is this host.

    A browser sends Sec-Fetch-Site to https and to this machine, and Origin with every POST. A request with neither
    comes from no browser's form, and is refused too. `headers` in lower case.
    """
    if site := headers.get("sec-fetch-site"):
        return site in {"same-origin", "none"}
    try:
        origin = urlsplit(headers.get("origin", ""))
    except ValueError:  # a bracket left open
        return False
    own = urlsplit(public_url).netloc if public_url else headers.get("host", "")
    return origin.scheme in {"http", "https"} and bool(own) and origin.netloc.lower() == own.lower()


def own_path(text: str, base: str) -> str:
    """The path and query to go on to after the login, or "" when they would lead anywhere but under `base`.

    Browsers read "//host", backslashes and a tab between as another host (WHATWG URL 4.4): only what is plain passes.
    """
    plain = text.isascii() and text.isprintable() and not set(text) & set('\\ "<>') and len(text) <= 1000
    return text if plain and text.startswith(base + "/") and not text.startswith("//") else ""
