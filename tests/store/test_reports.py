"""Reports: every answer is a sum of whole groups beside exact totals; checked against a sum in a few plain lines."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from collector.day.day import Day, midnight
from collector.day.release import Release, Row, Totals
from collector.site import Site
from collector.store import Store
from dashboard import period, reports

SITE = Site(id=1, domain="shop.example", time_zone="Europe/Stockholm", k=5)
FIRST, TODAY = date(2026, 11, 1), date(2026, 11, 20)
NOW = midnight(TODAY, SITE.time_zone) + 12 * 3_600_000
CUBES = {"page.pageview": ("/", "/rea", "/skor"), "source.visit_start": ("Google", ""), "none.visit_end": ()}


def releases() -> Iterator[tuple[date, Release]]:
    """Three publishes a day with numbers that differ from day to day; late groups on some."""
    for n in range((TODAY - FIRST).days + 1):
        day = FIRST + timedelta(days=n)
        for tick in range(3):
            rows = [Row("page.pageview", (page,), 5 + (n + tick + i) % 4, 0) for i, page in enumerate(("/", "/rea"))]
            rows.append(Row("source.visit_start", ("Google" if tick else "",), 5 + n % 3, 0))
            rows += [Row("none.visit_end", (), 8, 8 * 60), Row("none.bounce", (), 6, 0)]
            late = (Row("page.pageview", ("/skor",), 7, 0),) if tick == 2 and n % 3 == 0 else ()
            totals = Totals(30 + n, 12, 10 + tick, {"bot": tick})
            time = midnight(day, SITE.time_zone) + (8 + tick) * 3_600_000
            yield day, Release(day.isoformat(), time, totals, tuple(sorted(rows, key=repr)), late, closes=tick == 2)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store.open(tmp_path / "store.duckdb")
    made = []
    for number, (day, release) in enumerate(releases(), 1):
        begins, ends = (midnight(d, SITE.time_zone) for d in (day, day + timedelta(days=1)))
        made.append((1, number, release, Day(1, release.day, begins, ends, 5, 600, "exact"), "live"))
    opened.add_many(made)  # type: ignore[arg-type] # the literal is one
    opened.merge_closed()
    yield opened
    opened.close()


def plain(begin: date, end: date, cube: str, *, late: bool) -> dict[tuple[str, ...], int]:
    """The independent sum."""
    found: dict[tuple[str, ...], int] = defaultdict(int)
    for day, release in releases():
        if begin <= day < end:
            for row in (*release.rows, *(release.late if late else ())):
                if row.cube == cube:
                    found[row.values] += row.n
    return found


@pytest.mark.parametrize(
    "query",
    [
        pytest.param({"period": "day", "date": "2026-11-07"}, id="a day"),
        pytest.param({"period": "custom", "from": "2026-11-03", "to": "2026-11-08"}, id="six days"),
        pytest.param({"period": "7d"}, id="a week"),
        pytest.param({"period": "month"}, id="a month"),
    ],
)
def test_an_overview_is_the_plain_sum(store: Store, query: dict[str, str]) -> None:
    """Headline, pages and sources are what a loop over the releases gives; late groups count from a week on only."""
    chosen = period.parse(query, TODAY)
    found = reports.overview(store, SITE, chosen, NOW)
    days = [(day, release) for day, release in releases() if chosen.begin <= day < chosen.end]
    totals = [release.totals for _, release in days if release.totals is not None]
    assert found.headline.pageviews == sum(t.pageviews for t in totals)
    assert found.headline.visits == sum(t.visits for t in totals)
    assert found.headline.visitors == 12 * len({day for day, _ in days})
    assert found.headline.bounce_rate == pytest.approx(6 / 8)
    assert found.headline.visit_duration == pytest.approx(60)
    for name, cube in (("pages", "page.pageview"), ("sources", "source.visit_start")):
        expected = plain(chosen.begin, chosen.end, cube, late=chosen.days >= reports.WEEK)
        panel = found.panels[name]
        assert {row.values: row.n for row in panel.rows} == dict(expected)
        assert panel.named == sum(expected.values())
        assert panel.whole is not None
        assert panel.waiting == max(0, panel.whole - panel.named)
        assert [row.n for row in panel.rows] == sorted((row.n for row in panel.rows), reverse=True)
        assert all(0 <= row.share <= 1 and row.n <= panel.whole for row in panel.rows)


def test_the_series_adds_up(store: Store) -> None:
    """The chart's points come to the headline, and none of the period's buckets is left out."""
    chosen = period.parse({"period": "month"}, TODAY)
    found = reports.overview(store, SITE, chosen, NOW)
    assert found.series["pageviews"].sum() == found.headline.pageviews
    assert found.series["visits"].sum() == found.headline.visits
    assert found.series.height == chosen.days


def test_the_comparison_is_the_period_before(store: Store) -> None:
    """Against the seven days before stand the figures that those seven days have themselves."""
    week = period.parse({"period": "7d"}, TODAY)
    earlier = period.before(week)
    assert earlier is not None
    found = reports.overview(store, SITE, week, NOW)
    assert found.before == reports.overview(store, SITE, earlier, NOW).headline


def test_more_named_than_counted_is_never_shown(store: Store) -> None:
    """Groups of a midnight whose totals went to the next day: no row exceeds its whole, nothing waits below zero."""
    day = TODAY + timedelta(days=1)
    begins, ends = (midnight(d, SITE.time_zone) for d in (day, day + timedelta(days=1)))
    rows = (Row("page.pageview", ("/",), 50, 0),)
    release = Release(day.isoformat(), begins, Totals(20, 9, 9, {}), rows, (), closes=False)
    store.add(1, 1000, release, Day(1, release.day, begins, ends, 5, 600, "exact"))
    found = reports.overview(store, SITE, period.parse({"period": "today"}, day), begins)
    panel = found.panels["pages"]
    assert [row.n for row in panel.rows] == [20]
    assert panel.waiting == 0


def test_drops_are_told_by_reason(store: Store) -> None:
    """The ledger has each day's drops by reason."""
    found = reports.drops(store, 1, period.parse({"period": "7d"}, TODAY))
    assert found.group_by("reason").sum()["n"].to_list() == [21]
    assert found.height == 7


def test_a_site_without_data_has_an_overview(store: Store) -> None:
    """Nothing yet is an overview with zeros, not an error."""
    other = Site(id=9, domain="new.example", time_zone="UTC")
    found = reports.overview(store, other, period.parse({}, TODAY), NOW)
    assert not found.has_data
    assert found.headline.visits == 0
    assert found.headline.bounce_rate is None
    assert reports.first_day(store, other) is None
