"""A real time zone whose midnight comes within the run: the clock is the machine's own, nothing is faked.

zoneinfo looks in PYTHONTZPATH first. A file there under the name of a real zone has an offset, to the second,
that makes it midnight when the test wants.
"""

import struct
import time
from pathlib import Path

ZONE = "Etc/GMT+12"  # nobody lives there
DAY = 86_400


def midnight_in(directory: Path, seconds: int) -> None:
    """Writes ZONE so that its midnight comes in so many seconds. The process that reads it has not read it before."""
    offset = (DAY - (int(time.time()) + seconds) % DAY) % DAY
    if offset > DAY // 2:
        offset -= DAY
    counts = struct.pack(">6l", 0, 0, 0, 0, 1, 4)
    file = directory / ZONE
    file.parent.mkdir(parents=True, exist_ok=True)
    # TZif, version 1 (RFC 9636): no transitions, one type, its name.
    file.write_bytes(b"TZif" + bytes(16) + counts + struct.pack(">lbB", offset, 0, 0) + b"TST\0")
