"""The fold of one site's day: hits and publish ticks in, releases out. The only way from the spool to the outbox.

Pure: the same entries in the same order give the same releases, byte for byte; that is the whole recovery story. A tick
whose precondition does not hold changes nothing at all, so only those that published need to be recorded.

What a hit contributes (`cubes.py` says what is counted of it):

    view                    PAGEVIEW; REACH when its visit sees the page first; VISIT_START when it begins one
    time                    nothing yet: it is kept with its visit and page
    event                   EVENT, REACH once per visit; both again for each property value ("name=value")
    visit ends              VISIT_END with seconds; BOUNCE if it was one; per page with engaged time a TIMED_VIEW

The hit that begins a visit lends its lots to the visit's facts, the hit that first sees a page to the page's.
"""

from bisect import bisect_right

from collector.day.cells import Cells
from collector.day.cubes import Dimension, Unit
from collector.day.day import Day
from collector.day.held import Held
from collector.day.lots import HELD
from collector.day.release import Release, Totals
from collector.day.visit import Visit
from collector.day.visitors import Visitors
from collector.day.visits import LONGEST_VISIT, Visits
from collector.day.waiting import Count, Waiting
from collector.door.hit import Hit, Kind

# Bands are named by where they begin: "30" is 30 to 60 seconds, "600" is ten minutes and more.
DURATION_BANDS = (0, 10, 30, 60, 180, 600)  # seconds
SCROLL_BANDS = (0, 25, 50, 75, 100)  # per cent; "100" is the foot of the page
_DURATIONS = tuple(map(str, DURATION_BANDS))
_SCROLLS = tuple(map(str, SCROLL_BANDS))

# Plain ints and module names: an attribute of an enum costs five times as much, and this runs for every hit.
_VIEW, _TIME = int(Kind.VIEW), int(Kind.TIME)
_PAGEVIEW, _REACH, _VISIT_START = Unit.PAGEVIEW, Unit.REACH, Unit.VISIT_START


def duration_band(seconds: int) -> str:
    """The band of a visit's duration: the lower bound in seconds, as text."""
    return _DURATIONS[bisect_right(DURATION_BANDS, seconds) - 1]


def scroll_band(per_cent: int) -> str:
    """The band of a scroll depth: the lower bound in per cent, as text."""
    return _SCROLLS[bisect_right(SCROLL_BANDS, per_cent) - 1]


