"""Periods: which days a question is about, what they are compared with, and how they are cut into buckets.

The whole state is in the address. Query keys, all optional:

    period   today, yesterday, day, 7d, 28d (the default), 90d, week, month, quarter, year, all, custom
    date     ISO date: of `day`; the last day of 7d, 28d and 90d; any day of `week`, `month`, `quarter` and `year`
    from,to  ISO dates of `custom`, both inclusive
    compare  before (the default: as many days just before), year (the same dates last year), none, custom
    compare_from,compare_to  ISO dates of the comparison `custom`, both inclusive
    by       hour, day, week, month: the buckets; without it they follow from the length

Days are the site's own calendar days, and every range is half-open. A calendar period that is not over ends with today.
A query that makes no sense never fails: the period falls back to the default and `problem` says why.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import TypeVar
from zoneinfo import ZoneInfo

from msgspec import Struct
from msgspec.structs import replace

from collector.day.day import midnight

ONE = timedelta(days=1)
FIRST, LAST = date(1990, 1, 1), date(2200, 1, 1)  # outside lies a typing error, and calendar arithmetic that overflows


class Problem(StrEnum):
    """Why a query did not give what it asked for; the screens have a text for each under this name."""

    PERIOD = "period"  # there is no such period: the default is shown
    DATE = "date"  # a date is missing, is not written 2026-11-23, or is no date: the default
    ORDER = "order"  # the range ends before it begins: the default
    FUTURE = "future"  # the period has not begun yet: the default
    COMPARE = "compare"  # there is no such comparison: against the period before
    BUCKETS = "buckets"  # the period cannot be cut like that: cut by its length


class Name(StrEnum):
    """The periods a person can name."""

    TODAY = "today"
    YESTERDAY = "yesterday"
    DAY = "day"
    WEEK = "7d"
    FOUR_WEEKS = "28d"
    NINETY = "90d"
    CALENDAR_WEEK = "week"  # from Monday, ISO 8601
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"
    ALL = "all"
    CUSTOM = "custom"


class Compare(StrEnum):
    """What the figures stand against."""

    BEFORE = "before"
    YEAR = "year"
    NONE = "none"
    CUSTOM = "custom"


class Buckets(StrEnum):
    """The width of a point in the chart."""

    HOUR = "hour"
    DAY = "day"
    WEEK = "week"  # from Monday, ISO 8601
    MONTH = "month"


Span = tuple[date, date]  # half-open
T = TypeVar("T", bound=StrEnum)

UNDATED = frozenset({Name.TODAY, Name.YESTERDAY, Name.ALL})
CALENDAR = frozenset({Name.CALENDAR_WEEK, Name.MONTH, Name.QUARTER, Name.YEAR})
ROLLING: dict[Name, int] = {Name.WEEK: 7, Name.FOUR_WEEKS: 28, Name.NINETY: 90}
# In days. Longer, there are more points than a chart can show (some 200 hours, 400 days); shorter, there is only one.
LONGEST: dict[Buckets, int] = {Buckets.HOUR: 8, Buckets.DAY: 400}
SHORTEST: dict[Buckets, int] = {Buckets.WEEK: 8, Buckets.MONTH: 32}


class Period(Struct, frozen=True):
    """Whole days of the site's calendar, `begin` <= day < `end`, and the days they are compared with.

    `today` is the site's date when asked. `by` is what the address asked for, `buckets` what it became.
    """

    name: Name
    begin: date
    end: date
    today: date
    compare: Compare
    buckets: Buckets
    compare_begin: date | None = None
    compare_end: date | None = None
    by: Buckets | None = None
    problem: Problem | None = None

    @property
    def days(self) -> int:
        """The number of days, at least 1."""
        return (self.end - self.begin).days

    @property
    def compare_days(self) -> int:
        """The number of days compared with; 0 without a comparison."""
        if self.compare_begin is None or self.compare_end is None:
            return 0
        return (self.compare_end - self.compare_begin).days

    @property
    def ongoing(self) -> bool:
        """Whether the last day is still going on, so that a comparison is with more hours than there have been."""
        return self.begin <= self.today < self.end

    @property
    def last(self) -> date:
        """The last day, inclusive: what people write."""
        return self.end - ONE

    def query(self) -> dict[str, str]:
        """The query that parses to this same period on the same day; defaults are left out, keys keep one order."""
        found: dict[str, str] = {}
        if self.name != Name.FOUR_WEEKS or self.last != self.today:
            found["period"] = self.name.value
        if self.name == Name.CUSTOM:
            found |= {"from": self.begin.isoformat(), "to": self.last.isoformat()}
        elif self.name == Name.DAY or (self.name in ROLLING and self.last != self.today):
            found["date"] = self.last.isoformat()
        elif self.name in CALENDAR and self.last != self.today:
            found["date"] = self.begin.isoformat()
        if self.compare != Compare.BEFORE:
            found["compare"] = self.compare.value
        if self.compare == Compare.CUSTOM and self.compare_begin is not None and self.compare_end is not None:
            found["compare_from"] = self.compare_begin.isoformat()
            found["compare_to"] = (self.compare_end - ONE).isoformat()
        if self.by is not None:
            found["by"] = self.by.value
        return found


def today(now: int, zone: str) -> date:
    """The site's date at `now` (milliseconds UTC)."""
    return datetime.fromtimestamp(now / 1000, tz=ZoneInfo(zone)).date()


