"""A thousand deaths: at fault points chosen at random in a made-up history, and of the running server under load.

`make bench T=crash`; BENCH_ROUNDS=n for fewer or more. One round in twenty kills the running server, the others the
history of tests/crashing.py, whose end is compared with an undisturbed one.
"""

import json
import os
import random
import subprocess
import sys
import tempfile
from pathlib import Path

from bench.figure import Figure
from collector.fault import POINTS
from tests.app.test_kill import FLAGS, SITE, Load, pages, published
from tests.running import RunningServer, add_site

ROUNDS = int(os.environ.get("BENCH_ROUNDS", "1000"))
SERVER_EVERY = 20
ELSEWHERE = {"backup.written"}


def figures() -> list[Figure]:
    """How many rounds ended otherwise than they should have."""
    draw = random.Random(20261125)
    servers = ROUNDS // SERVER_EVERY
    points = [point for point in POINTS if point not in ELSEWHERE]
    plans = [f"{draw.choice(points)}:{draw.randint(1, 3)}" for _ in range(ROUNDS - servers)]
    with tempfile.TemporaryDirectory() as place:
        command = [sys.executable, "-m", "tests.crashing", str(Path(place) / "told"), *plans]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        told = [json.loads(line) for line in done.stdout.splitlines()]
        lost = _server(Path(place) / "server", servers, draw)
    wrong = sum(1 for one in told if one["failed"] or one["differs"])
    died = sum(one["died"] for one in told)
    return [
        Figure("crash_wrong", wrong, "rounds", 0, f"of {len(told)}, in which {died} died at a fault point"),
        Figure("crash_lost", lost, "beacons", 0, f"acknowledged and not counted exactly once, {servers} kills"),
    ]


def _server(place: Path, rounds: int, draw: random.Random) -> int:
    """Kills the server under load; acknowledged beacons that are not in the totals exactly once."""
    place.mkdir()
    server, load = RunningServer(place, *FLAGS), Load()
    add_site(server, SITE, demo=True, publish_seconds=1)
    for _ in range(rounds):
        server.start()
        threads = load.run(server.port, draw.randrange(50, 900))
        server.kill()
        for thread in threads:
            thread.join()
    server.start()
    last = {f"/sist/{n}" for n in range(6)}
    for n, page in enumerate(sorted(last)):
        assert server.beacon(SITE, f"198.19.{n}.1", u=f"https://{SITE}{page}").status == 202
    server.stop()
    found = list(pages(server))
    missing = (load.acknowledged | last) - set(found)
    twice = len(found) - len(set(found))
    return len(missing) + twice + abs(published(server) - len(found))
