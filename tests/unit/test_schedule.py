"""When exports are made: plain words and cron lines, clock changes, missed moments, clocks that jump."""

from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.control import Control
from collector.errors import ExportError
from collector.site import Site
from dashboard.export_period import Length, first_of, last_whole, parse_period
from dashboard.export_task import Task
from dashboard.exports import Manifest
from dashboard.runs import Result, Runs
from dashboard.schedule import next_run, parse_timing
from dashboard.schedules import Schedules

STOCKHOLM = "Europe/Stockholm"
DAY = 86_400_000


def ms(text: str, zone: str = STOCKHOLM) -> int:
    return round(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp() * 1000)


def manifest(complete: bool) -> Manifest:
    return Manifest(
        site="shop.example",
        time_zone=STOCKHOLM,
        first_day=date(2026, 10, 1),
        last_day=date(2026, 10, 31),
        complete=complete,
        days=31,
        groups=[],
        datasets=[],
        files=[],
        content="",
    )


@pytest.mark.parametrize(
    ("text", "cron"),
    [
        ("every Monday 07:00", "0 7 * * 1"),
        ("Every  sunday at 7:05", "5 7 * * 7"),
        ("every day 23:59", "59 23 * * *"),
        ("every month 07:00", "0 7 1 * *"),
        ("every month on 2 07:00", "0 7 2 * *"),
        ("every quarter 06:30", "30 6 1 1,4,7,10 *"),
        ("every year 06:30", "30 6 1 1 *"),
        ("*/15 8-17 * * 1-5", "*/15 8-17 * * 1-5"),
    ],
)
def test_a_timing_has_one_spelling(text: str, cron: str) -> None:
    """Plain words and cron lines become the cron line that is kept."""
    assert parse_timing(text) == cron


@pytest.mark.parametrize("text", ["", "every blue moon 07:00", "every day 25:00", "0 7 31 2 *", "* * * * * *", "0 7 *"])
def test_what_never_comes_is_no_timing(text: str) -> None:
    """Nonsense, the 31st of February and lines with seconds are refused with a sentence."""
    with pytest.raises(ExportError):
        parse_timing(text)


