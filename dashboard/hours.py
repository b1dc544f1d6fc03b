"""Whether hours say anything at a site: where publishes are hours apart, bars an hour wide tell when *they* came.

A publish waits for k new networks, and all it brings counts in the hour of the middle of its interval. Below k / 2
visits an hour, day and night together, one takes two hours or more. So hours are shown from there: 12 k visits a day.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Final, NamedTuple

from collector.day.day import midnight
from collector.site import Site
from collector.store import Store
from dashboard.period import ONE, Period
from dashboard.rounding import tens
from dashboard.totals import DayFigures, read_days

LEAST_OF_K: Final = 12  # times k: visits a day
WEEK: Final = timedelta(days=7)  # that a day which is not over is judged by


class Hours(NamedTuple):
    """Whether hours are shown. `why` is the rest of a text's key when they are not: "thin", or "none" are known."""

    shown: bool
    why: str = ""
    n: int = 0  # visits a day
    least: int = 0  # that it takes
    k: int = 0
    days: int = 0  # of the period that have hours


def judge(store: Store, site: Site, chosen: Period, now: int) -> Hours:
    """By the finished days of the period; today alone by the week before it, or by itself where nothing was before."""
    begin = chosen.begin - WEEK if chosen.begin == chosen.today else chosen.begin
    days = read_days(store, [site.id], begin, chosen.end)[site.id]
    own = [day for day in days.values() if day.date >= chosen.begin]
    if any(day.in_groups or day.imported for day in own) or site.totals != "exact":
        return Hours(shown=False, why="none")
    known = {when: day for when, day in days.items() if not (day.in_groups or day.imported)}
    k = max((day.k for day in known.values()), default=site.k)
    a_day = _visits_a_day(known, site, chosen.today, now)
    enough = a_day >= LEAST_OF_K * k
    told = tens(round(a_day)) if site.rounded else round(a_day)
    return Hours(enough, "" if enough else "thin", told or 0, LEAST_OF_K * k, k, len(own))


def _visits_a_day(days: Mapping[date, DayFigures], site: Site, today: date, now: int) -> float:
    finished = [day.visits for when, day in days.items() if when < today]
    if finished:
        return sum(finished) / len(finished)
    begins = midnight(today, site.time_zone)
    past = max(now - begins, 3_600_000) / (midnight(today + ONE, site.time_zone) - begins)
    return sum(day.visits for day in days.values()) / past
