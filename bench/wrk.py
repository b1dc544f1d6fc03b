"""Load from wrk (Debian's package), bounded in connections and time, on loopback."""

import os
import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

LUA = Path(__file__).with_name("beacons.lua")


class Load(NamedTuple):
    """What a load gave: requests answered, seconds, refused or failed ones, latencies in milliseconds."""

    requests: int
    seconds: float
    failed: int
    p50_ms: float
    p99_ms: float

    @property
    def rate(self) -> float:
        """Answered well, per second."""
        return (self.requests - self.failed) / self.seconds


def load(port: int, seconds: int, *, connections: int = 64, path: str = "/t", head: str = "") -> Load:
    """Sends beacons as fast as they are answered. `head`: how a peer's beacon begins, where it is not ours."""
    if shutil.which("wrk") is None:
        raise SystemExit("The benchmark needs wrk: apt-get install wrk")
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "10s", "-s", str(LUA)]
    command.append(f"http://127.0.0.1:{port}")
    environ = {**os.environ, "BENCH_PATH": path} | ({"BENCH_HEAD": head} if head else {})
    output = subprocess.run(
        command, env=environ, capture_output=True, text=True, check=True, timeout=seconds + 60
    ).stdout
    result = next(line for line in output.splitlines() if line.startswith("RESULT ")).split()
    return Load(int(result[1]), int(result[2]) / 1e6, int(result[3]), float(result[4]), float(result[5]))
