"""One page view, written down as each server does, is the same page view; what is torn or no page is told by name."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.door.hit import Drop
from collector.logfile import Entry, Shown
from collector.logformats import Log

SITE = "shop.example"
AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0"
MOMENT = datetime(2026, 11, 23, 8, 5, 3, tzinfo=UTC)
URL = "https://shop.example/skor?utm_source=brev"
IIS = (
    b"#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) cs(Referer) "
    b"sc-status sc-substatus sc-win32-status time-taken\r\n"
)
CLOUDFRONT = (
    b"#Fields: date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status cs(Referer) "
    b"cs(User-Agent) cs-uri-query cs(Cookie) x-edge-result-type x-edge-request-id x-host-header\n"
)


def combined(**parts: str) -> bytes:
    plain = {"host": "", "time": "23/Nov/2026:09:05:03 +0100", "rest": ""} | parts
    line = '{host}203.0.113.217 - - [{time}] "GET /skor?a=1&utm_source=brev HTTP/1.1" 200 9 "https://www.google.com/" "'
    return f'{line.format(**plain)}{AGENT}"{plain["rest"]}\n'.encode()


def caddy(changes: dict[str, object] | None = None, headers: dict[str, list[str]] | None = None) -> bytes:
    asked = {
        "remote_ip": "10.0.0.1",
        "client_ip": "203.0.113.217",
        "method": "GET",
        "host": "shop.example:443",
        "uri": "/skor?a=1&utm_source=brev",
        "headers": {"User-Agent": [AGENT], "Referer": ["https://www.google.com/"], **(headers or {})},
        "tls": {"resumed": False},
    }
    line = {"level": "info", "ts": MOMENT.timestamp(), "logger": "http.log.access", "request": asked, "status": 200}
    return json.dumps(line | {"resp_headers": {"Server": ["Caddy"]}, "size": 9} | (changes or {})).encode() + b"\n"


def iis(**parts: str) -> bytes:
    plain = {"time": "08:05:03", "method": "GET", "status": "200", "agent": AGENT.replace(" ", "+")} | parts
    line = "2026-11-23 {time} 10.0.0.1 {method} /skor a=1&utm_source=brev 443 - 203.0.113.217 {agent} "
    return (line + "https://www.google.com/ {status} 0 0 15\r\n").format(**plain).encode()


def cloudfront(**parts: str) -> bytes:
    plain = {"agent": AGENT.replace(" ", "%20"), "host": "shop.example"} | parts
    line = "2026-11-23\t08:05:03\tARN1\t9\t203.0.113.217\tGET\td1.cloudfront.net\t/skor\t200\thttps://www.google.com/\t"
    return f"{line}{plain['agent']}\ta=1&utm_source=brev\t-\tHit\tx==\t{plain['host']}\n".encode()


FORMATS: dict[str, tuple[bytes, ...]] = {
    "combined": (combined(),),
    "nginx main": (combined(rest=' "198.51.100.7"'),),
    "vhost_combined": (combined(host="shop.example:443 "),),
    "caddy": (caddy(),),
    "caddy, RFC 3339": (caddy({"ts": "2026-11-23T09:05:03+01:00"}),),
    "caddy, milliseconds": (caddy({"ts": MOMENT.timestamp() * 1000}),),
    "iis": (b"#Software: Microsoft Internet Information Services 10.0\r\n", IIS, iis()),
    "cloudfront": (b"#Version: 1.0\n", CLOUDFRONT, cloudfront()),
    "cloudfront, encoded twice": (CLOUDFRONT, cloudfront(agent=AGENT.replace(" ", "%2520"))),
    "cloudfront's own host": (CLOUDFRONT, cloudfront(host="d1.cloudfront.net")),
    "one after another": (IIS, iis(), caddy(), combined()),
}


def entries(*lines: bytes) -> list[Entry | None]:
    log = Log(SITE)
    return [log.read(line) for line in lines if not log.comment(line)]


@pytest.mark.parametrize("lines", FORMATS.values(), ids=FORMATS.keys())
def test_one_view_in_every_format(lines: tuple[bytes, ...]) -> None:
    """Time, page with its campaign, referrer, agent and address are the same, and nothing has to be told."""
    read = entries(*lines)
    assert read
    for entry in read:
        assert entry == Entry(
            round(MOMENT.timestamp() * 1000),
            Shown(URL, "https://www.google.com/", AGENT.encode(), "203.0.113.217"),
        )


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        ((IIS, iis(method="POST")), Drop.METHOD),
        ((IIS, iis(status="404")), Drop.STATUS),
        ((caddy({"status": 301}),), Drop.STATUS),
        ((caddy({"request": {"method": "HEAD", "uri": "/", "headers": {}}}),), Drop.METHOD),
        ((caddy({"request": {"method": "GET", "uri": "/a.css"}}),), Drop.ASSET),
        ((caddy({"request": {"method": "GET", "uri": "a"}}),), Drop.MALFORMED),
    ],
)
def test_reason(lines: tuple[bytes, ...], reason: Drop) -> None:
    """What is no page is dropped by the same reasons as in the combined format."""
    (entry,) = entries(*lines)
    assert entry is not None
    assert entry.what is reason


@pytest.mark.parametrize(
    "lines",
    [
        (caddy()[:80],),
        (caddy({"ts": None}),),
        (caddy({"ts": "2026-11-23T09:05:03"}),),  # whose clock?
        (caddy({"request": None}),),
        (b'{"ts":' + b"[" * 5000,),
        (IIS, iis()[:60]),
        (IIS, iis(time="25:00:00")),
        (IIS, iis(agent="two words")),
        (b"#Fields: date time c-ip\n", iis()),  # too little to go by
    ],
)
def test_torn(lines: tuple[bytes, ...]) -> None:
    """Half a line, a line without a time and a line with another number of columns are torn."""
    assert entries(*lines) == [None]


@pytest.mark.parametrize("header", ["Sec-Gpc", "Dnt"])
def test_caddy_tells_who_objects(header: str) -> None:
    """Caddy writes the browser's headers down, so an objection in the past is one too."""
    (entry,) = entries(caddy(headers={header: ["1"]}))
    assert entry is not None
    assert isinstance(entry.what, Shown)
    assert entry.what.objects


@given(st.binary(max_size=200), st.sampled_from([b"", IIS, CLOUDFRONT]))
def test_never_raises(noise: bytes, fields: bytes) -> None:
    """Whatever the bytes are, after whatever columns: an entry or None."""
    for text in (
        noise,
        caddy()[:60] + noise + caddy()[60:],
        iis()[:40] + noise + iis()[40:],
        b"#Fields:" + noise,
        iis(),
    ):
        entries(fields, text, cloudfront() + noise)
