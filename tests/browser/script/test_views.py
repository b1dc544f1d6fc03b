"""Page views: which there are, and what is said of each."""

import pytest

from tests.browser.script.driven import Browser, Tab
from tests.browser.script.shop import Shop


def paths(shop: Shop) -> list[tuple[str, str]]:
    """Path and navigation of every view so far."""
    return [(said["u"].split(str(shop.port), 1)[1].rstrip("?"), said["n"]) for said in shop.said("v")]


def test_view_on_load(tab: Tab, shop: Shop) -> None:
    """Opening a page is one view that names the site, the page and that somebody navigated to it."""
    tab.go(shop.at("/"))
    shop.views(1)
    shop.fence(tab)
    assert shop.said() == [{"s": "shop.test", "u": shop.at("/?"), "r": "", "n": "n"}]


@pytest.mark.parametrize(
    ("asked", "sent"),
    [
        pytest.param("/?q=anna%40example.com#token=1", "/?", id="no query, no fragment"),
        pytest.param(
            "/?a=1&utm_source=news&utm_medium=mail&utm_campaign=v%2047&b=2",
            "/?utm_source=news&utm_medium=mail&utm_campaign=v%2047",
            id="campaign keys",
        ),
        pytest.param("/?x=1&ref=partner&source=app", "/?ref=partner&source=app", id="ref and source"),
        pytest.param("/?utm_content=a&utm_term=b&my_ref=c&sources=d&xref=e", "/?", id="keys that only look like it"),
        pytest.param("/?u=a?ref=b&utm_id=3&ref", "/?", id="a key in a value"),
        pytest.param("/product?ref=a#/cart?ref=b", "/product?ref=a", id="a fragment with a query"),
    ],
)
def test_address_is_cut(tab: Tab, shop: Shop, asked: str, sent: str) -> None:
    """Of the query only the campaign keys leave the browser, of the fragment nothing."""
    tab.go(shop.at(asked))
    assert shop.views(1)[0]["u"] == shop.at(sent)


def test_referrer_is_cut(tab: Tab, shop: Shop) -> None:
    """The referrer's query never leaves the browser."""
    tab.go(shop.at("/product?order=4711"))
    tab.click("#home")
    assert shop.views(2)[1]["r"] == shop.at("/product")


def test_reload(tab: Tab, shop: Shop) -> None:
    """A reload is a view that says so."""
    tab.go(shop.at("/product"))
    shop.views(1)
    tab.run("setTimeout(() => location.reload())")
    shop.views(2)
    assert paths(shop) == [("/product", "n"), ("/product", "r")]


def test_back_from_cache(tab: Tab, shop: Shop) -> None:
    """A page that comes back from the browser's cache is a view again, and says that it was restored."""
    tab.go(shop.at("/"))
    shop.views(1)
    tab.click("#product")
    shop.views(2)
    tab.run("setTimeout(() => history.back())")
    shop.views(3)
    assert paths(shop) == [("/", "n"), ("/product", "n"), ("/", "c")]


def test_back_without_cache(tab: Tab, shop: Shop) -> None:
    """A page that is loaded anew on the way back says that it is one of the way back."""
    shop.headers = {"Cache-Control": "no-store"}
    tab.go(shop.at("/"))
    tab.run("addEventListener('unload', () => 1)")  # what keeps a page out of the cache in either browser
    shop.views(1)
    tab.click("#product")
    shop.views(2)
    tab.run("setTimeout(() => history.back())")
    shop.views(3)
    assert paths(shop) == [("/", "n"), ("/product", "n"), ("/", "b")]


def test_anchor_is_no_view(tab: Tab, shop: Shop) -> None:
    """A jump within the page is no view."""
    tab.go(shop.at("/"))
    shop.views(1)
    tab.click("#anchor")
    assert tab.run("location.hash") == "#reviews"
    shop.fence(tab)
    assert paths(shop) == [("/", "n")]


def test_frame_is_no_view(tab: Tab, shop: Shop) -> None:
    """A page in a frame is not counted."""
    tab.go(shop.at("/framed"))
    assert tab.run("typeof frames[0].trekvart") == "function"
    shop.fence(tab)
    assert shop.said() == []


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_private_host_is_no_view(tab: Tab, shop: Shop, host: str) -> None:
    """What is opened on the developer's own machine is not counted unless data-test asks for it."""
    shop.tag = ""
    tab.go(shop.at("/", host))
    shop.fence(tab)
    assert shop.said() == []
    shop.tag = "data-test=on"
    tab.go(shop.at("/product", host))
    assert shop.views(1)[0]["u"] == shop.at("/product?", host)


@pytest.mark.parametrize(
    "origin", ["http://[::1]:80", "https://intranet", "https://shop.local", "null", "https://10.0.0.7"]
)
def test_private_origins(tab: Tab, shop: Shop, origin: str) -> None:
    """Nor are other private names: an intranet's single word, .local, an address, a file (whose origin is "null")."""
    shop.tag = ""
    shop.served["/elsewhere"] = (
        f"<script>Object.defineProperty(self, 'origin', {{get: () => {origin!r}}})</script>"
        '<script src="/t.js" data-site="shop.test"></script>'
    ).encode()
    tab.go(shop.at("/elsewhere"))
    shop.fence(tab)
    assert shop.said() == []


