"""A site: what is counted, and by which rules. Pure: the database of sites is `collector.control`."""

import ipaddress
import re
from collections.abc import Iterable
from typing import Final, Literal
from zoneinfo import available_timezones

import msgspec
from msgspec import Struct

from collector.door.networks import parse_network
from collector.door.scrub import clean
from collector.errors import SiteError

K_LEAST: Final = 5  # the design: never below 5
# What waits over midnight has a 64-bit map in place of its networks; 44 networks show some 32 different bits there.
K_MOST: Final = 32
K_SMALL: Final = 5
K_USUAL: Final = 10
SMALL_SITE: Final = 150  # visits a day: under it k = 10 would name too little (the design, section 5)
TIME_ZONE: Final = "Europe/Stockholm"
LINK_PROPERTY: Final = "url"  # what the script says of links, forms and elements; declared unless a site takes it out
PUBLISH_SECONDS: Final = (60, 3600)  # shorter, a publish says when somebody came; longer, an hour has none

_LABEL: Final = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
_PROPERTY: Final = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}")


class Site(Struct, frozen=True, kw_only=True):
    """One site. A change takes effect at the site's next midnight where it changes how groups are made."""

    id: int = 0  # 0: not in the database yet
    domain: str  # lower-case ASCII; its name everywhere
    name: str = ""  # for people; the domain when empty
    hosts: tuple[str, ...] = ()  # hosts whose pages may send; the domain and its www twin always
    time_zone: str = TIME_ZONE
    k: int = K_USUAL
    publish_seconds: int = 600
    totals: Literal["exact", "groups"] = "exact"
    campaigns: bool = True
    excluded_networks: tuple[str, ...] = ()  # "203.0.113.0/24", "2001:db8:1::/48"
    page_patterns: tuple[str, ...] = ()  # paths; * stands for one segment, ** at the end for the rest
    properties: tuple[str, ...] = (LINK_PROPERTY,)  # declared names of event properties
    payment_hosts: tuple[str, ...] = ()  # besides those that are known
    created: str = ""  # ISO 8601, UTC
    demo: bool = False
    # Events may come from pages without an origin (Shopify's pixel). Any page's sandboxed frame can then send them.
    null_origin: bool = False
    optout: str = ""  # the path of the site's page where a visitor can opt out; "": not offered, and no storage is read
    senders: tuple[str, ...] = ()  # SHA-256, in hex, of the tokens of servers that pass on their visitors' addresses
    rounded: bool = False  # figures are tens wherever they are shown: dashboard/rounding.py


# What names no known site is counted too, by its reason, as if of a site that has no pages.
NO_SITE: Final = Site(id=0, domain="(none)", name="(none)", time_zone="UTC")


def suggest_k(visits_per_day: int) -> int:
    """The k that suits a site of so many visits a day."""
    return K_SMALL if visits_per_day < SMALL_SITE else K_USUAL


def ascii_host(text: str) -> str:
    """A host name as it travels: lower-case, IDN as punycode, no final dot. An address is one too.

    Raises SiteError when it is neither.
    """
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        pass
    try:
        host = text.strip().rstrip(".").encode("idna").decode("ascii").lower()
    except UnicodeError:  # an empty label, or one too long
        host = ""
    if len(host) > 253 or not all(_LABEL.fullmatch(label) for label in host.split(".")):
        raise SiteError(f"{text!r} is not a domain; write it like shop.example, without https:// and path.")
    return host


def checked(site: Site) -> Site:
    """The site with every part in its one spelling. Raises SiteError, one sentence, at the first that is wrong."""
    domain = ascii_host(site.domain)
    if domain.replace(".", "").isdigit() or ":" in domain:
        raise SiteError(f"A site is named by a domain, not by the address {site.domain!r}; that goes in its hosts.")
    if site.time_zone not in available_timezones():
        raise SiteError(f"There is no time zone {site.time_zone!r}; write it like {TIME_ZONE}.")
    if not K_LEAST <= site.k <= K_MOST:
        raise SiteError(f"k must be from {K_LEAST} to {K_MOST}, not {site.k}: the least number of networks in a group.")
    least, most = (1, PUBLISH_SECONDS[1]) if site.demo else PUBLISH_SECONDS
    if not least <= site.publish_seconds <= most:
        raise SiteError(f"A site publishes every {least} to {most} seconds, not every {site.publish_seconds}.")
    if site.totals not in ("exact", "groups"):
        raise SiteError(f"The totals of a site are exact or groups, not {site.totals!r}.")
    return msgspec.structs.replace(
        site,
        domain=domain,
        name=" ".join(clean(site.name).split())[:100] or domain,
        hosts=_once((domain, _twin(domain), *(ascii_host(host) for host in site.hosts))),
        excluded_networks=_once(parse_network(text).text for text in site.excluded_networks),
        page_patterns=_once(_pattern(text) for text in site.page_patterns),
        properties=_once(_property(text) for text in site.properties),
        payment_hosts=_once(ascii_host(host) for host in site.payment_hosts),
        optout=_optout(site.optout),
    )


def _once(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(texts))


def _twin(domain: str) -> str:
    return domain.removeprefix("www.") if domain.startswith("www.") else f"www.{domain}"


def _pattern(text: str) -> str:
    if not text.startswith("/") or set(text) & set(" ?#"):
        raise SiteError(f"The page pattern {text!r} must be a path like /product/*, without query and fragment.")
    return text


def _property(text: str) -> str:
    if not _PROPERTY.fullmatch(text):
        raise SiteError(f"The property {text!r} must be a letter and at most 63 letters, digits, _ or -.")
    return text


def _optout(text: str) -> str:
    if text and (not text.startswith("/") or text.startswith("//") or set(text) & set(" \"'<>\\")):
        raise SiteError(f"The opt-out page {text!r} must be a path of the site, like /privacy.")
    return text
