"""Linking hits into visits by three octets: what says where it came from is linked to that, the rest to the latest.

The rule, and what was measured with it (daily visits within 5 % for home lines, carriers, offices and mobile only):

    key = network and agent classes; a visit closes after 30 minutes idle, or at the site's midnight
    1 arrival (navigate, no internal referrer, and a campaign or a source that is no payment host): a new visit.
      Other tools' scripts do not say how a page was opened, and in an application of one page their referrer is still
      the first page's: there the latest visit from the same source and campaign goes on, by 3
    2 names one of our pages: the key's most recent open visit whose last page it is, else one that has seen it
    3 anything else: the key's most recent open visit, if it comes back from payment, or m = 1, or idle < 30 min / m^2,
      where m = visits this key started in the last hour (at least those open). Idle is since its last view: counting
      from its TIME hits too would draw in more of what is others' (mobile only -7 % for -4 %)
    4 else: a new visit

Pure: no clock and no chance. Time is what the hits and the ticks say, so the same entries make the same visits.
"""

from collections import deque
from collections.abc import Callable, Iterable

from collector.day.cubes import Dimension
from collector.day.lots import Lots
from collector.day.visit import CLASS_BITS, CLASSES, Seen, Visit
from collector.door.hit import Hit, Navigation

IDLE = 30 * 60 * 1000  # milliseconds without activity that end a visit
HOUR = 60 * 60 * 1000  # how far back a key's visits crowd it
MINUTE = 60 * 1000  # how finely open visits are filed by their latest activity

# A site "sends almost no internal referrers" (a strict Referrer-Policy, or pixels only) when, of at least 100 views
# that are no arrivals, fewer than 5 % have one; then m counts once, not squared. An ordinary site shows 60-80 %, and
# under 100 views a single odd network decides.
SILENT_AFTER = 100
SILENT_ONE_IN = 20

# Memory's bounds under a flood. Past the first two, visits that have been still for longest end early, and starts are
# forgotten before their hour is over; past the third a visit ends and another begins. A shop of a million visitors a
# day has some 360,000 and 42,000 of them.
MOST_OPEN = 1_000_000  # pages that open visits have seen (270 bytes each), a visit itself counting as four
MOST_STARTS = 300_000  # of the last hour, 180 bytes each
LONGEST_VISIT = 1_000  # different pages
ONE_VISIT = 4

DIRECT = "direct"  # the channel of a visit that names none
SHARED = 50_000  # strings kept once for all visits before the table starts afresh

# Plain ints: an attribute of an enum costs five times as much, and these are asked for every hit.
NAVIGATE, RELOAD = int(Navigation.NAVIGATE), int(Navigation.RELOAD)
UNSAID = int(Navigation.UNSAID)
LED = (NAVIGATE, int(Navigation.INSIDE), UNSAID)  # where `inside` is the page it came from
PAGE, PREVIOUS_PAGE = int(Dimension.PAGE), int(Dimension.PREVIOUS_PAGE)


