"""Memory of all processes: idle, and after a day of a million visitors has been folded."""

import tempfile
from pathlib import Path

from bench.figure import Figure
from bench.million import prepare, send_a_million
from tests.running import RunningServer

FLAGS = ("--trusted-proxies", "127.0.0.0/8", "--rate-limit", "1000000", "--rate-burst", "1000000")


def figures() -> list[Figure]:
    """Proportional set size, so that pages shared by the two processes count once."""
    with tempfile.TemporaryDirectory() as place:
        server = RunningServer(Path(place), *FLAGS)
        clock = prepare(server, "shop.example")
        with server:
            server.login()
            server.overview("shop.example")
            idle = memory_mb(server.pid)
            told = send_a_million(server, "shop.example", clock)
            busy = memory_mb(server.pid)
    return [
        Figure("rss_idle_mb", idle, "MB", 320, "two processes, dashboard opened once"),
        Figure("rss_1m_mb", busy, "MB", 450, told),
    ]


def memory_mb(pid: int) -> float:
    """The memory of a process and its children, in MB of 10^6 bytes (/proc/<pid>/smaps_rollup, Pss)."""
    total = 0
    for process in (pid, *_children(pid)):
        rollup = Path(f"/proc/{process}/smaps_rollup").read_text()
        total += next(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:"))
    return total * 1024 / 1e6


def _children(pid: int) -> list[int]:
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return [int(child) for task in tasks for child in (task / "children").read_text().split()]
