"""The fold: what each hit contributes, when a publish may be, and the laws: replay equals live, nothing is lost."""

from collections.abc import Callable

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.day import held, lots
from collector.day.cells import PLACES
from collector.day.cubes import CUBES, TOTAL_CUBES, Unit
from collector.day.fold import Fold, duration_band, scroll_band
from collector.day.groups import values_of
from collector.day.lots import Draws
from collector.day.release import Release, Totals
from collector.day.waiting import Waiting
from collector.door.hit import Hit, Kind
from tests.unit.day.made import ENDS, arrival, at, day, event, law, streams, timed, view

KEY = bytes(range(32))
CELLS = 1000
NEVER = 1000  # networks: a k at which nothing is ever released, so that all facts can be looked at as what waits


def fold(k: int = 3, waiting: Waiting | None = None, **other: object) -> Fold:
    return Fold(day(k, **other), KEY, waiting or Waiting(), CELLS)


def take(fold: Fold, hits: list[Hit], entry: int = 1) -> Fold:
    for index, hit in enumerate(hits):
        fold.hit(entry, index, hit)
    return fold


def facts(hits: list[Hit]) -> dict[str, dict[tuple[str, ...], int]]:
    """All cells and their counts once every visit of these hits has ended."""
    folded = take(fold(NEVER), hits)
    folded._visits.close()
    found: dict[str, dict[tuple[str, ...], int]] = {}
    for table in folded._cells._tables:
        cells = found.setdefault(table.cube.name, {})
        for key, _, group in table.waiting():
            cells[values_of(key)] = cells.get(values_of(key), 0) + group.n
    return found


STORY = [
    arrival(0, "/a", campaign="spring"),
    timed(0.2, "/a", engaged=10_000, scroll=30),
    view(0.5, "/b", inside="/a"),
    event(1, "/b", properties=(("size", "M"), ("colour", "red"))),
    event(1.1, "/b", properties=(("size", "M"), ("colour", "blue"))),
    view(1.2, "/a", inside="/b"),
    timed(1.5, "/a", engaged=5000, scroll=80),
]

CASES: dict[str, tuple[list[Hit], dict[str, dict[tuple[str, ...], int]]]] = {
    "a visit of three views and two events": (
        STORY,
        {
            "page.pageview": {("/a",): 2, ("/b",): 1},
            "page.reach": {("/a",): 1, ("/b",): 1},
            "page.timed_view": {("/a",): 1},
            "scroll.timed_view": {("75",): 1},
            "previous_page+page.pageview": {("/a", "/b"): 1, ("/b", "/a"): 1},
            "page+channel.pageview": {("/a", "search"): 2, ("/b", "search"): 1},
            "page+device.pageview": {("/a", "desktop"): 2, ("/b", "desktop"): 1},
            "page+country.pageview": {("/a", "SE"): 2, ("/b", "SE"): 1},
            "entry_page.visit_start": {("/a",): 1},
            "source.visit_start": {("Google",): 1},
            "channel.visit_start": {("search",): 1},
            "campaign.visit_start": {("spring",): 1},
            "browser.visit_start": {("Firefox 153",): 1},
            "system.visit_start": {("Linux",): 1},
            "device.visit_start": {("desktop",): 1},
            "country.visit_start": {("SE",): 1},
            "entry_page+channel.visit_start": {("/a", "search"): 1},
            "source+device.visit_start": {("Google", "desktop"): 1},
            "none.visit_end": {(): 1},
            "exit_page.visit_end": {("/a",): 1},
            "source.visit_end": {("Google",): 1},
            "channel.visit_end": {("search",): 1},
            "duration.visit_end": {("60",): 1},
            "none.event": {(): 2},
            "event.event": {("buy",): 2},
            "event.event_reach": {("buy",): 1},
            "event+channel.event_reach": {("buy", "search"): 1},
            "event+property.event": {("buy", "size=M"): 2, ("buy", "colour=red"): 1, ("buy", "colour=blue"): 1},
            "event+property.event_reach": {("buy", "size=M"): 1, ("buy", "colour=red"): 1, ("buy", "colour=blue"): 1},
        },
    ),
    "a bounce": (
        [view(0, "/a")],
        {
            "none.bounce": {(): 1},
            "entry_page.bounce": {("/a",): 1},
            "source.bounce": {("",): 1},
            "channel.bounce": {("direct",): 1},
            "page.timed_view": {},
            "previous_page+page.pageview": {},
            "campaign.visit_start": {},
            "duration.visit_end": {("0",): 1},
        },
    ),
    "an event in no visit reaches nobody": (
        [event(0, properties=(("size", "M"),))],
        {
            "none.event": {(): 1},
            "event+property.event": {("buy", "size=M"): 1},
            "event.event_reach": {},
            "event+property.event_reach": {},
            "none.visit_end": {},
        },
    ),
    "an unknown country is counted as one": ([view(0, country="")], {"country.visit_start": {("",): 1}}),
    "two visits reach a page twice": ([arrival(0), arrival(1)], {"page.reach": {("/",): 2}, "none.visit_end": {(): 2}}),
    "the second visit's event reaches again": (
        [view(0), event(1), view(40), event(41)],
        {"event.event_reach": {("buy",): 2}, "none.visit_end": {(): 2}, "none.bounce": {}},
    ),
}


