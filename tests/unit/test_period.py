"""Periods: half-open ranges of the site's own days, whole in the address, right on DST nights."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from collector.day.day import midnight
from dashboard import period
from dashboard.period import Buckets, Name, Problem

TODAY = date(2026, 11, 24)  # a Tuesday


@pytest.mark.parametrize(
    ("query", "begin", "end"),
    [
        pytest.param({}, "2026-10-28", "2026-11-25", id="default is 28 days"),
        pytest.param({"period": "today"}, "2026-11-24", "2026-11-25", id="today"),
        pytest.param({"period": "yesterday"}, "2026-11-23", "2026-11-24", id="yesterday"),
        pytest.param({"period": "7d"}, "2026-11-18", "2026-11-25", id="7 days"),
        pytest.param({"period": "90d"}, "2026-08-27", "2026-11-25", id="90 days"),
        pytest.param({"period": "day", "date": "2026-02-28"}, "2026-02-28", "2026-03-01", id="a day"),
        pytest.param({"period": "month"}, "2026-11-01", "2026-11-25", id="this month so far"),
        pytest.param({"period": "month", "date": "2024-02-10"}, "2024-02-01", "2024-03-01", id="a leap February"),
        pytest.param({"period": "week"}, "2026-11-23", "2026-11-25", id="this week so far"),
        pytest.param({"period": "week", "date": "2026-01-01"}, "2025-12-29", "2026-01-05", id="a week of two years"),
        pytest.param({"period": "quarter"}, "2026-10-01", "2026-11-25", id="this quarter so far"),
        pytest.param({"period": "quarter", "date": "2024-02-29"}, "2024-01-01", "2024-04-01", id="a leap quarter"),
        pytest.param({"period": "year", "date": "2015-05-17"}, "2015-01-01", "2016-01-01", id="a past year"),
        pytest.param(
            {"period": "custom", "from": "2015-05-17", "to": "2015-05-20"}, "2015-05-17", "2015-05-21", id="inclusive"
        ),
        pytest.param(
            {"period": "custom", "from": "2026-11-20", "to": "2027-01-01"}, "2026-11-20", "2026-11-25", id="cut"
        ),
    ],
)
def test_half_open(query: dict[str, str], begin: str, end: str) -> None:
    """A period is begin <= day < end, in the site's calendar, and never reaches beyond today."""
    found = period.parse(query, TODAY)
    assert (found.begin.isoformat(), found.end.isoformat(), found.problem) == (begin, end, None)


@pytest.mark.parametrize(
    ("query", "problem"),
    [
        pytest.param({"period": "fortnight"}, Problem.PERIOD, id="no such period"),
        pytest.param({"period": "day", "date": "24/11/2026"}, Problem.DATE, id="not written so"),
        pytest.param({"period": "day", "date": "2026-02-30"}, Problem.DATE, id="no date"),
        pytest.param({"period": "custom", "from": "2026-11-01"}, Problem.DATE, id="half a range"),
        pytest.param({"period": "custom", "from": "2026-11-09", "to": "2026-11-01"}, Problem.ORDER, id="backwards"),
        pytest.param({"period": "day", "date": "2026-11-25"}, Problem.FUTURE, id="tomorrow"),
        pytest.param({"compare": "sideways"}, Problem.COMPARE, id="no such comparison"),
        pytest.param({"compare": "custom"}, Problem.COMPARE, id="no dates to compare with"),
        pytest.param(
            {"compare": "custom", "compare_from": "2026-02-02", "compare_to": "2026-02-01"},
            Problem.COMPARE,
            id="compared backwards",
        ),
        pytest.param({"by": "minute"}, Problem.BUCKETS, id="no such bucket"),
        pytest.param({"period": "year", "by": "hour"}, Problem.BUCKETS, id="too many points"),
    ],
)
def test_what_makes_no_sense_falls_back_and_says_so(query: dict[str, str], problem: Problem) -> None:
    """A wrong query never fails: the default is shown, and the page can say what was wrong."""
    assert period.parse(query, TODAY).problem == problem


