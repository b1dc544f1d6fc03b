"""Drill-down in a real browser: by mouse, by keyboard, on a phone, and without JavaScript."""

import pytest
from playwright.sync_api import expect

from dashboard.words import words
from tests.browser.conftest import SHOP, Enter

pytestmark = pytest.mark.xdist_group("dashboard")

OVERVIEW = f"/site/{SHOP}"


def test_a_row_filters_and_the_chip_ends_it(enter: Enter) -> None:
    """The whole row is the link; Enter on it does the same; the chip is in view, and its cross gives the lists back."""
    visit = enter(language="en-GB").log_in()
    page = visit.open(f"{OVERVIEW}?sources=channels&period=7d", drawn=True)
    row = page.locator("tr", has_text="Search engines").locator("th")
    box = row.bounding_box()
    assert box is not None
    row.click(position={"x": box["width"] - 5, "y": box["height"] / 2})
    chip = page.locator("#only")
    expect(chip).to_be_in_viewport()
    expect(chip).to_contain_text("Channel: Search engines")
    assert "only=channel%3Asearch" in page.url
    expect(page.locator(".cards h2").first).to_have_text("Pages")
    page.get_by_role("link", name="/kategori/barnklader").first.focus()
    page.keyboard.press("Enter")
    expect(chip).to_contain_text("Page: /kategori/barnklader")
    page.get_by_role("radio", name="Went on to").check()
    expect(page.get_by_role("link", name="/produkt/ullmossa")).to_be_visible()
    page.locator(".period a.step").first.click()
    expect(chip).to_be_visible()
    expect(page.get_by_role("radio", name="Went on to")).to_be_checked()
    page.get_by_role("link", name="Remove the filter Page: /kategori/barnklader").click()
    expect(chip).to_have_count(0)
    expect(page.get_by_text("Search engines")).to_be_visible()
    visit.check_quiet()


@pytest.mark.parametrize("language", ["sv-SE", "en-GB"])
def test_a_filter_on_a_phone(enter: Enter, language: str) -> None:
    """Nothing has to be scrolled sideways, whatever the value; the cross is as large as a finger needs."""
    visit = enter(width=390, language=language, dark=True, script=False).log_in()
    for path in (
        f"{OVERVIEW}?only=page:/kategori/barnklader{'x' * 120}",
        f"{OVERVIEW}/panel/pages?only=channel:search",
    ):
        page = visit.open(path)
        for width in (390, 320):
            page.set_viewport_size({"width": width, "height": 800})
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (path, width)
        box = page.locator(".chip a").bounding_box()
        assert box is not None
        assert min(box["width"], box["height"]) >= 24  # WCAG 2.5.8
    spoken = words(language[:2])
    expect(page.get_by_text(spoken("only.whole_list"))).to_be_visible()
    page.get_by_role("link", name="/kategori/barnklader").click()
    expect(page.get_by_text(spoken("only.apart", dimension=spoken("only.dimension.page").lower()))).to_be_visible()
    visit.check_quiet()
