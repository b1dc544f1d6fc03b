"""Access log lines: what becomes a beacon, and the reason of what does not. Pure; nothing here opens a file."""

import io
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.door.hit import Drop
from collector.logfile import ASSET_KINDS, LONGEST_LINE, Entry, Shown, read_line, read_lines

AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0"
SITE = "shop.example"


def line(**parts: str) -> bytes:
    """A line of the log, with these parts other than usual."""
    plain = {
        "address": "203.0.113.217",
        "user": "-",
        "time": "23/Nov/2026:09:05:03 +0100",
        "request": "GET /page HTTP/1.1",
        "status": "200",
        "size": "5120",
        "referrer": "-",
        "agent": AGENT,
        "rest": "",
    }
    form = '{address} - {user} [{time}] "{request}" {status} {size} "{referrer}" "{agent}"{rest}\n'
    return form.format(**(plain | parts)).encode("utf-8")


def beacon(**parts: str) -> dict[str, Any]:
    """The beacon that such a line becomes."""
    entry = read_line(line(**parts), SITE)
    assert entry is not None
    assert isinstance(entry.what, Shown), entry.what
    return {"u": entry.what.url, "r": entry.what.referrer}


def test_whole_line() -> None:
    """A line becomes a beacon with its own time and address, the page on the site's domain, referrer and agent."""
    entry = read_line(line(referrer="https://www.google.com/search?q=x"), SITE)
    assert entry is not None
    assert entry.time == datetime(2026, 11, 23, 8, 5, 3, tzinfo=UTC).timestamp() * 1000
    assert isinstance(entry.what, Shown)
    assert (entry.what.address, entry.what.agent, entry.what.objects) == ("203.0.113.217", AGENT.encode(), False)
    assert (entry.what.url, entry.what.referrer) == ("https://shop.example/page", "https://www.google.com/search")


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("23/Nov/2026:09:05:03 +0000", "2026-11-23T09:05:03"),
        ("23/Nov/2026:00:30:00 +0100", "2026-11-22T23:30:00"),
        ("22/Nov/2026:23:30:00 -0730", "2026-11-23T07:00:00"),
        ("29/Feb/2024:12:00:00 +0530", "2024-02-29T06:30:00"),
        ("31/Dec/2016:23:59:60 +0000", "2017-01-01T00:00:00"),  # the last leap second
        ("01/Jan/1970:01:00:00 +0000", "1970-01-01T01:00:00"),
    ],
)
def test_time(text: str, moment: str) -> None:
    """The time is the line's, in whatever zone the server writes."""
    entry = read_line(line(time=text), SITE)
    assert entry is not None
    assert entry.time == datetime.fromisoformat(moment + "+00:00").timestamp() * 1000


@pytest.mark.parametrize(
    ("request_line", "url"),
    [
        ("GET / HTTP/1.1", "https://shop.example/"),
        ("GET /a HTTP/2.0", "https://shop.example/a"),
        ("GET /a HTTP/2", "https://shop.example/a"),
        ("GET /a", "https://shop.example/a"),  # HTTP/0.9
        ("GET http://shop.example/a HTTP/1.1", "http://shop.example/a"),
        ("GET /a?q=name@shop.example&page=2 HTTP/1.1", "https://shop.example/a"),
        (
            "GET /a?x=1&utm_source=brev&ref=r&source=s&gclid=9 HTTP/1.1",
            "https://shop.example/a?utm_source=brev&ref=r&source=s",
        ),
        (r"GET /\xc3\xa5\"b\\ HTTP/1.1", 'https://shop.example/å"b\\'),
        (r"GET /\xff HTTP/1.1", "https://shop.example/\N{REPLACEMENT CHARACTER}"),
        ("GET /" + "a" * 5000 + " HTTP/1.1", "https://shop.example/" + "a" * 479),
    ],
    ids=str,
)
def test_page(request_line: str, url: str) -> None:
    """Of a request the address goes on as the script sends it: without query but the campaign keys, cut to 500."""
    assert beacon(request=request_line)["u"] == url


@pytest.mark.parametrize(
    ("parts", "reason"),
    [
        ({"request": "POST /page HTTP/1.1"}, Drop.METHOD),
        ({"request": "HEAD /page HTTP/1.1"}, Drop.METHOD),
        ({"request": "-", "status": "408"}, Drop.METHOD),
        ({"request": r"\x16\x03\x01"}, Drop.METHOD),
        ({"request": "GET /a b HTTP/1.1"}, Drop.METHOD),
        ({"request": ""}, Drop.METHOD),
        ({"request": "POST /a.css HTTP/1.1", "status": "404"}, Drop.METHOD),  # the first reason that fits
        *(({"status": status}, Drop.STATUS) for status in ("206", "301", "302", "403", "404", "500")),
        ({"request": "GET /a.css HTTP/1.1", "status": "404"}, Drop.STATUS),
        ({"request": "GET shop.example HTTP/1.1"}, Drop.MALFORMED),
        ({"request": "GET ftp://shop.example/ HTTP/1.1"}, Drop.MALFORMED),
        ({"request": "GET /robots.txt HTTP/1.1"}, Drop.ASSET),
        ({"request": "GET /favicon.ico HTTP/1.1"}, Drop.ASSET),
        ({"request": "GET /a/b/STYLE.CSS?v=3 HTTP/1.1"}, Drop.ASSET),
        ({"request": "GET /img.png;jsessionid=1 HTTP/1.1"}, Drop.ASSET),
        ({"request": "GET http://shop.example/img.png HTTP/1.1"}, Drop.ASSET),
        ({"request": "GET /feed HTTP/1.1"}, Drop.ASSET),
        ({"request": "GET /blog/feed/ HTTP/1.1"}, Drop.ASSET),
        ({"request": "GET /.well-known/security HTTP/1.1"}, Drop.ASSET),
    ],
)
def test_drop(parts: dict[str, str], reason: Drop) -> None:
    """Each line that is no page shown to somebody is dropped for the first reason that fits, and keeps its time."""
    entry = read_line(line(**parts), SITE)
    assert entry == Entry(1_795_421_103_000, reason)


