"""Plausible's `POST /api/event`: JSON under long or short keys, as text/plain or application/json.

`domain` names the site, several with commas. `pageview` is a view, `engagement` time and scroll, anything else an
event. A revenue becomes the properties `revenue` and `currency`, which count where the site has declared them. What we
have no word for: `interactive` (an event always ends a bounce), `hash` routing, `width` and the script's version.
"""

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from collector.dialects.said import (
    TEXT,
    Answer,
    Asked,
    Dialect,
    Item,
    Property,
    Said,
    Told,
    counted,
    engaged,
    event,
    number_of,
    properties_of,
    read_object,
    text_of,
    unsupported,
    view,
)
from collector.door.beacon import Beacon, Malformed
from collector.door.hit import Drop

MOST_SITES: Final = 10
HARD: Final = frozenset((Drop.MALFORMED, Drop.TOO_LARGE, Drop.RATE_LIMITED, Drop.OVERLOADED))


def read(asked: Asked) -> list[Item]:
    """The beacon, once for each site."""
    sent = read_object(asked.body)
    name, url = text_of(_either(sent, "n", "name")), text_of(_either(sent, "u", "url"))
    domains = [one.strip() for one in text_of(_either(sent, "d", "domain")).split(",")][:MOST_SITES]
    if not (name and url and domains[0]):
        raise Malformed
    if url.startswith("app://"):  # so Plausible's documents have apps and servers name their screens
        url = "https" + url[3:]
    if not url.startswith(("https://", "http://")):
        return [unsupported((domain,), "only http, https and app addresses are pages") for domain in domains]
    beacon = _beacon(name, url, sent)
    return [Said((domain,), beacon) for domain in domains]


def _beacon(name: str, url: str, sent: dict[str, Any]) -> Beacon:
    if name == "pageview":
        return view(url, text_of(_either(sent, "r", "referrer")))
    if name == "engagement":
        return engaged(url, number_of(sent.get("e")), number_of(sent.get("sd")))
    return event(url, name, _properties(sent))


def _either(sent: dict[str, Any], *names: str) -> object:
    return next((sent[name] for name in names if sent.get(name) is not None), None)


def _properties(sent: dict[str, Any]) -> dict[str, Property]:
    found = _either(sent, "p", "props", "m", "meta")
    if isinstance(found, str):  # older scripts send an object as a text
        try:
            found = msgspec.json.decode(found)
        except (ValueError, RecursionError):
            found = None
    kept = properties_of(found)
    revenue = _either(sent, "$", "revenue")
    if isinstance(revenue, dict):
        kept |= properties_of({"revenue": revenue.get("amount"), "currency": revenue.get("currency")})
    return kept


def answer(_: Asked, told: Sequence[Told]) -> Answer:
    """202 and `ok`, as long as nothing was wrong with the request itself; what was not counted is said in headers."""
    hard = next((one for one in told if one.outcome.words in HARD), None)
    if hard is not None:
        return Answer(hard.outcome.status, hard.outcome.words.encode(), TEXT)
    return Answer(202, b"ok", (*TEXT, *(() if counted(told) else ((b"x-plausible-dropped", b"1"),))))


PLAUSIBLE: Final = Dialect("plausible", ("/api/event",), ("POST",), 16_384, read, answer)
