"""Time and memory of the cells: a million hits of one day on 20,000 pages, from half a million networks, all cubes.

Run in a process of its own, so that its memory is the fold's; made-up hits are made in batches and not measured.
"""

import json
import random
import subprocess
import sys
import time
from itertools import accumulate
from pathlib import Path

from bench.figure import Figure
from collector.day.day import Day
from collector.day.fold import Fold
from collector.day.keeper import count_references_only
from collector.day.waiting import Waiting
from collector.door.hit import Hit, Kind

CELLS = 20_000  # the default of `cells_per_cube`
PAGES = 20_000
HITS = 1_000_000
VIEWS = 4
BATCH = 1000  # hits: 125 visits of four views, a TIME hit each
ALL_PAGES = tuple(f"/p/{rank}" for rank in range(1, PAGES + 1))
WEIGHTS = tuple(accumulate(1 / rank**0.7 for rank in range(1, PAGES + 1)))  # a long tail: the first page has 1.5 %
BACKLOG = 100_000
DAY = 86_400_000
TICK = 600_000
NAMES = ("wall_1m_hits_per_s", "wall_1m_rss_mb", "wall_1m_publish_s", "wall_1m_cells")
SOURCES = (("Google", "search"), ("facebook.com", "social"), ("newsletter", "mail"), ("", ""))
AGENTS = tuple(
    (f"{browser} {version}", system, device)
    for browser, system, device in (
        ("Chrome", "Windows", "desktop"),
        ("Safari", "iOS", "mobile"),
        ("Edge", "Windows", "desktop"),
    )
    for version in range(140, 150)
)


def figures() -> list[Figure]:
    """Measure in a process of its own; some two minutes."""
    told = subprocess.run([sys.executable, "-m", "bench.wall_cost"], check=True, capture_output=True, text=True).stdout
    rate, memory, tick, cells = json.loads(told)
    on = f"1 million hits, {PAGES:,} pages"
    return [
        Figure("wall_1m_hits_per_s", rate, "hits/s", 50_000, f"{on}, all cubes, publishes included", at_least=True),
        Figure("wall_1m_rss_mb", memory, "MB", 450, f"{on}, the fold's process"),
        Figure("wall_1m_publish_s", tick, "s", 2, f"{PAGES:,} pages, a backlog of 100,000 hits"),
        Figure("wall_1m_cells", cells, "cells", CELLS + 1, "in the fullest cube; the cap, and (other)"),
    ]


def measure() -> tuple[float, float, float, int]:
    """Hits a second of process time, resident MB (10^6 bytes) at the day's end, a tick's seconds, the fullest cube."""
    count_references_only()
    seconds, fold, chance, due = 0.0, _fold(), random.Random(1), TICK
    fullest = 0
    for batch in range(HITS // BATCH):
        hits = _hits(chance, batch, HITS)
        begin = time.process_time()
        for index, hit in enumerate(hits):
            if hit.time >= due:
                fold.publish(due)
                due += TICK
            fold.hit(batch, index, hit)
        seconds += time.process_time() - begin
    fullest = max(len(table.filling) for table in fold._cells._tables)  # noqa: SLF001 - the cap is what is measured
    memory = next(
        int(line.split()[1]) for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmRSS:")
    )
    return HITS / seconds, memory * 1024 / 1e6, _tick(), fullest


def _tick() -> float:
    """Seconds of one publish after `BACKLOG` hits."""
    fold, chance = _fold(), random.Random(2)
    for batch in range(BACKLOG // BATCH):
        for index, hit in enumerate(_hits(chance, batch, BACKLOG)):
            fold.hit(batch, index, hit)
    begin = time.process_time()
    fold.publish(DAY - 1)
    return time.process_time() - begin


def _fold() -> Fold:
    return Fold(Day(1, "2026-11-23", 0, DAY, 10, TICK // 1000, "exact"), bytes(32), Waiting(), CELLS)


def _hits(chance: random.Random, batch: int, whole: int) -> list[Hit]:
    """The batch's visits side by side: the first view of each, the time it took, the second views and so on."""
    visits = [
        (chance.randrange(1 << 19), (*chance.choice(AGENTS), "SE"), chance.choice(SOURCES))
        for _ in range(BATCH // 2 // VIEWS)
    ]
    hits: list[Hit] = []
    pages = [""] * len(visits)
    for view in range(VIEWS):
        before, pages = pages, chance.choices(ALL_PAGES, cum_weights=WEIGHTS, k=len(visits))
        for place, (network, agent, came) in enumerate(visits):
            source, channel = ("", "") if view else came
            where = (network, pages[place], before[place], source, channel, "", False, 0, *agent)
            hits.append(Hit(Kind.VIEW, _time(batch, len(hits), whole), *where))
        for place, (network, agent, _) in enumerate(visits):
            where = (network, pages[place], "", "", "", "", False, 0, *agent)
            hits.append(Hit(Kind.TIME, _time(batch, len(hits), whole), *where, engaged=30_000, scroll=50))
    return hits


def _time(batch: int, place: int, whole: int) -> int:
    """Hits are spread evenly over the day."""
    return (batch * BATCH + place) * DAY // whole


if __name__ == "__main__":
    print(json.dumps(measure()))
