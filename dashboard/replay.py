"""The replay of access logs: old days counted from a log as if its visitors had come to a running Trekvart.

Every line goes through the same door, into the same fold, with a clock that is the log's: publishes, midnights and
expiry happen at the log's times. Each day has a key of its own, drawn for it and never written. The whole result is
held in memory until the end, and handed over at once or not at all.
"""

import secrets
from bisect import bisect_right
from collections import Counter
from collections.abc import Collection, Iterator
from operator import itemgetter
from typing import Final

from collector.day.cubes import CUBES, TOTAL_CUBES
from collector.day.day import Day, day_bounds
from collector.day.fold import Fold
from collector.day.keys import KEY_BYTES
from collector.day.release import Release
from collector.day.waiting import Count, Waiting
from collector.door.country import Countries
from collector.door.door import Door
from collector.door.hit import Drop, Hit
from collector.door.logged import Logged
from collector.errors import LogError
from collector.logformats import Log
from collector.settings import Settings
from collector.site import Site
from dashboard.condense import by_hour

SORTED: Final = 120_000  # milliseconds: servers write a line when its request ends, so lines this far apart are sorted
# A page that takes hours to send may be written long after it was asked for; it counts at the time it is met. When a
# line comes still later, files stand in the wrong order, and would end up on the wrong days.
LATEST: Final = 6 * 3_600_000

CHUNK: Final = 8192  # lines sorted and folded at a time

What = Hit | Drop