TEXTS = st.one_of(
    st.sampled_from([*Name, *Buckets, "custom", "year", "2026-11-01", "2015-05-17", "9999-12-31", "0001-01-01", ""]),
    st.text(),
)


KEYS = ["period", "date", "from", "to", "compare", "compare_from", "compare_to", "by"]


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(KEYS), TEXTS))
def test_no_query_fails_and_each_comes_back(query: dict[str, str]) -> None:
    """Whatever the address says is a period of at least one day, and that period's own address gives it again."""
    found = period.parse(query, TODAY)
    assert found.begin < found.end <= TODAY + timedelta(days=1)
    again = period.parse(found.query(), TODAY)
    assert replace(again, problem=None) == replace(found, problem=None)
    assert again.problem is None


@settings(deadline=None)
@given(
    st.sampled_from(["yesterday", "day", "7d", "28d", "week", "month", "quarter", "year"]),
    st.dates(date(2000, 2, 1), TODAY),
)
def test_before_and_after_are_inverse(name: str, day: date) -> None:
    """One back and one forth is where it began, and neighbours touch without a gap or an overlap."""
    found = period.parse({"period": name, "date": day.isoformat()}, TODAY)
    earlier = period.before(found)
    assert earlier is not None
    assert earlier.end == found.begin
    later = period.after(earlier)
    assert later is not None
    assert later.begin == found.begin


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        pytest.param("Europe/Stockholm", date(2026, 3, 29), 23, id="spring"),
        pytest.param("Europe/Stockholm", date(2026, 10, 25), 25, id="autumn"),
        pytest.param("Europe/Stockholm", date(2026, 11, 24), 24, id="plain"),
        pytest.param("Asia/Kolkata", date(2026, 11, 24), 24, id="half-hour zone"),
        pytest.param("Australia/Lord_Howe", date(2026, 4, 5), 25, id="half an hour more"),
        pytest.param("Africa/Cairo", date(2026, 4, 24), 23, id="a night without midnight"),
    ],
)
def test_the_hours_of_a_day(zone: str, day: date, hours: int) -> None:
    """A day has the hours that its own clock gives it, each once, from its own first moment."""
    starts = list(period.bucket_hours(day, day + timedelta(days=1), zone))
    assert len(starts) == hours
    assert starts[0] == datetime.fromtimestamp(midnight(day, zone) / 1000, tz=UTC).replace(tzinfo=None)
    assert len(set(starts)) == hours


def test_weeks_and_months_name_their_first_day() -> None:
    """A week begins on its Monday, a month on its first, and every day of the range is in one."""
    weeks = list(period.bucket_days(date(2026, 11, 4), date(2026, 11, 25), Buckets.WEEK))
    assert weeks == [date(2026, 11, 2), date(2026, 11, 9), date(2026, 11, 16), date(2026, 11, 23)]
    months = list(period.bucket_days(date(2026, 1, 15), date(2026, 3, 2), Buckets.MONTH))
    assert months == [date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1)]


def test_today_is_the_sites() -> None:
    """At 23:30 UTC it is tomorrow in Stockholm and still today in New York."""
    moment = 1_795_563_000_000  # 2026-11-24 23:30 UTC
    assert period.today(moment, "Europe/Stockholm") == date(2026, 11, 25)
    assert period.today(moment, "America/New_York") == date(2026, 11, 24)


def test_a_range_of_one_s_own_to_compare_with() -> None:
    """Its dates are inclusive in the address, may be more or fewer than the period's, and never reach beyond today."""
    query = {"period": "7d", "compare": "custom", "compare_from": "2026-05-01", "compare_to": "2026-05-31"}
    found = period.parse(query, TODAY)
    assert (found.compare_begin, found.compare_end, found.compare_days) == (date(2026, 5, 1), date(2026, 6, 1), 31)
    assert found.query() == query
    late = period.parse({**query, "compare_to": "2027-01-01"}, TODAY)
    assert late.compare_end == TODAY + timedelta(days=1)
    earlier = period.before(found)
    assert earlier is not None
    assert (earlier.compare_begin, earlier.compare_end) == (found.compare_begin, found.compare_end)
