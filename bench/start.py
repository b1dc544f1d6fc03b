"""From the command to the first beacon answered and the dashboard served, with a spool of today to replay behind."""

import statistics
import tempfile
import time
from pathlib import Path

from bench.figure import Figure
from bench.wrk import load
from tests.running import RunningServer, add_site

ROUNDS = 5
FLAGS = ("--trusted-proxies", "127.0.0.0/8", "--rate-limit", "1000000", "--rate-burst", "1000000")


def figures() -> list[Figure]:
    """The median of five starts over a spool of some 100,000 hits, killed with -9 before each."""
    times = []
    with tempfile.TemporaryDirectory() as place:
        server = RunningServer(Path(place), *FLAGS)
        add_site(server, "shop.example")
        with server:  # whatever happens, no server outlives its benchmark
            done = load(server.port, 12)
            for _ in range(ROUNDS):
                server.kill()
                began = time.perf_counter()
                server.start()
                assert server.beacon("shop.example").status == 202
                assert server.request("GET", "/login").status == 200
                times.append(time.perf_counter() - began)
    return [
        Figure("start_s", statistics.median(times), "s", 3, f"with {done.requests:,} hits of today to replay behind")
    ]
