"""Reports: each number against a sum made by hand over the same releases, and the rules of what may be shown."""

import random
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import pytest
from msgspec.structs import replace

from collector.day.day import Day, midnight
from collector.day.release import Release, Row, Totals
from collector.site import Site
from collector.store import Applied, Store
from dashboard import period, reports
from dashboard.period import ONE, Buckets, Period

TODAY = date(2026, 11, 9)
HOUR = 3_600_000
ZONE = "Europe/Stockholm"
SITE = Site(id=1, domain="shop.example", time_zone=ZONE, k=5)
NOW = midnight(TODAY, ZONE) + 13 * HOUR
PAGES = ("/", "/rea", "/kassa", "/ny/barn", "/om-oss", "(other)", "/a", "/b", "/c", "/d", "/e", "/f", "/g")
CELLS = [
    *(Row("page.pageview", (page,), 0, 0) for page in PAGES),
    *(Row("source.visit_start", (source,), 0, 0) for source in ("", "google.com", "prisjakt.nu")),
    *(Row("country.visit_start", (country,), 0, 0) for country in ("SE", "NO", "")),
    *(Row("event+property.event", ("buy", shown), 0, 0) for shown in ("size=m", "size=l")),
    Row("exit_page.visit_end", ("/kassa",), 0, 30),
    Row("campaign.visit_start", ("höst",), 0, 0),
    Row("none.visit_end", (), 0, 90),
    Row("none.bounce", (), 0, 0),
]


class Told(NamedTuple):
    """One group as it was released, beside the store."""

    day: date
    row: Row
    late: bool


class World(NamedTuple):
    """A store, and everything that was put into it."""

    store: Store
    told: list[Told]
    totals: list[tuple[date, int, Totals]]  # day, time, totals


def day_of(day: date, site: int = 1, totals: str = "exact") -> Day:
    return Day(site, day.isoformat(), midnight(day, ZONE), midnight(day + ONE, ZONE), 5, 600, totals)  # type: ignore[arg-type]  # a Literal


