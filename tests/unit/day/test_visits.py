"""Linking: the rule of the design's facts, case by case, and the laws that hold for any hits at all."""

from itertools import pairwise
from string import ascii_uppercase

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.day import visits as visits_module
from collector.day.cubes import Dimension
from collector.day.visit import CLASSES, Visit
from collector.day.visits import IDLE, ONE_VISIT, SILENT_AFTER, Visits
from collector.door.hit import Hit, Kind, Navigation
from tests.unit.day.made import arrival, at, event, law, streams, timed, view

RELOAD, BACK = int(Navigation.RELOAD), int(Navigation.BACK_FORWARD)
UNSAID = int(Navigation.UNSAID)
RESTORED, INSIDE = int(Navigation.RESTORED), int(Navigation.INSIDE)
LOTS = b""


def feed(visits: Visits, hit: Hit) -> Visit | None:
    if hit.kind == Kind.VIEW:
        return visits.view(hit, LOTS)
    return visits.time(hit) if hit.kind == Kind.TIME else visits.event(hit)


def linked(hits: list[Hit]) -> str:
    """The visit of each hit, as letters in the order of their starts; "-" for none."""
    visits, started, out = Visits(lambda _: None), list[Visit](), ""
    for hit in hits:
        visit = feed(visits, hit)
        if visit is not None and visit not in started:
            started.append(visit)
        out += "-" if visit is None else ascii_uppercase[started.index(visit)]
    return out


CROWD = [arrival(0, "/a"), arrival(0, "/b")]  # A and B: m = 2, so what names nothing has 7.5 minutes

