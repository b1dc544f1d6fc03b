"""The dashboard for everyone: axe-core finds nothing to complain of."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.conftest import SHOP, Enter

pytestmark = pytest.mark.xdist_group("dashboard")

OVERVIEW = f"/site/{SHOP}"
# The rules of WCAG 2.0 to 2.2, levels A and AA.
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}


def told(page: Page) -> list[str]:
    """What axe-core has to say of a page: rule and first place."""
    found = Axe().run(page, options=RULES).response
    return [f"{one['id']}: {one['nodes'][0]['html'][:200]}" for one in found["violations"]]


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_axe_finds_nothing_on_the_overview(enter: Enter, dark: bool) -> None:
    """In both schemes, with and without the help over it: no rule of WCAG 2.2 AA is broken."""
    visit = enter(dark=dark, language="en-GB").log_in()
    page = visit.open(OVERVIEW, drawn=True)
    assert told(page) == []
    page.keyboard.press("?")
    expect(page.locator("dialog")).to_be_visible()
    assert told(page) == []


def test_axe_finds_nothing_on_the_other_screens(enter: Enter) -> None:
    """Lists, goals, annotations, the empty and the wrong, the door: none breaks a rule; in Swedish, on a phone."""
    visit = enter(width=390)
    found = {"/login": told(visit.open("/login"))}
    visit.log_in()
    for path in (
        OVERVIEW,
        f"{OVERVIEW}?period=today",
        f"{OVERVIEW}/panel/pages?q=produkt",
        f"{OVERVIEW}/goals",
        f"{OVERVIEW}/annotations",
        "/site/ny.example",
        "/site/gammal.example",
        f"{OVERVIEW}?period=nonsense",
        "/site/none.example",
    ):
        page = visit.open(path)
        found[path] = told(page)
    assert {path: texts for path, texts in found.items() if texts} == {}