@pytest.mark.parametrize(("hits", "expected"), CASES.values(), ids=CASES)
def test_what_hits_contribute(hits: list[Hit], expected: dict[str, dict[tuple[str, ...], int]]) -> None:
    """Each fact is in the cubes of its unit, with the values of its hit or visit."""
    found = facts(hits)
    assert {cube: found[cube] for cube in expected} == expected


def test_the_story_is_in_every_cube() -> None:
    """The case above leaves no cube out but those of bounces."""
    empty = {cube for cube, cells in facts(STORY).items() if not cells}
    assert empty == {cube.name for cube in CUBES if cube.unit == Unit.BOUNCE}


@pytest.mark.parametrize(
    ("band", "value", "expected"),
    [
        *((duration_band, seconds, band) for seconds, band in ((0, "0"), (9, "0"), (10, "10"), (29, "10"), (30, "30"))),
        *((duration_band, seconds, band) for seconds, band in ((60, "60"), (180, "180"), (600, "600"), (9999, "600"))),
        *((scroll_band, depth, band) for depth, band in ((0, "0"), (24, "0"), (25, "25"), (99, "75"), (100, "100"))),
    ],
)
def test_bands_are_named_by_where_they_begin(band: Callable[[int], str], value: int, expected: str) -> None:
    """A band's name is its lower bound, which belongs to it."""
    assert band(value) == expected


def is_held(entry: int) -> bool:
    """Whether the visit that the first hit of an entry begins is held, before anything is published."""
    return not Draws(KEY).lots(entry, 0)[lots.HELD_BYTE] & held.FIRST


def test_seconds_of_visits_and_pages() -> None:
    """A visit's seconds are its duration, a page's its engaged time: multiples of 30 s come through as they are."""
    folded = fold(NEVER)
    for net in range(200):
        visit = [view(0), timed(2, engaged=59_600), view(3, "/a", inside="/")]
        take(folded, [msgspec.structs.replace(hit, network=net) for hit in visit], entry=net)
    _, waiting = folded.close(ENDS)

    def seconds(cube: str) -> int:
        return sum(group.seconds for cell in waiting.cells[cube].values() for group in cell.values())

    named = 200 - sum(is_held(entry) for entry in range(200))
    assert 150 < named < 200  # what is held is destroyed
    assert seconds("none.visit_end") == named * 180
    assert seconds("page.timed_view") == named * 60


