"""Where a hit came from: what is kept of its referrer, and what its campaign keys mean."""

import re
from collections.abc import Collection
from functools import lru_cache

from msgspec import Struct

from collector.door.page import LONGEST_HOST, NO_CAMPAIGN, Campaign, Page, read_host, scrub_page, split_address
from collector.door.scrub import HIDDEN, OTHER
from collector.door.sources import Channel, Source, look_up, look_up_app, look_up_word

__all__ = ["MEDIUMS", "Channel", "Referrer", "read_referrer"]

# What utm_medium says of the channel, "_" and spaces written "-". One not here is somebody's own word: a campaign.
MEDIUMS: dict[str, Channel] = {
    medium: channel
    for channel, words in {
        Channel.SEARCH: "organic search organic-search sök sok",
        Channel.SOCIAL: "social social-media socialmedia social-network organic-social sm sociala-medier",
        Channel.VIDEO: "video organic-video podcast podd",
        Channel.MAIL: "email e-mail mail newsletter newsletters nyhetsbrev epost e-post utskick",
        Channel.AI: "ai llm chatbot assistant ai-assistant",
        Channel.SHOPPING: "shopping organic-shopping comparison price-comparison pricecomparison prisjämförelse",
        Channel.CAMPAIGN: "cpc ppc cpm cpv cpa cpl paid paid-search paidsearch paid-social paidsocial paid-video"
        " display banner ad ads annons retargeting remarketing affiliate affiliates influencer sponsored native print"
        " qr qr-code sms push offline tv radio",
        Channel.REFERRAL: "referral link web website partner",  # no nearer than the source's own channel
    }.items()
    for medium in words.split()
}


class Referrer(Struct, frozen=True, gc=False):
    """What is kept of where a hit came from."""

    inside: str = ""  # scrubbed path of the referring page when it is on the same site
    source: str = ""  # "Google", "example.org", "(other)"; "" when direct or internal
    channel: str = Channel.DIRECT  # "" when internal
    campaign: str = ""  # utm_campaign, scrubbed
    payment: bool = False  # back from a payment or sign-in host: no arrival, and nothing else is set
    spam: bool = False


PAYMENT = Referrer(payment=True)
SPAM = Referrer(source=OTHER, channel=Channel.REFERRAL, spam=True)


class _Arrival(Struct, frozen=True, gc=False):
    host: str  # "" of apps and of what is no host
    plain: Referrer  # what it comes to when no campaign key says more


_NO_ARRIVAL = _Arrival("", Referrer())

# In an authority part these begin or end something that is neither host nor port, and that no cache may hold.
_MORE_THAN_HOST = re.compile(r"[@?#\\]")


def read_referrer(
    referrer: str,
    page: Page,
    own_hosts: Collection[str],
    payment_hosts: tuple[str, ...] = (),
    *,
    campaigns: bool = True,
    patterns: tuple[str, ...] = (),
) -> Referrer:
    """Return where a hit on `page` came from; never raises.

    `own_hosts` are the site's, lower case, with or without "www."; `payment_hosts` its own additions to the table,
    each covering its subdomains; `patterns` as in scrub_page. In order: an internal referrer is only its path, and
    campaign keys on a link within the site mean nothing; a spam or payment host is only that; then the campaign
    keys; then the referrer. Of an external referrer nothing but its host is looked at.
    """
    if referrer in {"", "-"}:  # "-" is an access log's spelling of none
        arrival = _NO_ARRIVAL
    else:
        arrival = _read_place(_cut(referrer))
        if arrival.host and _is_own(arrival.host, page, own_hosts):
            return Referrer(inside=scrub_page(referrer, patterns).path, channel="")
        if arrival.plain.spam:
            return arrival.plain
        if arrival.plain.payment or (payment_hosts and _is_below(arrival.host, payment_hosts)):
            return PAYMENT
    if campaigns and page.campaign != NO_CAMPAIGN:
        return _read_campaign(page.campaign, arrival.plain.source)
    return arrival.plain


def _cut(referrer: str) -> str:
    """Return "/" and the package of an Android app, host and port of a web address, "" of anything else."""
    parts = referrer.split("/", 3)
    if len(parts) < 3 or parts[1]:
        return ""
    scheme, place = parts[0].lower(), parts[2]
    if scheme == "android-app:":
        return f"/{place[:LONGEST_HOST]}"
    if scheme not in {"https:", "http:"}:
        return ""
    if len(place) > LONGEST_HOST or _MORE_THAN_HOST.search(place):
        return split_address(referrer)[1]
    return place


@lru_cache(maxsize=8192)
def _read_place(place: str) -> _Arrival:
    if place.startswith("/"):
        return _Arrival("", _plain(look_up_app(place[1:])))
    host = read_host(place)
    known = look_up(host)
    return _Arrival(host, SPAM if known.spam else PAYMENT if known.payment else _plain(known.source))


def _plain(source: Source) -> Referrer:
    return Referrer(source=source.name, channel=source.channel)


def _is_own(host: str, page: Page, own_hosts: Collection[str]) -> bool:
    bare = host.removeprefix("www.")
    return (
        host in own_hosts or bare in own_hosts or f"www.{bare}" in own_hosts or bare == page.host.removeprefix("www.")
    )


def _is_below(host: str, places: tuple[str, ...]) -> bool:
    return any(host == place or host.endswith(f".{place}") for place in places)


@lru_cache(maxsize=4096)
def _read_campaign(campaign: Campaign, came_from: str) -> Referrer:
    """Name the source by utm_source (or ref, source), else by the referrer; the channel by utm_medium, else by it."""
    known = look_up_word(campaign.source)
    if not campaign.source:
        name = came_from
    elif known:
        name = known.name
    else:
        name = OTHER if campaign.source == HIDDEN else campaign.source
    channel = MEDIUMS.get(campaign.medium.replace("_", "-").replace(" ", "-"), Channel.CAMPAIGN)
    if known and (not campaign.medium or channel is Channel.REFERRAL):
        channel = known.channel
    return Referrer(source=name, channel=channel, campaign=campaign.name)
