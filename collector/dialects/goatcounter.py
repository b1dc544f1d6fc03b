"""GoatCounter's `GET|POST /count`, and `POST /api/v0/count` with many hits at once.

GoatCounter names the site by the host that is asked, and so do we: by an alias for that host, else by the page that
sent it. `p` is the path, or with `e` the event's name; `q` the page's query, of which the campaign stays. `t`, `s` and
`rnd`, and of the API `session`, `location`, `language` and `size`, are not read; its `ip` and `user_agent` only with a
sender's token of the site as the API key.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import msgspec

from collector.dialects.said import (
    GIF,
    IMAGE,
    JSON,
    Answer,
    Asked,
    Client,
    Dialect,
    Item,
    Refused,
    Said,
    Told,
    counted,
    event,
    read_fields,
    read_object,
    text_of,
    unsupported,
    view,
    words,
    worst,
)
from collector.door.beacon import Malformed
from collector.door.hit import Drop
from collector.door.page import split_address

API: Final = "/api/v0/count"
MOST: Final = 500
BOT: Final = 150  # what the script itself recognised as a machine
_FALSE: Final = frozenset(("", "0", "false", "no", "f"))


def read(asked: Asked) -> list[Item]:
    """The beacon, or all those of the API."""
    if asked.path != API:
        fields = read_fields(asked.query or asked.body)
        return [_item(asked, fields | {"e": fields.get("e", "").lower() not in _FALSE})]
    hits = read_object(asked.body).get("hits")
    if not isinstance(hits, list) or not 0 < len(hits) <= MOST:
        raise Malformed
    return [_item(asked, _short(hit)) for hit in hits]


def _short(hit: Any) -> dict[str, Any]:
    """The API's words by the script's."""
    if not isinstance(hit, dict):
        raise Malformed
    words = {"path": "p", "ref": "r", "query": "q", "event": "e", "bot": "b", "created_at": "at"}
    return {short: hit.get(long) for long, short in words.items()} | {"from": hit}


def _item(asked: Asked, sent: dict[str, Any]) -> Item:
    sites = tuple(
        host for host in (asked.host, split_address(asked.origin)[1], split_address(asked.referer)[1]) if host
    )
    path, query, at = text_of(sent.get("p")), text_of(sent.get("q")).lstrip("?"), _moment(sent.get("at"))
    if not path:
        return unsupported(sites, "a hit needs its path")
    if (bot := text_of(sent.get("b"))).isdecimal() and int(bot[:9]) >= BOT:
        return Refused(sites, Drop.BOT, "by its own script")
    hit = sent.get("from", {})
    client = Client(asked.token, text_of(hit.get("ip")), text_of(hit.get("user_agent"))) if asked.token else None
    if sent.get("e"):
        return Said(sites, event(asked.referer if split_address(asked.referer)[1] else "/", path), at, client)
    url = path if path.startswith(("/", "https://", "http://")) else f"/{path}"
    return Said(sites, view(f"{url}?{query}" if query else url, text_of(sent.get("r"))), at, client)


def _moment(text: object) -> float | None:
    """RFC 3339 as milliseconds UTC; what is no time is as good as none."""
    try:
        return datetime.fromisoformat(text).timestamp() * 1000 if isinstance(text, str) else None
    except (ValueError, OverflowError, OSError):
        return None


def answer(asked: Asked, told: Sequence[Told]) -> Answer:
    """The transparent image, or the API's JSON; `X-Goatcounter` explains, as GoatCounter does."""
    why = ((b"x-goatcounter", words(told).encode()),)
    status = worst(told)
    if asked.path == API:
        if status < 400 or counted(told):
            return Answer(202, b'{"status":"ok"}', (*JSON, *why))
        return Answer(status, msgspec.json.encode({"error": words(told)}), (*JSON, *why))
    return Answer(200 if counted(told) else status, GIF, (*IMAGE, *(() if counted(told) else why)))


GOATCOUNTER: Final = Dialect("goatcounter", ("/count", API), ("GET", "POST"), 131_072, read, answer)
