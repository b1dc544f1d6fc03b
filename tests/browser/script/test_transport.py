"""How a beacon travels, and that whatever goes wrong is never the page's problem."""

import pytest

from collector.script import script
from tests.browser.script.driven import Tab
from tests.browser.script.shop import STRICT, Beacon, Shop
from tests.browser.script.wire import BrowserError


def visit(tab: Tab, shop: Shop) -> list[Beacon]:
    """A view, an event and a time, and how they came."""
    tab.go(shop.at("/thanks"))
    shop.events(1)
    tab.stay(100)
    tab.close()
    shop.times(1)
    return shop.beacons


def test_same_origin(tab: Tab, shop: Shop) -> None:
    """One POST a beacon, plain text, no cookie, no referrer, no preflight; the endpoint lies beside the script."""
    for beacon in visit(tab, shop):
        assert (beacon.method, beacon.target) == ("POST", "/t")
        assert beacon.headers["content-type"].lower() == "text/plain;charset=utf-8"
        assert beacon.headers["origin"] == f"http://shop.test:{shop.port}"
        assert beacon.headers.keys().isdisjoint({"cookie", "referer", "authorization"})
        assert len(beacon.body) < 400


def test_kept_alive(tab: Tab, shop: Shop) -> None:
    """The browser is asked to finish a beacon when the page is gone. On one machine it would also do so unasked."""
    shop.served["/asked"] = (
        "<script>window.asked = []; const real = fetch;"
        "window.fetch = (to, how) => { asked.push(how.keepalive); return real(to, how) }</script>"
        f'<script src="/t.js" data-site="shop.test" {shop.tag}></script>'
    ).encode()
    tab.go(shop.at("/asked"))
    tab.run("trekvart('Test'), 1")
    assert tab.run("asked") == [True, True]


@pytest.mark.parametrize("name", ["t.js", script().name], ids=["short", "pinned"])
@pytest.mark.parametrize("path", ["/", "/stats/"])
def test_other_origin(tab: Tab, shop: Shop, path: str, name: str) -> None:
    """A collector on a host of its own, at any path and under the pinned name: still no preflight."""
    shop.source = shop.at(path + name, "stats.test")
    shop.tag += f' integrity="{script().integrity}" crossorigin'
    for beacon in visit(tab, shop):
        assert (beacon.method, beacon.target, beacon.headers["host"]) == ("POST", f"{path}t", f"stats.test:{shop.port}")


def test_endpoint_by_attribute(tab: Tab, shop: Shop) -> None:
    """data-to sends elsewhere, for a script that the shop serves itself."""
    shop.tag += f" data-to={shop.at('/collect/t', 'stats.test')}"
    assert {(b.headers["host"], b.target) for b in visit(tab, shop)} == {(f"stats.test:{shop.port}", "/collect/t")}


def test_wrong_integrity(tab: Tab, shop: Shop) -> None:
    """A script that is not the one the tag names does not run: the printed hash is checked."""
    shop.tag += f' integrity="sha384-{"A" * 64}" crossorigin'
    tab.go(shop.at("/"))
    assert tab.run("typeof trekvart") == "undefined"


def test_strict_policy(tab: Tab, shop: Shop) -> None:
    """script-src and connect-src are all a page's policy has to allow, with trusted types on."""
    shop.headers = {"Content-Security-Policy": STRICT}
    tab.go(shop.at("/"))
    tab.click("#product")
    shop.views(2)
    shop.times(1)
    assert tab.run("typeof trekvart") == "function"


def test_policy_that_forbids(tab: Tab, shop: Shop) -> None:
    """Where the policy forbids the beacon, the page runs on without an error of its own."""
    shop.headers = {"Content-Security-Policy": "connect-src 'none'"}
    tab.go(shop.at("/"))
    tab.click("#tagged")
    tab.stay(50)
    assert tab.run("[wrong, typeof trekvart]") == [[], "function"]
    assert shop.said() == []


def test_network_that_fails(tab: Tab, shop: Shop) -> None:
    """Where the collector hangs up, the page runs on without an error of its own."""
    shop.silent = True
    tab.go(shop.at("/"))
    shop.views(1)
    tab.click("#tagged")
    shop.events(1)
    tab.stay(50)
    assert tab.run("wrong") == []