CASES = {
    "a link follows its page": ([view(0), view(1, "/a", inside="/")], "AA"),
    # 1: arrivals
    "an arrival is a new visit": ([view(0), arrival(1)], "AB"),
    "a campaign is an arrival": ([view(0), view(1, campaign="spring")], "AB"),
    "a campaign on a link of our own is none": ([view(0), view(1, inside="/", campaign="spring")], "AA"),
    "an old referrer on a reload is none": ([arrival(0), arrival(1, navigation=RELOAD)], "AA"),
    "a payment host is none": ([view(0), arrival(1, payment=True)], "AA"),
    "a campaign is one even from a payment host": ([view(0), view(1, payment=True, campaign="spring")], "AB"),
    # 2: what names one of our pages
    "the visit whose last page it is": ([*CROWD, view(20, "/c", inside="/a")], "ABA"),
    "of two the most recently active": ([arrival(0), arrival(1), timed(2), view(3, "/c", inside="/")], "ABBB"),
    "else one that has seen it": ([*CROWD, view(1, "/c", inside="/a"), view(20, "/d", inside="/a")], "ABAA"),
    "of two that have seen it the most recently active": (
        [arrival(0), view(1, "/a", inside="/"), arrival(2), view(3, "/b", inside="/"), view(20, "/c", inside="/")],
        "AABBB",
    ),
    "last before seen": (
        [
            arrival(0, "/a"),
            arrival(0, "/b"),
            view(1, "/a", inside="/b"),
            view(2, "/c", inside="/a"),
            view(19, "/d", inside="/a"),
        ],
        "ABBBA",
    ),
    "a reload names its own page": ([*CROWD, view(20, "/a", navigation=RELOAD, inside="/b")], "ABA"),
    "so does a way back": ([*CROWD, view(20, "/a", navigation=BACK, inside="/b")], "ABA"),
    "and a page restored": ([*CROWD, view(20, "/a", navigation=RESTORED, inside="/b")], "ABA"),
    "the History API names the page before": ([*CROWD, view(20, "/b", navigation=INSIDE, inside="/a")], "ABA"),
    "a page nobody saw is like no name, and near": ([*CROWD, view(7, "/c", inside="/x")], "ABB"),
    "a page nobody saw is like no name, and far": ([*CROWD, view(8, "/c", inside="/x")], "ABC"),
    # other tools' scripts, whose referrer stays the first page's
    "unsaid, from somewhere": ([view(0), arrival(1, navigation=UNSAID)], "AB"),
    "unsaid, from there again": ([arrival(0, navigation=UNSAID), arrival(1, "/a", navigation=UNSAID)], "AA"),
    "unsaid, from there again though another came between": (
        [arrival(0, navigation=UNSAID), arrival(1, source="Bing"), arrival(2, "/a", navigation=UNSAID)],
        "ABA",
    ),
    "unsaid, from there again but crowded": (
        [arrival(0, navigation=UNSAID), arrival(0, source="Bing"), arrival(8, "/a", navigation=UNSAID)],
        "ABC",
    ),
    "unsaid, from elsewhere": ([arrival(0, navigation=UNSAID), arrival(1, source="Bing", navigation=UNSAID)], "AB"),
    "unsaid, another campaign": (
        [view(0, campaign="a", navigation=UNSAID), view(1, campaign="b", navigation=UNSAID)],
        "AB",
    ),
    "unsaid, led by a page": ([*CROWD, view(20, "/c", inside="/a", navigation=UNSAID)], "ABA"),
    # 3: anything else
    "alone, up to 30 minutes": ([view(0), view(29.9)], "AA"),
    "two: a quarter of the time": ([*CROWD, view(7.4, "/c")], "ABB"),
    "two: not at a quarter of the time": ([*CROWD, view(7.5, "/c")], "ABC"),
    "three: a ninth": ([*CROWD, arrival(0), view(3.3, "/c"), view(6.64, "/d")], "ABCCD"),
    "idle is since the last view, not the last time hit": ([*CROWD, timed(7, "/b"), view(8, "/c")], "ABBC"),
    "back from payment however crowded": ([*CROWD, view(25, "/thanks", payment=True)], "ABB"),
    "a reload with an old payment referrer is not": ([*CROWD, view(25, "/x", payment=True, navigation=RELOAD)], "ABC"),
    "alone, however long ago its last view was": ([view(0), timed(25), view(40)], "AAA"),
    "m counts those open, of longer ago": (
        [*CROWD, timed(25, "/a"), timed(25, "/b"), timed(50, "/a"), timed(50, "/b"), view(65, "/c")],
        "ABABABC",
    ),
    "m counts visits of the last hour that ended": ([view(0), view(31), view(39)], "ABC"),
    "m forgets those of an hour ago": ([view(0), view(35), view(61)], "ABB"),
    # keys
    "another network is another": ([view(0), view(1, net=2, inside="/")], "AB"),
    "another browser is another": ([view(0), view(1, browser="Safari 26", inside="/")], "AB"),
    "another device is another": ([view(0), view(1, device="mobile", inside="/")], "AB"),
    "IPv6 is another": ([view(0), view(1, net=1 << 48 | 1, inside="/")], "AB"),
    # idle
    "29 minutes 59 and a link": ([view(0), view(29.98, inside="/")], "AA"),
    "30 minutes end it, whatever is named": ([view(0), view(30, inside="/")], "AB"),
    "a time hit keeps it open": ([view(0), timed(20), view(45, inside="/")], "AAA"),
    "a time hit of an ended visit is nobody's": ([view(0), timed(30)], "A-"),
    "an event of an ended visit is nobody's": ([view(0), event(30)], "A-"),
    "each of a key's visits idles by itself": (
        [arrival(0, "/a"), arrival(20, "/b"), view(31, inside="/a"), view(31, inside="/b")],
        "ABCB",
    ),
    # time and events
    "time goes to whose last page it is": ([*CROWD, timed(1, "/a"), timed(2, "/b")], "ABAB"),
    "time goes to who has seen it": ([*CROWD, view(1, "/c", inside="/a"), timed(2, "/a")], "ABAA"),
    "time of a page nobody saw is nobody's": ([view(0), timed(1, "/x"), view(30.5)], "A-B"),
    "an event goes to who is on its page": ([*CROWD, event(1, "/a")], "ABA"),
    "an event of a page nobody saw goes to the latest": ([*CROWD, timed(1, "/a"), event(2, "/x")], "ABAA"),
    "an event begins no visit": ([event(0), view(1)], "-A"),
    "an event keeps a visit open": ([view(0), event(20), view(45, inside="/")], "AAA"),
    # clocks
    "a clock that goes back": ([view(10), view(9, "/a", inside="/"), view(39.5, inside="/a")], "AAA"),
}


