"""Invariant I6: nothing is written to the visitor's device and nothing read from it. And the objection."""

import pytest

from tests.browser.script.driven import Tab
from tests.browser.script.firefox import Firefox
from tests.browser.script.shop import STRICT, Shop

ALL = "data-links=Outbound data-forms=Form data-404=404 data-hash=on data-files=\"[href*='.pdf']\""


def walk(tab: Tab, shop: Shop) -> list[str]:
    """A visit that uses every function of the script on a watched page; what was touched."""
    tab.go(shop.at("/watched?utm_source=x"))
    shop.views(1)
    tab.click("#tagged")
    tab.click("#outbound", 1)
    tab.front()
    tab.run("trekvart('Test', {a: 1}), history.pushState({}, '', '/watched/2'), scrollTo(0, 500), 1")
    shop.views(2)
    shop.events(3)
    tab.run("dispatchEvent(new PageTransitionEvent('pagehide', {persisted: true})), 1")
    tab.run("dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true})), 1")
    shop.views(3)
    touched: list[str] = tab.run("touched")
    return touched


def test_device_is_untouched(tab: Tab, shop: Shop) -> None:
    """No cookie, storage, cache, screen, Intl, canvas, and nothing of navigator but objections and webdriver."""
    shop.tag += f" {ALL}"
    assert walk(tab, shop) == []


def test_watch_sees(tab: Tab, shop: Shop) -> None:
    """The watch of the test above does see a touch, of every kind."""
    tab.go(shop.at("/watched"))
    for touch in (
        "document.cookie",
        "document.cookie = 'a=1'",
        "navigator.languages",
        "navigator.hardwareConcurrency",
        "navigator.sendBeacon('/t')",
        "screen.width",
        "Intl.DateTimeFormat()",
        "new Date().getTimezoneOffset()",
        "document.createElement('canvas').getContext('2d')",
        "localStorage.seen",
        "sessionStorage.seen",
        "indexedDB.open('x')",
        "self.caches.keys()" if tab.run("isSecureContext") else "matchMedia('(hover)')",
    ):
        before = len(tab.run("touched"))
        tab.run(f"(() => {{ try {{ {touch} }} catch {{}} }})()")
        assert len(tab.run("touched")) > before, touch


def test_one_declared_read(tab: Tab, shop: Shop) -> None:
    """Where the site switches the opt-out on, exactly that key is read, exactly once a page."""
    shop.tag += f" {ALL} data-optout=trekvart-optout"
    assert walk(tab, shop) == ["localStorage trekvart-optout"]


def test_opted_out(tab: Tab, shop: Shop) -> None:
    """A visitor who set the key is not counted where the site honours it; another site does not look."""
    tab.go(shop.at("/shop.css"))
    tab.run("localStorage.setItem('trekvart-optout', '1')")
    shop.tag += " data-optout=trekvart-optout"
    tab.go(shop.at("/thanks"))
    shop.fence(tab)
    assert shop.said() == []
    tab.run("localStorage.removeItem('trekvart-optout')")
    tab.go(shop.at("/product"))
    assert len(shop.views(1)) == 1


@pytest.mark.parametrize("language", ["sv", "en"])
def test_button(tab: Tab, shop: Shop, language: str) -> None:
    """A click on the button: from then on nothing is sent, of this page neither; a second one ends that, and the mark.

    The mark is one flag under the declared key, and the policy of the page allows no inline script.
    """
    leave, back = {"sv": ("Räkna mig inte", "Räkna mig igen"), "en": ("Do not count me", "Count me again")}[language]
    shop.tag += " data-optout=trekvart-optout"
    shop.headers = {"Content-Security-Policy": STRICT}
    shop.served["/privacy"] = (
        f'<!doctype html><html lang="{language}"><meta charset="utf-8"><div data-trekvart-optout></div>'
        f'<script defer src="/t.js" data-site="shop.test" {shop.tag}></script><script defer src="/optout.js"></script>'
    ).encode()
    stored = "JSON.stringify({...localStorage})"
    tab.go(shop.at("/privacy"))
    shop.views(1)
    assert tab.run(f"[document.querySelector('button').textContent, {stored}]") == [leave, "{}"]
    tab.click("button")
    assert tab.run(f"[document.querySelector('button').textContent, {stored}]") == [back, '{"trekvart-optout":"1"}']
    tab.run("trekvart('After'), history.pushState({}, '', '/privacy/2'), 1")
    tab.go(shop.at("/product"))
    shop.fence(tab)
    assert [said.get("k", "v") for said in shop.said()] == ["v"]
    tab.go(shop.at("/privacy"))
    tab.click("button")
    assert tab.run(f"[document.querySelector('button').textContent, {stored}]") == [leave, "{}"]
    tab.go(shop.at("/product"))
    assert len(shop.views(2)) == 2