class Replay:
    """One site's log, line by line. Then `finish`, and everything else here is its result."""

    def __init__(self, site: Site, settings: Settings, now: int, taken: Collection[str] = ()) -> None:
        """`now`: milliseconds UTC; the site's day that it lies in, what is later, and the days `taken` are left out."""
        self._log = Log(site.domain)
        self._logged = Logged(Door((site,), settings, Countries(settings.country_file)), site.domain)
        self._site = site
        self._taken = frozenset(taken)
        self._span = (0, 0, False)  # the day of the last line looked up in them: its bounds, and whether it is
        self._handed = 0  # days that `fresh` has given out
        self._cells_per_cube = settings.cells_per_cube
        self._today = day_bounds(now, site.time_zone)[1]
        self._sorting: list[tuple[int, int, What]] = []
        self._enough = CHUNK  # lines being sorted, when it is worth folding those that are
        self._newest = 0
        self._timeless = 0  # torn lines before the first whole one
        self._leaving = False  # the last whole line was left out
        self._day: Day | None = None
        self._fold: Fold | None = None
        self._due = 0

        self.lines = 0
        self.left_out = 0  # of a day that is not over or was counted before, or of somebody who objects
        self.moved = 0  # counted later than their line says
        self.hits = 0  # page views: a log tells of nothing else
        self.drops: Counter[str] = Counter()
        self.days: list[tuple[Day, list[Release]]] = []
        self.waiting = Waiting()  # at the end: destroyed

    def line(self, line: bytes) -> None:
        """Take in the log's next line. Raises LogError when the log's files stand in the wrong order."""
        if line[:1] == b"#" and self._log.comment(line):
            return
        self.lines += 1
        entry = self._log.read(line)
        if entry is None:
            self._torn()
            return
        time, told = entry
        if time >= self._today or (self._taken and self._is_taken(time)):
            self._leaving = True
            self.left_out += 1
            return
        self._leaving = False
        if isinstance(told, Drop):
            self._push(time, told)
        elif told.objects:  # as in life: no trace, not even a count of its own
            self.left_out += 1
        else:
            self._push(time, self._logged.read(*told[:4], time))

    def finish(self) -> None:
        """The log has ended: close its last day. Raises LogError when it had no finished day."""
        if not self._newest:
            raise LogError(self._nothing())
        self._drain(self._newest)
        self._close()

    def fresh(self) -> list[tuple[Day, list[Release]]]:
        """The days that have closed since this was last asked."""
        closed = self.days[: None if self._fold is None else -1]
        fresh, self._handed = closed[self._handed :], len(closed)
        return fresh

    @property
    def published(self) -> int:
        """Page views in the totals that were published; in groups, where totals are groups too."""
        if self._site.totals == "groups":
            return self._grouped.named
        return sum(release.totals.pageviews for _, releases in self.days for release in releases if release.totals)

    @property
    def left_over(self) -> int:
        """Page views that no total tells: at the end fewer than k networks had come since the last one."""
        if self._site.totals == "groups":
            return self._grouped.waiting + self._grouped.expired
        return self.waiting.pageviews

    @property
    def visits(self) -> int:
        """Visits that began, published or not."""
        return self.waiting.counts["source.visit_start"].unit

    def cubes(self) -> Iterator[tuple[str, Count]]:
        """Each cube that anything was counted in, and its sums."""
        for cube in CUBES:
            count = self.waiting.counts.get(cube.name)
            if count is not None and count.facts:
                yield cube.name, count

    @property
    def _grouped(self) -> Count:
        return self.waiting.counts[TOTAL_CUBES[0].name]

    def _is_taken(self, time: int) -> bool:
        begins, ends, taken = self._span
        if not begins <= time < ends:
            date, begins, ends = day_bounds(time, self._site.time_zone)
            taken = date in self._taken
            self._span = begins, ends, taken
        return taken

    def _torn(self) -> None:
        """A torn line has no time: it counts where it stands."""
        if self._leaving:
            self.left_out += 1
        elif self._newest:
            self._push(self._newest, Drop.TORN_LINE)
        else:
            self._timeless += 1

    def _push(self, time: int, what: What) -> None:
        floor = self._newest - SORTED
        if time < floor:
            if time < self._newest - LATEST:
                raise LogError(
                    f"Line {self.lines} is more than {LATEST // 3_600_000} hours older than one before it; "
                    "name the files from the oldest to the newest. Nothing was changed."
                )
            time = floor
            if isinstance(what, Hit):
                what.time = floor
            self.moved += 1
        self._sorting.append((time, self.lines, what))
        self._newest = max(self._newest, time)
        if len(self._sorting) >= self._enough:
            self._drain(self._newest - SORTED)
            self._enough = len(self._sorting) + CHUNK

    def _drain(self, until: int) -> None:
        """Fold what nothing can come before any more."""
        lines = self._sorting
        lines.sort()  # nearly sorted already, which makes it cheap; a line's number is never another's
        last = bisect_right(lines, until, key=itemgetter(0))
        drops: Counter[str] = Counter()
        ends = self._due if self._day is not None else 0  # nothing is due before
        fold = self._fold
        for time, number, what in lines[:last]:
            if time >= ends or fold is None:
                fold = self._advance(time)
                assert self._day is not None
                ends = min(self._due, self._day.ends)
            if isinstance(what, Drop):
                drops[what.value] += 1
                fold.drop(0, what.value)
            else:
                self.hits += 1
                fold.hit(number, 0, what)
        self.drops += drops
        del lines[:last]

    def _advance(self, time: int) -> Fold:
        """Move the clock to `time`: the midnight and the publishes that are due by then. The day's fold."""
        if self._day is None or time >= self._day.ends:
            self._close()
            self._open(time)
        assert self._day is not None
        assert self._fold is not None
        while self._due <= time:
            self._publish(self._fold, self._due)
            self._due += self._day.publish_seconds * 1000
        return self._fold

    def _open(self, time: int) -> None:
        site = self._site
        date, begins, ends = day_bounds(time, site.time_zone)
        self._day = Day(site.id, date, begins, ends, site.k, site.publish_seconds, site.totals)
        self._fold = Fold(self._day, secrets.token_bytes(KEY_BYTES), self.waiting, self._cells_per_cube)
        self._due = begins + site.publish_seconds * 1000
        self.days.append((self._day, []))
        for _ in range(self._timeless):
            self.drops[Drop.TORN_LINE.value] += 1
            self._fold.drop(0, Drop.TORN_LINE.value)
        self._timeless = 0

    def _publish(self, fold: Fold, time: int) -> None:
        release = fold.publish(time)
        if release is not None:
            self.days[-1][1].append(release)

    def _close(self) -> None:
        if self._day is None or self._fold is None:
            return
        while self._due < self._day.ends:  # at midnight itself the day closes
            self._publish(self._fold, self._due)
            self._due += self._day.publish_seconds * 1000
        release, self.waiting = self._fold.close(self._day.ends)
        self._fold = None
        self.days[-1] = self._day, by_hour(self._day, [*self.days[-1][1], release])

    def _nothing(self) -> str:
        if self.left_out:
            when = "of days that were counted before, or of today" if self._taken else "of today"
            return f"All {self.left_out} lines are {when}, which is not over; replay the log tomorrow."
        return f"None of the {self.lines} lines is in a format that is known; see: trekvart replay --help"
