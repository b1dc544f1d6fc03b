"""I2: no file, log line or response holds a client's full address or User-Agent text, whatever proxy it came by."""

import contextlib
import json
import os
import resource
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.canary import ADDRESSES, AGENT, PEER, leaks, leaks_below, spellings
from tests.midnight import ZONE, Clock, midnight_in
from tests.proxies import CLIENT, Proxy, caddy, missing, nginx
from tests.running import Reply, RunningServer, add_site

SITE = "shop.example"
FLAGS = ("--trusted-proxies", "127.0.0.1/32", "--log-level", "info", "--base-path", "/stats")
BEFORE_MIDNIGHT = 900  # seconds: far more than the run needs; then the clock is moved on
PROXIES = pytest.mark.skipif(missing("nginx") or missing("caddy"), reason="needs nginx and caddy")


class Way(NamedTuple):
    """How a request reaches the server, and how whoever is in front is told who sends it."""

    port: int
    header: str
    prefix: str = ""
    source: str = "127.0.0.1"  # where the connection really comes from

    def request(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> Reply | None:
        """One request; None when the other side closed the connection instead of answering."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=60, source_address=(self.source, 0))
        try:
            connection.request(method, self.prefix + path, body, headers)
            response = connection.getresponse()
            return Reply(response.status, dict(response.getheaders()), response.read())
        except (ConnectionError, HTTPException):
            return None
        finally:
            connection.close()


def traffic(way: Way, addresses: tuple[str, ...] = ADDRESSES) -> Iterator[Reply | None]:
    """Every canary: beacons well-formed and not, errors provoked, pages and logins asked for, headers forged."""
    good = json.dumps({"s": SITE, "u": f"https://{SITE}/"}).encode()
    for address in addresses:
        plain = {way.header: address, "User-Agent": AGENT.encode().decode("latin-1"), "Accept-Language": "sv"}
        for forged in ({}, {"Forwarded": f'for="[{address}]:77"'}, {"X-Real-IP": address}):
            yield way.request("POST", "/t", good, {**plain, **forged})
        yield way.request("POST", "/t", b"{" + address.encode(), plain)
        yield way.request("POST", "/t", address.encode() * 700, plain)
        yield way.request("POST", "/t", good.replace(b"shop.", b"no."), plain)
        yield way.request("GET", f"/t.gif?s={SITE}&u=https://{SITE}/", None, plain)
        for path in (
            "/",
            "/login",
            "/nowhere",
            "/health",
            "/privacy",
            "/%ff%00",
            "/static/x/y",
            "/api/sites/x/overview",
        ):
            yield way.request("GET", path, None, {**plain, "Accept": "text/html"})
        form = {**plain, "Sec-Fetch-Site": "same-origin"}
        yield way.request("POST", "/login", b"name=a&password=b", form)
        yield way.request("BREW", "/t", b"", plain)
        yield way.request("GET", "/", None, {**plain, "Host": f"{address}:x", "X-Long": "y" * 9000})


def ways(server: RunningServer, nginx_: Proxy, caddy_: Proxy) -> tuple[Way, ...]:
    own, path = nginx_.ports
    return (
        Way(server.port, "X-Forwarded-For"),
        Way(server.port, "X-Forwarded-For", source=PEER),
        Way(own, CLIENT),
        Way(own, "X-Forwarded-For", source=PEER),
        Way(path, CLIENT, "/stats"),
        Way(caddy_.ports[0], "X-Forwarded-For", source=PEER),
    )


def crowd(server: RunningServer) -> bool:
    """So many networks that a publish may happen."""
    return all(server.beacon(SITE, f"198.18.{n}.1").status == 202 for n in range(6))


def open_day(server: RunningServer, site: int) -> int:
    """The number of the site's open day."""
    with contextlib.closing(sqlite3.connect(f"file:{server.data}/spool.db?mode=ro", uri=True)) as db:
        found = db.execute("select id from day where site = ? and state = 'open'", (site,)).fetchone()
    return int(found[0]) if found else 0


@PROXIES
@pytest.mark.timeout(400)
@pytest.mark.parametrize("end", ["SIGTERM", "SIGKILL"])
def test_no_canary_survives_a_day(tmp_path: Path, end: str) -> None:
    """A day, its midnight, backup and export, through nginx, Caddy and neither, with errors provoked: no canary.

    Files of data, keys, logs and temporary directories, all output and all answers are searched, after SIGTERM and
    after SIGKILL, and once more when the proxies have met a server that is gone.
    """
    for name in ("tmp", "zones"):
        (tmp_path / name).mkdir()
    server = RunningServer(tmp_path, *FLAGS)
    clock = Clock(tmp_path)
    server.environment = {"TMPDIR": str(tmp_path / "tmp"), "PYTHONTZPATH": str(tmp_path / "zones"), **clock.environment}
    add_site(server, "other.example")  # so that the account is there before the day begins
    with contextlib.ExitStack() as stack:
        server.start()
        stack.callback(server.stop)
        one = stack.enter_context(nginx(tmp_path / "nginx", server.port))
        two = stack.enter_context(caddy(tmp_path / "caddy", server.port))
        day = midnight_in(tmp_path / "zones", BEFORE_MIDNIGHT).isoformat()
        site = add_site(server, SITE, demo=True, publish_seconds=1, time_zone=ZONE).id
        server.wait_for(lambda: server.beacon(SITE, "198.18.9.1").status == 202)
        first = open_day(server, site)
        server.login()
        replies = [reply for way in ways(server, one, two) for reply in traffic(way)]
        statuses = {reply.status for reply in replies if reply}
        assert {202, 400, 404, 413} <= statuses, statuses
        clock.move_to(BEFORE_MIDNIGHT)
        server.wait_for(lambda: not (tmp_path / "keys" / f"{first}.key").exists(), 120)
        assert crowd(server)
        second = open_day(server, site)
        assert 0 < first < second
        server.wait_for(lambda: crowd(server) and server.pageviews(SITE) > 0)
        replies += traffic(ways(server, one, two)[0])
        replies += [server.page(path) for path in (f"/site/{SITE}?period=7d", "/audit", "/documents/record")]
        asked = command(server, "backup", str(tmp_path / "backup"))
        forms = ("--format", "csv", "--format", "xlsx", "--format", "jsonl")
        asked += command(server, "export", "run", SITE, day, *forms, "--directory", str(tmp_path / "exports"))
        asked += command(server, "extract", *("--also", f"{one.place}", "--also", f"{two.place}"), "--language", "en")
        assert b"Hits: 0." in asked
        assert list((tmp_path / "backup").rglob("*")) != []
        assert list((tmp_path / "exports").rglob("*.xlsx")) != []
        server.stop() if end == "SIGTERM" else server.kill()
        gone = [reply for way in ways(server, one, two)[2:] for reply in traffic(way, ADDRESSES[:1])]
        assert {502} <= {reply.status for reply in gone if reply}
    answers = b"".join(repr(reply.headers).encode() + reply.body for reply in [*replies, *gone] if reply)
    assert leaks(answers) == []
    assert leaks("".join(server.output).encode()) == []
    assert leaks(asked) == []
    assert leaks_below(tmp_path) == []
    assert (tmp_path / "caddy" / "stdout.log").read_text().count("connection refused") > 3  # it did log what failed
    assert (tmp_path / "nginx" / "trekvart.log").read_text().count("203.0.113.0 [") > 3  # the log that it may keep


def command(server: RunningServer, *arguments: str) -> bytes:
    """A command beside the running server, with a canary on its standard input; what it says."""
    done = subprocess.run(
        [sys.executable, "-m", "dashboard.cli", *arguments, "--data-directory", str(server.data)],
        input=ADDRESSES[0].encode(),
        capture_output=True,
        cwd=server.directory,
        env={**os.environ, **server.environment},
    )
    assert done.returncode == 0, done
    return done.stdout + done.stderr


def loud(text: str) -> str:
    """Nginx's files with its error log as it is by default."""
    return text.replace("emerg;", "error;")


def unfiltered(text: str) -> str:
    """The Caddyfile without its filter."""
    lines = text.split("\n")
    begin = next(n for n, line in enumerate(lines) if line == "\tlog {")
    end = next(n for n, line in enumerate(lines) if n > begin and line == "\t}")
    return "\n".join(lines[:begin] + lines[end + 1 :])


@PROXIES
@pytest.mark.parametrize(
    ("make", "fault"), [(nginx, loud), (caddy, unfiltered)], ids=["nginx logs as usual", "caddy logs as usual"]
)
def test_a_planted_leak_of_a_proxy_is_found(
    tmp_path: Path, make: Callable[..., Proxy], fault: Callable[[str], str]
) -> None:
    """What is searched are the proxies' real logs: as they come by default, one failing request leaves its address."""
    for name, change in (("shipped", str), ("planted", fault)):
        with make(tmp_path / name, 9, change) as proxy:  # port 9, discard: nobody answers there
            statuses = {reply.status for reply in traffic(Way(proxy.ports[0], CLIENT, source=PEER)) if reply}
        assert 502 in statuses
        assert bool(leaks_below(tmp_path / name)) is (name == "planted")


PLANTED = """
import sys, logging
import dashboard.app, collector.door.door as door
{fault}
from dashboard.cli import main
main()
"""
FAULTS = {
    "uvicorn's access log": (
        "usual = dashboard.app._config\n"
        "def _config(app, settings):\n"
        "    import uvicorn\n"
        "    return uvicorn.Config(app, ws='none', lifespan='on', access_log=True, proxy_headers=True)\n"
        "dashboard.app._config = _config"
    ),
    "an address on disk": (
        "usual = door.network_of\n"
        "def network_of(peer, headers, *rest, **more):\n"
        "    open('data/debug.bin', 'ab').write(dict(headers).get(b'x-forwarded-for', b''))\n"
        "    return usual(peer, headers, *rest, **more)\n"
        "door.network_of = network_of"
    ),
}


@pytest.mark.timeout(120)
@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_leak_of_the_server_is_found(tmp_path: Path, fault: str) -> None:
    """The real server with a fault planted in it fails the search that the run above passes."""
    command = (sys.executable, "-c", PLANTED.format(fault=FAULTS[fault]))
    server = RunningServer(tmp_path, "--trusted-proxies", "127.0.0.1/32", "--log-level", "info", command=command)
    add_site(server, SITE)
    with server:
        for address in ADDRESSES:
            assert server.beacon(SITE, address).status == 202
    assert leaks("".join(server.output).encode()) or leaks_below(tmp_path)


@pytest.mark.parametrize("spelled", spellings().values(), ids=spellings().keys())
def test_a_planted_leak_is_found(tmp_path: Path, spelled: bytes) -> None:
    """The search finds each spelling in a file among others, so that a green run means something."""
    (tmp_path / "spool.db").write_bytes(bytes(5000) + spelled + bytes(5000))
    assert leaks_below(tmp_path)


@pytest.mark.timeout(120)
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_crash_leaves_no_core(tmp_path: Path) -> None:
    """R15: though the shell allows core files of any size, server and keeper write none, and a crash leaves none."""
    server = RunningServer(tmp_path, "--trusted-proxies", "127.0.0.1/32")
    add_site(server, SITE)
    usual = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (usual[1], usual[1]))
    try:
        server.start()
    finally:
        resource.setrlimit(resource.RLIMIT_CORE, usual)
    assert server.beacon(SITE, ADDRESSES[0]).status == 202
    children = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split()
    assert children
    for pid in (server.pid, *children):
        limits = Path(f"/proc/{pid}/limits").read_text()
        assert [line.split()[-3:-1] for line in limits.splitlines() if "core file" in line] == [["0", "0"]]
    os.kill(server.pid, signal.SIGSEGV)
    assert server.stop() == -signal.SIGSEGV
    assert not list(tmp_path.rglob("core*"))
    assert leaks_below(tmp_path) == []


def test_memory_is_private() -> None:
    """The kernel is told not to show this process's memory; a fresh interpreter shows that it was not so before."""
    code = (
        "from collector.private import *\n"
        "before = is_dumpable(); keep_memory_private(); print(before, is_dumpable())\n"
        "import resource; print(resource.getrlimit(resource.RLIMIT_CORE))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "True False\n(0, 0)\n"