class Visits:
    """The open visits of one site's day. `ended` is called with each visit once, when it ends."""

    def __init__(self, ended: Callable[[Visit], None]) -> None:
        self._ended = ended
        self._classes: dict[tuple[str, str, str], int] = {}
        self._open: dict[int, list[Visit]] = {}  # key -> its open visits, the most recently active last
        self._filed: dict[int, list[Visit]] = {}  # minute of the latest activity when last looked at -> visits
        self._start_times: deque[int] = deque()  # the last hour's starts, in order ...
        self._start_keys: deque[int] = deque()  # ... and their keys
        self._starts: dict[int, int] = {}  # key -> how many of them
        self._others = 0  # views today that are no arrivals
        self._led = 0  # those of them with an internal referrer
        self._shared: dict[str, str] = {}
        self._load = 0  # of open visits, as MOST_OPEN counts

    def view(self, hit: Hit, lots: Lots) -> Visit:
        """Link a VIEW hit. The visit's `views` is 1 when this hit began it; the page's Seen has `lots` when it is new.

        `values` has PAGE and PREVIOUS_PAGE of this view: the page it was led from, else the one viewed before; None for
        the first view of a visit, for a reload, and for the same page again.
        """
        key = self._key(hit)
        time = hit.time
        visits = self._open.get(key)
        if visits:
            time = self._drop_idle(visits, time)
        visit = self._link(hit, key, visits, time)
        page = self._shared.setdefault(hit.page, hit.page)
        if visit is not None and len(visit.seen) >= LONGEST_VISIT and page not in visit.seen:
            self._open[key].remove(visit)
            self._end(visit)
            visit = None
        if visit is None:
            visit = self._start(hit, key, time, page, lots)
        else:
            _touch(self._open[key], visit, time)
            previous = self._previous(hit, visit.page)
            visit.values[PREVIOUS_PAGE] = None if previous == page else previous
            visit.viewed = time
        visit.values[PAGE] = visit.page = page
        visit.views += 1
        if page not in visit.seen:
            visit.seen[page] = Seen(lots)
            self._load += 1
            if self._load > MOST_OPEN:
                self._make_room(visit)
        return visit

    def time(self, hit: Hit) -> Visit | None:
        """Take in a TIME hit: activity, engaged time and scroll of a page that an open visit has seen; else ignored."""
        visits = self._open.get(self._key(hit))
        if not visits:
            return None
        time = self._drop_idle(visits, hit.time)
        visit = _seen_by(visits, hit.page)
        if visit is None:
            return None
        _touch(visits, visit, time)
        seen = visit.seen[hit.page]
        seen.engaged += hit.engaged
        seen.scroll = max(seen.scroll, hit.scroll)
        return visit

    def event(self, hit: Hit) -> Visit | None:
        """Link an EVENT hit to the visit that shows its page, else to the key's latest; it never starts one."""
        visits = self._open.get(self._key(hit))
        if not visits:
            return None
        time = self._drop_idle(visits, hit.time)
        if not visits:
            return None
        visit = _seen_by(visits, hit.page) or visits[-1]
        _touch(visits, visit, time)
        if visit.events is None:
            visit.events = set()
        return visit

    def close_idle(self, time: int) -> None:
        """End every visit that has been idle for 30 minutes or more at `time`."""
        limit = time - IDLE
        last = limit // MINUTE
        for minute in sorted(m for m in self._filed if m <= last):
            for visit in self._filed.pop(minute):
                if not visit.open:
                    continue
                if visit.latest <= limit:
                    self._open[visit.key].remove(visit)
                    self._end(visit)
                else:
                    self._file(visit)

    def close(self) -> None:
        """End every open visit: the day is over."""
        for visits in list(self._open.values()):
            while visits:
                self._end(visits.pop())
        self._filed.clear()

    def _key(self, hit: Hit) -> int:
        """Network and agent classes as one number."""
        classes = (hit.browser, hit.system, hit.device)
        number = self._classes.get(classes)
        if number is None:
            number = len(self._classes)
            if number < CLASSES - 1:
                self._classes[classes] = number
        return hit.network << CLASS_BITS | number

    def _link(self, hit: Hit, key: int, visits: list[Visit] | None, time: int) -> Visit | None:
        """Find the open visit that a view belongs to by the rule; None: it starts one."""
        inside = hit.inside
        navigation = hit.navigation
        again: Visit | None = None
        if not inside and (hit.campaign or (hit.source and not hit.payment)):
            if navigation == UNSAID:
                again = _from_source(visits or (), hit)
            if navigation == NAVIGATE or (navigation == UNSAID and again is None):
                return None  # 1: an arrival
        self._others += 1
        if inside:
            self._led += 1
        if not visits:
            return None
        # 2. On a reload or a way back document.referrer is still the old one, so the page itself is what is named.
        named = inside if navigation in LED else hit.page
        visit = _seen_by(visits, named) if named else None
        if visit is not None:
            return visit
        visit = again or visits[-1]
        if hit.payment and navigation in (NAVIGATE, UNSAID):
            return visit
        self._forget_starts(time)
        crowd = max(len(visits), self._starts.get(key, 0))
        weight = crowd if self._silent else crowd * crowd
        return visit if crowd == 1 or (time - visit.viewed) * weight < IDLE else None

    @property
    def _silent(self) -> bool:
        """Whether the site sends almost no internal referrers today."""
        return self._others >= SILENT_AFTER and self._led * SILENT_ONE_IN < self._others

    def _previous(self, hit: Hit, latest: str) -> str | None:
        if hit.navigation == RELOAD:
            return None
        inside = hit.inside
        if inside and hit.navigation in LED:
            return self._shared.setdefault(inside, inside)
        return latest

    def _start(self, hit: Hit, key: int, time: int, page: str, lots: Lots) -> Visit:
        visit = Visit(key, time, self._entry_values(hit, page), lots)
        self._load += ONE_VISIT
        visits = self._open.get(key)
        if visits is None:
            self._open[key] = [visit]
        else:
            visits.append(visit)
        self._file(visit)
        self._forget_starts(time)
        self._start_times.append(time)
        self._start_keys.append(key)
        self._starts[key] = self._starts.get(key, 0) + 1
        return visit

    def _entry_values(self, hit: Hit, page: str) -> list[str | None]:
        """What stays the same through a visit. A source counts only with a navigation: else it is an old referrer's."""
        if len(self._shared) > SHARED:
            self._shared.clear()
        one = self._shared.setdefault
        source = channel = campaign = ""
        if hit.navigation in (NAVIGATE, UNSAID):
            source, channel, campaign = hit.source, hit.channel, hit.campaign
        values: list[str | None] = [None] * len(Dimension)
        values[Dimension.ENTRY_PAGE] = page
        values[Dimension.SOURCE] = one(source, source)
        values[Dimension.CHANNEL] = one(channel, channel) or DIRECT
        values[Dimension.CAMPAIGN] = one(campaign, campaign) or None
        values[Dimension.BROWSER] = one(hit.browser, hit.browser)
        values[Dimension.SYSTEM] = one(hit.system, hit.system)
        values[Dimension.DEVICE] = one(hit.device, hit.device)
        values[Dimension.COUNTRY] = one(hit.country, hit.country)
        return values

    def _file(self, visit: Visit) -> None:
        self._filed.setdefault(visit.latest // MINUTE, []).append(visit)

    def _drop_idle(self, visits: list[Visit], time: int) -> int:
        """End those of one key's visits that are idle for too long; the time, never before the key's last activity."""
        latest = visits[-1].latest
        time = max(time, latest)
        limit = time - IDLE
        while visits and visits[0].latest <= limit:
            self._end(visits.pop(0))
        return time

    def _end(self, visit: Visit) -> None:
        """Hand a visit over that was taken out of its key's list."""
        visit.open = False
        self._load -= ONE_VISIT + len(visit.seen)
        if not self._open[visit.key]:
            del self._open[visit.key]
        self._ended(visit)

    def _make_room(self, but: Visit) -> None:
        """End visits, those first that were looked at longest ago, until an eighth of the room is free."""
        enough = MOST_OPEN // 8 * 7
        for minute in sorted(self._filed):
            for visit in self._filed.pop(minute):
                if not visit.open:
                    continue
                if visit is but or visit.latest // MINUTE > minute or self._load <= enough:
                    self._file(visit)
                else:
                    self._open[visit.key].remove(visit)
                    self._end(visit)
            if self._load <= enough:
                return

    def _forget_starts(self, time: int) -> None:
        """Forget the starts of more than an hour ago, and the oldest where there are too many."""
        limit = time - HOUR
        times, keys, starts = self._start_times, self._start_keys, self._starts
        while times and (times[0] <= limit or len(times) >= MOST_STARTS):
            times.popleft()
            key = keys.popleft()
            if starts[key] == 1:
                del starts[key]
            else:
                starts[key] -= 1


def _from_source(visits: Iterable[Visit], hit: Hit) -> Visit | None:
    """Find the most recent visit that came from the hit's source and campaign."""
    came = hit.source, hit.campaign or None
    ways = (visit for visit in visits if (visit.values[Dimension.SOURCE], visit.values[Dimension.CAMPAIGN]) == came)
    return max(ways, key=lambda visit: visit.latest, default=None)


def _seen_by(visits: list[Visit], page: str) -> Visit | None:
    """Find the most recent visit whose last page it is, else the most recent that has seen it."""
    for visit in reversed(visits):
        if visit.page == page:
            return visit
    for visit in reversed(visits):
        if page in visit.seen:
            return visit
    return None


def _touch(visits: list[Visit], visit: Visit, time: int) -> None:
    """Make it the most recently active."""
    visit.latest = time
    if visits[-1] is not visit:
        visits.remove(visit)
        visits.append(visit)
