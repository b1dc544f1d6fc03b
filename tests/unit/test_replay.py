"""The replay of a log, without a disk: its clock, its order, and where every line and page view goes."""

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from bench import madeup_log
from collector.day.day import Day
from collector.day.release import Release, Row, Totals
from collector.door.hit import Drop
from collector.errors import LogError
from collector.settings import Settings
from collector.site import Site
from collector.store import Store
from dashboard.condense import by_hour
from dashboard.reckoning import reckon
from dashboard.replay import Replay
from dashboard.replay_lines import Lines

SITE = Site(id=1, domain="shop.example", hosts=("shop.example", "www.shop.example"), time_zone="UTC", k=5)
HOME = replace(SITE, time_zone="Europe/Stockholm")  # as the made-up log
NOW = 1_795_435_200_000  # 2026-11-23 12:00 UTC
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0"
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def line(at: datetime, network: int = 0, page: str = "/", referrer: str = "-", agent: str = FIREFOX) -> bytes:
    """A page view of a made-up network."""
    moment = at.strftime("%d/%b/%Y:%H:%M:%S +0000")
    return f'198.18.{network}.7 - - [{moment}] "GET {page} HTTP/1.1" 200 9 "{referrer}" "{agent}"\n'.encode()


def replayed(lines: Iterable[bytes], site: Site = SITE, now: int = NOW) -> Replay:
    replay = Replay(site, Settings())
    for portion in Lines(site, Settings(), now).portions(lines):
        replay.take(portion)
    replay.finish()
    return replay


def made_up(count: int, days: int = 3, seed: int = 1) -> list[bytes]:
    return [text.encode() for text in madeup_log.lines(count, days, date(2026, 11, 23), "shop.example", seed)]


def test_every_line_and_every_page_view_is_accounted_for() -> None:
    """Lines are page views, drops and left out; page views are published and left over; cubes add up."""
    log = made_up(6000)
    replay = replayed(log)
    assert replay.lines == len(log) == replay.hits + replay.drops.total() + replay.left_out
    assert replay.hits == replay.published + replay.left_over
    assert replay.hits > 1000
    counts = dict(replay.cubes())
    assert counts["page.pageview"].unit == replay.hits
    rows: Counter[str] = Counter()
    for _, releases in replay.days:
        for release in releases:
            rows.update({row.cube: 0 for row in (*release.rows, *release.late)})
            for row in (*release.rows, *release.late):
                rows[row.cube] += row.n
    assert {cube: count.named for cube, count in counts.items() if count.named} == dict(rows)
    assert sum(release.totals.visits for release in told(replay)) + replay.waiting.visits == replay.visits


def told(replay: Replay) -> list[Any]:
    return [release for _, releases in replay.days for release in releases if release.totals is not None]


def test_drops_are_published_by_name() -> None:
    """The totals of the days tell every dropped line by its reason."""
    replay = replayed(made_up(6000))
    published: Counter[str] = Counter(replay.waiting.drops)
    for release in told(replay):
        published.update(release.totals.drops)
    assert published == replay.drops
    assert {Drop.ASSET, Drop.BOT, Drop.METHOD, Drop.STATUS} <= set(replay.drops)


def test_totals_that_are_groups() -> None:
    """Where a site's totals obey the rule too, nothing exact is published, and the equation holds all the same."""
    replay = replayed(made_up(6000), replace(SITE, totals="groups"))
    assert told(replay) == []
    assert 0 < replay.published <= replay.hits
    assert replay.hits == replay.published + replay.left_over


def test_the_rate_limit_does_not_hold() -> None:
    """One network's 5,000 page views within a second, which the door would refuse from a browser, all count."""
    replay = replayed(line(NOON) for _ in range(5000))
    assert (replay.hits, replay.drops.total()) == (5000, 0)


def test_lines_out_of_order_are_sorted() -> None:
    """A line up to two minutes late is put where it belongs: a view and the one before it are one visit."""
    first, second = (
        line(NOON, page="/a"),
        line(NOON + timedelta(seconds=115), page="/b", referrer="https://shop.example/a"),
    )
    for order in ([first, second], [second, first]):
        replay = replayed(order)
        assert (replay.hits, replay.visits, replay.moved) == (2, 1, 0)
        assert dict(replay.cubes())["previous_page+page.pageview"].facts == 1


def test_a_later_line_counts_where_it_stands() -> None:
    """A line later than two minutes (a download of an hour) counts at the time it is met, and is told."""
    replay = replayed([line(NOON), line(NOON - timedelta(hours=5)), line(NOON - timedelta(minutes=2))])
    assert (replay.hits, replay.moved) == (3, 1)


