"""The overview's server time over a month of groups, and the bytes they take on disk after the nightly merges."""

import tempfile
from datetime import date
from pathlib import Path

from bench.figure import Figure
from bench.fill import fill, measure_overview, measure_size
from collector.store import Store

LAST = date(2026, 11, 22)
DAYS = 60  # a month, and the month before it that the overview compares with
A_DAY = 33_333  # a million in 30 days


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
