"""What the door keeps of a page's address: its host, a scrubbed path, and what its campaign keys say."""

import re
from functools import lru_cache

from msgspec import Struct

from collector.door.scrub import HIDDEN, OTHER, decode, is_personal, scrub_value

LONGEST_ADDRESS = 4096  # characters; the rest is not looked at
LONGEST_SENT = 500  # characters of an address, as the script cuts it
LONGEST_PATH = 128
DEEPEST_PATH = 6
LONGEST_HOST = 253  # RFC 1035

# Whatever follows one of these segments belongs to one customer, one letter or one search: it becomes "*".
PRIVATE = frozenset(
    {
        *("order", "orders", "ordrar", "beställning", "bestallning", "beställningar", "bestallningar"),
        *("orderstatus", "order-status", "orderbekräftelse", "orderbekraftelse", "order-confirmation"),
        *("kvitto", "kvitton", "receipt", "receipts", "faktura", "fakturor", "invoice", "invoices"),
        *("konto", "mitt-konto", "account", "accounts", "my-account", "mina-sidor", "minasidor"),
        *("reset", "reset-password", "password-reset", "återställ", "aterstall", "lösenord", "losenord", "password"),
        *("verify", "verify-email", "verifiera", "bekräfta", "bekrafta", "confirm", "activate", "aktivera"),
        *("invite", "invites", "invitation", "inbjudan", "inbjudningar"),
        *("unsubscribe", "avregistrera", "avprenumerera", "avanmälan", "avanmalan"),
        *("sok", "sök", "search", "sökresultat", "sokresultat", "søk", "sog", "søg", "haku"),
    }
)

_ADDRESS = re.compile(r"(?:(https?)://([^/?#\\]*)|(?=/))([^?#]*)(?:\?([^#]*))?", re.IGNORECASE)
_HOST = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,62})(?:\.[a-z0-9_-]{1,63})*\Z")
_CUT = re.compile(r"[?#]")
_KEPT = re.compile(r"(?:utm_(?:source|medium|campaign)|ref|source)=[^&]*")
_KEYS = ("utm_source", "utm_medium", "utm_campaign", "ref", "source")


class Campaign(Struct, frozen=True, gc=False):
    """What the campaign keys say, scrubbed; "" where a key is absent."""

    source: str = ""  # utm_source, else ref, else source
    medium: str = ""
    name: str = ""


class Page(Struct, frozen=True, gc=False):
    """A page's address as it may be kept."""

    host: str  # lower case, ASCII, without port; "" when the address names none
    path: str  # begins with "/"; or "(other)"
    campaign: Campaign


NO_CAMPAIGN = Campaign()

# Addresses of which nothing was taken away, so that the cache never holds what the scrub removed.
_CLEAN: dict[str, Page] = {}
_MOST_CLEAN = 8192


def scrub_page(url: str, patterns: tuple[str, ...] = ()) -> Page:
    """Return what is kept of an http(s) address, or of a path that begins with "/"; never raises.

    `patterns` are the site's own list of pages ("/produkt/*", "/blogg/**"): all but these and "/" become "(other)".
    "*" stands for anything within a segment, "**" for any number of segments. Query and fragment are dropped.
    """
    page = _CLEAN.get(url)
    if page is None:
        page = _scrub(url)
    if patterns and not _is_listed(page.path, patterns):
        return Page(page.host, OTHER, page.campaign)
    return page


def cut_address(url: str) -> str:
    """The address as our own script sends it: cut, and of its query only the campaign keys. No fragment."""
    path, _, query = url.partition("#")[0].partition("?")
    kept = "&".join(pair for pair in query.split("&") if _KEPT.fullmatch(pair)) if query else ""
    return path[:LONGEST_SENT] + (f"?{kept[:LONGEST_SENT]}" if kept else "")


def split_address(url: str) -> tuple[str, str, str, str]:
    """Return (scheme, host, path, query) of an http(s) address or a path; ("", "", "", "") of anything else.

    The host is lower case, without user information, port and last dot, in punycode; "" when it is no host name.
    """
    match = _ADDRESS.match(url)
    if match is None:
        return "", "", "", ""
    scheme, place, path, query = match.groups(default="")
    return scheme.lower(), read_host(place) if place else "", path, query


def read_host(place: str) -> str:
    """Return the host name in an address's authority part ("user@www.Example.org:443" has www.example.org), or ""."""
    host = place.rpartition("@")[2].partition(":")[0].removesuffix(".").lower()
    if len(host) > LONGEST_HOST:
        return ""  # before the punycode codec, whose time grows with the square of the length
    if not host.isascii():
        try:
            host = host.encode("idna").decode()
        except UnicodeError:
            return ""
    return host if _HOST.match(host) else ""


def _scrub(url: str) -> Page:
    text = url[:LONGEST_ADDRESS].strip()
    scheme, host, path, query = split_address(text)
    campaign = _read_campaign(query) if query else NO_CAMPAIGN
    if not (scheme or path):
        return Page(host, OTHER, campaign)
    page = Page(host, _scrub_path(path), campaign)
    if url in {page.path, f"{scheme}://{host}{page.path}"}:
        if len(_CLEAN) >= _MOST_CLEAN:
            _CLEAN.clear()
        _CLEAN[url] = page
    return page


def _scrub_path(path: str) -> str:
    path = _CUT.split(decode(path), maxsplit=1)[0].replace("\\", "/")
    kept: list[str] = []
    private = False
    for raw in path.split("/"):
        segment = raw.partition(";")[0].strip()
        if segment == "..":
            return OTHER
        if not segment or segment == ".":
            continue
        if len(kept) == DEEPEST_PATH:
            return OTHER
        if private:
            kept.append(HIDDEN)
            break
        kept.append(HIDDEN if is_personal(segment) else segment)
        private = segment.lower().partition(".")[0] in PRIVATE
    path = "/" + "/".join(kept)
    return path if len(path) <= LONGEST_PATH else OTHER


def _read_campaign(query: str) -> Campaign:
    found: dict[str, str] = {}
    for pair in query.split("&"):
        key, _, value = pair.partition("=")
        key = key.lower().removeprefix("amp;")  # "&amp;" in a letter's HTML that nobody decoded
        if key in _KEYS and key not in found:
            found[key] = scrub_value(value)
    source = found.get("utm_source") or found.get("ref") or found.get("source") or ""
    return Campaign(source.lower(), found.get("utm_medium", "").lower(), found.get("utm_campaign", ""))


@lru_cache(maxsize=8192)
def _is_listed(path: str, patterns: tuple[str, ...]) -> bool:
    return path in {"/", OTHER} or any(pattern.fullmatch(path) for pattern in _compile(patterns))


@lru_cache(maxsize=256)
def _compile(patterns: tuple[str, ...]) -> tuple[re.Pattern[str], ...]:
    """Compile a site's patterns: "/blogg/**" is "/blogg" and all below it, "/p-*" one segment that begins so."""
    parts = {"/**": "(?:/.*)?", "**": ".*", "*": "[^/]*"}
    return tuple(
        re.compile("".join(parts.get(part) or re.escape(part) for part in re.split(r"(/?\*\*|\*)", pattern)))
        for pattern in patterns
    )
