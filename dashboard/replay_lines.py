"""The lines of an access log as hits and drops in the order of their times: what a replay folds. Pure.

Lines stand in a log in the order in which their requests ended, and nearly in that of their times. Those that nothing
can come before any more are given out, a portion at a time.
"""

from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator
from operator import itemgetter
from typing import Final

from msgspec import Struct

from collector.day.day import day_bounds
from collector.door.country import Countries
from collector.door.door import Door
from collector.door.hit import Drop, Hit
from collector.door.logged import Logged
from collector.errors import LogError
from collector.logformats import Log
from collector.settings import Settings
from collector.site import Site

SORTED: Final = 120_000  # milliseconds: servers write a line when its request ends, so lines this far apart are sorted
# A page that takes hours to send may be written long after it was asked for; it counts at the time it is met. When a
# line comes still later, files stand in the wrong order, and would end up on the wrong days.
LATEST: Final = 6 * 3_600_000

CHUNK: Final = 8192  # lines sorted and given out at a time

# A line's time (milliseconds UTC), its number, and what became of it: a hit, or the reason why there is none. That is
# plain text: a member of an enum costs whoever folds it half a microsecond more, and two lines in three have one.
Seen = tuple[int, int, Hit | str]


class Portion(Struct, array_like=True, gc=False):
    """Lines in the order of their times, none of which is before one of an earlier portion; and the counts so far."""

    seen: list[Seen]
    lines: int  # read
    left_out: int  # of a day that is not over or was counted before, or of somebody who objects
    moved: int  # counted later than their line says


class Lines:
    """One site's log, from its lines to portions."""

    def __init__(self, site: Site, settings: Settings, now: int, taken: Collection[str] = ()) -> None:
        """`now`: milliseconds UTC; the site's day that it lies in, what is later, and the days `taken` are left out."""
        self._log = Log(site.domain)
        self._logged = Logged(Door((site,), settings, Countries(settings.country_file)), site.domain)
        self._zone = site.time_zone
        self._taken = frozenset(taken)
        self._span = (0, 0, False)  # the day of the last line looked up in them: its bounds, and whether it is
        self._today = day_bounds(now, site.time_zone)[1]
        self._sorting: list[Seen] = []
        self._newest = 0
        self._timeless = 0  # torn lines before the first whole one
        self._leaving = False  # the last whole line was left out
        self._lines = self._left_out = self._moved = 0

    def portions(self, lines: Iterable[bytes]) -> Iterator[Portion]:
        """Read the log to its end. Raises LogError when its files stand in the wrong order."""
        enough = CHUNK
        for line in lines:
            self._read(line)
            if len(self._sorting) >= enough:
                yield self._sorted(self._newest - SORTED)
                enough = len(self._sorting) + CHUNK
        yield self._sorted(self._newest)

    def _read(self, line: bytes) -> None:
        if line[:1] == b"#" and self._log.comment(line):
            return
        self._lines += 1
        entry = self._log.read(line)
        if entry is None:
            self._torn()
            return
        time, told = entry
        if time >= self._today or (self._taken and self._is_taken(time)):
            self._leaving = True
            self._left_out += 1
            return
        self._leaving = False
        if isinstance(told, Drop):
            self._push(time, told)
        elif told.objects:  # as in life: no trace, not even a count of its own
            self._left_out += 1
        else:
            self._push(time, self._logged.read(*told[:4], time))

    def _is_taken(self, time: int) -> bool:
        begins, ends, taken = self._span
        if not begins <= time < ends:
            date, begins, ends = day_bounds(time, self._zone)
            taken = date in self._taken
            self._span = begins, ends, taken
        return taken

    def _torn(self) -> None:
        """A torn line has no time: it counts where it stands."""
        if self._leaving:
            self._left_out += 1
        elif self._newest:
            self._push(self._newest, Drop.TORN_LINE)
        else:
            self._timeless += 1

    def _push(self, time: int, what: Hit | Drop) -> None:
        newest = self._newest
        if time > newest:
            if self._timeless:
                self._sorting += [(time, number, Drop.TORN_LINE.value) for number in range(-self._timeless, 0)]
                self._timeless = 0
            self._newest = time
        elif time < newest - SORTED:
            if time < newest - LATEST:
                raise LogError(
                    f"Line {self._lines} is more than {LATEST // 3_600_000} hours older than one before it; "
                    "name the files from the oldest to the newest. Nothing was changed."
                )
            time = newest - SORTED
            if isinstance(what, Hit):
                what.time = time
            self._moved += 1
        self._sorting.append((time, self._lines, what.value if isinstance(what, Drop) else what))

    def _sorted(self, until: int) -> Portion:
        """What nothing can come before any more."""
        lines = self._sorting
        lines.sort()  # nearly sorted already, which makes it cheap; a line's number is never another's
        last = bisect_right(lines, until, key=itemgetter(0))
        seen = lines[:last]
        del lines[:last]
        return Portion(seen, self._lines, self._left_out, self._moved)
