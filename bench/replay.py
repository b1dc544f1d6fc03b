"""How many lines of an access log a second become groups, on one core: reading, door, visits, groups and publishes.

The log is a week of a made-up shop (`bench.madeup_log`), half of it assets, a sixth robots, in memory. Processor time
of this process, so that what else the machine does counts less.
"""

import time
from datetime import date

from bench import madeup_log
from bench.figure import Figure
from collector.settings import Settings
from collector.site import Site, checked
from dashboard.replay import Replay

LINES = 200_000
TRIES = 3
NOW = 1_795_867_200_000  # 2026-11-28, after the log


def rate(lines: list[bytes]) -> float:
    """Lines a second of one replay."""
    begin = time.process_time()
    replay = Replay(checked(Site(id=1, domain="shop.example")), Settings(), NOW)
    for line in lines:
        replay.line(line)
    replay.finish()
    return len(lines) / (time.process_time() - begin)


def figures() -> list[Figure]:
    log = madeup_log.lines(LINES, 7, date(2026, 11, 23), "shop.example", 1)
    lines = [f"{text}\n".encode() for text in log]
    best = max(rate(lines) for _ in range(TRIES))
    return [Figure("replay_lines_per_s", best, "lines/s", 50_000, "one core, all cubes", at_least=True)]