def test_automation_is_no_view(driven: Browser, tab: Tab, shop: Shop) -> None:
    """A browser that says it is automated is not counted; one that does not is. Firefox under test says it."""
    shop.tag = ""
    tab.go(shop.at("/"))
    assert tab.run("navigator.webdriver") is driven.says_webdriver
    shop.fence(tab)
    assert len(shop.said()) == (0 if driven.says_webdriver else 1)


def test_hidden_page_waits(driven: Browser, person: str, tab: Tab, shop: Shop) -> None:
    """A page that loads in a tab behind is a view when it is shown, not before; its events wait with it."""
    other = driven.tab(person)
    tab.go(shop.at("/thanks"))
    shop.fence(tab)
    assert shop.said() == []
    tab.front()
    shop.events(1)
    other.front()
    tab.front()
    shop.fence(tab)
    assert sorted(said.get("k", "v") for said in shop.said("ve")) == ["e", "v"]  # on two connections, in any order


def test_prerendered_page_waits(driven: Browser, person: str, shop: Shop) -> None:
    """A page that Chromium renders ahead is a view when the visitor goes there; Firefox renders nothing ahead."""
    driven.leave_alone(person, shop.at("/eager"))
    if not driven.says_webdriver:
        shop.wait_for_request("/fence", 3)
        assert any("prerender" in headers.get("sec-purpose", "") for _, headers in shop.asked)
    shop.wait_for_request("/gate")
    assert shop.said() == []
    shop.gate.set()
    shop.wait_for_request("/fence", 3)
    shop.views(1)
    assert paths(shop) == [("/ahead", "n")]


def test_router_pushes(tab: Tab, shop: Shop) -> None:
    """Every page a router shows is a view inside, whose referrer is the page before; back is one too."""
    tab.go(shop.at("/app"))
    shop.views(1)
    tab.click("#list")
    shop.views(2)
    tab.click("#item")
    shop.views(3)
    tab.run("history.back()")
    shop.views(4)
    shop.fence(tab)
    assert paths(shop) == [("/app", "n"), ("/app/list", "i"), ("/app/item/7", "i"), ("/app/list", "i")]
    assert [said["r"] for said in shop.said("v")][1:] == [
        shop.at(path) for path in ("/app", "/app/list", "/app/item/7")
    ]


def test_router_changes_the_query_only(tab: Tab, shop: Shop) -> None:
    """A filter that a router writes into the query is the same page."""
    tab.go(shop.at("/app"))
    shop.views(1)
    tab.run("history.pushState({}, '', '?colour=red'), history.pushState({}, '', '#top'), 1")
    tab.click("#view")
    shop.fence(tab)
    assert paths(shop) == [("/app", "n")]


def test_router_replaces(tab: Tab, shop: Shop) -> None:
    """A replaced address is a new page when its path is new, from the next sign of life on; an event is one."""
    tab.go(shop.at("/app"))
    shop.views(1)
    tab.run("history.replaceState({}, '', '?tidied=1'), trekvart('Tidied'), 1")
    tab.run("history.replaceState({}, '', '/welcome'), trekvart('Welcomed'), 1")
    shop.events(2)
    shop.fence(tab)
    assert paths(shop) == [("/app", "n"), ("/welcome", "i")]
    assert sorted((said["e"], said["u"]) for said in shop.said("e")) == [
        ("Tidied", shop.at("/app")),
        ("Welcomed", shop.at("/welcome")),
    ]


def test_router_is_left_as_it_was(tab: Tab, shop: Shop) -> None:
    """For the page pushState is what it was: it keeps the state, returns nothing, and throws what it threw."""
    tab.go(shop.at("/app"))
    assert tab.run("[typeof history.pushState({a: 7}, '', '/next'), history.state.a, location.pathname]") == [
        "undefined",
        7,
        "/next",
    ]
    thrown = "(() => { try { history.pushState({}, '', 'http://other.test/'); } catch (e) { return e.name; } })()"
    assert tab.run(thrown) == "SecurityError"


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        pytest.param("data-hash=on", ["/app", "/app/cart", "/app/item/7"], id="asked for"),
        pytest.param("", ["/app"], id="not asked for"),
    ],
)
def test_hash_routing(tab: Tab, shop: Shop, tag: str, expected: list[str]) -> None:
    """Where it is asked for, a fragment that is a path is a page; an anchor is none, and no query passes."""
    shop.tag += f" {tag}"
    tab.go(shop.at("/app?session=9#access_token=secret"))
    shop.views(1)
    for fragment in ("#/cart?code=1", "#!/item/7#below", "#!/item/7"):
        tab.run(f"location.hash = {fragment!r}")
        shop.fence(tab)
    assert [path for path, _ in paths(shop)] == expected


def test_not_found(tab: Tab, shop: Shop) -> None:
    """Where data-404 is set, a page that was answered with 404 is also an event of that name, with the address."""
    shop.tag += ' data-404="Not found"'
    tab.go(shop.at("/product"))
    tab.go(shop.at("/no/such/page?q=1"))
    said = shop.events(1)
    assert [(event["e"], event["p"]) for event in said] == [("Not found", {"url": shop.at("/no/such/page")})]
