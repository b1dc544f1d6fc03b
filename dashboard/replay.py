"""The replay of access logs: old days counted from a log as if its visitors had come to a running Trekvart.

Every line goes through the same door (`dashboard.replay_lines`), into the same fold, with a clock that is the log's:
publishes, midnights and expiry happen at the log's times. Each day has a key of its own, drawn for it and never
written. The whole result is held in memory until the end, and handed over at once or not at all.
"""

import secrets
from collections import Counter
from collections.abc import Iterator

from collector.day.cubes import CUBES, TOTAL_CUBES
from collector.day.day import Day, day_bounds
from collector.day.fold import Fold
from collector.day.keys import KEY_BYTES
from collector.day.release import Release
from collector.day.waiting import Count, Waiting
from collector.errors import LogError
from collector.settings import Settings
from collector.site import Site
from dashboard.condense import by_hour
from dashboard.replay_lines import Portion


class Replay:
    """One site's log, portion by portion. Then `finish`, and everything else here is its result."""

    def __init__(self, site: Site, settings: Settings) -> None:
        """`settings`: only for how many cells a cube may have."""
        self._site = site
        self._handed = 0  # days that `fresh` has given out
        self._cells_per_cube = settings.cells_per_cube
        self._day: Day | None = None
        self._fold: Fold | None = None
        self._due = 0

        self.lines = self.left_out = self.moved = 0  # as the last portion says
        self.hits = 0  # page views: a log tells of nothing else
        self.drops: Counter[str] = Counter()
        self.days: list[tuple[Day, list[Release]]] = []
        self.waiting = Waiting()  # at the end: destroyed

    def take(self, portion: Portion) -> None:
        """Fold the log's next portion."""
        self.lines, self.left_out, self.moved = portion.lines, portion.left_out, portion.moved
        drops: Counter[str] = Counter()
        ends = self._due if self._day is not None else 0  # nothing is due before
        fold = self._fold
        for time, number, what in portion.seen:
            if time >= ends or fold is None:
                fold = self._advance(time)
                assert self._day is not None
                ends = min(self._due, self._day.ends)
            if isinstance(what, str):
                drops[what] += 1
                fold.drop(0, what)
            else:
                self.hits += 1
                fold.hit(number, 0, what)
        self.drops += drops

    def finish(self, *, resumed: bool = False) -> None:
        """The log has ended: close its last day. Raises LogError when it had no finished day.

        `resumed`: days were left out because they have data.
        """
        if self._day is None:
            raise LogError(self._nothing(resumed=resumed))
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

    def _nothing(self, *, resumed: bool) -> str:
        if self.left_out:
            when = "of days that were counted before, or of today" if resumed else "of today"
            return f"All {self.left_out} lines are {when}, which is not over; replay the log tomorrow."
        return f"None of the {self.lines} lines is in a format that is known; see: trekvart replay --help"
