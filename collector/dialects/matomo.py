"""Matomo's `/matomo.php`: a query, a form, or in bulk JSON with many queries.

`idsite` names the site. A request is a view, unless it says that it is an event (`e_a`), a goal (`idgoal`), an outbound
link, a download, or a ping, which keeps a visit going and counts nothing. Content impressions, media, crash and
performance reports become nothing. `_id`, `uid`, `cid`, `lang`, `res` and custom variables are not read; `cip` and `ua`
only with a `token_auth`, which has to be a sender's token of the site.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

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
    Property,
    Said,
    Told,
    engaged,
    event,
    number_of,
    read_fields,
    read_object,
    text_of,
    unsupported,
    view,
    worst,
)
from collector.door.beacon import Beacon, Malformed

MOST: Final = 500  # of a bulk
# What would otherwise look like a view of its page.
NOT_VIEWS: Final = ("c_n", "c_p", "c_t", "c_i", "ma_id", "ma_ti", "ca", "cra", "hsr_ev", "queuedtracking")


def read(asked: Asked) -> list[Item]:
    """The beacon, or those of a bulk."""
    if asked.body.lstrip()[:1] == b"{":
        requests = read_object(asked.body).get("requests")
        if not isinstance(requests, list) or not 0 < len(requests) <= MOST:
            raise Malformed
        token = {"token_auth": text_of(read_object(asked.body).get("token_auth"))}
        return [_item(token | _fields_of(each)) for each in requests]
    return [_item(read_fields(asked.query) | read_fields(asked.body))]


def _fields_of(request: object) -> dict[str, str]:
    if isinstance(request, str):
        return read_fields(request.rpartition("?")[2].encode())
    if isinstance(request, dict):  # some clients send objects
        return {str(name): str(value) for name, value in request.items() if isinstance(value, str | int | float)}
    raise Malformed


def _item(sent: dict[str, str]) -> Item:
    sites = (sent.get("idsite", ""),)
    if sent.get("rec") != "1":
        return unsupported(sites, "without rec=1 nothing is to be recorded")
    url = sent.get("url", "")
    if not url:
        return unsupported(sites, "a request needs its url")
    beacon = _beacon(sent, url)
    if not isinstance(beacon, Beacon):
        return unsupported(sites, beacon)
    token = sent.get("token_auth", "")
    client = Client(token, sent.get("cip", ""), sent.get("ua", "")) if token else None
    return Said(sites, beacon, _moment(sent), client)


def _beacon(sent: dict[str, str], url: str) -> Beacon | str:
    """The beacon, or why there is none."""
    if sent.get("ping") == "1":
        return engaged(url)
    if any(sent.get(name) for name in NOT_VIEWS):
        return "content, media, crash and custom actions are not counted"
    if action := sent.get("e_a"):
        told: dict[str, Property] = {
            name: sent[key] for key, name in (("e_n", "name"), ("e_v", "value")) if sent.get(key)
        }
        category = sent.get("e_c")
        return event(url, f"{category}: {action}" if category else action, told)
    if (goal := sent.get("idgoal")) is not None:
        revenue: dict[str, Property] = {"revenue": number_of(sent["revenue"])} if "revenue" in sent else {}
        return event(url, "Order" if goal == "0" else f"Goal {goal}", revenue)
    for key, name in (("link", "Outbound Link: Click"), ("download", "File Download")):
        if sent.get(key):
            return event(url, name, {"url": sent[key].partition("?")[0]})
    return view(url, sent.get("urlref", ""))


def _moment(sent: dict[str, str]) -> float | None:
    """`cdt`: seconds, or a time in UTC."""
    text = sent.get("cdt", "")
    if not text:
        return None
    if text.isdecimal():
        return number_of(text) * 1000
    try:
        return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000
    except (ValueError, OverflowError):
        return 0.0  # a time that nobody can read is not now


def answer(asked: Asked, told: Sequence[Told]) -> Answer:
    """The transparent image, 204 where none is wanted, and sums for a bulk."""
    status = worst(told)
    if asked.body.lstrip()[:1] == b"{":
        invalid = sum(one.outcome.status >= 400 for one in told)
        sums = {"status": "success", "tracked": len(told) - invalid, "invalid": invalid}
        return Answer(status if invalid == len(told) else 200, msgspec.json.encode(sums), JSON)
    if status >= 400:
        return Answer(status, GIF, IMAGE)
    if b"send_image=0" in asked.query or b"send_image=0" in asked.body:
        return Answer(204)
    return Answer(200, GIF, IMAGE)


MATOMO: Final = Dialect("matomo", ("/matomo.php", "/piwik.php"), ("GET", "POST"), 131_072, read, answer)