def test_a_later_line_does_not_reach_back_over_midnight() -> None:
    """A day that is closed stays closed: what is written an hour after midnight counts on the new day."""
    midnight = NOON.replace(hour=0)
    replay = replayed([line(midnight - timedelta(hours=2)), line(midnight + timedelta(hours=1)), line(midnight)])
    assert [day.date for day, _ in replay.days] == ["2026-11-19", "2026-11-20"]
    assert replay.moved == 1


def test_files_in_the_wrong_order() -> None:
    """Files named from the newest to the oldest would end up on the wrong days: one sentence, with the number."""
    with pytest.raises(LogError, match=r"^Line 2 is more than 6 hours older .* from the oldest to the newest\."):
        replayed([line(NOON), line(NOON - timedelta(days=1))])


def test_today_is_left_out() -> None:
    """What is of a day that is not over, by the site's own clock, is left out and counted; torn lines in it too."""
    site = replace(SITE, time_zone="Pacific/Auckland")  # 2026-11-24 there began at 11:00 UTC on the 23rd
    inside = datetime(2026, 11, 23, 10, 59, 59, tzinfo=UTC)
    replay = replayed([b"torn\n", line(inside), line(inside + timedelta(seconds=1)), b"torn\n"], site)
    assert (replay.hits, replay.left_out, replay.drops) == (1, 2, {"torn-line": 1})
    assert [day.date for day, _ in replay.days] == ["2026-11-23"]


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ([], "None of the 0 lines is in a format that is known"),
        ([b"torn\n", b"\n"], "None of the 2 lines is in a format that is known"),
        ([line(NOON + timedelta(days=9)), b"torn\n"], "All 2 lines are of today"),
    ],
    ids=["empty", "torn", "today"],
)
def test_nothing_to_count(lines: list[bytes], said: str) -> None:
    """A log without a finished day is one sentence."""
    with pytest.raises(LogError, match=said):
        replayed(lines)


def test_torn_lines_count_where_they_stand() -> None:
    """A torn line has no time: it belongs to the day of the line before it; the first ones to the first day."""
    day = timedelta(days=1)
    lines = [b"x\n", line(NOON - day), b"x\n", b"x\n", line(NOON)]
    lines += [line(NOON + day + timedelta(seconds=n), n) for n in range(5)]  # so that totals are published
    replay = replayed([*lines, b"x\n"])
    assert replay.drops == {"torn-line": 4}
    assert sum(release.totals.drops.get("torn-line", 0) for release in told(replay)) == 4


def test_publishes_at_the_log_times() -> None:
    """Totals come at whole multiples of the interval since midnight, if k networks have come, as with beacons."""
    times = [0, 1, 2, 3, 4, 700, 701, 702, 703, 3700, 3701, 3702, 3703]  # seconds after noon, a network each
    replay = replayed(line(NOON + timedelta(seconds=at), network) for network, at in enumerate(times))
    ((day, releases),) = replay.days
    noon = day.begins + 12 * 3_600_000
    assert [(r.time - noon, r.totals.pageviews) for r in releases if r.totals] == [(600_000, 5), (4_200_000, 8)]
    assert releases[-1].closes
    assert releases[-1].time == day.ends


def test_time_zone_with_a_change() -> None:
    """On the day the clock goes back, 25 hours belong to the day."""
    site = replace(SITE, time_zone="Europe/Stockholm")
    begins = datetime(2026, 10, 24, 22, tzinfo=UTC)
    replay = replayed([line(begins), line(begins + timedelta(hours=24, minutes=59))], site)
    ((day, _),) = replay.days
    assert (day.date, day.ends - day.begins) == ("2026-10-25", 25 * 3_600_000)


def test_keys_are_fresh() -> None:
    """Two replays of one log draw different lots: nothing that decides who waits is the same, or written anywhere."""
    log = made_up(6000)
    first, second = (replayed(log) for _ in range(2))
    assert (first.hits, first.visits, first.drops) == (second.hits, second.visits, second.drops)
    assert first.days != second.days


def test_only_groups_leave() -> None:
    """What is handed over are groups and totals: no address, no network, no user agent in any spelling."""
    # 200 visits: nothing is released before one is held (1 in 8), and keys are drawn anew in each run.
    log = [line(NOON + timedelta(seconds=n), n % 200) for n in range(300)]
    replay = replayed(log)
    text = repr(replay.days)
    assert "page.pageview" in text
    for canary in ("198.18", "Mozilla", str(198 << 16 | 18 << 8 | 3)):
        assert canary not in text


