"""Durable beacons a second against bare Starlette in the same run, and against runlight from PyPI on SQLite."""

import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.figure import Figure
from bench.wrk import Load, load
from tests.running import RunningServer, add_site, free_port

ROUNDS = 5  # pairs, in turn, so that a machine that slows down slows both
SECONDS = 8
MINUTE = 60
FLAGS = ("--trusted-proxies", "127.0.0.0/8", "--rate-limit", "1000000", "--rate-burst", "1000000")
SITE = "shop.example"


def figures() -> list[Figure]:
    """Ratios are medians of pairs measured in turn."""
    with tempfile.TemporaryDirectory() as place, _product(Path(place)) as product, _bare() as bare:
        load(product.port, 3), load(bare, 3)  # warm both
        ours, theirs = [], []
        for _ in range(ROUNDS):
            ours.append(load(product.port, SECONDS))
            theirs.append(load(bare, SECONDS))
        lag = _lag(product)
    peer = _runlight()
    ratio = statistics.median(o.rate / t.rate for o, t in zip(ours, theirs, strict=True))
    rate = statistics.median(o.rate for o in ours)
    bare_rate = statistics.median(t.rate for t in theirs)
    p99 = statistics.median(o.p99_ms for o in ours)
    return [
        Figure(
            "ingest_ratio", ratio, "of bare", 0.5, f"{rate:,.0f}/s against {bare_rate:,.0f}/s of bare Starlette", True
        ),
        Figure("ingest_p99_ms", p99, "ms", 50, f"64 connections, {sum(o.failed for o in ours)} refused"),
        Figure("ingest_vs_runlight", rate / peer.rate, "times", 10, f"{peer.rate:,.0f}/s of runlight on SQLite", True),
        Figure("fold_lag_s", lag, "s", 10, f"after {MINUTE} s at full load, until all are in the published totals"),
    ]


def _lag(server: RunningServer) -> float:
    """Seconds after a minute of load until every beacon answered 202 is in the published totals."""
    before = server.pageviews(SITE)
    done = load(server.port, MINUTE)
    end = time.monotonic()
    expected = before + done.requests - done.failed
    server.wait_for(lambda: server.pageviews(SITE) >= expected, seconds=300)
    return time.monotonic() - end


@contextmanager
def _product(place: Path) -> Iterator[RunningServer]:
    server = RunningServer(place, *FLAGS)
    add_site(server, SITE, publish_seconds=1, demo=True)
    with server:
        server.login()
        yield server


@contextmanager
def _process(*command: str, port: int) -> Iterator[int]:
    process = subprocess.Popen(command, cwd=Path(__file__).parent.parent)
    try:
        _answering(port)
        yield port
    finally:
        process.terminate()
        process.wait(20)


@contextmanager
def _bare() -> Iterator[int]:
    port = free_port()
    with _process(sys.executable, "-m", "bench.bare", str(port), port=port):
        yield port


def _runlight() -> Load:
    """The peer's load; every 202 is checked to be a row, since it answers 202 to all that it drops, too."""
    port, kind = free_port(), '"k":"pageview"'
    with tempfile.TemporaryDirectory() as place:
        command = (sys.executable, "-m", "bench.peer", str(port), place)
        with _process(*command, port=port):
            warm = load(port, 2, path="/runlight/e", head=kind)
            done = load(port, SECONDS, path="/runlight/e", head=kind)
        with sqlite3.connect(Path(place) / "runlight.db") as db:
            rows = db.execute("select count(*) from rl_events").fetchone()[0]
    print(f"       runlight kept {rows:,} of {warm.requests + done.requests:,} beacons")
    return done


def _answering(port: int) -> None:
    for _ in range(200):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5).close()
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise SystemExit(f"Nothing answers on port {port}.")
