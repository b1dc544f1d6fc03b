"""What a beacon looks like on its way, and how it is read. The script and docs/beacon.md speak of the same fields."""

from typing import Annotated, Literal
from urllib.parse import parse_qsl

import msgspec
from msgspec import Meta, Struct

LONGEST_BODY = 2048  # bytes, of the body and of the pixel's query alike
LONGEST_ENGAGED = 30 * 60_000  # milliseconds; a visit ends after 30 idle minutes, so no more can be honest

_Name = Annotated[str, Meta(max_length=64)]
_Address = Annotated[str, Meta(max_length=LONGEST_BODY)]
_Amount = Annotated[float, Meta(ge=0)]
_Value = str | bool | int | float | None


class Malformed(Exception):  # noqa: N818 - reads as the state it names
    """The bytes are no beacon. It stays inside the door and says nothing about them."""


class Beacon(Struct, frozen=True):
    """One beacon as it was sent. Unknown fields are ignored, so that an older server takes a newer script."""

    s: Annotated[str, Meta(max_length=253)]  # the site's domain
    u: _Address  # the page's URL
    k: Literal["v", "t", "e"] = "v"  # view, time, event
    r: _Address = ""  # the referrer's URL, "" when there is none
    n: Literal["n", "r", "b", "c", "i", "u"] = "n"  # navigate, reload, back or forward, restored, inside, unsaid
    e: _Name = ""  # the event's name
    p: Annotated[dict[_Name, _Value], Meta(max_length=30)] = {}  # the event's properties, names to values
    t: _Amount = 0  # engaged milliseconds since the last such beacon
    d: _Amount = 0  # the deepest scroll, per cent of the page

    @property
    def engaged(self) -> int:
        """Engaged milliseconds, at most 30 minutes."""
        return int(min(self.t, LONGEST_ENGAGED))

    @property
    def scroll(self) -> int:
        """Per cent, at most 100: an overscroll on a touch screen says more."""
        return int(min(self.d, 100))


_DECODER = msgspec.json.Decoder(Beacon)


def decode_beacon(body: bytes) -> Beacon:
    """Read the body of `POST /t`, JSON in UTF-8. Raises Malformed, and nothing else whatever the bytes are."""
    try:
        beacon = _DECODER.decode(body)
    except (ValueError, RecursionError):  # msgspec's errors and UnicodeDecodeError; a deep nest in an unknown field
        raise Malformed from None
    if beacon.k == "e" and not beacon.e.strip():
        raise Malformed
    return beacon


def decode_pixel(query: bytes, referer: str) -> Beacon:
    """Read the query of `GET /t.gif`: a view. Without `u` the page is the Referer header's. Raises Malformed."""
    try:
        fields = dict(parse_qsl(query.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=20))
        return msgspec.convert({"u": referer} | {key: fields[key] for key in ("s", "u", "r") if key in fields}, Beacon)
    except ValueError:
        raise Malformed from None


def property_text(value: str | bool | float | None) -> str:
    """A property's value as text, as the page would print it: true, 3, 2.5. At most 64 characters, "" for null."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value)[:64]
