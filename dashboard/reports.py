"""Reports: one function per question. The only way to read groups.

Every answer is a sum of rows of one cube over whole days of the site's calendar; beside them stand the exact totals.

- The whole of a cube is the exact total it is a part of: pageviews for the unit pageview, visits for visit_start and
  visit_end (every visit starts once and ends once, at midnight at the latest; those still open wait too). Other units,
  and the campaigns (most visits have none), have no exact whole. Shares are of the whole; without one, of the named.
- named is what whole groups say; waiting = whole - named is "not yet in a group", never negative; no row shows more
  than its whole (a day's groups can be more than its totals: what fewer than k networks left over at midnight is in the
  next day's totals).
- Late groups waited over a midnight. They count only in periods of WEEK days or more, never in a day's figure.
- Where a site's totals obey the group rule too, the wholes are sums of the cubes none.pageview and none.visit_start, by
  day only, and there is no estimate of visitors.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

import polars as pl
from msgspec import Struct

from collector.site import Site
from collector.store import Store
from dashboard.period import ONE, Buckets, Period, Span, local, today
from dashboard.totals import DayFigures, Sums, add_up, beside, day_points, hour_points, read_days, read_hours

WEEK = 7  # days: from here late groups count
TOP = 10  # rows of a panel on the overview


class Question(NamedTuple):
    """What a panel asks: a cube, and which exact total is its whole ("pageviews", "visits", or "" for none)."""

    cube: str
    whole: str

    @property
    def unit(self) -> str:
        """The cube's unit, `collector.day.cubes.Unit`."""
        return self.cube.rpartition(".")[2]


PANELS: Mapping[str, Question] = {
    "pages": Question("page.pageview", "pageviews"),
    "entry": Question("entry_page.visit_start", "visits"),
    "exit": Question("exit_page.visit_end", "visits"),
    "sources": Question("source.visit_start", "visits"),
    "channels": Question("channel.visit_start", "visits"),
    "campaigns": Question("campaign.visit_start", ""),
    "browsers": Question("browser.visit_start", "visits"),
    "systems": Question("system.visit_start", "visits"),
    "devices": Question("device.visit_start", "visits"),
    "countries": Question("country.visit_start", "visits"),
    "durations": Question("duration.visit_end", "visits"),
    "scroll": Question("scroll.timed_view", ""),
    "events": Question("event.event", ""),
    "properties": Question("event+property.event", ""),
    "flow": Question("previous_page+page.pageview", ""),
}


class Headline(Struct, frozen=True):
    """The figures at the top. None: there is nothing to say yet."""

    pageviews: int
    visits: int
    visitors: int | None  # the sum of the days' estimates: "daily visitors", not people; None without an estimate
    views_per_visit: float | None
    bounce_rate: float | None  # 0..1: bounces in groups / visit ends in groups
    visit_duration: float | None  # seconds: mean of the visit ends in groups


class PanelRow(Struct, frozen=True):
    """One value of a dimension (two for pairs). "" stands for none or unknown; the page has the word."""

    values: tuple[str, ...]
    n: int
    share: float  # 0..1 of the panel's whole, or of named where there is none


class Panel(Struct, frozen=True):
    """A list of a cube's values, most first, then by name."""

    name: str  # a key of PANELS
    cube: str
    unit: str
    rows: list[PanelRow]
    more: int  # values in groups that are not among the rows
    named: int  # in whole groups, all values together
    whole: int | None  # the exact total; None where there is none
    waiting: int | None  # whole - named, at least 0: "not yet in a group"; None without a whole


class Overview(Struct, frozen=True):
    """All of the overview.

    `series` has one row a bucket, in order, none left out: bucket (Date; for hours Datetime, the site's wall clock),
    pageviews, visits, visitors (Int64; null: not known, or not begun yet), before_bucket, before_pageviews,
    before_visits, before_visitors (the comparison, bucket by bucket; null without one), and ongoing (Boolean: the
    bucket is not over).
    """

    period: Period
    buckets: Buckets  # the period's, but days where totals have no hours (totals = groups)
    headline: Headline
    before: Headline | None
    series: pl.DataFrame
    panels: dict[str, Panel]
    last_publish: datetime | None  # naive UTC, of the site, whatever the period
    first: date | None  # the site's first day with data, whatever the period; None: it has none
    late: bool  # the panels count late groups too: "collected over several days"
    k: int | None  # the least k of the period's days; None without days
    replayed: bool  # some of the period's days come from an access log
    imported: bool  # some of them were counted elsewhere


class SiteCard(Struct, frozen=True):
    """One site on the list of sites: its last seven days, today last."""

    site: Site
    days: list[date]
    visits: list[int]  # a day each
    pageviews: list[int]
    visitors: list[int | None]
    last_publish: datetime | None  # naive UTC