@pytest.mark.parametrize(("hits", "expected"), CASES.values(), ids=CASES)
def test_hits_are_linked_by_the_rule(hits: list[Hit], expected: str) -> None:
    """Each hit belongs to the visit that the rule says."""
    assert linked(hits) == expected


@pytest.mark.parametrize(
    ("share", "expected"),
    [pytest.param(0, "B", id="no referrers"), pytest.param(4, "B", id="4 %"), pytest.param(5, "C", id="5 %")],
)
def test_a_site_without_referrers_waits_longer(share: int, expected: str) -> None:
    """Where almost no view has an internal referrer, 30 min / m: 15 minutes for two where it is 7.5 elsewhere."""
    visits = Visits(lambda _: None)
    for number in range(SILENT_AFTER - 1):  # the view below is the hundredth
        visits.view(view(0, net=1000 + number, inside="/" if number < share else ""), LOTS)
    _, second = (visits.view(hit, LOTS) for hit in CROWD)
    assert ("B" if visits.view(view(10, "/c"), LOTS) is second else "C") == expected


def test_under_a_hundred_views_a_site_is_not_silent() -> None:
    """One odd network in the night does not change the rule."""
    visits = Visits(lambda _: None)
    for number in range(SILENT_AFTER - 2):
        visits.view(view(0, net=1000 + number), LOTS)
    _, second = (visits.view(hit, LOTS) for hit in CROWD)
    assert visits.view(view(10, "/c"), LOTS) is not second


@pytest.mark.parametrize(
    ("hit", "source", "channel", "campaign"),
    [
        pytest.param(arrival(0), "Google", "search", None, id="an arrival"),
        pytest.param(
            arrival(0, channel="campaign", campaign="spring"), "Google", "campaign", "spring", id="a campaign"
        ),
        pytest.param(view(0), "", "direct", None, id="no referrer"),
        pytest.param(view(0, inside="/a"), "", "direct", None, id="a link of our own, from an ended visit"),
        pytest.param(
            arrival(0, navigation=RELOAD, campaign="spring"), "", "direct", None, id="a reload's old referrer"
        ),
        pytest.param(arrival(0, navigation=BACK), "", "direct", None, id="a way back"),
    ],
)
def test_the_source_is_the_entry_hits(hit: Hit, source: str, channel: str, campaign: str | None) -> None:
    """If it was navigated to; else direct, since document.referrer is then an old one. It stays through the visit."""
    visits = Visits(lambda _: None)
    visits.view(hit, LOTS)
    values = visits.view(view(1, "/b", inside="/"), LOTS).values
    told = values[Dimension.SOURCE], values[Dimension.CHANNEL], values[Dimension.CAMPAIGN]
    assert told == (source, channel, campaign)
    assert values[Dimension.ENTRY_PAGE] == "/"