@given(
    st.sampled_from(["0 7 * * 1", "30 2 * * *", "0 0 1 * *", "*/20 * * * *", "0 3 1 1,4,7,10 *"]),
    st.sampled_from([STOCKHOLM, "UTC", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata"]),
    st.integers(ms("2024-01-01"), ms("2030-01-01")),
)
def test_the_next_moment_is_later_and_none_is_between(cron: str, zone: str, after: int) -> None:
    """Strictly later than `after`; and from any moment in between the same one is next: none is missed or repeated."""
    found = next_run(cron, zone, after)
    assert found is not None
    assert found > after
    assert next_run(cron, zone, (after + found) // 2) == found
    assert next_run(cron, zone, found - 1) == found


def test_the_nights_when_the_clock_is_moved() -> None:
    """02:30 that does not exist comes at once after; 02:30 that comes twice is met once; 07:00 is 07:00 all year."""
    spring = next_run("30 2 * * *", STOCKHOLM, ms("2026-03-28T12:00"))
    assert spring == ms("2026-03-29T03:00")
    assert next_run("30 2 * * *", STOCKHOLM, spring) == ms("2026-03-30T02:30")
    autumn = next_run("30 2 * * *", STOCKHOLM, ms("2026-10-24T12:00"))
    assert autumn == ms("2026-10-25T02:30")
    assert next_run("30 2 * * *", STOCKHOLM, autumn) == ms("2026-10-26T02:30")
    moment = ms("2026-01-01")
    for _ in range(365):
        following = next_run("0 7 * * *", STOCKHOLM, moment)
        assert following is not None
        moment = following
        assert datetime.fromtimestamp(moment / 1000, tz=ZoneInfo(STOCKHOLM)).strftime("%H:%M") == "07:00"


@given(st.sampled_from(Length), st.dates(date(2000, 1, 1), date(2100, 1, 1)))
def test_the_last_whole_period_has_just_ended(length: Length, today: date) -> None:
    """It ends with or before yesterday, the next one is not over, and it is as long as its name says."""
    begin, end = last_whole(length, today)
    assert begin < end <= today
    assert first_of(length, today) == end
    assert first_of(length, end - timedelta(1)) == begin == first_of(length, begin)


@pytest.mark.parametrize(
    ("text", "begin", "end"),
    [
        ("2026-10-31", "2026-10-31", "2026-11-01"),
        ("2026-W44", "2026-10-26", "2026-11-02"),
        ("2026-w01", "2025-12-29", "2026-01-05"),
        ("2026-10", "2026-10-01", "2026-11-01"),
        ("2025-12", "2025-12-01", "2026-01-01"),
        ("2025-Q4", "2025-10-01", "2026-01-01"),
        ("2025", "2025-01-01", "2026-01-01"),
        ("2026", "2026-01-01", "2026-11-06"),
        ("2026-10-01..2026-10-15", "2026-10-01", "2026-10-16"),
        ("last-quarter", "2026-07-01", "2026-10-01"),
        ("yesterday", "2026-11-04", "2026-11-05"),
    ],
)
def test_a_period_in_a_word(text: str, begin: str, end: str) -> None:
    """Half-open, and never beyond today."""
    assert parse_period(text, date(2026, 11, 5)) == (date.fromisoformat(begin), date.fromisoformat(end))


@pytest.mark.parametrize("text", ["", "oktober", "2026-13", "2026-02-30", "2026-10-15..2026-10-01", "2027", "2026-W60"])
def test_no_period(text: str) -> None:
    """What is none, backwards or in the future is refused with a sentence."""
    with pytest.raises(ExportError):
        parse_period(text, date(2026, 11, 5))


def test_missed_runs_are_made_up_for_once(tmp_path: Path) -> None:
    """After three weeks without a server each missed week is asked for, once, whatever the clock does meanwhile."""
    with closing(Control.open(tmp_path / "control.db")) as control:
        site = control.add_site(Site(domain="shop.example"), ms("2026-10-01"))
        schedules, runs = Schedules(control), Runs(control)
        start = ms("2026-10-07T12:00")
        schedules.add(site.id, "veckan", "0 7 * * 1", Task(length=Length.WEEK), start)
        assert schedules.ask_due(runs, start) == 0
        assert schedules.ask_due(runs, ms("2026-10-26T09:00")) == 3
        asked = {(str(run.begins), str(run.last)) for run in runs.of_site(site.id)}
        assert asked == {("2026-10-05", "2026-10-11"), ("2026-10-12", "2026-10-18"), ("2026-10-19", "2026-10-25")}
        # The clock jumps back a fortnight, and then far ahead and back again: no week comes twice, none is lost.
        assert schedules.ask_due(runs, ms("2026-10-12T09:00")) == 0
        assert schedules.ask_due(runs, ms("2026-10-26T09:00")) == 0
        ahead = schedules.ask_due(runs, ms("2027-01-01T00:00"))
        assert ahead == len({run.begins for run in runs.of_site(site.id)}) - 3
        assert schedules.ask_due(runs, ms("2026-10-27T09:00")) == 0
        # A week that was not over is asked for again when it is; one that was exported whole is not.
        assert schedules.ask_due(runs, ms("2026-11-02T09:00")) == 1
        assert schedules.ask_due(runs, ms("2026-11-02T09:01")) == 0
        assert schedules.ask_due(runs, ms("2027-01-04T07:00")) == 1
        schedules.drop(schedules.of_site(site.id)[0].id)
        assert schedules.ask_due(runs, ms("2028-01-01")) == 0
        assert len(runs.of_site(site.id)) == 3 + ahead + 1


@pytest.mark.parametrize(
    ("state", "complete", "again"),
    [("failed", None, True), ("waiting", None, True), ("done", False, True), ("done", True, False)],
)
def test_what_a_clock_ahead_asked_for_too_early_comes_in_its_time(
    tmp_path: Path, state: Literal["failed", "waiting", "done"], complete: bool | None, again: bool
) -> None:
    """A server whose clock showed next year for a minute: each period that it could not export is, when it is over."""
    with closing(Control.open(tmp_path / "control.db")) as control:
        site = control.add_site(Site(domain="shop.example"), ms("2026-10-01"))
        runs = Runs(control)
        Schedules(control).add(site.id, "", "0 7 1 * *", Task(), ms("2026-10-15"))
        span = (date(2026, 10, 1), date(2026, 11, 1))
        ahead = runs.get(runs.ask(site.id, span, Task(), ms("2027-10-01"), 1) or 0)
        assert ahead is not None
        runs.put(ahead, state=state, result=Result(manifest=None if complete is None else manifest(complete)))
        asked = runs.ask(site.id, span, Task(), ms("2026-11-01T07:00"), 1)
        assert (asked == ahead.id) is again
        found = runs.get(ahead.id)
        assert found is not None
        assert (found.state == "waiting") is again


def test_moments_are_the_sites_own(tmp_path: Path) -> None:
    """Two sites in two zones: each Monday 07:00 is its own."""
    with closing(Control.open(tmp_path / "control.db")) as control:
        schedules, runs = Schedules(control), Runs(control)
        for domain, zone in (("a.example", "Asia/Tokyo"), ("b.example", STOCKHOLM)):
            site = control.add_site(Site(domain=domain, time_zone=zone), ms("2026-10-01"))
            schedules.add(site.id, "", "0 7 * * 1", Task(length=Length.WEEK), ms("2026-10-11T12:00"))
        assert schedules.ask_due(runs, ms("2026-10-12T00:30")) == 1
        assert schedules.ask_due(runs, ms("2026-10-12T06:59")) == 0
        assert schedules.ask_due(runs, ms("2026-10-12T07:00")) == 1
        assert datetime.fromtimestamp(ms("2026-10-12T07:00") / 1000, tz=UTC).hour == 5
