"""R1 and R11 on a running server: nothing marks a browser, and an objection leaves every byte as it was."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.adversary.surfaces import addresses
from tests.running import Reply, RunningServer, add_site

SITE = "shop.example"
MARKS = {"set-cookie", "etag", "last-modified", "content-location", "set-cookie2", "strict-transport-security"}
MOMENT = "Wed, 25 Nov 2026 00:00:00 GMT"
ASKED_AGAIN = {"If-None-Match": '"x"', "If-Modified-Since": MOMENT, "Cookie": "shop=1; trekvart=x"}
PLAUSIBLE = b'{"n":"pageview","d":"shop.example","u":"https://shop.example/"}'
OPT_OUTS = ({"Sec-GPC": "1"}, {"DNT": "1"})


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    running = RunningServer(tmp_path_factory.mktemp("promises"), "--trusted-proxies", "127.0.0.1/32")
    add_site(running, SITE)
    with running:
        yield running


def state(server: RunningServer) -> dict[str, bytes]:
    """Every byte that the server keeps: data and keys. Not SQLite's -shm, where the keeper notes that it has looked."""
    files = [path for place in ("data", "keys") for path in (server.directory / place).rglob("*") if path.is_file()]
    files = [path for path in files if not path.name.endswith("-shm")]
    return {str(path.relative_to(server.directory)): path.read_bytes() for path in files}


def test_no_answer_marks_a_browser(server: RunningServer, tmp_path: Path) -> None:
    """R1: beacon, pixel, script and every page that is open to all set no cookie and give nothing to send back later.

    Who comes back with a validator or a cookie gets the very same answer as one who comes for the first time.
    """
    replies = 0
    for path in addresses(tmp_path / "routes", SITE):
        first = server.request("GET", path, headers={"Accept": "text/html"})
        again = server.request("GET", path, headers={"Accept": "text/html", **ASKED_AGAIN})
        assert not MARKS & first.headers.keys(), path
        assert (first.status, first.body) == (again.status, again.body), path
        replies += first.status == 200
    assert replies > 8
    beacon = server.beacon(SITE)
    assert beacon.status == 202
    assert beacon.headers["cache-control"] == "no-store"
    assert not MARKS & beacon.headers.keys()
    pixel, health = server.request("GET", f"/t.gif?s={SITE}"), server.request("GET", "/health")
    assert pixel.headers["cache-control"] == "no-store"
    assert {each.headers.get("x-content-type-options") for each in (pixel, health)} == {"nosniff"}


def objections(server: RunningServer) -> Iterator[Reply]:
    """What a visitor who objects may send: whole, broken, too large, of no site, as pixel, by another tool's client."""
    for wish in OPT_OUTS:
        for n in range(5):
            yield server.beacon(SITE, f"198.18.{n}.1", headers=wish)
            yield server.beacon("no.example", f"198.18.{n}.1", headers=wish)
        yield server.request("POST", "/t", b"{", wish)
        yield server.request("POST", "/t", b"x" * 5000, wish)
        yield server.request("GET", f"/t.gif?s={SITE}&u=https://{SITE}/", headers=wish)
        yield server.request("POST", "/api/event", PLAUSIBLE, wish)


def test_an_objection_leaves_every_byte_as_it_was(server: RunningServer) -> None:
    """R11, I8: after objections every file of data and keys is what it was, to the byte; after one visit it is not."""
    for n in range(6):
        assert server.beacon(SITE, f"198.19.{n}.1").status == 202
    answers: list[Reply] = []
    for _ in range(4):  # the clock may move a file meanwhile (a copy of control.db); a trace would be there each time
        before = state(server)
        answers += objections(server)
        if state(server) == before:
            break
    else:
        pytest.fail("each time an objection left a trace")
    assert {answer.status for answer in answers} <= {200, 202}
    assert all("objection" in answer.headers["x-trekvart"] for answer in answers)
    assert server.beacon(SITE, "198.19.9.1").status == 202
    assert state(server) != before  # or the comparison would see nothing
