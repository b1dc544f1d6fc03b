"""What the script's side of a running server answers: the file, the pixel, servers with a token, the self-check."""

import gzip
import io
from collections.abc import Iterator
from contextlib import redirect_stdout

import pytest

from collector.script import optout_script, script
from dashboard.cli import run
from tests.running import FIREFOX, RunningServer, add_site

SITE = "shop.example"
PAGE = {"User-Agent": FIREFOX, "Accept-Language": "sv", "Origin": f"https://{SITE}", "Sec-Fetch-Site": "cross-site"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """A server behind one trusted proxy, with one site."""
    made = RunningServer(tmp_path_factory.mktemp("served"), "--trusted-proxies", "127.0.0.0/8")
    for domain in (SITE, "app.example", "quiet.example"):
        add_site(made, domain, demo=True, publish_seconds=1)
    with made:
        made.login()
        yield made


def token(server: RunningServer, *more: str) -> str:
    """What `trekvart site token` prints."""
    with redirect_stdout(io.StringIO()) as out:
        assert run(["site", "token", "app.example", "--data-directory", str(server.data), *more]) == 0
    return out.getvalue().split()[1]


@pytest.mark.parametrize(
    ("path", "text", "cache"),
    [
        ("/t.js", script().plain, "public, max-age=3600"),
        (f"/{script().name}", script().plain, "public, max-age=31536000, immutable"),
        ("/optout.js", optout_script().plain, "public, max-age=3600"),
    ],
)
def test_script_is_served(server: RunningServer, path: str, text: bytes, cache: str) -> None:
    """Packed and plain, for pages of other hosts, cached by its address; and nothing that could mark a browser."""
    plain = server.request("GET", path)
    packed = server.request("GET", path, headers={"Accept-Encoding": "gzip, br"})
    assert (plain.status, plain.body) == (200, text)
    assert gzip.decompress(packed.body) == text
    assert packed.headers["content-encoding"] == "gzip"
    for answer in (plain, packed):
        assert answer.headers["cache-control"] == cache
        assert answer.headers["access-control-allow-origin"] == "*"
        assert answer.headers["vary"] == "accept-encoding"
        assert answer.headers.keys().isdisjoint({"etag", "last-modified", "set-cookie", "expires"})


def test_pixel_is_a_view(server: RunningServer) -> None:
    """Networks without JavaScript are views, and published, of the page that the Referer names; always an image."""
    for n in range(8):
        image = {"User-Agent": FIREFOX, "Accept-Language": "sv", "X-Forwarded-For": f"198.18.{n}.7"}
        image |= {"Referer": "https://quiet.example/om-oss?x=1", "Sec-Fetch-Site": "cross-site"}
        answer = server.request("GET", "/t.gif?s=quiet.example", headers=image | {"Sec-Fetch-Mode": "no-cors"})
        assert (answer.status, answer.headers["x-trekvart"]) == (200, "counted")
        assert (answer.headers["content-type"], answer.body[:4]) == ("image/gif", b"GIF8")
    server.wait_for(lambda: server.pageviews("quiet.example") >= 5)  # a publish may come between them


def test_server_sends_for_its_visitors(server: RunningServer) -> None:
    """From one server, eight visitors with a token are eight networks and get published; revoked, it is refused."""
    made = token(server)
    address = "192.0.2.80"  # the sending server's, one network: without the token it alone would never be published

    def send(visitor: str) -> str:
        headers = {"X-Trekvart-Token": made, "X-Trekvart-Address": visitor}
        return server.beacon("app.example", address, headers=headers).headers["x-trekvart"]

    server.wait_for(lambda: send("203.0.113.9") == "counted")  # the server hears of a new token within a second
    assert [send(f"198.18.{n}.7") for n in range(8)] == ["counted"] * 8
    server.wait_for(lambda: server.pageviews("app.example") >= 5)
    token(server, "--revoke")
    server.wait_for(lambda: send("203.0.113.9") == "unknown-sender")


def test_check_in_the_answer_to_one_s_own_beacon(server: RunningServer) -> None:
    """A page opened with the mark hears what became of its beacon, in a header that its own scripts may read."""
    page = {"headers": PAGE, "u": f"https://{SITE}/skor?ref=trekvart-check"}
    answer = server.beacon(SITE, "130.237.3.4", **page)
    assert answer.headers["x-trekvart-seen"] == (
        "130.237.3.0/24, through one trusted proxy, Firefox 153, Linux, desktop, SE, counted"
    )
    assert "x-trekvart-seen" in answer.headers["access-control-expose-headers"]
    assert "130.237.3.4" not in repr(answer.headers)
    refused = server.beacon(SITE, "130.237.3.4", headers=PAGE | {"Origin": "https://evil.example"}, u=page["u"])
    assert refused.headers["x-trekvart-seen"].endswith("foreign-origin")
    assert "x-trekvart-seen" not in server.beacon(SITE, "130.237.3.4", headers=PAGE).headers
