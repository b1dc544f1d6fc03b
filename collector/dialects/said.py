"""What the dialects share: what they see of a request, what they make of it, and how they read its parts."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple
from urllib.parse import parse_qsl

import msgspec
from msgspec import Struct

from collector.door.beacon import Beacon, Malformed
from collector.door.hit import Drop
from collector.door.page import cut_address
from collector.door.reply import Accepted, Refusal

LONGEST_TEXT: Final = 64  # characters of a name or a value, as in our own beacon
MOST_PROPERTIES: Final = 30
MOST_FIELDS: Final = 400  # of a query or a form: Matomo's e-commerce sends some 50, GA4 up to 25 parameters an event

Property = str | bool | int | float | None
Outcome = Accepted | Refusal


class Asked(Struct, frozen=True):
    """What a dialect sees of a request: nothing that holds the address, no cookie and no User-Agent."""

    method: str
    path: str  # below the base path
    query: bytes
    body: bytes
    host: str = ""  # as the Host header names it
    origin: str = ""
    referer: str = ""
    token: str = ""  # of the Authorization header, where a server sends


class Client(Struct, frozen=True):
    """Whom a server sends for, as it says with its token; without a token of the site's nothing of it is looked at."""

    token: str
    address: str = ""
    agent: str = ""

    def __repr__(self) -> str:
        return "<Client>"  # a traceback shows no address


class Said(Struct, frozen=True):
    """One beacon of another tool's. `sites`: what it may have called its site, in the order they are tried."""

    sites: tuple[str, ...]
    beacon: Beacon  # its `s` is not looked at
    at: float | None = None  # milliseconds UTC when the sender says that it happened; None: now
    client: Client | None = None


class Refused(Struct, frozen=True):
    """A part of a request that becomes no beacon."""

    sites: tuple[str, ...]
    reason: Drop
    why: str = ""  # a few fixed words for the sender, never what it sent


Item = Said | Refused


class Told(NamedTuple):
    """What became of an item, and the words about it."""

    outcome: Outcome
    why: str = ""


class Answer(NamedTuple):
    """What the tool's client expects to hear."""

    status: int
    body: bytes = b""
    headers: tuple[tuple[bytes, bytes], ...] = ()


class Dialect(NamedTuple):
    """One tool's way of saying it. `read` raises Malformed."""

    tool: str  # as `trekvart site alias` names it
    paths: tuple[str, ...]
    methods: tuple[str, ...]
    longest: int  # bytes of a body or a query
    read: Callable[[Asked], list[Item]]
    answer: Callable[[Asked, Sequence[Told]], Answer]


def unsupported(sites: tuple[str, ...], why: str) -> Refused:
    """A part that Trekvart has no word for."""
    return Refused(sites, Drop.UNSUPPORTED, why)


def view(url: str, referrer: str) -> Beacon:
    """A page view. These tools do not say how the page was opened (`n`)."""
    return Beacon(s="", u=cut_address(url), r=cut_address(referrer), n="u")


def event(url: str, name: str, properties: Mapping[str, Property] | None = None) -> Beacon:
    """An event with its properties."""
    kept = dict(list((properties or {}).items())[:MOST_PROPERTIES])
    return Beacon(s="", u=cut_address(url), k="e", e=name[:LONGEST_TEXT], p=kept)


def engaged(url: str, milliseconds: float = 0, scroll: float = 0) -> Beacon:
    """Time spent on a page, and how far down it was seen."""
    return Beacon(s="", u=cut_address(url), k="t", t=max(0.0, milliseconds), d=max(0.0, scroll))


def read_json(body: bytes) -> Any:
    """The body's JSON. Raises Malformed."""
    try:
        return msgspec.json.decode(body)
    except (ValueError, RecursionError):
        raise Malformed from None


def read_object(body: bytes) -> dict[str, Any]:
    """The body's JSON object. Raises Malformed."""
    found = read_json(body)
    if not isinstance(found, dict):
        raise Malformed
    return found


def read_fields(text: bytes) -> dict[str, str]:
    """The fields of a query or form; of a repeated one the last. Raises Malformed."""
    try:
        return dict(parse_qsl(text.decode(), keep_blank_values=True, errors="replace", max_num_fields=MOST_FIELDS))
    except ValueError:
        raise Malformed from None


def text_of(value: object) -> str:
    """A text as it was sent; "" for anything else but a whole number, which some clients write without quotes."""
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else ""


def number_of(value: object) -> float:
    """A number, also one written as a text; 0 for anything else, and for what is no quantity."""
    if isinstance(value, str | int | float) and not isinstance(value, bool):
        try:
            number = float(value)
        except ValueError:
            return 0.0
        return number if 0 <= number < 1e16 else 0.0
    return 0.0


def properties_of(value: object) -> dict[str, Property]:
    """The properties in a JSON object: what is nested in it is left out."""
    if not isinstance(value, dict):
        return {}
    plain = str | bool | int | float
    return {
        str(name)[:LONGEST_TEXT]: each[:LONGEST_TEXT] if isinstance(each, str) else each
        for name, each in value.items()
        if isinstance(each, plain)
    }


def counted(told: Iterable[Told]) -> int:
    """How many became hits."""
    return sum(isinstance(one.outcome, Accepted) for one in told)


def worst(told: Sequence[Told]) -> int:
    """The status that tells the most: what the sender should mend or try again goes before what it need not know."""
    return max((one.outcome.status for one in told), default=202)


def words(told: Sequence[Told]) -> str:
    """What `X-Trekvart` says: of one beacon as usual, of several how many went which way."""
    texts = [f"{one.outcome.words}; {one.why}" if one.why else one.outcome.words for one in told]
    if len(texts) == 1:
        return texts[0]
    return ", ".join(f"{texts.count(text)} {text}" for text in dict.fromkeys(texts)) or "nothing"


GIF: Final = bytes.fromhex("47494638396101000100800000000000ffffff21f90401000000002c000000000100010000020144003b")
IMAGE: Final = ((b"content-type", b"image/gif"), (b"cross-origin-resource-policy", b"cross-origin"))
JSON: Final = ((b"content-type", b"application/json"),)
TEXT: Final = ((b"content-type", b"text/plain; charset=utf-8"),)