def parse(query: Mapping[str, str], today: date, first: date | None = None) -> Period:
    """The period a query asks for. `first` is the site's first day with data, where `all` begins. Never raises."""
    name, span, problem = _range(query, today, first or today)
    compare, against, compare_problem = _comparison(query, today)
    by, by_problem = _choice(Buckets, query.get("by"), Buckets.DAY, Problem.BUCKETS)
    period = _build(name, span, today, compare, by if query.get("by") and not by_problem else None, own=against)
    return replace(period, problem=problem or compare_problem or by_problem or period.problem)


def before(period: Period) -> Period | None:
    """The period just before: as many days, or the calendar one. None for `all`, which has none."""
    begin = period.begin - timedelta(days=period.days)
    if period.name == Name.ALL or begin < FIRST:
        return None
    span = (begin, period.begin)
    if period.name in CALENDAR:
        span = _calendar(period.name, period.begin - ONE, period.today)
    return _build(period.name, span, period.today, period.compare, period.by, own=_kept(period))


def after(period: Period) -> Period | None:
    """The period just after, the inverse of `before`. None where it would reach beyond today, and for `all`.

    A calendar period only has to have begun.
    """
    end = period.end + timedelta(days=period.days)
    reaches = period.end if period.name in CALENDAR else end - ONE
    if period.name == Name.ALL or reaches > period.today:
        return None
    span = (period.end, end)
    if period.name in CALENDAR:
        span = _calendar(period.name, period.end, period.today)
    return _build(period.name, span, period.today, period.compare, period.by, own=_kept(period))


def first_of_bucket(day: date, buckets: Buckets) -> date:
    """The day that names the bucket `day` is in: itself, its Monday, or the first of its month."""
    if buckets == Buckets.WEEK:
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if buckets == Buckets.MONTH else day


def bucket_days(begin: date, end: date, buckets: Buckets) -> Iterator[date]:
    """The first day of every bucket that the half-open range touches, in order; the first one may lie before it."""
    seen: date | None = None
    for number in range((end - begin).days):
        bucket = first_of_bucket(begin + timedelta(days=number), buckets)
        if bucket != seen:
            yield bucket
        seen = bucket


def bucket_hours(begin: date, end: date, zone: str) -> Iterator[datetime]:
    """The starts, naive UTC, of every hour of every day of the half-open range.

    Hours count from each day's own midnight: 23, 24 or 25 a day, right in half-hour zones; where a zone's clock moves
    by half an hour the day ends with half an hour.
    """
    for number in range((end - begin).days):
        day = begin + timedelta(days=number)
        for at in range(midnight(day, zone), midnight(day + ONE, zone), 3_600_000):
            yield datetime.fromtimestamp(at / 1000, tz=UTC).replace(tzinfo=None)


def local(moment: datetime, zone: str) -> datetime:
    """A naive UTC time as the site's naive wall-clock time (which a night in autumn has twice)."""
    return moment.replace(tzinfo=UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None)


def _range(query: Mapping[str, str], today: date, first: date) -> tuple[Name, Span, Problem | None]:
    """Name and half-open range of a query, or the default and why."""
    default = Name.FOUR_WEEKS, _bounds(Name.FOUR_WEEKS, [today], today, first)
    name, problem = _choice(Name, query.get("period"), Name.FOUR_WEEKS, Problem.PERIOD)
    if problem:
        return *default, problem
    if name in UNDATED:
        return name, _bounds(name, [today], today, first), None
    texts = [query.get(key) for key in (("from", "to") if name == Name.CUSTOM else ("date",))]
    if texts == [None] and name != Name.DAY:
        return name, _bounds(name, [today], today, first), None
    dates = [day for day in map(_date, texts) if day is not None]
    if len(dates) < len(texts):
        return *default, Problem.DATE
    begin, end = _bounds(name, dates, today, first)
    if begin > today or (name in ROLLING and end > today + ONE):
        return *default, Problem.FUTURE
    return (name, (begin, end), None) if begin < end else (*default, Problem.ORDER)