def overview(store: Store, site: Site, period: Period, now: int, limit: int | None = TOP) -> Overview:
    """Everything the overview shows, of each panel `limit` rows. `now` in milliseconds UTC."""
    span, against = (period.begin, period.end), _against(period)
    days = _days(store, site, period)
    first, published = _spans(store, [site]).get(site.id, (None, None))
    main = add_up(days, span, _late(period))
    chosen = [day for day in days.values() if period.begin <= day.date < period.end]
    rows = _panel_rows(store, site, period, list(PANELS), limit)
    no_hours = any(day.in_groups for day in days.values())
    buckets = Buckets.DAY if period.buckets == Buckets.HOUR and no_hours else period.buckets

    def points(side: Span) -> pl.DataFrame:
        if buckets == Buckets.HOUR:
            return hour_points(store, site.id, site.time_zone, side, now)
        return day_points(days, side, buckets, period.today)

    return Overview(
        period=period,
        buckets=buckets,
        headline=_headline(main),
        before=_headline(add_up(days, against, _late(period))) if against else None,
        series=beside(points(span), points(against) if against else None),
        panels={name: _panel(name, rows[name], main) for name in PANELS},
        last_publish=published,
        first=first,
        late=_late(period),
        k=min((day.k for day in chosen), default=None),
        replayed=any(day.replayed for day in chosen),
        imported=any(day.imported for day in chosen),
    )


def panel(store: Store, site: Site, period: Period, name: str, limit: int | None = None) -> Panel:
    """One panel with all its rows, or the first `limit`. Raises KeyError for a name that is not in PANELS."""
    rows = _panel_rows(store, site, period, [name], limit)[name]
    return _panel(name, rows, add_up(_days(store, site, period), (period.begin, period.end), _late(period)))


def visits(store: Store, site: Site, period: Period) -> int:
    """How many visits the period has: the total."""
    return add_up(_days(store, site, period), (period.begin, period.end), _late(period)).visits


def first_day(store: Store, site: Site) -> date | None:
    """The first day with data, where the period `all` begins."""
    return _spans(store, [site]).get(site.id, (None, None))[0]


def drops(store: Store, site: int, period: Period) -> pl.DataFrame:
    """What was not counted, and why: day (Date), reason (String), n (Int64); by day, then most first.

    Site 0 is what named no known site; its days are days of UTC.
    """
    rows = store.read("drops", site=site, begin=period.begin, end=period.end)
    return pl.DataFrame(rows, schema={"day": pl.Date, "reason": pl.String, "n": pl.Int64}, orient="row")


def rhythm(store: Store, site: Site, period: Period) -> pl.DataFrame:
    """When they come: weekday (0 = Monday), hour (0..23, the site's wall clock), pageviews, visits (Int64). Exact.

    168 rows, in order. All zero where totals have no hours (totals = groups).
    """
    table = {(weekday, hour): [0, 0] for weekday in range(7) for hour in range(24)}
    for moment, (pageviews, visits) in read_hours(store, site.id, (period.begin, period.end)).items():
        at = local(moment, site.time_zone)
        table[at.weekday(), at.hour][0] += pageviews
        table[at.weekday(), at.hour][1] += visits
    rows = [(*place, *counts) for place, counts in table.items()]
    return pl.DataFrame(rows, schema=dict.fromkeys(("weekday", "hour", "pageviews", "visits"), pl.Int64), orient="row")


def volume(store: Store, site: Site, span: Span) -> dict[str, list[tuple[date | None, int]]]:
    """How many rows each cube has on each day: what a long export is cut into pieces by.

    Of late groups (day None, last) how many there are at most, for `late_rows` sums them.
    """
    found: dict[str, list[tuple[date | None, int]]] = {}
    for cube, day, rows in store.read("volume", site=site.id, begin=span[0], end=span[1]):
        found.setdefault(cube, []).append((day, rows))
    return found


def cube_rows(store: Store, site: Site, cubes: Sequence[str], span: Span) -> pl.DataFrame:
    """All of some cubes, day by day: cube, date, value, value2, n, seconds, imported; sorted, without late groups."""
    return store.frame("group_rows", site=site.id, cubes=list(cubes), begin=span[0], end=span[1])


def late_rows(store: Store, site: Site, cubes: Sequence[str], span: Span) -> pl.DataFrame:
    """The cubes' late groups, summed over all days of the span, as `cube_rows` with a date of null.

    Empty in less than a week. An import's count where all its days are in the span.
    """
    if (span[1] - span[0]).days < WEEK:
        span = (span[0], span[0])
    return store.frame("late_rows", site=site.id, cubes=list(cubes), begin=span[0], end=span[1])


class DaySettings(Struct, frozen=True):
    """What a day was released under."""

    day: date
    k: int
    totals: str  # "exact", "groups"
    source: str  # "live", "replay", "import"
    closed: bool


