"""Every surface of a running server at one moment, and what differs between two moments."""

import re
from contextlib import closing
from datetime import datetime
from functools import partial
from hashlib import sha256
from pathlib import Path
from shutil import rmtree
from typing import NamedTuple
from zoneinfo import ZoneInfo

from starlette.applications import Starlette
from starlette.routing import Route

from collector.app import now_ms
from collector.control import Control
from collector.settings import Settings
from collector.store import Store
from dashboard import assets
from dashboard.app import compose
from dashboard.export_period import parse_period
from dashboard.export_task import Directory, Task
from dashboard.exports import Format
from dashboard.present import CARDS
from dashboard.runs import Run, Runs
from tests.running import Reply, RunningServer

BEACONS = frozenset({"/t", "/t.gif"})  # asking them is a hit; their replies are looked at where the hit is sent
QUERIES = {"api-overview": ("?period=today", "?period=7d"), "overview": ("", "?period=today", "?period=30d&lang=en")}
LANGUAGE = {"Accept-Language": "sv"}

# What moves with the clock and not with a beacon.
CLOCK_HEADERS = frozenset({"date"})  # HTTP asks for it in every response (RFC 9110, 6.6.1)
# A new content policy may have a new nonce a response; where it stands, not what it is, is compared.
NONCE = re.compile(rb"nonce[-=][\"']?[A-Za-z0-9+/_-]{16,}={0,2}")
# The port and the number that the system gives each process: told in addresses, and when the server starts and ends.
OF_PROCESS = re.compile(rb"(?<=127\.0\.0\.1:)\d+|(?<=process \[)\d+")

Surface = dict[str, bytes]


class Moment(NamedTuple):
    """When it was looked at (milliseconds UTC, first and last), and every surface by name."""

    begins: int
    ends: int
    surfaces: Surface


def addresses(directory: Path, site: str) -> list[str]:
    """Every address that can be asked for with GET, from the application's own table of routes."""
    directory.mkdir()
    settings = Settings(data_directory=directory)
    control, store = Control.open(directory / "control.db"), Store.open(directory / "store.duckdb")
    try:
        app = compose(settings, control, store, lambda: None)
        while not isinstance(app, Starlette):  # what stands before it has no routes of its own but the beacon's
            app = next(inner for inner in vars(app).values() if isinstance(inner, Starlette) or hasattr(inner, "_app"))
        routes = [route for route in app.routes if isinstance(route, Route)]
        assert routes == app.routes
    finally:
        store.close()
        control.close()
    found = [address for route in routes if _asked(route) for address in _filled(route, site)]
    return [*found, "/nowhere", f"/site/{site}/nowhere"]


def _asked(route: Route) -> bool:
    return "GET" in (route.methods or ()) and route.path not in BEACONS


def _filled(route: Route, site: str) -> list[str]:
    """The route's path with values for its parameters: the first list of every card (the overview has all lists)."""
    if route.name == "static":
        return [f"/static/{assets.address(name)}" for name in assets.assets()]  # not the chart library: 4.8 MB a look
    path = route.path
    for name, value in {"domain": site, "site": site, "kind": "policy", "token": "of-nobody", "schedule": "1"}.items():
        path = path.replace(f"{{{name}}}", value)
    names = [lists[0] for lists in CARDS.values()] if "{name}" in path else [""]
    paths = [path.replace("{name}", name) for name in names]
    assert not any("{" in each for each in paths), f"say what {route.path} is asked with"
    return [each + query for each in paths for query in QUERIES.get(route.name, ("",))]


def look(server: RunningServer, paths: list[str], exported: str = "") -> Moment:
    """All surfaces now: each address signed in and as a stranger, what the server printed, and the store's file.

    `exported`: a site whose exports are looked at too.
    """
    begins = now_ms()
    surfaces: Surface = {}
    for path in paths:
        surfaces[f"{path} signed in"] = told(server.page(path))
        surfaces[f"{path} as a stranger"] = told(server.request("GET", path, headers=LANGUAGE))
    surfaces["output"] = "".join(server.output).encode()
    for file in sorted(server.data.glob("store.duckdb*")):
        surfaces[file.name] = sha256(file.read_bytes()).digest()
    if exported:
        surfaces |= exports_of(server, exported)
    return Moment(begins, now_ms(), {name: OF_PROCESS.sub(b"", each) for name, each in surfaces.items()})


def exports_of(server: RunningServer, domain: str) -> Surface:
    """Every file of the exports of today and of this month, as the server makes them when it is asked."""
    place = server.data / "looked-at"
    surfaces: Surface = {}
    with closing(Control.open(server.data / "control.db")) as control:
        site, runs = control.site(domain), Runs(control)
        today = datetime.now(ZoneInfo(site.time_zone)).date()
        for period in (f"{today}", f"{today:%Y-%m}"):
            task = Task(formats=(Format.CSV,), destinations=(Directory(str(place)),))
            number = runs.ask(site.id, parse_period(period, today), task, now_ms())
            assert number is not None
            server.wait_for(partial(_is_over, runs, number))
            run = _run(runs, number)
            assert run.state == "done" or run.result.code == "no_data", run.result
            surfaces[f"export of {period}"] = run.result.error.encode()
        # When it was asked for and how long it took is the asker's own clock; it must not stand in the next look.
        control.write("forget_runs", before=now_ms() + 1)
    for file in sorted(path for path in place.rglob("*") if path.is_file()):
        surfaces[f"export {file.relative_to(place)}"] = file.read_bytes()
    rmtree(place, ignore_errors=True)  # there is none where nothing was exported
    return surfaces


def _is_over(runs: Runs, number: int) -> bool:
    return _run(runs, number).state in {"done", "failed"}


def _run(runs: Runs, number: int) -> Run:
    found = runs.get(number)
    assert found is not None
    return found


def told(reply: Reply) -> bytes:
    """Status, headers (so the size too) and body, without what moves with the clock."""
    headers = sorted((name, value) for name, value in reply.headers.items() if name not in CLOCK_HEADERS)
    return NONCE.sub(b"nonce", repr((reply.status, headers)).encode() + b"\n" + reply.body)


def moved(before: Surface, after: Surface) -> list[str]:
    """The surfaces that differ, and those that are new or gone."""
    return sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))


def same_interval(before: Moment, after: Moment, publish_seconds: int) -> bool:
    """Whether no publish was due from the first to the last look, with two seconds for it to arrive."""
    every = publish_seconds * 1000
    return (before.begins - 2000) // every == after.ends // every
