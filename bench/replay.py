"""How many lines of an access log a second become groups: reading, door, visits, groups and publishes.

The log is a week of a made-up shop (`bench.madeup_log`), half of it assets, a sixth robots. By the clock, with both of
the replay's processes, as the command runs them; their start is not counted.
"""

import tempfile
import time
from datetime import date
from pathlib import Path

from bench import madeup_log
from bench.figure import Figure
from collector.settings import Settings
from collector.site import Site, checked
from dashboard.replay import Replay
from dashboard.replay_reader import Job, no_search_for_cycles, read_apart

LINES = 200_000
TRIES = 3
NOW = 1_795_867_200_000  # 2026-11-28, after the log


def rate(log: Path) -> float:
    """Lines a second of one replay, once its first portion is there."""
    site = checked(Site(id=1, domain="shop.example"))
    replay = Replay(site, Settings())
    portions = read_apart(Job((log,), site, Settings(), NOW, frozenset()))
    replay.take(next(portions))
    begin, before = time.perf_counter(), replay.lines
    for portion in portions:
        replay.take(portion)
    replay.finish()
    return (replay.lines - before) / (time.perf_counter() - begin)


def figures() -> list[Figure]:
    with tempfile.TemporaryDirectory() as place:
        log = Path(place) / "access.log"
        with log.open("w") as file:
            file.writelines(f"{line}\n" for line in madeup_log.lines(LINES, 7, date(2026, 11, 23), "shop.example", 1))
        with no_search_for_cycles():
            best = max(rate(log) for _ in range(TRIES))
    return [Figure("replay_lines_per_s", best, "lines/s", 50_000, "two processes, all cubes", at_least=True)]
