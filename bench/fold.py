"""How many hits a second one core folds, cells of all cubes included; and how long a publish takes after 100,000.

The traffic is the tests' simulator: visits of three views from homes, carriers and IPv6, a TIME hit per view. Hits come
as from the spool, decoded in group commits, so that no string is shared between them; decoding is not measured.
`python -m bench.fold profile` shows where the time goes.
"""

import cProfile
import pstats
import sys
import time
from collections.abc import Iterator

import msgspec

from bench.figure import Figure
from collector.day.day import Day
from collector.day.fold import Fold
from collector.day.keeper import count_references_only
from collector.day.waiting import Waiting
from collector.door.hit import Hit
from tests.unit.day.simulator import BEGINS, DAY, Mix, Simulator

COMMIT = 500  # hits a group commit
TICK = 600_000
BACKLOG = 100_000
CELLS = 20_000  # the default of `cells_per_cube`
TRIES = 3  # the best counts: the rest is what else the machine did
_decode = msgspec.msgpack.Decoder(list[Hit]).decode


def traffic(visits: int) -> list[bytes]:
    hits = Simulator(Mix(visits), seed=7).day().hits
    return [msgspec.msgpack.encode(hits[at : at + COMMIT]) for at in range(0, len(hits), COMMIT)]


def new_fold() -> Fold:
    day = Day(1, "2026-11-23", BEGINS, BEGINS + DAY, 10, 600, "exact")
    return Fold(day, bytes(32), Waiting(), CELLS)


def commits(batches: list[bytes]) -> Iterator[tuple[int, list[Hit]]]:
    for entry, batch in enumerate(batches):
        yield entry, _decode(batch)


def fold_day(batches: list[bytes]) -> float:
    """Hits a second over a whole day with its publishes."""
    fold, seconds, count, due = new_fold(), 0.0, 0, BEGINS + TICK
    for entry, hits in commits(batches):
        begin = time.process_time()
        for index, hit in enumerate(hits):
            if hit.time >= due:
                fold.publish(due)
                due += TICK
            fold.hit(entry, index, hit)
        seconds += time.process_time() - begin
        count += len(hits)
    return count / seconds


def publish_backlog(batches: list[bytes]) -> float:
    """Seconds of one publish tick after `BACKLOG` hits."""
    fold, last = new_fold(), BEGINS
    for entry, hits in commits(batches[: BACKLOG // COMMIT]):
        for index, hit in enumerate(hits):
            fold.hit(entry, index, hit)
        last = hits[-1].time
    begin = time.process_time()
    fold.publish(last)
    return time.process_time() - begin


def figures() -> list[Figure]:
    count_references_only()
    batches = traffic(40_000)
    rate = max(fold_day(batches) for _ in range(TRIES))
    tick = min(publish_backlog(batches) for _ in range(TRIES))
    return [
        Figure("fold_hits_per_s", rate, "hits/s", 50_000, "all cubes, one core", at_least=True),
        Figure("publish_100k_s", tick, "s", 2, "all cubes"),
    ]


def profile() -> None:
    batches = traffic(10_000)
    profiler = cProfile.Profile()
    profiler.runcall(fold_day, batches)
    pstats.Stats(profiler).sort_stats("tottime").print_stats(15)


if __name__ == "__main__":
    if sys.argv[1:] == ["profile"]:
        profile()
    else:
        for figure in figures():
            print(figure.line())
