"""Side numbers and swap, on every surface of a running server: pages, API, headers, sizes, output, store, exports."""

import shutil
from pathlib import Path

import pytest

from tests.adversary.surfaces import addresses, look, moved, same_interval, told
from tests.running import RunningServer, add_site

pytestmark = pytest.mark.xdist_group("surfaces")

SITE = "shop.example"
FLAGS = ("--trusted-proxies", "127.0.0.0/8", "--log-level", "info")
EVERY = 600


def hit(server: RunningServer, number: int, page: str = "/") -> bytes:
    """One view of a network of its own; what the sender is told."""
    reply = server.beacon(SITE, f"198.18.{number}.7", u=f"https://{SITE}{page}", r="https://www.google.com/")
    assert reply.status == 202
    return told(reply)


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a server left whose site has one publish of today: what has gathered is published at its end."""
    server = RunningServer(tmp_path_factory.mktemp("published"), *FLAGS)
    add_site(server, SITE, publish_seconds=EVERY)
    with server:
        for number in range(30):
            hit(server, number)
    return server.directory


def again(published: Path, directory: Path) -> RunningServer:
    """A server with the same past and keys."""
    shutil.copytree(published, directory)
    return RunningServer(directory, *FLAGS)


@pytest.mark.timeout(300)
def test_nothing_moves_between_publishes(published: Path, tmp_path: Path) -> None:
    """After each hit every surface is what it was before, to the byte; so is what the senders are told."""
    paths = addresses(tmp_path / "routes", SITE)
    assert {"/health", "/t.js", f"/site/{SITE}", f"/api/sites/{SITE}/drops"} <= set(paths)
    server = again(published, tmp_path / "server")
    compared = 0
    with server:
        server.login()
        assert server.pageviews(SITE) == 30
        look(server, paths, SITE)  # what is made at the first asking is made now
        moment, answers, number = look(server, paths, SITE), set(), 100
        while compared < 3:  # but where a publish was due meanwhile
            number += 1
            answers.add(hit(server, number))
            server.beacon(SITE, agent="Googlebot/2.1")
            after = look(server, paths, SITE)
            if same_interval(moment, after, EVERY):
                compared += 1
                assert moved(moment.surfaces, after.surfaces) == []
            moment = after
    assert len(answers) == 1
    # An export of each period, and what is published in it.
    files = [name.rpartition("/")[2] for name in moment.surfaces if name.startswith("export ")]
    assert files.count("totals.csv") == files.count("manifest.json") == 2
    assert any(name.endswith("/totals.csv") and b",30,30," in told for name, told in moment.surfaces.items())


@pytest.mark.timeout(300)
def test_a_counter_that_moves_is_seen(tmp_path: Path) -> None:
    """Planted: the same site publishing every second. The comparison names the screen, the API and the exports."""
    server = RunningServer(tmp_path, *FLAGS)
    add_site(server, SITE, publish_seconds=1, demo=True)
    with server:
        server.login()
        paths = [f"/site/{SITE}?period=today", f"/api/sites/{SITE}/overview?period=today", "/health"]
        before = look(server, paths, SITE)
        for number in range(10):
            hit(server, number)
        server.wait_for(lambda: server.pageviews(SITE) > 0)
        found = moved(before.surfaces, look(server, paths, SITE).surfaces)
    assert f"{paths[0]} signed in" in found
    assert f"{paths[1]} signed in" in found
    assert any(name.startswith("export ") and name.endswith("/totals.csv") for name in found)
    assert not any(name.startswith("/health") for name in found)


@pytest.mark.parametrize(
    ("after", "found"),
    [
        pytest.param({"/": b"x", "output": b""}, [], id="nothing"),
        pytest.param({"/": b"y", "output": b""}, ["/"], id="a byte of a body, a header or a size"),
        pytest.param({"/": b"x", "output": b"INFO a hit\n"}, ["output"], id="a log line"),
        pytest.param({"/": b"x", "output": b"", "store.duckdb.wal": b""}, ["store.duckdb.wal"], id="a new file"),
        pytest.param({"output": b""}, ["/"], id="gone"),
    ],
)
def test_the_comparison_sees_every_difference(after: dict[str, bytes], found: list[str]) -> None:
    """What differs between two moments is named."""
    assert moved({"/": b"x", "output": b""}, after) == found


@pytest.mark.timeout(300)
def test_what_a_waiting_visit_looked_at_is_on_no_surface(published: Path, tmp_path: Path) -> None:
    """Swap: two servers with the same past and keys get a waiting visit each, of other pages. They show the same."""
    paths = addresses(tmp_path / "routes", SITE)
    seen = []
    for name, page in (("one", "/ring"), ("two", "/hats")):
        server = again(published, tmp_path / name)
        with server:
            answer = hit(server, 200, page)
        with server:  # and again after a restart, whose end published nothing: one network is too few
            server.login()
            seen.append({"answer": answer, **look(server, paths, SITE).surfaces})
    # When staff signed in, and when the machine was looked at, is another moment for each server.
    differ = [name for name in moved(*seen) if not name.startswith(("/account", "/audit", "/health/page"))]
    assert differ == [], [one["output"] for one in seen]
