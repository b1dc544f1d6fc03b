"""The overview's server time over a month of groups, and the bytes they take on disk after the nightly merges."""

import statistics
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path

from bench.figure import Figure
from bench.fill import fill, fill_closed, measure_overview, measure_size
from collector.store import Store
from tests.staff import TODAY, World

YESTERDAY = TODAY - timedelta(days=1)
LAST = date(2026, 11, 22)
DAYS = 60  # a month, and the month before it that the overview compares with
A_DAY = 33_333  # a million in 30 days
MUCH_A_DAY = 33_333_333  # a billion in 30 days


def billion() -> list[Figure]:
    """The same over a billion's worth, where cells are capped, and the whole page from request to last byte."""
    with tempfile.TemporaryDirectory() as place:
        fill_closed(Path(place), MUCH_A_DAY, DAYS, YESTERDAY)
        world = World.build(Path(place))
        domain = world.site("site-1.example").domain
        times = measure_overview(world.store, 1, YESTERDAY, rounds=9)
        client, pages = world.anna(), []
        for _ in range(9):
            began = time.perf_counter()
            assert client.get(f"/site/{domain}?period=28d").status_code == 200
            pages.append((time.perf_counter() - began) * 1000)
        world.close()
    told = f"first {times['first']:.0f} ms, slowest {times['slowest']:.0f} ms"
    whole = f"whole page of 28 days; first {pages[0]:.0f} ms, slowest {max(pages[1:]):.0f} ms"
    return [
        Figure("overview_1g_ms", times["median"], "ms", 100, told),
        Figure("page_1g_ms", statistics.median(pages[1:]), "ms", 100, whole),
    ]


def figures() -> list[Figure]:
    """Groups written as releases would write them (bench/fill.py)."""
    with tempfile.TemporaryDirectory() as place:
        store = Store.open(Path(place) / "store.duckdb")
        fill(store, 1, A_DAY, DAYS, LAST, today=72)
        times = measure_overview(store, 1, LAST)
        store.close()
    with tempfile.TemporaryDirectory() as place:
        size = measure_size(Path(place))
    told = f"first {times['first']:.0f} ms, slowest {times['slowest']:.0f} ms; Umami 5,400 ms"
    return [
        Figure("overview_1m_ms", times["median"], "ms", 100, told),
        Figure("mb_per_million", size, "MB", 10, "at 10,000 a day, after the merge; Umami 1,252, raw DuckDB 45"),
    ]