def test_hours_are_what_the_nightly_merge_makes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Releases summed by the hour leave the store, after its merge, with the same rows as all of them one by one."""
    monkeypatch.setattr("dashboard.replay.by_hour", lambda _, releases: releases)
    ((day, single),) = replayed(made_up(9000, days=1), HOME).days
    hours = by_hour(day, single)
    assert len(single) > 60
    assert len(hours) <= 26
    stores = []
    for name, releases in (("single", single), ("hours", hours)):
        store = Store.open(tmp_path / f"{name}.duckdb")
        store.add_many((1, at, release, day, "replay") for at, release in enumerate(releases, 1))
        store.merge_closed()
        stores.append(
            {
                table: sorted(store.database.writer.execute(f"select * from {table}").fetchall())
                for table in ("totals", "drops", "visitors", "days")
            }
            | {"groups": sorted(store.database.writer.execute(GROUPS).fetchall())}
        )
        store.close()
    assert stores[0] == stores[1]
    assert stores[0]["groups"]


GROUPS = """
select g.site, c.name, g.day, one.value, two.value, g.n, g.seconds, g.late
from groups as g join cubes as c on c.number = g.cube
left join names as one on one.number = g.value left join names as two on two.number = g.value2
"""


def test_sum_of_releases() -> None:
    """Rows of a cell are one row, late ones apart, sorted; totals and drops add up; the last estimate stays."""
    day = Day(1, "2026-11-20", 0, 24 * 3_600_000, 5, 600, "exact")
    row, late = Row("page.pageview", ("/",), 5, 0), Row("none.bounce", (), 6, 0)
    early = Release("2026-11-20", 600_000, Totals(7, 3, 3, {"bot": 1}), (row,), (), closes=False)
    later = Release(
        "2026-11-20", 3_899_999, Totals(8, 4, 6, {"asset": 2, "bot": 3}), (row, late), (late,), closes=False
    )
    end = Release("2026-11-20", day.ends, None, (), (late,), closes=True)
    summed = Release(
        "2026-11-20",
        3_899_999,
        Totals(15, 7, 6, {"asset": 2, "bot": 4}),
        (late, Row("page.pageview", ("/",), 10, 0)),
        (late,),
        closes=False,
    )
    assert by_hour(day, [early, later, end]) == [summed, end]


def test_table() -> None:
    """The closing table says the days, every drop reason, every cube, and both equations."""
    replay = replayed([*made_up(6000), b"torn\n"], HOME)
    table = reckon(replay, "shop.example")
    assert table.startswith("shop.example: 3 days, 2026-11-20 to 2026-11-22\n")
    assert (
        f"{replay.lines:,} lines = {replay.hits:,} page views + {replay.drops.total():,} dropped + 0 left out" in table
    )
    assert f"{replay.hits:,} page views = {replay.published:,} published + {replay.left_over:,} left over" in table
    for reason in replay.drops:
        assert f"\n  {reason} " in table
    for cube, count in replay.cubes():
        assert f"\n{cube} " in table
        assert f"{count.named:,}" in table


def test_table_of_a_site_that_rounds() -> None:
    """Visits, what was published and every cube are tens, shares are of those; lines are the log's own."""
    replay = replayed([*made_up(6000), b"torn\n"], HOME)
    table = reckon(replay, "shop.example", rounded=True)
    exact = {str(n) for _, count in replay.cubes() for n in (count.named, count.facts, count.waiting) if n % 10}
    assert len(exact | {str(replay.visits)}) > 10
    head, cubes = table.split("\ncube ")
    figures = [line.split() for line in cubes.splitlines()[1:] if " % " in line]
    assert len(figures) == len(list(replay.cubes()))
    for name, facts, named, share, _, waiting, expired in figures:
        numbers = [int(text.replace(",", "")) for text in (facts, named, waiting, expired)]
        assert all(n % 10 == 0 for n in numbers), name
        assert share == f"{100 * numbers[1] / numbers[0]:.0f}"
    visits = next(line for line in head.splitlines() if line.startswith("visits "))
    assert int(visits.split()[1].replace(",", "")) == (replay.visits + 5) // 10 * 10
    shown = next(line for line in head.splitlines() if line.endswith("left over"))
    assert all(int(text.replace(",", "")) % 10 == 0 for text in shown.split() if text[0].isdigit())
    assert f"{replay.lines:,} lines = {replay.hits:,} page views" in head
    assert "rounded" in table
    assert "rounded" not in reckon(replay, "shop.example")


def test_made_up_log_is_the_same_for_the_same_seed() -> None:
    """The made-up log is deterministic, has the lines that were asked for, and addresses that are nobody's."""
    first, again, other = made_up(2000), made_up(2000), made_up(2000, seed=2)
    assert first == again != other
    assert len(first) == 2000
    nobodys = (b"198.18.", b"198.19.", b"192.0.2.", b"198.51.100.", b"203.0.113.", b"2001:db8:")
    whole = [text for text in first if text.endswith(b'"')]
    assert len(whole) > 1990
    assert all(text.startswith(nobodys) for text in whole)
