"""Google Analytics 4: gtag's `/g/collect` and the Measurement Protocol's `POST /mp/collect`.

The measurement id names the site. `page_view` is a view, `user_engagement` and `scroll` are time and depth, whatever
else has a page is an event; its `_et` is time on that page too. `first_visit` and `session_start` are about a person
whom we do not know, and become nothing. `cid`, `uid`, `sid`, user properties, screen, language and device hints are not
read; of the Measurement Protocol `ip_override` and `user_agent` are, when its `api_secret` is a sender's token of the
site, as it has to be. Where the visitor has said no to analytics in Google's consent mode (`gcs`), that is an objection
here.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple

from msgspec.structs import replace

from collector.dialects.said import (
    Answer,
    Asked,
    Client,
    Dialect,
    Item,
    Property,
    Refused,
    Said,
    Told,
    engaged,
    event,
    number_of,
    properties_of,
    read_fields,
    read_object,
    text_of,
    unsupported,
    view,
)
from collector.door.beacon import Malformed
from collector.door.hit import Drop

MOST: Final = 25  # events of a request, Google's own limit
# Parameters that are the event's own machinery, or say who it was: never a property.
INNER: Final = frozenset(
    {
        *("page_location", "page_referrer", "page_title", "engagement_time_msec", "session_id", "session_number"),
        *("client_id", "user_id", "language", "screen_resolution", "debug_mode", "ga_session_id", "timestamp_micros"),
    }
)
PERSON: Final = frozenset(("first_visit", "session_start", "first_open", "user_id_set"))
TIMED: Final = frozenset(("user_engagement", "scroll"))


def read(asked: Asked) -> list[Item]:
    """The beacons of all events."""
    return _measured(asked) if asked.path == "/mp/collect" else _collected(asked)


def _collected(asked: Asked) -> list[Item]:
    shared = read_fields(asked.query)
    lines = [line for line in asked.body.splitlines() if line.strip()] or [b""]
    if len(lines) > MOST or not shared.get("tid"):
        raise Malformed
    items: list[Item] = []
    for line in lines:
        sent = shared | read_fields(line)
        sites = (sent["tid"],)
        if _denied(sent.get("gcs", "")):
            items.append(Refused(sites, Drop.OBJECTION))
            continue
        properties: dict[str, Property] = {}
        for name, value in sent.items():
            if name.startswith("ep."):
                properties[name[3:]] = value
            elif name.startswith("epn."):
                properties[name[4:]] = number_of(value)
        page = sent.get("dl", ""), sent.get("dr", "")
        items += _items(sites, Event(sent.get("en", ""), *page, properties, number_of(sent.get("_et"))))
    return items


def _denied(state: str) -> bool:
    """`gcs` is G1, then a digit for advertising and one for analytics: 1 granted, 0 denied."""
    return state.startswith("G1") and state[3:4] == "0"


def _measured(asked: Asked) -> list[Item]:
    sent = read_object(asked.body)
    query = read_fields(asked.query)
    sites = (query.get("measurement_id", ""),)
    client = Client(query.get("api_secret", "-"), text_of(sent.get("ip_override")), text_of(sent.get("user_agent")))
    events = sent.get("events")
    if not sites[0] or not isinstance(events, list) or not 0 < len(events) <= MOST:
        raise Malformed
    items: list[Item] = []
    for each in events:
        if not isinstance(each, dict):
            raise Malformed
        given = each.get("params")
        params: dict[str, Any] = given if isinstance(given, dict) else {}
        micros = number_of(each.get("timestamp_micros") or sent.get("timestamp_micros"))
        page = text_of(params.get("page_location")), text_of(params.get("page_referrer"))
        spent = number_of(params.get("engagement_time_msec"))
        name = text_of(each.get("name"))
        at = micros / 1000 if micros else None
        found = _items(sites, Event(name, *page, properties_of(params), spent, at))
        items += (replace(item, client=client) if isinstance(item, Said) else item for item in found)
    return items


class Event(NamedTuple):
    """One event, in either protocol."""

    name: str
    url: str
    referrer: str
    properties: dict[str, Property]
    spent: float  # engaged milliseconds
    at: float | None = None  # milliseconds UTC, when it says so


def _items(sites: tuple[str, ...], sent: Event) -> Iterator[Item]:
    """What becomes of one event: time that it carries is a beacon of its own."""
    name, url, at = sent.name, sent.url, sent.at
    if not name:
        yield unsupported(sites, "an event needs its name")
    elif name in PERSON:
        yield unsupported(sites, f"{name} is about a person")
    elif not url:
        yield unsupported(sites, "an event needs its page_location")
    elif name == "page_view":
        # Its time was spent on the page before, which it does not name.
        yield Said(sites, view(url, sent.referrer), at)
    elif name in TIMED:
        yield Said(sites, engaged(url, sent.spent, number_of(sent.properties.get("percent_scrolled"))), at)
    else:
        kept = {key: value for key, value in sent.properties.items() if key not in INNER}
        yield Said(sites, event(url, name, kept), at)
        if sent.spent:
            yield Said(sites, engaged(url, sent.spent), at)


def answer(_: Asked, told: Sequence[Told]) -> Answer:
    """204, as Google answers whatever it was sent, but that a sender who should try again hears so."""
    later = (one.outcome.status for one in told if one.outcome.words in (Drop.RATE_LIMITED, Drop.OVERLOADED))
    return Answer(next(later, 204))


GA4: Final = Dialect("ga4", ("/g/collect", "/mp/collect"), ("GET", "POST"), 133_120, read, answer)
