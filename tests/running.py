"""A real Trekvart server in a process of its own, on a free port, for tests and benchmarks."""

import itertools
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote, urlencode

from collector.control import Control
from collector.site import Site
from dashboard.accounts import Accounts

START_SECONDS = 30.0
WAIT_SECONDS = 60.0
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0"
PASSWORD = "a long enough password"


class RunningServer:
    """`with RunningServer(directory) as server:` starts it; leaving ends it with SIGTERM. `kill` is kill -9."""

    def __init__(self, directory: Path, *flags: str, command: tuple[str | Path, ...] = ()) -> None:
        self.environment: dict[str, str] = {}  # besides this process's own
        self.directory = directory
        self.flags = flags
        self.command = command or (sys.executable, "-m", "dashboard.cli")
        self.port = 0
        self.output: list[str] = []
        self._process: subprocess.Popen[str] | None = None
        self._cookie = ""

    @property
    def data(self) -> Path:
        return self.directory / "data"

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Starts the process and returns when it takes beacons."""
        command = [*map(str, self.command), "serve", "--port", str(self.port)]
        command += ["--data-directory", str(self.data), *self.flags]
        self._process = subprocess.Popen(
            command,
            cwd=self.directory,
            env={**os.environ, **self.environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        ready = threading.Event()
        self._listener = threading.Thread(target=self._listen, args=(self._process, ready))
        self._listener.start()
        assert ready.wait(START_SECONDS), "".join(self.output)
        assert self.port, "".join(self.output)

    def _listen(self, process: "subprocess.Popen[str]", ready: threading.Event) -> None:
        assert process.stdout is not None
        with process.stdout:
            for line in process.stdout:
                self.output.append(line)
                if "http://127.0.0.1:" in line and not ready.is_set():
                    self.port = int(line.split("http://127.0.0.1:")[1].split("/")[0].split()[0])
                    ready.set()
        ready.set()

    def kill(self) -> None:
        """Kill -9: the server and its keeper alike."""
        assert self._process is not None
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._listener.join()

    def wait_for_end(self) -> int:
        """Waits until the process has ended of itself; its exit code."""
        assert self._process is not None
        code = self._process.wait(WAIT_SECONDS)
        self._listener.join()
        return code

    def stop(self) -> int:
        """SIGTERM; returns the exit code."""
        assert self._process is not None
        if self._process.poll() is None:
            self._process.terminate()
        try:
            code = self._process.wait(30)
        except subprocess.TimeoutExpired:
            self.kill()  # or its pipe, and with it the test run, would never end
            raise
        self._listener.join()
        return code

    def request(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> "Reply":
        """One request on a connection of its own."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path, body, dict(headers or {}))
            response = connection.getresponse()
            return Reply(response.status, dict(response.getheaders()), response.read())
        finally:
            connection.close()

    def beacon(self, site: str, address: str = "198.51.100.7", **parts: Any) -> "Reply":
        """Sends one beacon as a browser would, from `address` (the server must trust 127.0.0.0/8)."""
        headers = {"User-Agent": parts.pop("agent", FIREFOX), "X-Forwarded-For": address, "Accept-Language": "sv"}
        headers |= parts.pop("headers", {})
        body = {"s": site, "u": f"https://{site}/", **parts}
        return self.request("POST", "/t", json.dumps(body).encode(), headers)

    def login(self, name: str = "admin", password: str = PASSWORD) -> None:
        """Signs in; later calls of `api` and `page` use the session."""
        reply = self.request(
            "POST",
            "/login",
            urlencode({"name": name, "password": password}).encode(),
            {"Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "same-origin"},
        )
        assert reply.status == 303, reply
        self._cookie = reply.headers["set-cookie"].split(";")[0]

    def page(self, path: str) -> "Reply":
        """A page, as the signed-in account."""
        return self.request("GET", path, headers={"Cookie": self._cookie})

    def overview(self, site: str, period: str = "today") -> dict[str, Any]:
        """The overview as the API gives it; one who asks more often than 120 times a minute waits as it is told."""
        path = f"/api/sites/{quote(site)}/overview?period={period}"
        while (reply := self.page(path)).status == 429:
            time.sleep(float(reply.headers["retry-after"]))
        assert reply.status == 200, reply
        answer: dict[str, Any] = json.loads(reply.body)
        return answer

    def pageviews(self, site: str) -> int:
        """Published pageviews of today, as the API tells them."""
        return int(self.overview(site)["headline"]["pageviews"])

    def wait_for(
        self, what: Callable[[], bool], seconds: float = WAIT_SECONDS, meanwhile: Callable[[], object] = lambda: None
    ) -> None:
        """Waits until a condition over the server's answers holds: a publish is an event that only its answers show.

        `meanwhile` is called between two looks. Whoever waits for a group must let visits come there: a publish needs k
        networks since the last one, and whether a full group goes is a coin's toss.
        """
        end = time.monotonic() + seconds
        while not what():
            meanwhile()
            assert time.monotonic() < end, "".join(self.output[-20:])
            time.sleep(0.05)


# Below every port that a system gives out by itself (Linux: 32,768 and up), so that no connection another test opens
# takes the port between this look and the server's start; apart by process, so that two tests never look at the same.
_PORTS = itertools.cycle(range(20_000 + os.getpid() % 120 * 100, 20_000 + os.getpid() % 120 * 100 + 100))


def free_port() -> int:
    """A port nobody listens on, for a server that cannot choose one itself."""
    for port in itertools.islice(_PORTS, 100):
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise OSError("none of this process's hundred ports is free")


def add_site(server: RunningServer, domain: str, **parts: Any) -> Site:
    """A site, and the account `admin` to read its numbers, in a server's data directory, whether it runs or not.

    Its time zone is one where it is about noon now, so that no test meets a midnight it did not ask for.
    """
    server.data.mkdir(parents=True, exist_ok=True)
    control = Control.open(server.data / "control.db")
    now = time.time_ns() // 1_000_000
    site = control.add_site(Site(**{"domain": domain, "k": 5, "time_zone": noon_zone(), **parts}), now)
    accounts = Accounts(control)
    if not accounts.any():
        accounts.add("admin", PASSWORD, now)
    control.close()
    return site


def noon_zone() -> str:
    """A time zone where the clock shows between 12:00 and 13:00 (Etc/GMT signs are reversed: Etc/GMT-3 is UTC+3)."""
    ahead = 12 - time.gmtime().tm_hour
    return f"Etc/GMT{-ahead:+d}" if ahead else "UTC"


class Reply:
    """A response, read whole. Header names in lower case."""

    def __init__(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        self.status = status
        self.headers = {name.lower(): value for name, value in headers.items()}
        self.body = body

    @property
    def text(self) -> str:
        return self.body.decode()

    def __repr__(self) -> str:
        return f"{self.status} {self.headers} {self.body[:300]!r}"