@pytest.mark.parametrize(
    ("hits", "expected"),
    [
        pytest.param([view(0)], None, id="an entry"),
        pytest.param([view(0, inside="/a")], None, id="an entry by a link of our own"),
        pytest.param([view(0), view(1, "/b")], "/", id="the page viewed before"),
        pytest.param([view(0), view(1, "/a", inside="/"), view(2, "/b", inside="/")], "/", id="a second tab"),
        pytest.param([view(0), view(1, inside="/")], None, id="the same page again"),
        pytest.param([view(0), view(1, "/a"), view(2, navigation=RELOAD)], None, id="a reload in another tab"),
        pytest.param([view(0), view(1, "/a"), view(2, navigation=BACK, inside="/x")], "/a", id="back: an old referrer"),
        pytest.param([view(0), view(1, "/b", navigation=INSIDE, inside="/")], "/", id="the History API"),
    ],
)
def test_the_page_before(hits: list[Hit], expected: str | None) -> None:
    """A view's previous page is the one it was led from, else the one viewed before."""
    visits = Visits(lambda _: None)
    values = [visits.view(hit, LOTS).values[Dimension.PREVIOUS_PAGE] for hit in hits]
    assert values[-1] == expected


def test_engagement_is_kept_by_page() -> None:
    """Engaged time adds up per visit and page, scroll is the deepest, and both stay apart between pages."""
    visits = Visits(lambda _: None)
    visit = visits.view(view(0), LOTS)
    for hit in (timed(1, engaged=4000, scroll=60), view(2, "/a"), timed(3, engaged=500, scroll=40), timed(4, "/a")):
        feed(visits, hit)
    assert {page: (seen.engaged, seen.scroll) for page, seen in visit.seen.items()} == {
        "/": (4500, 60),
        "/a": (5000, 50),
    }


@pytest.mark.parametrize(
    ("hits", "seconds", "bounced"),
    [
        pytest.param([view(0)], 0, True, id="one view"),
        pytest.param([view(0), timed(2)], 120, True, id="one view, read for two minutes"),
        pytest.param([view(0), event(1)], 60, False, id="one view and an event"),
        pytest.param([view(0), view(1.99, inside="/")], 119, False, id="the same page again is no bounce"),
        pytest.param([view(5), timed(4)], 0, True, id="a clock that goes back"),
    ],
)
def test_a_visits_duration_and_bounce(hits: list[Hit], seconds: int, bounced: bool) -> None:
    """Duration: last activity minus first hit. Bounce: one pageview and no event."""
    ended: list[Visit] = []
    visits = Visits(ended.append)
    for hit in hits:
        feed(visits, hit)
    visits.close()
    assert [(visit.seconds, visit.bounced) for visit in ended] == [(seconds, bounced)]


def test_a_tick_ends_what_is_idle_for_thirty_minutes() -> None:
    """At 30 minutes, not a millisecond earlier; activity puts it off; what goes on is left open."""
    ended: list[Visit] = []
    visits = Visits(ended.append)
    first, second, third = (visits.view(view(minute, net=net), LOTS) for net, minute in ((1, 0), (2, 0), (3, 5)))
    visits.time(timed(2, net=2))
    for time, expected in (
        (at(30) - 1, []),
        (at(30), [first]),
        (at(32) - 1, [first]),
        (at(32), [first, second]),
        (at(35), [first, second, third]),
        (at(90), [first, second, third]),
    ):
        visits.close_idle(time)
        assert ended == expected


def test_nothing_is_left_of_an_hour_ago() -> None:
    """A key without open visits and without starts in the last hour takes no memory."""
    visits = Visits(lambda _: None)
    for net in range(50):
        visits.view(view(net / 10, net=net), LOTS)
    visits.close_idle(at(300))
    visits.view(view(301, net=99), LOTS)
    assert (len(visits._open), len(visits._starts), len(visits._start_times), len(visits._filed)) == (1, 1, 1, 1)


