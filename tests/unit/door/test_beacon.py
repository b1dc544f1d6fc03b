"""The wire format: what a beacon may look like, and that nothing else gets in."""

import json
from typing import Any
from urllib.parse import urlencode

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from collector.door.beacon import LONGEST_BODY, Beacon, Malformed, decode_beacon, decode_pixel, property_text

LEAST = {"s": "shop.example", "u": "https://shop.example/"}


def encoded(**fields: Any) -> bytes:
    return json.dumps(LEAST | fields).encode()


def test_least_beacon_is_a_view_by_navigation() -> None:
    """Site and page are enough; all else has its default."""
    assert decode_beacon(encoded()) == Beacon(s="shop.example", u="https://shop.example/")
    beacon = decode_beacon(encoded())
    assert (beacon.k, beacon.n, beacon.r, beacon.e, beacon.p, beacon.engaged, beacon.scroll) == (
        *("v", "n", "", "", {}, 0, 0),
    )


def test_full_beacon() -> None:
    """Every field is read."""
    sent = {"k": "e", "r": "https://a.example/", "n": "i", "e": "Köp", "p": {"plan": "år"}, "t": 1500, "d": 80}
    beacon = decode_beacon(encoded(**sent))
    assert msgspec.structs.asdict(beacon) == LEAST | sent
    assert (beacon.engaged, beacon.scroll) == (1500, 80)


def test_unknown_fields_are_ignored() -> None:
    """A newer script may say more than this server understands."""
    assert decode_beacon(encoded(w=1920, title="Canary")) == decode_beacon(encoded())


AMOUNTS = {
    "fraction": ({"t": 12.9, "d": 33.3}, (12, 33)),
    "more than half an hour": ({"t": 10**9}, (1_800_000, 0)),
    "overscroll": ({"d": 104}, (0, 100)),
    "huge": ({"t": 1e300, "d": 1e300}, (1_800_000, 100)),
}


@pytest.mark.parametrize(("fields", "expected"), AMOUNTS.values(), ids=AMOUNTS)
def test_amounts_are_whole_and_bounded(fields: dict[str, Any], expected: tuple[int, int]) -> None:
    """Engaged time is at most 30 minutes, scroll at most 100 per cent."""
    beacon = decode_beacon(encoded(**fields))
    assert (beacon.engaged, beacon.scroll) == expected


BAD: dict[str, bytes] = {
    "nothing": b"",
    "text": b"hello",
    "not UTF-8": b'{"s":"\xff","u":""}',
    "lone surrogate": b'{"s":"\\ud800","u":""}',
    "list": b"[]",
    "null": b"null",
    "cut off": encoded()[:-1],
    "two": encoded() + encoded(),
    "byte order mark": b"\xef\xbb\xbf" + encoded(),
    "deep nest in an unknown field": b'{"z":' + b"[" * 1000 + b"]" * 1000 + b"}",
    "without site": b'{"u":"https://shop.example/"}',
    "without page": b'{"s":"shop.example"}',
    "site is a number": encoded(s=1),
    "site too long": encoded(s="a" * 254),
    "page is null": encoded(u=None),
    "unknown kind": encoded(k="x"),
    "unknown navigation": encoded(n="navigate"),
    "event without name": encoded(k="e"),
    "event with an empty name": encoded(k="e", e=" \t"),
    "event name too long": encoded(k="e", e="a" * 65),
    "properties as list": encoded(p=["plan"]),
    "property name too long": encoded(p={"a" * 65: 1}),
    "property is an object": encoded(p={"plan": {"a": 1}}),
    "31 properties": encoded(p={str(i): i for i in range(31)}),
    "negative time": encoded(t=-1),
    "time as text": encoded(t="5"),
    "time not a number": b'{"s":"a","u":"b","t":NaN}',
    "time beyond numbers": b'{"s":"a","u":"b","t":1e999}',
    "negative scroll": encoded(d=-0.1),
}


