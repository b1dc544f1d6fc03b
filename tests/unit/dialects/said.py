"""A request of another tool's client through a real door, in one call."""

import json
from typing import Any

from collector.dialects import reading
from collector.dialects.said import Answer, Asked, Told
from collector.door.country import Countries
from collector.door.door import Door
from collector.door.hit import Hit, Kind
from collector.door.page import read_host
from collector.door.reply import Accepted
from collector.door.sender import digest
from collector.door.work import Request
from collector.settings import Settings
from collector.site import Site, checked
from tests.unit.door.samples import NOW, headers

SHOP = checked(
    Site(
        id=7,
        domain="shop.example",
        hosts=("localhost",),
        properties=("plan", "revenue", "url", "name"),
        k=5,
        senders=(digest(b"tv_secret"),),
    )
)
WEBSITE = "94db1cb1-74f4-4a40-ad6c-962362670409"
ALIASES = {
    ("umami", WEBSITE): "shop.example",
    ("matomo", "3"): "shop.example",
    ("ga4", "g-abc1234567"): "shop.example",
    ("goatcounter", "stats.shop.example"): "shop.example",
}
KINDS = {Kind.VIEW: "view", Kind.TIME: "time", Kind.EVENT: "event"}


def new_door() -> Door:
    door = Door([SHOP], Settings(rate_limit=10**9, rate_burst=10**9), Countries())
    door.use([SHOP], ALIASES)
    return door


DOOR = new_door()
SERVER: dict[str, str | None] = dict.fromkeys(("origin", "sec-fetch-site", "sec-fetch-mode", "sec-ch-ua"))


def say(
    path: str, body: Any = b"", *, door: Door = DOOR, changes: dict[str, str | None] | None = None, now: int = NOW
) -> tuple[list[Told], Answer]:
    """Send a body (bytes, or an object as JSON), or a GET without one; what became of it, and the answer."""
    plain, _, query = path.partition("?")
    sent = body if isinstance(body, bytes) else json.dumps(body).encode()
    dialect = next(each for each in reading.DIALECTS if plain in each.paths)
    given = headers(changes)
    known = {name.decode(): value.decode("latin-1") for name, value in given}
    asked = Asked(
        "POST" if sent else "GET",
        plain,
        query.encode(),
        sent,
        read_host(known.get("host", "")),
        known.get("origin", ""),
        known.get("referer", ""),
        known.get("authorization", "").removeprefix("Bearer "),
    )
    told = reading.read(door, dialect, asked, Request(asked.method, given, "203.0.113.217"), now)
    return told, dialect.answer(asked, told)


def short(told: list[Told]) -> list[tuple[Any, ...]]:
    """Each outcome in a few words: a view's page and source, an event's name and properties, a refusal's reason."""
    return [_hit(one.outcome.hit) if isinstance(one.outcome, Accepted) else (one.outcome.words,) for one in told]


def _hit(hit: Hit) -> tuple[Any, ...]:
    kind = KINDS[Kind(hit.kind)]
    if kind == "event":
        return kind, hit.page, hit.event, dict(hit.properties)
    return (kind, hit.page, hit.engaged, hit.scroll) if kind == "time" else (kind, hit.page, hit.inside or hit.source)
