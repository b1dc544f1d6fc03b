"""What is known of whole days and hours of a site, cube none and the exact totals, for `dashboard.reports`.

A day whose totals obey the group rule (totals = groups) has no exact figures: its pageviews and visits are those in
groups, it has no hours and no estimate of visitors.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl
from msgspec import Struct

from collector.day.cubes import Unit
from collector.store import Store
from dashboard.period import Buckets, Span, bucket_days, bucket_hours, first_of_bucket, local

HOUR = timedelta(hours=1)
POINTS = {"pageviews": pl.Int64, "visits": pl.Int64, "visitors": pl.Int64}


class DayFigures(Struct):
    """One day of one site. `grouped` and `late` are counts by unit, of groups of their day and of late ones."""

    date: date
    k: int
    in_groups: bool  # totals = groups: nothing is exact
    replayed: bool  # from an access log
    pageviews: int
    visits: int
    visitors: int | None
    grouped: dict[str, int]
    late: dict[str, int]
    seconds: int = 0  # of the visit ends in `grouped`
    late_seconds: int = 0
    imported: bool = False  # counted elsewhere: collector/history.py


class Sums(Struct):
    """Days added up. `grouped` counts late groups where the period allows."""

    pageviews: int = 0
    visits: int = 0
    visitors: int | None = None
    bounces: int = 0
    visit_ends: int = 0
    seconds: int = 0


def read_days(store: Store, sites: Sequence[int], begin: date, end: date) -> dict[int, dict[date, DayFigures]]:
    """The figures of every day that the sites have in begin <= day < end: two queries."""
    place: dict[str, Any] = {"sites": list(sites), "begin": begin, "end": end}
    found: dict[int, dict[date, DayFigures]] = {site: {} for site in sites}
    # Groups first: a release that lands between the two is then in the totals, and never a day that they do not have.
    groups = store.read("whole_site", **place)
    for site, day, k, totals, source, pageviews, visits, estimate in store.read("figures", **place):
        found[site][day] = DayFigures(
            day, k, totals == "groups", source == "replay", pageviews or 0, visits or 0, estimate, {}, {}
        )
        found[site][day].imported = source == "import"
    for site, day, cube, late, n, seconds in groups:
        figures = found[site][day]
        unit = cube.rpartition(".")[2]
        (figures.late if late else figures.grouped)[unit] = n
        if unit == Unit.VISIT_END:
            figures.seconds, figures.late_seconds = (
                (figures.seconds, seconds) if late else (seconds, figures.late_seconds)
            )
    for days in found.values():
        for figures in days.values():
            if figures.in_groups:
                figures.pageviews = figures.grouped.get(Unit.PAGEVIEW, 0)
                figures.visits = figures.grouped.get(Unit.VISIT_START, 0)
    return found


def add_up(days: dict[date, DayFigures], span: Span, with_late: bool) -> Sums:
    """The sum of the days of a half-open range; late groups only where they may count."""
    sums = Sums()
    for day in days.values():
        if not span[0] <= day.date < span[1]:
            continue
        late = day.late if with_late else {}
        sums.pageviews += day.pageviews + (late.get(Unit.PAGEVIEW, 0) if day.in_groups else 0)
        sums.visits += day.visits + (late.get(Unit.VISIT_START, 0) if day.in_groups else 0)
        sums.bounces += day.grouped.get(Unit.BOUNCE, 0) + late.get(Unit.BOUNCE, 0)
        sums.visit_ends += day.grouped.get(Unit.VISIT_END, 0) + late.get(Unit.VISIT_END, 0)
        sums.seconds += day.seconds + (day.late_seconds if with_late else 0)
        if day.visitors is not None:
            sums.visitors = (sums.visitors or 0) + day.visitors
    return sums


def day_points(days: dict[date, DayFigures], span: Span, buckets: Buckets, today: date) -> pl.DataFrame:
    """A row a bucket: bucket (Date), pageviews, visits, visitors, ongoing.

    A bucket without data is 0; visitors are null where some day has visits but no estimate. Late groups are left out.
    """
    going_on = first_of_bucket(today, buckets) if span[0] <= today < span[1] else None
    rows: dict[date, list[Any]] = {
        bucket: [bucket, 0, 0, 0, bucket == going_on] for bucket in bucket_days(*span, buckets)
    }
    for day in days.values():
        if span[0] <= day.date < span[1]:
            row = rows[first_of_bucket(day.date, buckets)]
            row[1] += day.pageviews
            row[2] += day.visits
            known = day.visitors if day.visitors is not None or day.visits else 0
            row[3] = None if row[3] is None or known is None else row[3] + known
    return pl.DataFrame(list(rows.values()), schema={"bucket": pl.Date, **POINTS, "ongoing": pl.Boolean}, orient="row")


def read_hours(store: Store, site: int, span: Span) -> dict[datetime, tuple[int, int]]:
    """(pageviews, visits) of each hour that has any, by the naive UTC moment it begins."""
    rows = store.read("hours", site=site, begin=span[0], end=span[1])
    return {hour: (pageviews, visits) for hour, pageviews, visits in rows}


def hour_points(store: Store, site: int, zone: str, span: Span, now: int) -> pl.DataFrame:
    """A row an hour: bucket (Datetime, the site's wall clock), pageviews, visits, visitors (null), ongoing.

    Hours that have not begun at `now` (milliseconds UTC) are null.
    """
    moment = datetime.fromtimestamp(now / 1000, tz=UTC).replace(tzinfo=None)
    found = read_hours(store, site, span)
    rows = [
        (
            local(hour, zone),
            *(found.get(hour, (0, 0)) if hour <= moment else (None, None)),
            None,
            hour <= moment < hour + HOUR,
        )
        for hour in bucket_hours(*span, zone)
    ]
    return pl.DataFrame(rows, schema={"bucket": pl.Datetime("us"), **POINTS, "ongoing": pl.Boolean}, orient="row")


def beside(points: pl.DataFrame, before: pl.DataFrame | None) -> pl.DataFrame:
    """The points with the comparison's in columns before_*, bucket by bucket; null where it has fewer."""
    against = (points.clear() if before is None else before).drop("ongoing")
    against = against.rename({name: f"before_{name}" for name in against.columns}).with_row_index("place")
    return points.with_row_index("place").join(against, on="place", how="left", maintain_order="left").drop("place")