def test_a_flood_ends_the_stillest_visits_early(monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory is bounded by pages and visits; every visit ends once, the newest stay, and no page view is lost."""
    monkeypatch.setattr(visits_module, "MOST_OPEN", 800)
    monkeypatch.setattr(visits_module, "MOST_STARTS", 50)
    ended: list[Visit] = []
    visits = Visits(ended.append)
    for number in range(1000):
        feed(visits, msgspec.structs.replace(arrival(number // 20, f"/{number % 7}"), network=number))
        assert sum(ONE_VISIT + len(v.seen) for of_key in visits._open.values() for v in of_key) == visits._load <= 800
        assert len(visits._start_times) == sum(visits._starts.values()) <= 50
    assert all(visit.open for of_key in visits._open.values() for visit in of_key)
    assert max(visit.network for visit in ended) < min(
        visit.network for of_key in visits._open.values() for visit in of_key
    )
    visits.close()
    assert len({id(visit) for visit in ended}) == len(ended) == sum(visit.views for visit in ended) == 1000
    assert visits._load == 0


def test_a_visit_of_very_many_pages_becomes_another(monkeypatch: pytest.MonkeyPatch) -> None:
    """One sender with made-up pages cannot fill memory by a single visit, and all its views are counted."""
    monkeypatch.setattr(visits_module, "LONGEST_VISIT", 10)
    ended: list[Visit] = []
    visits = Visits(ended.append)
    feed(visits, arrival(0, "/"))
    for number in range(34):
        feed(visits, view(0, f"/{number}", inside="/"))
    visits.close()
    assert [len(visit.seen) for visit in ended] == [10, 10, 10, 5]
    assert sum(visit.views for visit in ended) == 35


def test_made_up_agents_share_a_class() -> None:
    """Past 32,767 classes all new ones are one: keys stay in 64 bits and tables do not grow."""
    visits = Visits(lambda _: None)
    keys = {visits.view(view(0, net=1 << 48, browser=f"Made {n}"), LOTS).key for n in range(CLASSES + 5)}
    assert len(keys) == CLASSES
    assert max(keys) < 1 << 64


@law
@given(streams)
def test_every_view_is_in_exactly_one_visit_and_all_visits_end(hits: list[Hit]) -> None:
    """Views add up, each visit that starts ends once, and no duration is negative, whatever the clock does."""
    ended: list[Visit] = []
    visits, started = Visits(ended.append), list[Visit]()
    for hit in hits:
        visit = feed(visits, hit)
        if hit.kind == Kind.VIEW:
            assert visit is not None
            if visit.views == 1:
                started.append(visit)
    visits.close()
    assert sorted(map(id, ended)) == sorted(map(id, started))
    assert sum(visit.views for visit in ended) == sum(hit.kind == Kind.VIEW for hit in hits)
    assert all(visit.seconds >= 0 for visit in ended)


@law
@given(streams)
def test_the_same_hits_make_the_same_visits(hits: list[Hit]) -> None:
    """A replay is equal to what it replays."""
    assert linked(hits) == linked(hits)


@law
@given(streams, st.sets(st.integers(0, 60)))
def test_ticks_change_no_link(hits: list[Hit], ticks: set[int]) -> None:
    """Ending idle visits at any ticks, or only when their key comes again, makes the same visits of the same length."""
    hits.sort(key=lambda hit: hit.time)  # a tick comes after all that is before it

    def story(ticks: set[int]) -> list[tuple[int, int, int]]:
        ended: list[Visit] = []
        visits = Visits(ended.append)
        for number, hit in enumerate(hits):
            if number in ticks:
                visits.close_idle(hit.time)
            feed(visits, hit)
        visits.close()
        return sorted((visit.started, visit.seconds, visit.views) for visit in ended)

    assert story(ticks) == story(set())


@law
@given(streams)
def test_no_visit_is_idle_for_thirty_minutes(hits: list[Hit]) -> None:
    """Between two hits of a visit there are always less than 30 minutes."""
    hits.sort(key=lambda hit: hit.time)
    visits, times = Visits(lambda _: None), dict[int, list[int]]()
    kept = []  # alive, so that no id is used twice
    for hit in hits:
        visit = feed(visits, hit)
        if visit is not None:
            kept.append(visit)
            times.setdefault(id(visit), []).append(hit.time)
    assert all(later - earlier < IDLE for of_visit in times.values() for earlier, later in pairwise(of_visit))
