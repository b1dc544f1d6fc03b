"""Engaged time and scroll depth: what is sent when a page is hidden or left, in every way there is to leave it."""

import pytest

from tests.browser.script.driven import Browser, Tab
from tests.browser.script.leaving import WAYS, Way
from tests.browser.script.shop import Shop

STAY = 300  # milliseconds on a page
SLACK = 2500  # a slow machine's, on top


@pytest.mark.parametrize("leave", WAYS, ids=lambda way: way.__name__)
def test_time_is_sent(driven: Browser, person: str, tab: Tab, shop: Shop, leave: Way) -> None:
    """However a page is left, its time arrives: once, for the page that was left."""
    tab.go(shop.at("/early", "other.test"))  # somewhere to go back to
    tab.go(shop.at("/"))
    shop.views(1)
    tab.stay(STAY)
    leave(driven, person, tab)
    said = [time for time in shop.times(1) if time["u"] == shop.at("/")]
    assert len(said) == 1
    assert STAY * 0.9 <= said[0]["t"] <= STAY + SLACK
    assert 0 < said[0]["d"] < 40


def test_time_comes_in_increments(driven: Browser, person: str, tab: Tab, shop: Shop) -> None:
    """A page that is hidden and comes back sends only what is new, and nothing for the time it was hidden."""
    tab.go(shop.at("/"))
    shop.views(1)
    tab.stay(900)
    other = driven.tab(person)
    first = shop.times(1)[0]["t"]
    other.stay(1500)
    tab.front()
    tab.stay(STAY)
    other.front()
    second = shop.times(2)[1]["t"]
    assert 900 * 0.9 <= first <= 900 + SLACK
    assert STAY * 0.9 <= second < 900
    assert len(shop.said("v")) == 1


def test_time_goes_on_after_the_cache(tab: Tab, shop: Shop) -> None:
    """A page restored from the browser's cache is timed anew, and not for the time it was there."""
    tab.go(shop.at("/"))
    shop.views(1)
    tab.click("#product")
    shop.views(2)
    tab.stay(1500)
    tab.run("setTimeout(() => history.back())")
    shop.views(3)
    tab.stay(STAY)
    tab.click("#product")
    shop.wait(lambda: len([time for time in shop.said("t") if time["u"] == shop.at("/")]) == 2)
    assert STAY * 0.9 <= [time for time in shop.said("t") if time["u"] == shop.at("/")][1]["t"] < 1500


def test_time_of_a_router_s_pages(tab: Tab, shop: Shop) -> None:
    """When a router shows another page, the time so far is the page's before."""
    tab.go(shop.at("/app"))
    shop.views(1)
    tab.stay(STAY)
    tab.click("#list")
    shop.times(1)
    tab.close()
    first, second = shop.times(2)
    assert (first["u"], second["u"]) == (shop.at("/app"), shop.at("/app/list"))
    assert STAY * 0.9 <= first["t"] <= STAY + SLACK
    kinds = [said.get("k", "v") for said in shop.said()]
    assert sorted(kinds) == ["t", "t", "v", "v"]


def test_depth_of_a_router_s_pages(tab: Tab, shop: Shop) -> None:
    """A router's next page begins at its top: how deep the one before was scrolled is not its."""
    tab.go(shop.at("/app"))
    shop.views(1)
    tab.run("scrollTo(0, 4000)")
    tab.run("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))).then(() => 1)")
    tab.run("document.querySelector('#list').click()")
    shop.times(1)
    tab.stay(STAY)
    tab.close()
    first, second = shop.times(2)
    assert first["d"] == 100
    assert second["d"] < 40


def test_leaving_without_being_hidden(tab: Tab, shop: Shop) -> None:
    """A browser that hides no page before it goes (older Safaris) says pagehide, and that is enough."""
    tab.go(shop.at("/"))
    shop.views(1)
    tab.stay(STAY)
    tab.run("dispatchEvent(new PageTransitionEvent('pagehide')), 1")
    assert len(shop.times(1)) == 1


def test_idle_time_is_cut(tab: Tab, shop: Shop) -> None:
    """An hour without a sign of life is a minute of attention."""
    tab.go(shop.at("/"))
    shop.views(1)
    tab.run("(() => { const real = performance.now.bind(performance); performance.now = () => real() + 36e5; })()")
    tab.click("#product")
    assert 60_000 <= shop.times(1)[0]["t"] <= 60_000 + SLACK


def test_signs_of_life(tab: Tab, shop: Shop) -> None:
    """Whoever scrolls, types or moves the mouse every now and then is there all the time."""
    tab.go(shop.at("/"))
    shop.views(1)
    tab.run(
        "(() => { const real = performance.now.bind(performance); let more = 0; performance.now = () => real() + more;"
        "for (const type of ['scroll', 'keydown', 'pointerover']) {"
        "  more += 5e4; document.body.dispatchEvent(new Event(type, {bubbles: true})); } })()"
    )
    tab.close()
    assert 150_000 <= shop.times(1)[0]["t"] <= 150_000 + SLACK


def test_time_out_of_focus(tab: Tab, shop: Shop) -> None:
    """A page in view whose window has lost the focus is not timed."""
    tab.go(shop.at("/"))
    shop.views(1)
    tab.run("document.hasFocus = () => false, dispatchEvent(new Event('blur')), 1")
    tab.stay(1500)
    tab.close()
    assert shop.times(1)[0]["t"] < 1500


@pytest.mark.parametrize(("share", "low", "high"), [(0.0, 5, 40), (0.5, 45, 70), (1.0, 99, 101)])
def test_scroll_depth(tab: Tab, shop: Shop, share: float, low: int, high: int) -> None:
    """The deepest scroll is the lowest line that was in view, in per cent of the page; going up changes nothing."""
    tab.go(shop.at("/"))
    shop.views(1)
    tab.run(f"scrollTo(0, document.documentElement.scrollHeight * {share})")
    tab.run("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))).then(() => 1)")
    tab.run("scrollTo(0, 0)")
    tab.run("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))).then(() => 1)")
    tab.close()
    assert low <= shop.times(1)[0]["d"] <= high
