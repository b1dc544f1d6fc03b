"""A real server among hostile clients: markup, forged headers, odd paths; torn, huge and slow requests."""

import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from collector.control import Control
from tests.markup import Page
from tests.running import RunningServer, add_site

SITE = "shop.example"
EVIL = '"><img src=x onerror=alert(1)>'
MARKUP: list[dict[str, Any]] = [
    {"u": f"https://{SITE}/{EVIL}", "r": "javascript:alert(1)"},
    {"u": f"https://{SITE}/</script><script>alert(1)</script>", "r": f"https://evil.example/{EVIL}"},
    {"u": f"https://{SITE}/?utm_source={EVIL}&utm_campaign=<svg/onload=alert(1)>", "r": 'https://"><script>.example/'},
    {"u": f"https://{SITE}/", "k": "e", "e": "<script>alert(1)</script>", "p": {"plan": EVIL}},
    {"u": f"https://{SITE}/{{{{7*7}}}}/'; drop table groups; --", "r": "https://xn--n3h.example/"},
]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    made = RunningServer(tmp_path_factory.mktemp("hostile"), "--trusted-proxies", "127.0.0.0/8")
    add_site(made, SITE, demo=True, publish_seconds=1, properties=("plan",))
    with made:
        made.login()
        yield made


def alive(server: RunningServer) -> None:
    """Whatever was sent, the server takes beacons and shows pages."""
    assert server.request("GET", "/health").status == 200
    assert server.page(f"/site/{SITE}").status == 200


def test_markup_that_came_through_the_door_is_text(server: RunningServer) -> None:
    """Shynet 2298546: what is sent as page, referrer, campaign, event and property is inert on every screen."""
    crowd = iter(range(1, 60_000))

    def named() -> bool:
        for sent in MARKUP:
            for _ in range(6):
                n = next(crowd)
                server.beacon(SITE, f"198.{18 + n // 32_000}.{n % 250}.{1 + n % 200}", **sent)
        panels = server.overview(SITE)["panels"]
        return bool(panels["pages"]["rows"]) and bool(panels["events"]["rows"])

    server.wait_for(named)
    for path in (
        "",
        *(f"/panel/{name}" for name in ("pages", "sources", "campaigns", "events", "properties")),
        "/drops",
    ):
        answer = server.page(f"/site/{SITE}{path}?period=today")
        assert answer.status == 200
        Page(answer.text).check_inert()
        assert "<script>alert" not in answer.text
        assert "<img src=x" not in answer.text
        assert "default-src 'self'" in answer.headers["content-security-policy"]
    answer = server.page(f"/api/sites/{SITE}/overview?period=today")
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-content-type-options"] == "nosniff"


FORWARDED = [
    "",
    ",",
    " , ,",
    "[::1]:80",
    "1.2.3.4:99",
    "fe80::1%eth0",
    "_hidden",
    "unknown",
    "x" * 8000,
    "1.2.3.4, " * 400,
]


@pytest.mark.parametrize("value", FORWARDED, ids=range(len(FORWARDED)))
def test_a_forged_header_breaks_nothing(server: RunningServer, value: str) -> None:
    """cpp-httplib: whatever stands in X-Forwarded-For and its kin, the beacon is answered by a rule, not with a 500."""
    for name in ("X-Forwarded-For", "Forwarded", "X-Real-IP", "True-Client-IP", "CF-Connecting-IP"):
        body = json.dumps({"s": SITE, "u": f"https://{SITE}/"}).encode()
        headers = {name: value, "User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0"}
        assert server.request("POST", "/t", body, headers).status in {202, 400, 429}
    alive(server)


PATHS = [
    "/static/../../../../etc/passwd",
    "/static/%2e%2e/%2e%2e/etc/passwd",
    "/static/x/..%2f..%2f..%2fetc%2fpasswd",
    "/static/x/....//....//etc/passwd",
    "/static/x/%00",
    "/static//etc/passwd",
    "/t.js/../control.db",
    "/data/control.db",
    "/..%5c..%5ccontrol.db",
    "//evil.example/",
    "/site/..%2f..%2fcontrol.db",
    "/%",
    "/%ff%fe",
    "/" + "a" * 5000,
]