def test_each_fact_draws_for_the_hit_it_belongs_to() -> None:
    """A visit's facts draw for its first hit, a page's for the hit that first saw it, each property for itself."""
    folded, draws = fold(NEVER), Draws(KEY)
    for entry in range(200):
        page = f"/{entry}"
        visit = [
            view(0, page),
            view(1, f"{page}/x", inside=page),
            view(2, f"{page}/x", inside=page),
            event(3, f"{page}/x", name=page, properties=(("size", "M"), ("colour", "red"))),
            timed(4, f"{page}/x"),
        ]
        take(folded, [msgspec.structs.replace(hit, network=entry) for hit in visit], entry=entry)
    folded._visits.close()
    found = {table.cube.name: {key: number for key, number, _ in table.waiting()} for table in folded._cells._tables}
    places = {cube.name: place for place, cube in enumerate(PLACES)}
    for entry in range(200):
        page = f"/{entry}"
        for cube, key, identity in (
            ("page.pageview", page, (entry, 0)),
            ("page.reach", f"{page}/x", (entry, 1)),
            ("page.timed_view", f"{page}/x", (entry, 1)),
            ("entry_page.visit_start", page, (entry, 0)),
            ("exit_page.visit_end", f"{page}/x", (entry, 0)),
            ("event.event", page, (entry, 3)),
            ("event.event_reach", page, (entry, 3)),
            ("event+property.event", (page, "size=M"), (entry, 3, 1)),
            ("event+property.event_reach", (page, "colour=red"), (entry, 3, 2)),
        ):
            lot = lots.NEVER if is_held(entry) else draws.lot(draws.lots(*identity), places[cube])
            assert found[cube][key] == lot


def crowd(minute: float, networks: range) -> list[Hit]:
    return [view(minute, net=net) for net in networks]


def test_a_publish_needs_k_networks_since_the_last() -> None:
    """Of k - 1 networks, however many hits: nothing. Of k: the totals of all since the last publish."""
    folded = take(fold(), [*crowd(1, range(2)), *crowd(2, range(2))])
    assert folded.publish(at(10)) is None
    take(folded, crowd(11, range(2, 3)))
    release = folded.publish(at(20))
    assert release is not None
    assert release.totals == Totals(5, 3, 3, {})
    assert folded.publish(at(30)) is None
    take(folded, crowd(45, range(3)))
    release = folded.publish(at(50))
    assert release is not None
    assert release.totals == Totals(3, 3, 3, {})


def test_a_publish_ends_idle_visits() -> None:
    """Visits of more than 30 minutes ago are counted as ended at the tick, not only when their key comes again."""
    folded = take(fold(), crowd(0, range(5)))
    take(folded, crowd(31, range(5, 9)))
    folded.publish(at(32))
    assert folded.count("none.visit_end").facts == 5


@law
@given(streams, st.lists(st.integers(0, 40), max_size=6))
def test_ticks_that_fail_change_nothing(hits: list[Hit], extra: list[int]) -> None:
    """A fold asked again and again in vain gives the same releases and the same waiting, byte for byte."""

    def story(extra: list[int]) -> list[bytes]:
        folded, out = fold(), []
        for number, hit in enumerate(hits):
            if number % 10 == 9:
                out.append(msgspec.msgpack.encode(folded.publish(hit.time)))
            folded.hit(1, number, hit)
            if number in extra and len(folded._since) < 3:
                assert folded.publish(hit.time) is None
        release, waiting = folded.close(ENDS)
        return [*out, msgspec.msgpack.encode(release), waiting.encode()]

    assert story(extra) == story([])