def _bounds(name: Name, dates: list[date], today: date, first: date) -> Span:
    """The half-open range of a name; `dates` are its one or two. What lies after today is cut off."""
    if name == Name.CUSTOM:
        return dates[0], min(dates[1], today) + ONE
    if name == Name.ALL:
        return min(first, today), today + ONE
    if name in CALENDAR:
        return _calendar(name, dates[0], today)
    last = dates[0] - ONE if name == Name.YESTERDAY else dates[0]
    return last + ONE - timedelta(days=ROLLING.get(name, 1)), last + ONE


def _calendar(name: Name, day: date, today: date) -> Span:
    """The calendar week, month, quarter or year that `day` is in, as far as it has come."""
    if name == Name.CALENDAR_WEEK:
        begin = day - timedelta(days=day.weekday())
        end = begin + timedelta(days=7)
    else:
        months = {Name.MONTH: 1, Name.QUARTER: 3}.get(name, 12)
        begin = day.replace(month=(day.month - 1) // months * months + 1, day=1)
        last = begin.replace(month=begin.month + months - 1)
        end = (last + timedelta(days=31)).replace(day=1)
    return begin, end if end <= today else max(today + ONE, begin)


def _comparison(query: Mapping[str, str], today: date) -> tuple[Compare, Span | None, Problem | None]:
    """What a query compares with; of one's own dates their half-open range, cut off after today."""
    compare, problem = _choice(Compare, query.get("compare"), Compare.BEFORE, Problem.COMPARE)
    if compare != Compare.CUSTOM:
        return compare, None, problem
    first, last = (_date(query.get(key)) for key in ("compare_from", "compare_to"))
    if first is None or last is None or first > min(last, today):
        return Compare.BEFORE, None, Problem.COMPARE
    return compare, (first, min(last, today) + ONE), None


def _kept(period: Period) -> Span | None:
    """The comparison's own dates, which stay when the period moves."""
    if period.compare != Compare.CUSTOM or period.compare_begin is None or period.compare_end is None:
        return None
    return period.compare_begin, period.compare_end


def _build(
    name: Name, span: Span, today: date, compare: Compare, by: Buckets | None, *, own: Span | None = None
) -> Period:
    """A period with its comparison and buckets worked out. `own` is the comparison's range where it is custom."""
    begin, end = span
    length = (end - begin).days
    fits = by is None or SHORTEST.get(by, 1) <= length <= LONGEST.get(by, length)
    by = by if fits else None
    if name == Name.ALL and compare == Compare.CUSTOM:
        compare = Compare.BEFORE
    against = (own or _against(begin, end, compare)) if name != Name.ALL else None
    return Period(
        name=_canonical(name, begin, today),
        begin=begin,
        end=end,
        today=today,
        compare=compare,
        buckets=by or _buckets(length),
        compare_begin=against[0] if against else None,
        compare_end=against[1] if against else None,
        by=by,
        problem=None if fits else Problem.BUCKETS,
    )


def _against(begin: date, end: date, compare: Compare) -> Span | None:
    """The days to compare with, where they follow from the period: as many as its own."""
    if compare == Compare.NONE:
        return None
    if compare == Compare.BEFORE:
        return begin - (end - begin), begin
    leap = begin.month == 2 and begin.day == 29
    start = begin.replace(year=begin.year - 1, day=28 if leap else begin.day)
    return start, start + (end - begin)


def _buckets(length: int) -> Buckets:
    """Hours for a day, days up to a quarter, weeks up to a year, then months: at most about a hundred points."""
    if length == 1:
        return Buckets.HOUR
    return Buckets.DAY if length <= 92 else Buckets.WEEK if length <= 400 else Buckets.MONTH


def _canonical(name: Name, begin: date, today: date) -> Name:
    """A single day by its shortest name, so that a period has one address."""
    if name not in {Name.DAY, Name.TODAY, Name.YESTERDAY}:
        return name
    return {today: Name.TODAY, today - ONE: Name.YESTERDAY}.get(begin, Name.DAY)


def _date(text: str | None) -> date | None:
    """A date of the calendar between FIRST and LAST, strictly YYYY-MM-DD; else None."""
    if text is None or len(text) != 10:  # fromisoformat also takes 20261123 and 2026-W48-1
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if FIRST <= day < LAST else None


def _choice(kind: type[T], text: str | None, default: T, problem: Problem) -> tuple[T, Problem | None]:
    """The member a text names, or the default and the problem."""
    if not text:
        return default, None
    return (kind(text), None) if text in list(kind) else (default, problem)
