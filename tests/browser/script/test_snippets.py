"""The texts of `site snippet` that a browser can try, in a browser."""

import pytest

from collector.script import script
from collector.script.snippet import snippet, tag
from tests.browser.script.chromium import ChromiumTab
from tests.browser.script.driven import Tab
from tests.browser.script.shop import Shop


def here(text: str) -> bytes:
    """A snippet made to count in a browser under test too."""
    return text.replace("data-site=", "data-test=on data-site=").encode()


def test_html(tab: Tab, shop: Shop) -> None:
    """The tag with everything in it: a view, a link that leads away, a download, a form."""
    full = snippet("shop.test", shop.at("", "stats.test")).split("-->\n")[2].split("\n")[0]
    shop.served["/"] = here(full) + (
        b'<a id="out" href="http://other.test/x">x</a> <a id="csv" href="/a.CSV">x</a>'
        b'<form action="/thanks" method="post"><button id="send">x</button></form>'
        b"<script>onclick = onsubmit = (event) => event.preventDefault()</script>"
    )
    tab.go(shop.at("/"))
    shop.views(1)
    for selector in ("#out", "#csv"):
        tab.click(selector)
    tab.run("document.forms[0].requestSubmit()")
    shop.events(3)
    assert {said["e"] for said in shop.said("e")} == {"Outbound link", "Download", "Form"}


def test_pinned(tab: Tab, shop: Shop) -> None:
    """The pinned tag runs: its hash is the file's."""
    shop.served["/"] = here(tag("shop.test", shop.at("", "stats.test"), pinned=True))
    tab.go(shop.at("/"))
    shop.views(1)
    assert [target for target, _ in shop.asked if "t." in target] == [f"/{script().name}"]


def test_tag_manager(tab: Tab, shop: Shop) -> None:
    """The tag manager's text makes a tag that counts."""
    text = snippet("shop.test", shop.at("", "stats.test"), "gtm").split("<script>")[1].split("</script>")[0]
    text = text.replace("document.head", "tag.setAttribute('data-test', 'on'); document.head")
    shop.served["/"] = f"<!doctype html><title>x</title><script>{text}</script>".encode()
    tab.go(shop.at("/"))
    assert shop.views(1)[0]["s"] == "shop.test"


def test_shopify_purchase(tab: Tab, shop: Shop) -> None:
    """The custom pixel, in a sandboxed frame as Shopify runs it: one plain POST of origin "null", no token."""
    code = snippet("shop.test", shop.at("", "stats.test"), "shopify").split("--null-origin\n")[1]
    stub = (
        "const analytics = {subscribe: (name, told) => told({context: {document: {location: new URL("
        "'http://shop.test/checkouts/cn/secret-token/thank-you?key=1')}}})};"
    )
    shop.served["/sandbox"] = f"<script>{stub}{code}</script>".encode()
    shop.served["/"] = b'<iframe sandbox="allow-scripts allow-forms" src="/sandbox"></iframe>'
    tab.go(shop.at("/"))
    assert shop.events(1) == [{"s": "shop.test", "k": "e", "e": "Purchase", "u": "http://shop.test/checkout"}]
    (beacon,) = shop.beacons
    assert (beacon.method, beacon.target, beacon.headers["origin"]) == ("POST", "/t", "null")
    assert beacon.headers.keys().isdisjoint({"cookie", "referer"})


def test_without_javascript(tab: Tab, shop: Shop) -> None:
    """Where no script runs, the snippet's pixel tells the page's address by the Referer."""
    if not isinstance(tab, ChromiumTab):
        pytest.skip("Firefox turns JavaScript off for a whole profile only")
    pixel = snippet("shop.test", shop.at("", "stats.test")).split("<noscript>")[1].split("</noscript>")[0]
    shop.served["/lamp"] = f"<!doctype html><noscript>{pixel}</noscript>".encode()
    tab.call("Emulation.setScriptExecutionDisabled", {"value": True})
    tab.go(shop.at("/lamp"))
    shop.wait(lambda: shop.beacons)
    (beacon,) = shop.beacons
    assert (beacon.method, beacon.target) == ("GET", "/t.gif?s=shop.test")
    assert beacon.headers["referer"] == shop.at("/lamp")