@pytest.mark.parametrize(
    "call",
    [
        pytest.param("()", id="nothing"),
        pytest.param("(null, null)", id="null"),
        pytest.param("('Circle', circle)", id="circular object"),
        pytest.param("('Getter', {get a() { throw new Error('mine') }})", id="getter that throws"),
        pytest.param("('Big', {a: 10n})", id="bigint"),
        pytest.param("(Symbol('s'), {[Symbol('t')]: Symbol('u')})", id="symbols"),
        pytest.param("('Text', {a: {toJSON() { throw new Error('mine') }}})", id="toJSON that throws"),
        pytest.param("('Proxy', new Proxy({}, {ownKeys() { throw new Error('mine') }}))", id="proxy"),
        pytest.param("('Slice', {a: {get slice() { throw new Error('mine') }}})", id="slice that throws"),
        pytest.param("('Page', window)", id="the window"),
        pytest.param("('Node', document.body)", id="an element"),
        pytest.param("('Function', () => 1)", id="function"),
        pytest.param("('x'.repeat(1e6), {['k'.repeat(1e6)]: 'v'.repeat(1e6)})", id="a million letters"),
        pytest.param("('Deep', Array(1e4).fill().reduce((inner) => ({inner}), 1))", id="deep"),
    ],
)
def test_hostile_call(tab: Tab, shop: Shop, call: str) -> None:
    """Whatever the page hands over, nothing is thrown into it, and the next event is sent."""
    tab.go(shop.at("/"))
    shop.views(1)
    assert (
        tab.run(f"(() => {{ let circle = {{}}; circle.circle = circle; return typeof trekvart{call} }})()")
        == "undefined"
    )
    tab.run("trekvart('Good')")
    shop.wait(lambda: any(said["e"] == "Good" for said in shop.said("e") if "e" in said))
    assert tab.run("wrong") == []


def test_long_texts_are_cut(tab: Tab, shop: Shop) -> None:
    """A text of a million letters is cut to 500, so that the beacon gets through."""
    tab.go(shop.at("/" + "a" * 5000))
    assert len(shop.views(1)[0]["u"]) == 500
    tab.run("trekvart('Long', {text: 'å'.repeat(1e6)})")
    assert shop.events(1)[0]["p"] == {"text": "å" * 500}


@pytest.mark.parametrize(
    "broken",
    [
        "fetch = () => { throw new Error('mine') }",
        "JSON.stringify = () => { throw new Error('mine') }",
        "Array.prototype.toJSON = () => 'old library'",
        "delete window.URLSearchParams",
        "performance.getEntriesByType = () => []",
        "performance.now = () => { throw new Error('mine') }",
        "Object.defineProperty(Document.prototype, 'hidden', {get() { throw new Error('mine') }})",
        "history.pushState = Object.freeze(() => {})",
        "window.trekvart = null",
        "window.trekvart = {q: [null, 7, 'text', {}, ['Fine']]}",
    ],
)
def test_broken_page(tab: Tab, shop: Shop, broken: str) -> None:
    """A page that is broken or strange gets no more errors from the script."""
    shop.served["/broken"] = (
        f"<script>window.wrong = []; onerror = (text) => {{ wrong.push(text) }};"
        f"onunhandledrejection = (event) => {{ wrong.push(String(event.reason)) }}; {broken}</script>"
        f'<script src="/t.js" data-site="shop.test" {shop.tag}></script><b id="here" data-trekvart="Named">here</b>'
    ).encode()
    tab.go(shop.at("/broken"))
    tab.click("#here")
    tab.run("trekvart('Test', {a: 1}), 1")
    assert tab.run("wrong") == []


def test_errors_of_the_page_are_its_own(tab: Tab, shop: Shop) -> None:
    """The tests above would see an error: one that the page throws is kept."""
    tab.go(shop.at("/"))
    tab.run("setTimeout(() => { throw new Error('mine') }), new Promise((done) => setTimeout(done, 20)).then(() => 1)")
    assert "mine" in tab.run("wrong")[0]
    with pytest.raises(BrowserError):
        tab.run("nothing.here")