def test_storage_out_of_reach(tab: Tab, shop: Shop) -> None:
    """Where the key cannot be read, the visitor may have set it: nothing is sent, and the page is left in peace."""
    shop.tag += " data-optout=trekvart-optout"
    tag = f'<script src="/t.js" data-site="shop.test" {shop.tag}></script>'
    closed = "Object.defineProperty(self, 'localStorage', {get() { throw new DOMException('no', 'SecurityError') }})"
    shop.served["/closed"] = (
        f"<script>window.wrong = []; onerror = (text) => {{ wrong.push(text) }}; {closed}</script>{tag}"
        "<script>trekvart('Test')</script>"
    ).encode()
    tab.go(shop.at("/closed"))
    shop.fence(tab)
    assert shop.said() == []


@pytest.mark.parametrize("wish", ["globalPrivacyControl: true", "doNotTrack: '1'"])
def test_objection(tab: Tab, shop: Shop, wish: str) -> None:
    """Whoever objects sends nothing: no view, no time, no event; and trekvart() is still there to be called."""
    shop.tag += f" {ALL}"
    name, value = wish.split(": ")
    shop.served["/after"] = b'<script src="/fence.js"></script>'
    shop.served["/quiet"] = (
        f"<script>Object.defineProperty(Navigator.prototype, '{name}', {{get: () => {value}}});"
        "window.wrong = []; onerror = (text) => { wrong.push(text) }</script>"
        f'<script src="/t.js" data-site="shop.test" {shop.tag}></script><script>trekvart("Early")</script>'
        '<a id="product" href="/after" data-trekvart="Named">on</a>'
    ).encode()
    tab.go(shop.at("/quiet"))
    tab.run("trekvart('Test', {a: 1}), history.pushState({}, '', '/next'), 1")
    assert tab.run("wrong") == []
    tab.click("#product")
    shop.wait_for_request("/fence", 3)
    assert shop.beacons == []


@pytest.mark.xdist_group("firefox")
@pytest.mark.parametrize("pref", ["privacy.globalprivacycontrol.enabled", "privacy.donottrackheader.enabled"])
def test_objection_in_the_settings(tmp_path_factory: pytest.TempPathFactory, pref: str) -> None:
    """The switch in Firefox's own settings is an objection that the script sees."""
    with Firefox(tmp_path_factory.mktemp("objecting") / "it", {pref: True}) as browser, Shop() as shop:
        shop.tag = "data-test=on"
        tab = browser.tab(browser.person())
        tab.go(shop.at("/thanks"))
        shop.fence(tab)
        header = "sec-gpc" if "control" in pref else "dnt"
        assert [headers[header] for target, headers in shop.asked if target == "/fence"] == ["1"] * 3
        assert shop.beacons == []


@pytest.mark.xdist_group("firefox")
def test_browser_that_hides(tmp_path_factory: pytest.TempPathFactory) -> None:
    """A Firefox that resists fingerprinting is counted like another; the script asks nothing that it hides."""
    with (
        Firefox(tmp_path_factory.mktemp("hiding") / "it", {"privacy.resistFingerprinting": True}) as browser,
        Shop() as shop,
    ):
        shop.tag = "data-test=on"
        tab = browser.tab(browser.person())
        tab.go(shop.at("/product"))
        shop.views(1)
        tab.stay(300)
        tab.close()
        assert shop.times(1)[0]["t"] > 0


def test_no_cookie_travels(tab: Tab, shop: Shop) -> None:
    """The shop's own cookie does not reach the collector, though it is on the same host."""
    shop.headers = {"Set-Cookie": "session=secret; Path=/"}
    tab.go(shop.at("/"))
    tab.click("#product")
    shop.views(2)
    shop.times(1)
    assert any("session=secret" in headers.get("cookie", "") for _, headers in shop.asked)
    assert [beacon.headers for beacon in shop.beacons if "cookie" in beacon.headers] == []