@pytest.mark.parametrize(
    "path", ["/", "/a.html", "/index.php", "/v1.2/", "/a.b/c", "/file.css/", "/feeds", "/css", "/a?x=b.png"]
)
def test_page_is_no_asset(path: str) -> None:
    """Only the last segment's extension makes an asset, not the query's, a directory's, or what is like a feed."""
    assert beacon(request=f"GET {path} HTTP/1.1")["u"] == f"https://shop.example{path.partition('?')[0]}"


@pytest.mark.parametrize("extension", sorted(" ".join(ASSET_KINDS.values()).split()))
def test_every_asset_is_dropped_and_told(extension: str) -> None:
    """What the table names is dropped, and docs/replay.md has the same table."""
    entry = read_line(line(request=f"GET /x.{extension} HTTP/1.1"), SITE)
    assert entry is not None
    assert entry.what is Drop.ASSET


def test_table_of_assets_is_documented() -> None:
    """docs/replay.md names every kind with every extension."""
    page = (Path(__file__).parents[2] / "docs" / "replay.md").read_text("utf-8")
    for kind, extensions in ASSET_KINDS.items():
        assert f"| {kind} | {extensions} |\n" in page


@pytest.mark.parametrize(
    "torn",
    [
        b"",
        b"\n",
        b"\0\0\0\0\n",
        line()[:-2],
        line()[10:-40],
        line() [:-1].split(b'"')[0],
        line()[:-1] + line(),  # two lines that ran together
        line(time="31/Feb/2026:09:05:03 +0100"),
        line(time="23/Nix/2026:09:05:03 +0100"),
        line(time="23/Nov/2026:24:05:03 +0100"),
        line(time="23/Nov/2026:09:05:03 +9900"),
        line(time="23/Nov/0000:09:05:03 +0100"),
        line(status="20"),
        line(size="x"),
        line(address=""),
        line(user="a" * 201),
        b'203.0.113.217 - - [23/Nov/2026:09:05:03 +0100] "GET / HTTP/1.1" 200 5120\n',  # common, not combined
    ],
    ids=range(17),
)  # fmt: skip
def test_torn(torn: bytes) -> None:
    """What is not one whole line of the combined format is torn."""
    assert read_line(torn, SITE) is None


@pytest.mark.parametrize(
    "parts", [{"rest": ' "198.51.100.7"'}, {"rest": " 0.003 shop"}, {"user": "anna b"}, {"size": "-"}]
)
def test_more_than_combined(parts: dict[str, str]) -> None:
    """Fields after the last, as nginx's "main" format has one, a user's name and an empty size are fine."""
    assert read_line(line(**parts), SITE) == read_line(line(), SITE)


def test_quotes_inside(tmp_path: Path) -> None:
    """An agent with quotes and control characters, as Apache and nginx write them, comes back as it was sent."""
    entry = read_line(line(agent=r"a \"b\" \x22c\x22 \\d"), SITE)
    assert entry is not None
    assert isinstance(entry.what, Shown)
    assert entry.what.agent == b'a "b" "c" \\d'


def test_address_is_not_shown() -> None:
    """What a traceback would print of an entry has no address in it."""
    assert "203.0.113" not in repr(read_line(line(), SITE))


@given(st.binary(max_size=300))
def test_never_raises(noise: bytes) -> None:
    """Whatever the bytes are, the answer is an entry or None; also in the middle of an otherwise whole line."""
    whole = line()
    for text in (
        noise,
        whole[:60] + noise + whole[60:],
        whole.replace(b"/page", b"/" + noise),
        whole.replace(b"-", noise),
    ):
        assert read_line(text, SITE) is None or isinstance(read_line(text, SITE), Entry)


def test_lines_of_a_file() -> None:
    """A file's lines come one by one, the last one too when it has no end."""
    assert list(read_lines(io.BytesIO(b"a\nb\r\n\nc"))) == [b"a\n", b"b\r\n", b"\n", b"c"]


def test_endless_line_needs_no_memory() -> None:
    """A line longer than any server writes is cut and counts once; the next one is whole."""
    read = list(read_lines(io.BytesIO(b"x" * (3 * LONGEST_LINE + 5) + b"\nlast\n")))
    assert [len(text) for text in read] == [LONGEST_LINE, 5]
