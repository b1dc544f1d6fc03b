"""What is known of the hosts that visits come from: their name and channel, payment and sign-in, referrer spam."""

import re
from collections.abc import Iterator
from enum import StrEnum
from functools import cache
from importlib.resources import files

from msgspec import Struct
from publicsuffixlist import PublicSuffixList

from collector.door.page import read_host
from collector.door.scrub import OTHER


class Channel(StrEnum):
    """The kind of way a visit came by."""

    SEARCH = "search"
    SOCIAL = "social"
    VIDEO = "video"
    MAIL = "mail"
    AI = "ai"  # assistants: ChatGPT, Perplexity, Claude
    SHOPPING = "shopping"  # price comparison, second hand, other shops
    CAMPAIGN = "campaign"  # advertising, affiliates, and campaign keys that tell nothing nearer
    REFERRAL = "referral"  # any other site
    DIRECT = "direct"  # nothing said where from


class Source(Struct, frozen=True, gc=False):
    """A site that visits come from, by the name that is shown."""

    name: str
    channel: Channel


class Place(Struct, frozen=True, gc=False):
    """What a host is."""

    source: Source
    payment: bool = False  # pays, signs in or identifies: a visitor comes back from it
    spam: bool = False


UNNAMED = Source(OTHER, Channel.REFERRAL)

# The first label of a host below a registrable domain tells what stands behind it, whoever runs it.
_RETURNS = re.compile(
    r"(?:acs\d*|3ds\d?|3d-?secure\d*|pay|payments?|checkout|betala|betalning"
    r"|login|logon|signin|sign-in|sso|auth|oauth|idp|inloggning|legitimering)\."
)
_MAIL = re.compile(r"(?:webb?mail|e?mail|e-?post|owa|roundcube|zimbra|horde|squirrelmail|rainloop|exchange)\d*\.")
_INTERNAL = re.compile(r"(?:^|\.)(?:intranet|intra|insidan|internal|intern|internt|corp|lan|local|vpn|citrix)\.")

# What spammers call themselves, and no shop or blog does. Searched in the registrable domain.
_SPAM = re.compile(
    r"buttons?-for-|(?:share|social)-buttons?\b|semalt|darodar|blackhatworth|ranksonic|eu-cookie-law|law-enforcement-bot"
    r"|\b(?:free|buy|get|cheap|targeted)-(?:\w+-)*traffic\b|traffic-?(?:2|4|to)-?(?:cash|money)|traffic-?(?:monetiz|bots?\b)"
    r"|\bseo-(?:offer|traffic|bot)s?\b|(?:best|cheap|success)-seo-(?:offer|solution|software)s?\b|\d+dollars?-seo"
    r"|(?:buy|cheap|generic|online)-(?:viagra|cialis|levitra)"
)


def registrable(host: str) -> str:
    """Return the part of a host that somebody registered ("www.example.co.uk": example.co.uk).

    "" when there is none: an address, a single label, a suffix itself, a top domain that the public suffix list
    does not know (.local, .internal, .lan, .corp).
    """
    return _suffixes().privatesuffix(host) or ""


def look_up(host: str) -> Place:
    """Return what a host is; hosts that are nobody's public site are "(other)". Expects lower case."""
    if not host or read_host(host) != host:
        return Place(UNNAMED)
    domain = registrable(host)
    tables = _tables()
    if any(suffix in tables.spam for suffix in _suffixes_of(host)) or _SPAM.search(domain):
        return Place(UNNAMED, spam=True)
    below = host != domain
    payment = any(suffix in tables.returns for suffix in _suffixes_of(host)) or bool(below and _RETURNS.match(host))
    return Place(_name(host, domain, tables), payment=payment)


def look_up_word(word: str) -> Source | None:
    """Return the source that a campaign's utm_source, ref or source means ("fb": Facebook); None when unknown."""
    found = _tables().words.get(word)
    if found is None and registrable(word):
        return look_up(word).source
    return found


def look_up_app(package: str) -> Source:
    """Return the source behind an Android package's name; unknown ones are "(other)"."""
    return _tables().hosts.get(f"app:{package}", UNNAMED)


class _Tables(Struct):
    hosts: dict[str, Source]
    words: dict[str, Source]
    returns: frozenset[str]
    spam: frozenset[str]


def _name(host: str, domain: str, tables: _Tables) -> Source:
    label = domain.partition(".")[0]
    for suffix in _suffixes_of(host):
        everywhere = f"{suffix.removesuffix(domain)}{label}.*" if domain and suffix.endswith(domain) else suffix
        found = tables.hosts.get(suffix) or tables.hosts.get(everywhere)
        if found:
            return found
    if not domain or domain.endswith((".onion", ".arpa")):
        return UNNAMED
    if host != domain:
        if _MAIL.match(host):
            return Source(OTHER, Channel.MAIL)
        if _INTERNAL.search(host.removesuffix(domain)):
            return UNNAMED
    return Source(domain, Channel.REFERRAL)


def _suffixes_of(host: str) -> Iterator[str]:
    """Yield the host and all it lies below, longest first, down to two labels."""
    while "." in host:
        yield host
        host = host.partition(".")[2]


@cache
def _suffixes() -> PublicSuffixList:
    # 46 ms and 2 MB, so built when first asked for. Unknown top domains are nobody's public site.
    return PublicSuffixList(accept_unknown=False)


@cache
def _tables() -> _Tables:
    hosts: dict[str, Source] = {}
    words: dict[str, Source] = {}
    for line in _lines("sources.tsv"):
        channel, name, places, *more = line.split("\t")
        source = Source(name, Channel(channel))
        hosts |= dict.fromkeys(places.split(), source)
        words |= dict.fromkeys([name.lower(), *" ".join(more).split()], source)
    del hosts["-"]  # stands for no host
    returns = frozenset(" ".join(_lines("returns.txt")).split())
    return _Tables(hosts, words, returns, frozenset(" ".join(_lines("spam.txt")).split()))


def _lines(name: str) -> list[str]:
    text = files("collector.door").joinpath(name).read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]