class Fold:
    """One site, one day."""

    def __init__(self, day: Day, key: bytes, waiting: Waiting, cells_per_cube: int) -> None:
        """`key`: the 32-byte key of (site, day). `waiting`: what the day before left; read, never changed."""
        self._day = day
        self._before = waiting
        self._cells = Cells(day, key, waiting, cells_per_cube)
        self._visits = Visits(self._ended)
        self._visitors = Visitors()
        self._exact = day.totals == "exact"
        self._held = Held()  # asked only where totals are exact
        # Different networks of hits (at site 0, which has none, of drops); none is noted past the k-th: it would say
        # no more, and a busy day has a hundred thousand.
        self._since: set[int] = set()  # the last publish
        self._today: set[int] = set()
        # Totals not published yet.
        self._pageviews = waiting.pageviews
        self._starts = waiting.visits
        self._drops = dict(waiting.drops)

        self._lots = self._cells.draws.lots
        self._add = self._cells.add

    def hit(self, entry: int, index: int, hit: Hit) -> None:
        """Take in the hit at (entry, index) of the spool: the identity under which its lots are drawn."""
        network = hit.network
        if len(self._since) < self._day.k:
            self._reached_by(network)
        kind = hit.kind
        if kind == _TIME:
            self._visits.time(hit)
        elif kind == _VIEW:
            lots = self._lots(entry, index)
            visit = self._visits.view(hit, lots)
            values = visit.values
            begins, sees = visit.views == 1, visit.seen[visit.page].lots is lots
            if begins and self._exact:
                visit.held = self._held.holds(lots)
            if visit.held:
                lots = HELD
            self._pageviews += 1
            self._add(_PAGEVIEW, values, lots, network)
            if sees:
                self._add(_REACH, values, lots, network)
            if begins:
                self._starts += 1
                self._visitors.add(visit.key)
                self._add(_VISIT_START, values, lots, network)
        else:
            self._event(entry, index, hit)

    def drop(self, network: int, reason: str) -> None:
        """Count a beacon that did not become a hit. An objection is never told to the fold."""
        if self._day.site == 0:
            self._reached_by(network)
        self._drops[reason] = self._drops.get(reason, 0) + 1

    def publish(self, time: int) -> Release | None:
        """Publish at `time` (milliseconds UTC). None: fewer than k networks since the last one; nothing has changed."""
        if len(self._since) < self._day.k:
            return None
        self._visits.close_idle(time)
        totals = self._take_totals()
        self._since.clear()
        covered = self._held.publish() or not self._exact
        return Release(self._day.date, time, totals, self._cells.release(time, covered=covered), (), closes=False)

    def forgo(self, time: int) -> None:
        """The day was published at `time`, not quite as here: hits that were part of it are lost (a torn entry).

        What was published has been told, so nothing of it may be told again. Totals begin anew; of the groups nobody
        knows which facts went, so none that waits ever goes, and they count as expired.
        """
        self._visits.close_idle(time)
        self._take_totals()
        self._since.clear()
        self._cells.forgo()

    def close(self, time: int) -> tuple[Release, Waiting]:
        """Midnight: end every visit, publish what may be, and hand on what waits. Once, and the last call.

        The totals are published if k networks came since the last publish; else they wait on with the rest.
        """
        self._visits.close()
        due = len(self._since) >= self._day.k
        totals = self._take_totals(last=True) if due else None
        covered = (self._held.any if due else self._held.published) or not self._exact
        rows, late, waiting = self._cells.close(len(self._today), totals=due, covered=covered)
        if self._exact:
            left = (self._pageviews, self._starts, self._drops)
        else:  # what an exact day left over waits for the next exact one; today's were cubes
            left = (self._before.pageviews, self._before.visits, self._before.drops)
        waiting.pageviews, waiting.visits = left[:2]
        waiting.drops = dict(sorted(left[2].items()))
        return Release(self._day.date, time, totals, rows, late, closes=True), waiting

    def count(self, cube: str) -> Count:
        """One cube's sums, for reconciliation in tests; never shown (they move per hit)."""
        return self._cells.count(cube)

    def _reached_by(self, network: int) -> None:
        """Note a network, as long as k different ones are not known."""
        self._since.add(network)
        if len(self._today) < self._day.k:
            self._today.add(network)

    def _take_totals(self, *, last: bool = False) -> Totals | None:
        """Exact counts since the last publish, and the estimate. None where totals obey the rule too.

        Then pageviews and visits are cubes, and drops and visitors are not told: a count without a group is exact,
        whatever it counts.
        """
        if not self._exact:
            return None
        visitors = self._visitors.estimate(fresh=last)
        totals = Totals(self._pageviews, self._starts, visitors, dict(sorted(self._drops.items())))
        self._pageviews = self._starts = 0
        self._drops = {}
        return totals

    def _event(self, entry: int, index: int, hit: Hit) -> None:
        network = hit.network
        visit = self._visits.event(hit)
        held = visit is not None and visit.held
        lots = HELD if held else self._lots(entry, index)
        values: list[str | None] = [None] * len(Dimension) if visit is None else visit.values
        values[Dimension.EVENT] = hit.event
        self._add(Unit.EVENT, values, lots, network)
        if _first(visit, hit.event):
            self._add(Unit.EVENT_REACH, values, lots, network)
        for extra, (name, value) in enumerate(hit.properties, 1):
            told = f"{name}={value}"
            values[Dimension.PROPERTY] = told
            lots = HELD if held else self._lots(entry, index, extra)
            self._cells.add_property(Unit.EVENT, values, lots, network)
            if _first(visit, hit.event, told):
                self._cells.add_property(Unit.EVENT_REACH, values, lots, network)

    def _ended(self, visit: Visit) -> None:
        """Count what is known of a visit only when it ends."""
        add, values, network = self._add, visit.values, visit.network
        lots = HELD if visit.held else visit.lots
        seconds = visit.seconds
        values[Dimension.EXIT_PAGE] = visit.page
        values[Dimension.DURATION] = duration_band(seconds)
        add(Unit.VISIT_END, values, lots, network, seconds)
        if visit.bounced:
            add(Unit.BOUNCE, values, lots, network)
        for page, seen in visit.seen.items():
            if seen.engaged:
                values[Dimension.PAGE] = page
                values[Dimension.SCROLL] = scroll_band(seen.scroll)
                add(Unit.TIMED_VIEW, values, HELD if visit.held else seen.lots, network, (seen.engaged + 500) // 1000)


def _first(visit: Visit | None, *event: str) -> bool:
    """Whether the visit makes this event (with this property) for the first time; never, where there is no visit."""
    if visit is None or visit.events is None or event in visit.events or len(visit.events) >= LONGEST_VISIT:
        return False
    visit.events.add(event)
    return True