def groups(chance: random.Random) -> tuple[Row, ...]:
    chosen = [cell for cell in CELLS if chance.random() < 0.4]
    counts = [chance.randrange(5, 40) for _ in chosen]
    return tuple(Row(c.cube, c.values, n, n * c.seconds) for c, n in zip(chosen, counts, strict=True))


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Forty-five days of two sites, a third of them not merged, the last one still open."""
    chance, store = random.Random(4), Store.open(tmp_path_factory.mktemp("reports") / "store.duckdb")
    told: list[Told] = []
    totals: list[tuple[date, int, Totals]] = []
    releases: list[Applied] = []
    for number in range(45):
        day = TODAY - timedelta(days=44 - number)
        for tick in range(1, 5):
            end = tick == 4
            time = midnight(day + ONE, ZONE) if end else midnight(day, ZONE) + tick * 5 * HOUR - 60_000
            if day == TODAY and tick > 2:
                break
            counted = Totals(chance.randrange(90, 150), chance.randrange(40, 60), 30 + tick, {"bot": tick, "asset": 5})
            rows, late = groups(chance), groups(chance) if end else ()
            mine = Release(day.isoformat(), time, counted, rows, late, end)
            releases.append((1, number * 4 + tick, mine, day_of(day), "live"))
            told += [Told(day, row, False) for row in rows] + [Told(day, row, True) for row in late]
            totals.append((day, time, counted))
        other = Row("page.pageview", ("/secret",), 9999, 0)
        others = Release(day.isoformat(), midnight(day, ZONE) + HOUR, None, (other,), (), closes=day != TODAY)
        releases.append((2, number + 1, others, day_of(day, 2), "live"))
    store.add_many(releases)
    store._merge([(1, TODAY - timedelta(days=44 - number)) for number in range(45) if number % 3])
    yield World(store, told, totals)
    store.close()


PERIODS = [
    pytest.param({"period": "28d"}, id="28d"),
    pytest.param({"period": "7d"}, id="7d"),
    pytest.param({"period": "today"}, id="today"),
    pytest.param({"period": "yesterday"}, id="yesterday"),
    pytest.param({"period": "month", "date": "2026-10-01"}, id="month"),
    pytest.param({"period": "custom", "from": "2026-10-20", "to": "2026-10-25"}, id="six days"),
    pytest.param({"period": "all"}, id="all"),
    pytest.param({"period": "day", "date": "2026-10-25"}, id="25 hours"),
    pytest.param({"period": "custom", "from": "2026-10-01", "to": "2026-11-09", "by": "week"}, id="weeks"),
]


def asked(query: dict[str, str], world: World) -> Period:
    return period.parse(query, TODAY, reports.first_day(world.store, SITE))


def by_hand(world: World, chosen: Period, cube: str) -> Counter[tuple[str, ...]]:
    """The rule in four lines: rows of one cube, whole days, late ones from a week on."""
    found: Counter[tuple[str, ...]] = Counter()
    for told in world.told:
        if told.row.cube == cube and chosen.begin <= told.day < chosen.end and (chosen.days >= 7 or not told.late):
            found[told.row.values] += told.row.n
    return found


@pytest.mark.parametrize("query", PERIODS)
def test_a_panel_is_the_sum_of_its_groups(world: World, query: dict[str, str]) -> None:
    """Every panel of every period: rows, order, shares, named and waiting are those of a sum made by hand."""
    chosen = asked(query, world)
    found = reports.overview(world.store, SITE, chosen, NOW)
    wholes = {"pageviews": found.headline.pageviews, "visits": found.headline.visits}
    assert found.panels.keys() == reports.PANELS.keys()
    for name, panel in found.panels.items():
        counts = by_hand(world, chosen, panel.cube)
        whole = wholes.get(reports.PANELS[name].whole)
        most = sum(counts.values()) if whole is None else whole
        ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
        assert [(row.values, row.n) for row in panel.rows] == [(v, min(n, most)) for v, n in ordered[: reports.TOP]]
        assert panel.more == max(len(counts) - reports.TOP, 0)
        assert (panel.named, panel.whole) == (min(sum(counts.values()), most), whole)
        assert panel.waiting == (None if whole is None else max(whole - sum(counts.values()), 0))
        assert all(row.share == pytest.approx(row.n / most) for row in panel.rows)


@pytest.mark.parametrize("query", PERIODS)
def test_the_headline_is_the_sum_of_the_days(world: World, query: dict[str, str]) -> None:
    """Totals are the exact sums; visitors are the sum of each day's last estimate; rates come from groups alone."""
    chosen = asked(query, world)
    found = reports.overview(world.store, SITE, chosen, NOW)
    for headline, begin, end in (
        (found.headline, chosen.begin, chosen.end),
        (found.before, chosen.compare_begin, chosen.compare_end),
    ):
        if headline is None or begin is None or end is None:
            assert found.before is None
            continue
        inside = [(day, totals) for day, _, totals in world.totals if begin <= day < end]
        last = {day: totals.visitors for day, totals in inside}
        assert headline.pageviews == sum(totals.pageviews for _, totals in inside)
        assert headline.visits == sum(totals.visits for _, totals in inside)
        assert headline.visitors == (sum(last.values()) if last else None)
        side = replace(chosen, begin=begin, end=end)
        ends, bounces = by_hand(world, side, "none.visit_end").total(), by_hand(world, side, "none.bounce").total()
        assert headline.bounce_rate == (min(bounces / ends, 1) if ends else None)
        assert headline.visit_duration == (90 if ends else None)


@pytest.mark.parametrize("query", PERIODS)
def test_the_points_add_up_to_the_headline(world: World, query: dict[str, str]) -> None:
    """The chart and the figures above it are the same numbers, hour by hour, day by day, week by week."""
    found = reports.overview(world.store, SITE, asked(query, world), NOW)
    series = found.series
    assert series["pageviews"].sum() == found.headline.pageviews
    assert series["visits"].sum() == found.headline.visits
    assert series["bucket"].is_sorted()
    if found.buckets != Buckets.HOUR:
        assert series["visitors"].sum() == found.headline.visitors
        assert series["bucket"].is_unique().all()
        if found.before is not None and found.buckets == Buckets.DAY:
            assert series["before_pageviews"].sum() == found.before.pageviews


