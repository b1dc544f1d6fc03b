"""The shop with a real Trekvart behind it: the shop's host passes script and beacons on, as nginx would.

One browser is one network, and a group needs k. So every beacon of the browser is passed on once for each network of
`networks`, at the moment it comes: so many visitors who do the same.
"""

import os
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from http.client import HTTPConnection
from pathlib import Path
from threading import Lock
from typing import Any, Final, Self

from tests.browser.script.shop import Beacon, Shop
from tests.running import RunningServer, add_site

CLOCK: Final = Path(__file__).parents[2] / "moved_clock"
PASSED: Final = {"user-agent", "accept-language", "content-type", "origin", "sec-fetch-site", "sec-fetch-mode"}
REST_SECONDS: Final = 5  # five publishes: what is not in the totals by then is a rest
CROWD: Final = 40  # networks that do what the browser does


class Clock:
    """A server's clock, moved from outside."""

    def __init__(self, directory: Path) -> None:
        self._file = directory / "clock"
        self._ahead = 0
        self.advance(0)
        self.environment: Mapping[str, str] = {"PYTHONPATH": str(CLOCK), "MOVED_CLOCK": str(self._file)}

    def advance(self, seconds: int) -> None:
        """Lets time pass; a file is put in place whole, for the server reads it at any moment."""
        self._ahead += seconds * 1_000_000_000
        fresh = self._file.with_suffix(".new")
        fresh.write_text(str(self._ahead))
        fresh.replace(self._file)


class Relay:
    """`with Relay(directory) as relay:` is a Trekvart and a shop in front of it."""

    def __init__(self, directory: Path, sites: Sequence[str]) -> None:
        self.clock = Clock(directory)
        self.server = RunningServer(directory, "--trusted-proxies", "127.0.0.0/8")
        self.shop = Shop()
        self.shop.relay = self.pass_on
        self.networks: list[str] = []
        self.counted: dict[str, int] = dict.fromkeys(sites, 0)  # views
        self.answers: set[str | None] = set()  # of the server, to all that was passed on
        self._lock = Lock()
        self._next = 0
        self._others_at = 0.0
        for domain in sites:  # publishing each second, as only a demo may
            add_site(self.server, domain, demo=True, publish_seconds=1, properties=("url", "value"))

    def __enter__(self) -> Self:
        before = {name: os.environ.get(name) for name in self.clock.environment}
        os.environ.update(self.clock.environment)
        try:
            self.server.start()
        finally:
            for name, value in before.items():
                if value is None:
                    del os.environ[name]
                else:
                    os.environ[name] = value
        self.shop.served_by["/stats/t.js"] = lambda: self.server.request("GET", "/t.js").body
        self.shop.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self.shop.__exit__(*error)
        self.server.stop()

    def crowd(self) -> None:
        """From now on the browser is a new crowd of visitors."""
        self.networks = [self._network() for _ in range(CROWD)]

    def _network(self) -> str:
        self._next += 1
        return f"198.{18 + self._next // 256}.{self._next % 256}.7"

    def pass_on(self, beacon: Beacon) -> Mapping[str, str]:
        """One beacon of the browser, for every network; the server's own answer comes back. In order: one at a time."""
        with self._lock:
            headers = {name: value for name, value in beacon.headers.items() if name in PASSED}
            connection = HTTPConnection("127.0.0.1", self.server.port, timeout=60)
            answers: set[str | None] = set()
            for network in self.networks:
                connection.request("POST", "/t", beacon.body.encode(), headers | {"X-Forwarded-For": network})
                response = connection.getresponse()
                response.read()
                answers.add(response.getheader("X-Trekvart"))
            connection.close()
            self.answers |= answers
            if beacon.fields.get("k", "v") == "v":
                self.counted[beacon.fields["s"]] += len(self.networks)
            return {"X-Trekvart": str(*answers)}

    def _published(self, site: str) -> bool:
        """Whether all are. A publish that comes among them leaves a rest of fewer than k, which waits for others."""
        if self.server.pageviews(site) == self.counted[site]:
            return True
        if time.monotonic() > self._others_at + REST_SECONDS:
            self.others(site)
        return False

    def others(self, site: str, number: int = 6) -> None:
        """So many visitors of one page each, from networks of their own: a publish needs new ones."""
        for _ in range(number):
            assert self.server.beacon(site, self._network(), u=f"http://{site}/").status == 202
        self._others_at = time.monotonic()
        with self._lock:
            self.counted[site] += number

    def wait_for(self, site: str, enough: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The site's overview of today, as soon as it is enough; other visitors come until then."""
        for _ in range(60):
            self.others(site)
            self.server.wait_for(partial(self._published, site))
            found = self.server.overview(site)
            if enough(found):
                return found
        raise AssertionError(found)
