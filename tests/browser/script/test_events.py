"""Events: the function, links, downloads, forms, and elements that carry a name."""

from typing import Any

import pytest

from tests.browser.script.driven import Tab
from tests.browser.script.shop import Shop

ALL = "data-links=Outbound data-forms=Form data-files=\"[href*='.pdf'], [download]\""


def told(shop: Shop) -> list[tuple[str, dict[str, Any]]]:
    """Name and properties of every event so far."""
    return [(said["e"], said.get("p", {})) for said in shop.said("e")]


def test_function_and_queue(tab: Tab, shop: Shop) -> None:
    """Calls before the script came are kept by the stub, and sent with their properties."""
    tab.go(shop.at("/thanks"))
    shop.events(1)
    tab.run("trekvart('Later')")
    shop.events(2)
    assert told(shop) == [
        ("Purchase", {"value": 249.5, "currency": "SEK", "first": True, "coupon": None}),
        ("Later", {}),
    ]
    assert sorted(said.get("k", "v") for said in shop.said("ve")) == ["e", "e", "v"]
    assert [said["u"] for said in shop.said("e")] == [shop.at("/thanks")] * 2


@pytest.mark.parametrize(
    ("selector", "button", "event"),
    [
        pytest.param("#outbound", 1, ("Outbound", {"url": "http://other.test/partner"}), id="link, middle button"),
        pytest.param("#outbound", 2, None, id="link, right button"),
        pytest.param("#outbound", 0, ("Outbound", {"url": "http://other.test/partner"}), id="link"),
        pytest.param("#tagged-link", 0, ("Partner", {"url": "http://other.test/partner"}), id="link with a name"),
        pytest.param("#inner", 0, ("Download", {"url": "{shop}/catalogue.pdf"}), id="download"),
        pytest.param("#product", 0, None, id="link inside"),
        pytest.param("#mail", 0, None, id="mail address"),
        pytest.param("#nowhere", 0, None, id="no link"),
        pytest.param("h1", 0, None, id="no element of interest"),
        pytest.param(
            "#tagged",
            0,
            ("Add to cart", {"size": "L", "colour": "sea green", "url": "{shop}/"}),
            id="name in an attribute",
        ),
        pytest.param("#deep", 0, ("Wish list", {"size": "M", "url": "{shop}/"}), id="name in a class"),
        pytest.param("#send", 0, ("Form", {"url": "{shop}/"}), id="form"),
        pytest.param("#subscribe", 0, ("Newsletter", {"url": "{shop}/"}), id="form with a name"),
        pytest.param("#beside", 0, None, id="click in a form"),
        pytest.param("#mail-field", 0, None, id="focus in a form"),
    ],
)
def test_click(tab: Tab, shop: Shop, selector: str, button: int, event: tuple[str, dict[str, Any]] | None) -> None:
    """Each kind of click is the event it should be, once, with the link's address (no query) or else the page's."""
    shop.tag += f" {ALL}"
    tab.go(shop.at("/?q=1"))
    shop.views(1)
    tab.run("document.addEventListener('click', (event) => { if (event.target.closest('a')) event.preventDefault(); })")
    tab.run("document.addEventListener('submit', (event) => event.preventDefault())")
    tab.click(selector, button)
    if event:
        shop.events(1)
    shop.fence(tab)
    here = f"http://shop.test:{shop.port}"
    expected = [(event[0], {k: v.replace("{shop}", here) for k, v in event[1].items()})] if event else []
    assert told(shop) == expected


def test_nothing_unless_asked(tab: Tab, shop: Shop) -> None:
    """Without the attributes on the tag, links, downloads and forms are nobody's business."""
    tab.go(shop.at("/"))
    shop.views(1)
    tab.run("document.addEventListener('click', (event) => { if (event.target.closest('a')) event.preventDefault(); })")
    tab.run("document.addEventListener('submit', (event) => event.preventDefault())")
    for selector in ("#outbound", "#download", "#send"):
        tab.click(selector)
    shop.fence(tab)
    assert told(shop) == []


def test_event_outlives_the_page(tab: Tab, shop: Shop) -> None:
    """A click that leads away, and a form that loads a page, are sent though the page goes."""
    shop.tag += f" {ALL}"
    tab.go(shop.at("/"))
    shop.views(1)
    tab.click("#send")
    shop.views(2)
    assert shop.events(1)[0]["e"] == "Form"


def test_stopped_click_counts(tab: Tab, shop: Shop) -> None:
    """A page that stops a click from bubbling does not hide it."""
    tab.go(shop.at("/"))
    shop.views(1)
    tab.run("document.querySelector('#tagged').addEventListener('click', (event) => event.stopImmediatePropagation())")
    tab.click("#tagged")
    assert shop.events(1)[0]["e"] == "Add to cart"