def test_an_hour_has_what_was_counted_in_it(world: World) -> None:
    """A publish counts in the hour of its interval's middle: one at 04:59 in the fifth, at midnight in the last."""
    for query in ({"period": "yesterday"}, {"period": "day", "date": "2026-10-25"}):
        chosen = asked(query, world)
        series = reports.overview(world.store, SITE, chosen, NOW).series
        begins = midnight(chosen.begin, ZONE)
        wanted = {
            min((time - 300_000 - begins) // HOUR, series.height - 1): totals.pageviews
            for day, time, totals in world.totals
            if day == chosen.begin
        }
        assert {place: n for place, n in enumerate(series["pageviews"]) if n} == wanted
    assert series.height == 25


def test_the_merge_changes_no_answer(tmp_path: Path) -> None:
    """The same day before and after its nightly merge: every figure, point and row is the same."""
    store = Store.open(tmp_path / "store.duckdb")
    chance, day = random.Random(1), TODAY - ONE
    releases: list[Applied] = []
    for tick in range(1, 145):
        totals = Totals(tick, tick // 2, tick, {"bot": 1})
        late = groups(chance) if tick == 144 else ()
        time = midnight(day, ZONE) + tick * 600_000 + chance.randrange(9_000)
        release = Release(day.isoformat(), time, totals, groups(chance), late, closes=tick == 144)
        releases.append((1, tick, release, day_of(day), "live"))
    store.add_many(releases)
    for query in ({"period": "yesterday"}, {"period": "7d"}):
        chosen = period.parse(query, TODAY)
        before = reports.overview(store, SITE, chosen, NOW)
        drops, rhythm = reports.drops(store, 1, chosen), reports.rhythm(store, SITE, chosen)
        store.merge_closed()
        after = reports.overview(store, SITE, chosen, NOW)
        assert after.series.equals(before.series)
        assert (after.headline, after.panels) == (before.headline, before.panels)
        assert reports.drops(store, 1, chosen).equals(drops)
        assert reports.rhythm(store, SITE, chosen).equals(rhythm)
    store.close()


def single(store: Store, *, rows: tuple[Row, ...], late: tuple[Row, ...] = (), visits: int = 3) -> None:
    day = TODAY - ONE
    totals = Totals(visits * 2, visits, visits, {})
    store.add(1, 1, Release(day.isoformat(), midnight(TODAY, ZONE), totals, rows, late, closes=True), day_of(day))


@pytest.mark.parametrize(("length", "n"), [(1, 6), (6, 6), (7, 17), (28, 17)])
def test_late_groups_count_from_a_week_on(tmp_path: Path, length: int, n: int) -> None:
    """What waited over a midnight is in no figure of less than seven days, and in every figure of seven or more."""
    store = Store.open(tmp_path / "store.duckdb")
    page, ends = Row("page.pageview", ("/",), 6, 0), Row("none.visit_end", (), 6, 60)
    single(
        store,
        rows=(ends, page),
        late=(Row("none.visit_end", (), 11, 0), Row("page.pageview", ("/",), 11, 0)),
        visits=50,
    )
    begin = TODAY - timedelta(days=length)
    query = {"period": "custom", "from": begin.isoformat(), "to": (TODAY - ONE).isoformat()}
    found = reports.overview(store, SITE, period.parse(query, TODAY), NOW)
    assert found.panels["pages"].rows[0].n == n
    assert found.headline.visit_duration == pytest.approx(60 / n)
    assert found.late == (length >= 7)
    store.close()


def test_no_row_is_more_than_its_whole(tmp_path: Path) -> None:
    """Leftovers join the next day, so a day's groups may be more than its totals: shown is the whole, waiting is 0."""
    store = Store.open(tmp_path / "store.duckdb")
    single(
        store,
        rows=(Row("none.bounce", (), 9, 0), Row("none.visit_end", (), 5, 150), Row("source.visit_start", ("",), 40, 0)),
    )
    found = reports.overview(store, SITE, period.parse({"period": "yesterday"}, TODAY), NOW)
    sources = found.panels["sources"]
    assert (sources.rows[0].n, sources.rows[0].share, sources.named, sources.waiting) == (3, 1.0, 3, 0)
    assert found.headline.bounce_rate == 1.0
    store.close()


def test_where_totals_obey_the_rule_wholes_are_groups(tmp_path: Path) -> None:
    """With totals = groups, pageviews and visits come from the cubes without dimensions; no hours, no estimate."""
    store = Store.open(tmp_path / "store.duckdb")
    day = TODAY - ONE
    rows = (
        Row("none.pageview", (), 20, 0),
        Row("none.visit_start", (), 8, 0),
        Row("page.pageview", ("/",), 15, 0),
    )
    late = (Row("none.pageview", (), 100, 0),)
    release = Release(day.isoformat(), midnight(TODAY, ZONE), None, rows, late, closes=True)
    store.add(1, 1, release, day_of(day, totals="groups"))
    found = reports.overview(store, SITE, period.parse({"period": "yesterday"}, TODAY), NOW)
    assert (found.headline.pageviews, found.headline.visits, found.headline.visitors) == (20, 8, None)
    assert (found.panels["pages"].whole, found.panels["pages"].waiting) == (20, 5)
    assert found.buckets == Buckets.DAY
    assert found.series.select("pageviews", "visits", "visitors").rows() == [(20, 8, None)]
    week = reports.overview(store, SITE, period.parse({"period": "7d"}, TODAY), NOW)
    assert week.headline.pageviews == 120
    assert week.series["pageviews"].sum() == 20
    (card,) = reports.sites_overview(store, [SITE], NOW)
    assert (card.visits, card.visitors[-2]) == ([0, 0, 0, 0, 0, 8, 0], None)
    store.close()


def test_a_site_without_data(tmp_path: Path) -> None:
    """Nothing yet: zeros where something was counted, None where nothing can be said, and no error."""
    store = Store.open(tmp_path / "store.duckdb")
    found = reports.overview(store, SITE, period.parse({}, TODAY), NOW)
    assert found.headline == reports.Headline(0, 0, None, None, None, None)
    assert (found.first, found.last_publish, found.k) == (None, None, None)
    assert all(panel.rows == [] and panel.named == 0 for panel in found.panels.values())
    assert found.series["pageviews"].to_list() == [0] * 28
    assert reports.first_day(store, SITE) is None
    assert reports.sites_overview(store, [SITE], NOW)[0].last_publish is None
    assert reports.sites_overview(store, [], NOW) == []
    store.close()


def test_hours_to_come_are_empty(world: World) -> None:
    """Today's hours after now are null, not nought, and the hour that is going on says so; so does the last day."""
    series = reports.overview(world.store, SITE, asked({"period": "today"}, world), NOW).series
    assert [n is None for n in series["pageviews"]] == [hour > 13 for hour in range(24)]
    assert series["ongoing"].to_list() == [hour == 13 for hour in range(24)]
    days = reports.overview(world.store, SITE, asked({"period": "7d"}, world), NOW).series
    assert days["ongoing"].to_list() == [False] * 6 + [True]


def test_the_rest_of_an_overview(world: World) -> None:
    """The last publish is the site's own, in naive UTC; k is that of the days."""
    found = reports.overview(world.store, SITE, asked({}, world), NOW)
    wanted = datetime.fromtimestamp(world.totals[-1][1] / 1000, UTC).replace(tzinfo=None)
    assert (found.last_publish, found.k, found.first, found.replayed) == (wanted, 5, min(world.totals)[0], False)


def test_one_panel_with_all_its_rows(world: World) -> None:
    """`panel` answers what the overview does, whole or as far as asked; a panel that nobody knows is an error."""
    chosen = asked({}, world)
    short, everything = (
        reports.overview(world.store, SITE, chosen, NOW).panels["pages"],
        by_hand(world, chosen, "page.pageview"),
    )
    full = reports.panel(world.store, SITE, chosen, "pages")
    assert len(full.rows) == len(everything) == len(PAGES)
    assert full.rows[: reports.TOP] == short.rows
    assert (full.more, full.named, full.whole) == (0, short.named, short.whole)
    assert reports.panel(world.store, SITE, chosen, "pages", limit=reports.TOP) == short
    with pytest.raises(KeyError):
        reports.panel(world.store, SITE, chosen, "people")


def test_the_ledger_of_drops(world: World) -> None:
    """What was not counted, by day and reason, adds up to what the publishes said."""
    chosen = asked({"period": "7d"}, world)
    wanted: Counter[tuple[date, str]] = Counter()
    for day, _, totals in world.totals:
        if chosen.begin <= day < chosen.end:
            wanted.update({(day, reason): n for reason, n in totals.drops.items()})
    found = reports.drops(world.store, 1, chosen)
    assert {(day, reason): n for day, reason, n in found.rows()} == wanted
    assert found["day"].is_sorted()


def test_the_rhythm_of_the_week(world: World) -> None:
    """Weekday by hour on the site's clock: 168 cells that add up to the visits, each where it was counted."""
    chosen = asked({"period": "7d"}, world)
    found = reports.rhythm(world.store, SITE, chosen)
    assert found.height == 168
    assert found["visits"].sum() == reports.overview(world.store, SITE, chosen, NOW).headline.visits
    wanted = [0] * 7
    for day, _, totals in world.totals:
        if chosen.begin <= day < chosen.end:
            wanted[day.weekday()] += totals.pageviews
    assert found.group_by("weekday", maintain_order=True).sum()["pageviews"].to_list() == wanted


def test_cards_of_sites(world: World) -> None:
    """Each card is its own site's last seven days in its own zone, in the order asked for."""
    east = Site(id=2, domain="east.example", time_zone="Pacific/Auckland")
    second, first = reports.sites_overview(world.store, [east, SITE], NOW)
    days = [TODAY - timedelta(days=back) for back in range(6, -1, -1)]
    assert first.days == days
    assert first.visits == [sum(t.visits for day, _, t in world.totals if day == wanted) for wanted in days]
    assert (second.site, second.days[-1], second.visits) == (east, TODAY + ONE, [0] * 7)