@pytest.mark.parametrize("body", BAD.values(), ids=BAD)
def test_malformed(body: bytes) -> None:
    """What is no beacon raises Malformed, with nothing of it in the message."""
    with pytest.raises(Malformed) as caught:
        decode_beacon(body)
    assert caught.value.args == ()
    assert caught.value.__context__ is None or caught.value.__suppress_context__


jsons = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=70),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
fields = st.dictionaries(st.sampled_from([*"sukrneptdz"]), jsons, max_size=10)


@given(st.binary(max_size=200) | fields.map(lambda f: json.dumps(LEAST | f).encode()))
def test_bytes_are_a_beacon_or_malformed(body: bytes) -> None:
    """Nothing that is sent raises anything else, and whatever gets in can be written down again."""
    try:
        beacon = decode_beacon(body)
    except Malformed:
        return
    assert msgspec.json.decode(msgspec.json.encode(beacon), type=Beacon) == beacon
    assert 0 <= beacon.engaged <= 1_800_000
    assert 0 <= beacon.scroll <= 100
    assert all(len(property_text(value)) <= 64 for value in beacon.p.values())


def test_pixel_is_a_view() -> None:
    """The pixel's query says site, page and referrer."""
    query = urlencode({"s": "shop.example", "u": "https://shop.example/å?ref=x", "r": "https://a.example/"}).encode()
    assert decode_pixel(query, "https://shop.example/other") == Beacon(
        s="shop.example", u="https://shop.example/å?ref=x", r="https://a.example/"
    )


def test_pixel_takes_its_page_from_the_referer() -> None:
    """An <img> in plain HTML cannot say which page it stands on; the browser does."""
    beacon = decode_pixel(b"s=shop.example", "https://shop.example/lampor")
    assert (beacon.u, beacon.r, beacon.k) == ("https://shop.example/lampor", "", "v")


def test_pixel_is_nothing_but_a_view() -> None:
    """An image's address may stand in any mail or forum, so it makes no events and no time."""
    beacon = decode_pixel(b"s=shop.example&u=https://shop.example/&k=e&e=order&t=9&p=x", "")
    assert beacon == decode_pixel(b"s=shop.example&u=https://shop.example/", "")


@pytest.mark.parametrize(
    "query",
    [
        b"",
        b"u=https://shop.example/",
        b"s=%ff&u=x",
        b"s=\xe5&u=x",
        b"s=shop.example" + b"&a=b" * 20,
        b"s=" + b"a" * 254,
    ],
    ids=["empty", "no site", "not UTF-8", "not ASCII", "21 fields", "site too long"],
)
def test_pixel_malformed(query: bytes) -> None:
    """What is no pixel's query raises Malformed."""
    with pytest.raises(Malformed):
        decode_pixel(query, "https://shop.example/")


@given(st.binary(max_size=200), st.text(max_size=50))
@example(b"s=%ED%A0%80", "")
def test_queries_are_a_beacon_or_malformed(query: bytes, referer: str) -> None:
    """Nothing that is sent raises anything else."""
    try:
        beacon = decode_pixel(query, referer)
    except Malformed:
        return
    assert len(beacon.s) <= 253
    assert len(beacon.u) <= LONGEST_BODY


VALUES = {
    "text": ("år", "år"),
    "true": (True, "true"),
    "false": (False, "false"),
    "whole": (3, "3"),
    "whole as float": (3.0, "3"),
    "fraction": (2.5, "2.5"),
    "null": (None, ""),
    "long": ("a" * 90, "a" * 64),
    "huge": (1e300, str(int(1e300))[:64]),
}


@pytest.mark.parametrize(("value", "text"), VALUES.values(), ids=VALUES)
def test_property_text(value: str | bool | float | None, text: str) -> None:
    """A value is what JavaScript would print, and never more than 64 characters."""
    assert property_text(value) == text
