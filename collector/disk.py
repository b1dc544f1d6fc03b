"""Room on the disk: a floor of free space is kept, so that publishes, backups and staff still work when it fills up."""

import os
from collections.abc import Sequence
from pathlib import Path

MEGABYTE = 1_000_000


class Disk:
    """Looks at the file systems of data and keys, once a second. `why` says why no beacon is taken; "": they are."""

    def __init__(self, places: Sequence[Path], floor: int) -> None:
        """`floor`: megabytes that stay free."""
        self._places = places
        self._floor = floor * MEGABYTE
        self.why = ""
        self.look()

    def look(self) -> None:
        """Asks the file systems; some 5 us each."""
        try:
            short = any(free(place) < self._floor for place in self._places)
        except OSError:
            self.why = "disk-error"
        else:
            self.why = "disk-full" if short else ""


def free(place: Path) -> int:
    """Bytes that this user may still write on the place's file system. Raises OSError."""
    found = os.statvfs(place)
    return found.f_bavail * found.f_frsize
