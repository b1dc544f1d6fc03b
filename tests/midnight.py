"""A real time zone whose midnight comes within the run, and a clock for a server that can be moved on.

zoneinfo looks in PYTHONTZPATH first. A file there under the name of a real zone has an offset, to the second,
that makes it midnight when the test wants.
"""

import os
import struct
import time
from datetime import UTC, date, datetime
from pathlib import Path

ZONE = "Etc/GMT+12"  # nobody lives there
DAY = 86_400


def midnight_in(directory: Path, seconds: int) -> date:
    """Writes ZONE so that its midnight comes in so many seconds, for who has not read it yet; the day that it ends."""
    now = int(time.time())
    offset = (DAY - (now + seconds) % DAY) % DAY
    if offset > DAY // 2:
        offset -= DAY
    counts = struct.pack(">6l", 0, 0, 0, 0, 1, 4)
    file = directory / ZONE
    file.parent.mkdir(parents=True, exist_ok=True)
    # TZif, version 1 (RFC 9636): no transitions, one type, its name.
    day = datetime.fromtimestamp(now + offset, UTC).date()
    file.write_bytes(b"TZif" + bytes(16) + counts + struct.pack(">lbB", offset, 0, 0) + b"TST\0")
    return day


class Clock:
    """The clock of servers under test: the machine's, ahead by what it was moved on (tests/moved_clock)."""

    def __init__(self, directory: Path) -> None:
        self._file = directory / "ahead"
        self.move_to(0)
        code = Path(__file__).parent / "moved_clock"
        self.environment = {"PYTHONPATH": str(code), "MOVED_CLOCK": str(self._file)}

    def move_to(self, seconds_ahead: int) -> None:
        """From now on it is so many seconds ahead. In one step, or a server would read half a number."""
        aside = self._file.with_suffix(".new")
        aside.write_text(str(seconds_ahead * 10**9))
        os.replace(aside, self._file)  # noqa: PTH105 - as one step
