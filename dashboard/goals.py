"""Goals: events and pages that the shop is there for, how many visits reached them, and where those came from.

A conversion is a visit in a group of the cube event.event_reach or page.reach; the rate is conversions over the exact
number of visits. Both are therefore "at least": visits that wait for their group are in the visits and not yet in the
conversions. By channel there are only events (event+channel.event_reach): page.reach knows no channel.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from msgspec import Struct

from collector.control import Control
from collector.site import Site
from collector.store import Store
from dashboard import reports
from dashboard.period import ONE, Period, parse

LOOK_BACK: Final = 30  # days: as long as a group of one dimension waits
WAITS: Final = {"value": 30, "pair": 7}  # days until what waits is destroyed (the design, section 5)
FIRST_LOT: Final = 7 / 8  # of a cell's hits join the group that is filling


class Kind(StrEnum):
    """What a goal is."""

    EVENT = "event"
    PAGE = "page"


class Goal(Struct, frozen=True):
    """One declared goal. `value` is the event's name or the page's path."""

    id: int
    kind: Kind
    value: str


class ChannelShare(Struct, frozen=True):
    """A channel's part in a goal: conversions in groups, and of its visits in groups the share, 0..1."""

    channel: str
    reached: int
    rate: float | None


class Outcome(Struct, frozen=True):
    """What became of a goal in a period."""

    goal: Goal
    reached: int  # visits in groups
    rate: float | None  # of all visits, 0..1; None without visits
    channels: list[ChannelShare]


class Prospect(StrEnum):
    """What can be expected of a goal that is as frequent as it was in the last LOOK_BACK days."""

    GOOD = "good"  # groups fill in days
    SLOW = "slow"  # a group takes more than half of the time it may wait: figures are late, and some expire
    RARE = "rare"  # most would expire before it makes a group
    UNSEEN = "unseen"  # nothing of it is in a group: new, or rarer than `least`


class Outlook(Struct, frozen=True):
    """A goal's prospect, and from how many visits in 30 days on it makes groups: of the whole, and of one channel."""

    prospect: Prospect
    seen: int  # visits in groups in LOOK_BACK days
    least: int
    least_share: float | None  # of the site's visits in LOOK_BACK days
    least_channel: int


def declared(control: Control, site: Site) -> list[Goal]:
    """The site's goals, in the order they were declared."""
    return [Goal(number, Kind(kind), value) for number, kind, value in control.read("goals", site=site.id)]


def outcomes(store: Store, site: Site, period: Period, goals: Sequence[Goal], visits: int) -> list[Outcome]:
    """Each goal in a period that has so many visits. At most four queries, however many goals."""
    events = [goal.value for goal in goals if goal.kind == Kind.EVENT]
    pages = [goal.value for goal in goals if goal.kind == Kind.PAGE]
    reached = {(Kind.EVENT, value): n for value, _, n in _values(store, site, period, "event.event_reach", events)} | {
        (Kind.PAGE, value): n for value, _, n in _values(store, site, period, "page.reach", pages)
    }
    pairs = _values(store, site, period, "event+channel.event_reach", events)
    channels = reports.panel(store, site, period, "channels").rows if pairs else []
    by_channel = {row.values[0]: row.n for row in channels}
    found = []
    for goal in goals:
        n = min(reached.get((goal.kind, goal.value), 0), visits)
        of_goal = [
            (channel, count) for value, channel, count in pairs if (goal.kind, value) == (Kind.EVENT, goal.value)
        ]
        shares = [
            ChannelShare(channel, count, min(count / by_channel[channel], 1.0) if by_channel.get(channel) else None)
            for channel, count in sorted(of_goal, key=lambda pair: (-pair[1], pair[0]))
        ]
        found.append(Outcome(goal, n, n / visits if visits else None, shares))
    return found


def outlook(store: Store, site: Site, goal: Goal, today: date) -> Outlook:
    """What can be expected of a goal, by what the groups and totals of the last LOOK_BACK whole days say."""
    begin = today - timedelta(days=LOOK_BACK)
    asked = {"period": "custom", "from": begin.isoformat(), "to": (today - ONE).isoformat(), "compare": "none"}
    month = parse(asked, today)
    visits = reports.visits(store, site, month)
    seen = outcomes(store, site, month, [goal], visits)[0].reached
    least, channel = (needed(site.k, WAITS[kind]) for kind in ("value", "pair"))
    return Outlook(prospect(seen, site.k), seen, least, least / visits if visits else None, channel)


def needed(k: int, waits: int) -> int:
    """From how many visits in LOOK_BACK days on a cell's group mostly fills within `waits` days."""
    return -(-int(k / FIRST_LOT * LOOK_BACK / waits * 1000) // 1000)


def prospect(seen: int, k: int) -> Prospect:
    """By how many visits in groups there were in LOOK_BACK days. Each is a visit from some network, mostly its own."""
    least = needed(k, WAITS["value"])
    if not seen:
        return Prospect.UNSEEN
    return Prospect.RARE if seen < least else Prospect.SLOW if seen < 2 * least else Prospect.GOOD


def _values(store: Store, site: Site, period: Period, cube: str, values: Sequence[str]) -> list[tuple[str, str, int]]:
    if not values:
        return []
    asked = {"site": site.id, "begin": period.begin, "end": period.end, "late": period.days >= reports.WEEK}
    return [(a, b, n) for a, b, n in store.read("values", cube=cube, values=list(values), **asked)]