@law
@given(streams)
def test_replay_equals_live(hits: list[Hit]) -> None:
    """The same entries give the same bytes; after hits decoded from the spool, as after those that came."""

    def story(hits: list[Hit]) -> list[bytes]:
        folded, out = fold(2), []
        for number, hit in enumerate(hits):
            folded.hit(number // 3, number % 3, hit)
            if number % 7 == 6:
                out.append(msgspec.msgpack.encode(folded.publish(hit.time)))
        release, waiting = folded.close(ENDS)
        return [*out, msgspec.msgpack.encode(release), waiting.encode()]

    assert story(hits) == story(msgspec.msgpack.decode(msgspec.msgpack.encode(hits), type=list[Hit]))


@law
@given(streams, st.integers(2, 5))
def test_nothing_is_lost(hits: list[Hit], k: int) -> None:
    """Page views are view hits, as many visits end as start, and named + waiting + expired is the total."""
    folded, releases = fold(k), list[Release]()
    for number, hit in enumerate(hits):
        folded.hit(1, number, hit)
        if number % 5 == 4 and (release := folded.publish(hit.time)) is not None:
            releases.append(release)
    last, waiting = folded.close(ENDS)
    releases.append(last)
    views = sum(hit.kind == Kind.VIEW for hit in hits)
    totals = [release.totals for release in releases if release.totals]
    assert sum(each.pageviews for each in totals) + waiting.pageviews == views
    starts = sum(each.visits for each in totals) + waiting.visits
    counts = waiting.counts
    assert counts["page.pageview"].facts == counts["page+country.pageview"].facts == views
    assert counts["source.visit_start"].facts == counts["none.visit_end"].facts == starts
    for cube, count in counts.items():
        named = sum(row.n for release in releases for row in (*release.rows, *release.late) if row.cube == cube)
        waits = sum(group.n for cell in waiting.cells.get(cube, {}).values() for group in cell.values())
        assert count.facts == named + waits + count.expired


def test_leftover_totals_join_the_next_days_first_publish() -> None:
    """At midnight fewer than k networks since the last publish: their totals wait, and are told the next day."""
    folded = take(fold(), [*crowd(1400, range(2)), view(1401, "/a", inside="/")])
    folded.drop(7, "bot")
    release, waiting = folded.close(ENDS)
    assert (release.totals, release.closes) == (None, True)
    assert (waiting.pageviews, waiting.visits, waiting.drops) == (3, 2, {"bot": 1})
    kept = waiting.encode()
    tomorrow = fold(3, waiting, date="2026-11-24", begins=ENDS, ends=2 * ENDS - at(0))
    take(tomorrow, crowd(1441, range(3)))
    first = tomorrow.publish(at(1450))
    assert first is not None
    assert first.totals == Totals(6, 5, 3, {"bot": 1})
    assert waiting.encode() == kept


def test_midnight_publishes_the_totals_of_k_networks() -> None:
    """The day's last publish: with k networks since the one before, its totals are told, and nothing is left over."""
    folded = take(fold(), crowd(1430, range(3)))
    release, waiting = folded.close(ENDS)
    assert release.totals == Totals(3, 3, 3, {})
    assert (waiting.pageviews, waiting.visits, waiting.drops) == (0, 0, {})


def test_drops_are_counted_by_reason() -> None:
    """They are told with the totals, but a dropped beacon is nobody who reached the site."""
    folded = take(fold(), crowd(1, range(2)))
    for net in range(10):
        folded.drop(net, "bot")
    folded.drop(1, "asset")
    assert folded.publish(at(10)) is None
    release = take(folded, crowd(2, range(2, 3))).publish(at(20))
    assert release is not None
    assert release.totals is not None
    assert release.totals.drops == {"asset": 1, "bot": 10}


def test_site_zero_publishes_by_its_drops() -> None:
    """Beacons that name no known site are drops only: there k networks of drops make a publish."""
    folded = fold(site=0)
    for net in (1, 1, 2):
        folded.drop(net, "unknown-site")
    assert folded.publish(at(10)) is None
    folded.drop(3, "unknown-site")
    release = folded.publish(at(20))
    assert release is not None
    assert release.totals == Totals(0, 0, 0, {"unknown-site": 4})


def test_where_totals_obey_the_rule_nothing_exact_is_told() -> None:
    """No totals, no drops, no visitors; page views and visits are cubes. What an exact day left over stays waiting."""
    folded = fold(3, Waiting(pageviews=5, visits=2, drops={"bot": 1}), totals="groups")
    take(folded, crowd(1, range(9)))
    folded.drop(1, "bot")
    release = folded.publish(at(10))
    assert release is not None
    assert release.totals is None
    last, waiting = folded.close(ENDS)
    assert last.totals is None
    assert (waiting.pageviews, waiting.visits, waiting.drops) == (5, 2, {"bot": 1})
    assert [waiting.counts[cube.name].facts for cube in TOTAL_CUBES] == [9, 9]


def test_the_days_last_visitors_are_counted_anew() -> None:
    """Within the day the share of quiet keys may be a sixteenth old; the last figure is not."""
    folded = take(fold(), crowd(1, range(40)))
    folded.publish(at(10))
    take(folded, [arrival(11, net=1), timed(11, net=2), timed(11, net=3)])
    release, _ = folded.close(ENDS)
    assert release.totals is not None
    assert release.totals.visitors == 40