@pytest.mark.parametrize("path", PATHS, ids=range(len(PATHS)))
def test_no_path_leads_to_a_file(server: RunningServer, path: str) -> None:
    """Nothing outside the server's own files is served, and nothing of the data directory."""
    answer = server.page(path)
    assert answer.status in {303, 400, 404, 414, 431}, answer
    assert b"root:" not in answer.body
    assert b"SQLite" not in answer.body
    assert "//evil" not in answer.headers.get("location", "")


TORN = [
    b"\x00\xff\xfe\r\n\r\n",
    b"GET / HTTP/9.9\r\n\r\n",
    b"GET /\r\nHost: a\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
    b"POST /t HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /x\r\n",
    b"POST /t HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 9\r\n\r\n{",
    b"POST /t HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"a" * 200_000 + b"\r\n\r\n",
    b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 20_000 + b"\r\n",
    b"BREW /t HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
]


@pytest.mark.parametrize("sent", TORN, ids=range(len(TORN)))
def test_what_is_no_request_ends_that_connection_only(server: RunningServer, sent: bytes) -> None:
    """Torn, doubled and oversized requests: an error or a closed connection, and everybody else goes on."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as raw:
        try:
            raw.sendall(sent)
            raw.shutdown(socket.SHUT_WR)
            answer = raw.recv(4096)
        except OSError:  # closed while it was still being sent
            answer = b""
    assert not answer.startswith(b"HTTP/1.1 500")
    alive(server)


@pytest.mark.parametrize(
    ("path", "size", "status"),
    [
        ("/t", 3_000, {413}),
        ("/t", 5_000_000, {413}),
        ("/login", 5_000_000, {413}),
        ("/api/v2/query", 5_000_000, {401, 413}),
    ],
)
def test_a_huge_body_is_not_read(server: RunningServer, path: str, size: int, status: set[int]) -> None:
    """No more than the longest that is meant: the answer comes before the rest is read."""
    head = f"POST {path} HTTP/1.1\r\nHost: a\r\nSec-Fetch-Site: same-origin\r\nContent-Length: {size}\r\n\r\n".encode()
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as raw:
        raw.sendall(head + b" " * min(size, 40_000))  # and never the rest
        answer = raw.recv(4096)
    assert int(answer.split(b" ")[1]) in status
    alive(server)


def test_slow_clients_hold_up_nobody(server: RunningServer) -> None:
    """A hundred connections that have sent half a request each: pages and beacons are answered meanwhile."""
    half = b"POST /t HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n{"
    held = [socket.create_connection(("127.0.0.1", server.port), timeout=30) for _ in range(100)]
    for number, raw in enumerate(held):
        raw.sendall(half if number % 2 else half[:20])
    alive(server)
    assert server.beacon(SITE, "198.51.100.77").status == 202
    for raw in held:
        raw.close()


def test_a_forged_address_does_not_escape_the_throttle(tmp_path: Path) -> None:
    """Strapi CVE-2025-64526: from a peer that is no trusted proxy, headers do not change who is counted."""
    with RunningServer(tmp_path) as alone:
        add_site(alone, SITE)
        statuses = []
        for number in range(25):
            headers = {
                "Sec-Fetch-Site": "same-origin",
                "X-Forwarded-For": f"203.0.{number}.9",
                "X-Real-IP": f"192.0.2.{number}",
            }
            statuses.append(alone.request("POST", "/login", f"name=n{number}&password=x".encode(), headers).status)
        assert statuses[:20] == [401] * 20
        assert 429 in statuses[20:]


def test_the_control_database_holds_no_address(server: RunningServer) -> None:
    """Accounts, sessions and the audit log know no network and no address, whoever has signed in from wherever."""
    control = Control.open(server.data / "control.db")
    dump = "\n".join(control._db.iterdump())
    control.close()
    assert "127.0.0." not in dump
    assert "198.18." not in dump