def day_settings(store: Store, site: Site, span: Span) -> list[DaySettings]:
    """Of every day with data in the span, in order."""
    rows = store.read("settings_of_days", site=site.id, begin=span[0], end=span[1])
    return [DaySettings(*row) for row in rows]


def sites_overview(store: Store, sites: Sequence[Site], now: int) -> list[SiteCard]:
    """A card for each site, in the order given; three queries however many there are. `now` in milliseconds UTC."""
    weeks = {site.id: _week(today(now, site.time_zone)) for site in sites}
    if not weeks:
        return []
    begin, end = min(days[0] for days in weeks.values()), max(days[-1] for days in weeks.values()) + ONE
    found = read_days(store, list(weeks), begin, end)
    spans = _spans(store, sites)
    cards = []
    for site in sites:
        days = weeks[site.id]
        points = day_points(found[site.id], (days[0], days[-1] + ONE), Buckets.DAY, days[-1])
        columns = {name: points[name].to_list() for name in ("visits", "pageviews", "visitors")}
        cards.append(SiteCard(site=site, days=days, last_publish=spans.get(site.id, (None, None))[1], **columns))
    return cards


def _week(last: date) -> list[date]:
    """Seven days, `last` included."""
    return [last - timedelta(days=back) for back in range(WEEK - 1, -1, -1)]


def _late(period: Period) -> bool:
    """Whether late groups count: never in less than a week."""
    return period.days >= WEEK


def _against(period: Period) -> Span | None:
    """The days compared with."""
    if period.compare_begin is None or period.compare_end is None:
        return None
    return period.compare_begin, period.compare_end


def _days(store: Store, site: Site, period: Period) -> dict[date, DayFigures]:
    """The figures of the days of the period and of those compared with; where they adjoin, in one go."""
    against = _against(period)
    if against and against[1] == period.begin:
        return read_days(store, [site.id], against[0], period.end)[site.id]
    found = read_days(store, [site.id], period.begin, period.end)[site.id]
    return found | (read_days(store, [site.id], *against)[site.id] if against else {})


def last_publish(store: Store, site: Site) -> datetime | None:
    """When the site last published anything (naive UTC); None: not yet."""
    return _spans(store, [site]).get(site.id, (None, None))[1]


def _spans(store: Store, sites: Sequence[Site]) -> dict[int, tuple[date | None, datetime | None]]:
    """First day and last publish (naive UTC) of each site that has data."""
    rows = store.read("span", sites=[site.id for site in sites])
    return {site: (first, published) for site, first, published in rows}


def _headline(sums: Sums) -> Headline:
    """The figures at the top, out of sums."""
    return Headline(
        pageviews=sums.pageviews,
        visits=sums.visits,
        visitors=sums.visitors,
        views_per_visit=sums.pageviews / sums.visits if sums.visits else None,
        # bounces and visit ends fill different groups, so that for a while there can be more bounces than ends
        bounce_rate=min(sums.bounces / sums.visit_ends, 1.0) if sums.visit_ends else None,
        visit_duration=sums.seconds / sums.visit_ends if sums.visit_ends else None,
    )


def _panel_rows(
    store: Store, site: Site, period: Period, names: Sequence[str], limit: int | None
) -> dict[str, list[tuple[Any, ...]]]:
    """The rows (value, value2, n, named, cells) of the named panels, largest first; all from one query."""
    asked = {"site": site.id, "begin": period.begin, "end": period.end, "late": _late(period), "limit": limit}
    by_cube: dict[str, list[tuple[Any, ...]]] = {PANELS[name].cube: [] for name in names}
    for cube, *row in store.read("panels", cubes=list(by_cube), **asked):
        by_cube[cube].append(tuple(row))
    for rows in by_cube.values() if site.rounded else ():  # the order is that of what is shown, and tells no more
        rows.sort(key=lambda row: (-row[2], row[0], row[1]))
    return {name: by_cube[PANELS[name].cube] for name in names}


def _panel(name: str, rows: list[tuple[Any, ...]], sums: Sums) -> Panel:
    """A panel out of rows (value, value2, n, named, cells). Nothing in it is more than the whole."""
    cube, whole_name = PANELS[name]
    whole = {"pageviews": sums.pageviews, "visits": sums.visits}.get(whole_name)
    pair = "+" in cube
    named, cells = (rows[0][3], rows[0][4]) if rows else (0, 0)
    most = named if whole is None else whole
    named = min(named, most)
    kept = []
    for value, value2, n, *_ in rows:
        shown = min(n, most)
        kept.append(PanelRow((value, value2) if pair else (value,), shown, shown / most if most else 0.0))
    return Panel(
        name=name,
        cube=cube,
        unit=PANELS[name].unit,
        rows=kept,
        more=cells - len(kept),
        named=named,
        whole=whole,
        waiting=None if whole is None else whole - named,
    )
