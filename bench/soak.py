"""Load without a pause: is memory flat, is all that was acknowledged counted? `make bench T=soak`, BENCH_MINUTES=30."""

import os
import tempfile
import time
from pathlib import Path

from bench.figure import Figure
from bench.wrk import load
from tests.running import RunningServer, add_site

MINUTES = float(os.environ.get("BENCH_MINUTES", "2"))
CONNECTIONS = 64
SLICE = 15  # seconds of load between two looks at memory
FLAGS = ("--trusted-proxies", "127.0.0.0/8", "--rate-limit", "1000000", "--rate-burst", "1000000")
SITE = "shop.example"


def figures() -> list[Figure]:
    """Growth of memory over the second half; and by how many the totals differ from what was acknowledged."""
    with tempfile.TemporaryDirectory() as place:
        server = RunningServer(Path(place), *FLAGS)
        add_site(server, SITE, publish_seconds=1, demo=True)
        with server:
            server.login()
            slow, taken = 0.0, 0
            looks: list[tuple[int, float]] = []
            end = time.monotonic() + 60 * MINUTES
            while time.monotonic() < end or len(looks) < 4:
                done = load(server.port, SLICE)
                taken += done.requests - done.failed
                began = time.perf_counter()
                assert server.page(f"/site/{SITE}?period=today").status == 200
                slow = max(slow, time.perf_counter() - began)
                looks.append((taken, _memory(server.pid)))
            server.wait_for(lambda: server.pageviews(SITE) >= taken, seconds=300)
            drift = server.pageviews(SITE) - taken
    half = looks[len(looks) // 2 :]
    growth = half[-1][1] - half[0][1]
    under_way = CONNECTIONS * len(looks)  # counted, and not by wrk, which leaves at the end of a slice
    return [
        Figure("soak_growth_mb", growth, "MB", 20, f"{looks[0][1]:.0f} to {looks[-1][1]:.0f} MB in all"),
        Figure(
            "soak_drift", drift if drift >= 0 else taken, "beacons", under_way, f"more than the {taken:,} that wrk saw"
        ),
        Figure("soak_page_s", slow, "s", 2, "the slowest overview between two slices of load"),
    ]


def _memory(leader: int) -> float:
    """Resident megabytes of the server and what it started: they share its process group."""
    total = 0
    for path in Path("/proc").glob("[0-9]*"):
        try:
            if os.getpgid(int(path.name)) == leader:
                total += int((path / "statm").read_text().split()[1])
        except OSError:
            continue
    return total * os.sysconf("SC_PAGE_SIZE") / 1e6
