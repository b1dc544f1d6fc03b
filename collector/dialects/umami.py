"""Umami's `POST /api/send` and `/api/batch`: `{"type", "payload"}`, in a batch a list of them.

`website` names the site. An event without a name is a view. `identify` is about a person, `performance` about a
device's speed, links and Umami's pixels have no page: none of them becomes anything. The `ip`, `userAgent`, `id`,
`screen` and `language` that a payload may carry are not read, nor is the cache token of the header.
"""

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from collector.dialects.said import (
    JSON,
    Answer,
    Asked,
    Dialect,
    Item,
    Said,
    Told,
    counted,
    event,
    number_of,
    properties_of,
    read_json,
    text_of,
    unsupported,
    view,
    words,
    worst,
)
from collector.door.beacon import Beacon, Malformed
from collector.door.hit import Drop

MOST: Final = 100  # of a batch


def read(asked: Asked) -> list[Item]:
    """The beacon, or those of a batch."""
    sent = read_json(asked.body)
    if asked.path.endswith("/batch"):
        if not isinstance(sent, list) or not 0 < len(sent) <= MOST:
            raise Malformed
        return [_item(one) for one in sent]
    return [_item(sent)]


def _item(sent: Any) -> Item:
    payload = sent.get("payload") if isinstance(sent, dict) else None
    if not isinstance(payload, dict):
        raise Malformed
    website = text_of(payload.get("website"))
    sites = (website,)
    if sent.get("type") != "event":
        return unsupported(sites, "only the type event is counted")
    if not website:
        return unsupported(sites, "links and pixels without a website are not counted")
    seconds = number_of(payload.get("timestamp"))
    return Said(sites, _beacon(payload, text_of(payload.get("hostname"))), seconds * 1000 if seconds else None)


def _beacon(payload: dict[str, Any], host: str) -> Beacon:
    url = _absolute(text_of(payload.get("url")) or "/", host)
    name = text_of(payload.get("name"))
    if name:
        return event(url, name, properties_of(payload.get("data")))
    referrer = text_of(payload.get("referrer"))
    return view(url, _absolute(referrer, host) if referrer else "")


def _absolute(url: str, host: str) -> str:
    """Umami's scripts cut the page's own host off; without one the address stays a path, of the site's own."""
    return f"https://{host}{url}" if host and url.startswith("/") else url


def answer(asked: Asked, told: Sequence[Told]) -> Answer:
    """No token to recognise anybody by; a robot hears what it hears from Umami."""
    if asked.path.endswith("/batch"):
        failed = [
            {"index": number, "response": {"error": {"message": words([one])}}}
            for number, one in enumerate(told)
            if one.outcome.status >= 400
        ]
        sums = {"size": len(told), "processed": len(told) - len(failed), "errors": len(failed), "details": failed}
        return Answer(200, msgspec.json.encode(sums | {"cache": ""}), JSON)
    if told and told[0].outcome.words == Drop.BOT:
        return Answer(200, b'{"beep":"boop"}', JSON)
    status = worst(told)
    if counted(told) or status < 400:
        return Answer(200, b'{"cache":"","sessionId":"","visitId":""}', JSON)
    return Answer(status, msgspec.json.encode({"error": {"message": words(told)}}), JSON)


UMAMI: Final = Dialect("umami", ("/api/send", "/api/batch"), ("POST",), 131_072, read, answer)
