"""Engaged time and scroll depth: what is sent when a page is hidden or left, in every way there is to leave it."""

import time

import pytest

from tests.browser.script.driven import Browser, Tab
from tests.browser.script.leaving import WAYS, Way
from tests.browser.script.shop import Shop

STAY = 300  # milliseconds on a page


class Watch:
    """How long something took at most, by the test's own clock: on a busy machine a page's moment is long."""

    def __init__(self) -> None:
        self._began = time.monotonic()

    @property
    def most(self) -> float:
        """Milliseconds since this was made."""
        return (time.monotonic() - self._began) * 1000


@pytest.mark.parametrize("leave", WAYS, ids=lambda way: way.__name__)
def test_time_is_sent(driven: Browser, person: str, tab: Tab, shop: Shop, leave: Way) -> None:
    """However a page is left, its time arrives: once, for the page that was left."""
    tab.go(shop.at("/early", "other.test"))  # somewhere to go back to
    watch = Watch()
    tab.go(shop.at("/"))
    shop.views(1)
    tab.stay(STAY)
    leave(driven, person, tab)
    said = [told for told in shop.times(1) if told["u"] == shop.at("/")]
    assert len(said) == 1
    assert STAY * 0.9 <= said[0]["t"] <= watch.most
    assert 0 < said[0]["d"] < 40


def test_time_comes_in_increments(driven: Browser, person: str, tab: Tab, shop: Shop) -> None:
    """A page that is hidden and comes back sends only what is new, and nothing for the time it was hidden."""
    watch = Watch()
    tab.go(shop.at("/"))
    shop.views(1)
    tab.stay(900)
    other = driven.tab(person)
    first = shop.times(1)[0]["t"]
    assert 900 * 0.9 <= first <= watch.most
    other.stay(1500)
    watch = Watch()
    tab.front()
    tab.stay(STAY)
    other.front()
    assert STAY * 0.9 <= shop.times(2)[1]["t"] <= watch.most
    assert len(shop.said("v")) == 1


def test_time_goes_on_after_the_cache(tab: Tab, shop: Shop) -> None:
    """A page restored from the browser's cache is timed anew, and not for the time it was there."""
    tab.go(shop.at("/"))
    shop.views(1)
    tab.click("#product")
    shop.views(2)
    tab.stay(1500)
    watch = Watch()
    tab.run("setTimeout(() => history.back())")
    shop.views(3)
    tab.stay(STAY)
    tab.click("#product")
    shop.wait(lambda: len([told for told in shop.said("t") if told["u"] == shop.at("/")]) == 2)
    assert STAY * 0.9 <= [told for told in shop.said("t") if told["u"] == shop.at("/")][1]["t"] <= watch.most


def test_time_of_a_router_s_pages(tab: Tab, shop: Shop) -> None:
    """When a router shows another page, the time so far is the page's before."""
    watch = Watch()
    tab.go(shop.at("/app"))
    shop.views(1)
    tab.stay(STAY)
    tab.click("#list")
    shop.times(1)
    tab.close()
    first, second = shop.times(2)
    assert (first["u"], second["u"]) == (shop.at("/app"), shop.at("/app/list"))
    assert STAY * 0.9 <= first["t"] <= watch.most
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
    watch = Watch()
    tab.go(shop.at("/"))
    shop.views(1)
    tab.run("(() => { const real = performance.now.bind(performance); performance.now = () => real() + 36e5; })()")
    tab.click("#product")
    assert 60_000 <= shop.times(1)[0]["t"] <= 60_000 + watch.most


def test_signs_of_life(tab: Tab, shop: Shop) -> None:
    """Whoever scrolls, types or moves the mouse every now and then is there all the time."""
    watch = Watch()
    tab.go(shop.at("/"))
    shop.views(1)
    tab.run(
        "(() => { const real = performance.now.bind(performance); let more = 0; performance.now = () => real() + more;"
        "for (const type of ['scroll', 'keydown', 'pointerover']) {"
        "  more += 5e4; document.body.dispatchEvent(new Event(type, {bubbles: true})); } })()"
    )
    tab.close()
    assert 150_000 <= shop.times(1)[0]["t"] <= 150_000 + watch.most


def test_time_out_of_focus(tab: Tab, shop: Shop) -> None:
    """A page in view whose window has lost the focus is not timed."""
    watch = Watch()
    tab.go(shop.at("/"))
    shop.views(1)
    tab.run("document.hasFocus = () => false, dispatchEvent(new Event('blur')), 1")
    in_focus = watch.most
    tab.stay(1500)
    tab.close()
    assert shop.times(1)[0]["t"] <= in_focus


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
