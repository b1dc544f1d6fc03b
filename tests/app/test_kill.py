"""I1: an acknowledged beacon survives kill -9 at any instant, and is counted exactly once."""

import random
import threading
from collections import Counter
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPException
from json import dumps
from pathlib import Path

import duckdb
import pytest

from collector.day.keys import Keys
from collector.day.spool import Spool
from tests.running import FIREFOX, RunningServer, add_site

SITE = "shop.example"
FLAGS = ("--trusted-proxies", "127.0.0.0/8", "--rate-limit", "1000000", "--rate-burst", "1000000")
SENDERS = 4


class Load:
    """Senders with pages of their own; remembers which were sent, and which were acknowledged."""

    def __init__(self) -> None:
        self.sent: set[str] = set()
        self.acknowledged: set[str] = set()
        self._moved = threading.Condition()
        self._names = names()

    def run(self, port: int, until: int) -> list[threading.Thread]:
        """Starts the senders, which go on until the server is killed; returns when `until` more are acknowledged."""
        goal = len(self.acknowledged) + until
        threads = [threading.Thread(target=self._send, args=(port,)) for _ in range(SENDERS)]
        for thread in threads:
            thread.start()
        with self._moved:
            assert self._moved.wait_for(lambda: len(self.acknowledged) >= goal, 60)
        return threads

    def _send(self, port: int) -> None:
        connection = HTTPConnection("127.0.0.1", port, timeout=20)
        draw = random.Random()
        try:
            while True:
                with self._moved:
                    page = next(self._names)
                    self.sent.add(page)
                address = f"198.18.{draw.randrange(256)}.9"
                headers = {"User-Agent": FIREFOX, "X-Forwarded-For": address, "Accept-Language": "sv"}
                connection.request("POST", "/t", dumps({"s": SITE, "u": f"https://{SITE}{page}"}), headers)
                response = connection.getresponse()
                response.read()
                if response.status == 202:
                    with self._moved:
                        self.acknowledged.add(page)
                        self._moved.notify_all()
        except (OSError, HTTPException):
            return  # killed
        finally:
            connection.close()


def names() -> Iterator[str]:
    """Paths that scrubbing leaves alone, each once."""
    letters = "bcdfghjklmnpqrstvwxz"
    for a in letters:
        for b in letters:
            for c in letters:
                for d in letters:
                    yield f"/vara/{a}{b}-{c}{d}"


@pytest.mark.timeout(180)
def test_acknowledged_beacons_survive_kill_nine(tmp_path: Path) -> None:
    """Five rounds of load, each ended by kill -9: every 202 is one hit in the spool, and one pageview in the totals."""
    server, load, draw = RunningServer(tmp_path, *FLAGS), Load(), random.Random()
    add_site(server, SITE, demo=True, publish_seconds=1)
    for _ in range(5):
        server.start()
        threads = load.run(server.port, draw.randrange(100, 900))
        server.kill()
        for thread in threads:
            thread.join()
    server.start()
    last = {f"/sist/{n}" for n in range(6)}
    for n, page in enumerate(sorted(last)):
        assert server.beacon(SITE, f"198.19.{n}.1", u=f"https://{SITE}{page}").status == 202
    assert server.stop() == 0, "".join(server.output)

    spooled = Counter(pages(server))
    assert set(spooled.values()) == {1}
    assert load.acknowledged | last <= set(spooled) <= load.sent | last
    assert published(server) == len(spooled)


def pages(server: RunningServer) -> Iterator[str]:
    """The pages of all hits in the spool; today's key is still there."""
    spool, place = Spool(server.data, Keys(server.directory / "keys")), 0
    while entries := spool.read(place):
        for entry in entries:
            assert entry.batch is not None
            yield from (hit.page for hit in entry.batch.hits)
            place = entry.seq
    spool.close()


def published(server: RunningServer) -> int:
    """All pageviews in the store's totals."""
    with duckdb.connect(str(server.data / "store.duckdb"), read_only=True) as store:
        (total,) = store.execute("select sum(pageviews)::bigint from totals").fetchall()[0]
        return int(total)
