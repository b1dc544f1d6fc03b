"""A list's chart in a real browser: switched on and off by a link, drawn beside the table, and the table without it."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import SHOP, Enter

pytestmark = pytest.mark.xdist_group("dashboard")

OVERVIEW = f"/site/{SHOP}"


def test_every_list_switches_to_its_chart(enter: Enter) -> None:
    """One link away, in the address, kept along lists, periods and searches; bars and shares are the table's."""
    visit = enter(language="en-GB").log_in()
    page = visit.open(f"{OVERVIEW}/panel/sources")
    expect(page.locator(".plot")).to_have_count(0)
    page.get_by_role("link", name="Show as a chart").click()
    page.wait_for_selector("html[data-charts=drawn]")
    assert page.url.endswith("/panel/sources?view=chart")
    drawn = page.locator(".plot .bartext").all_text_contents()
    assert drawn == page.locator(".list .share").all_text_contents()
    assert page.locator(".plot .ytick").first.text_content() == "Google"
    visit.picture("list-chart")
    page.locator(".others a", has_text="Channels").click()
    expect(page.locator(".plot .ytick").first).to_have_text("Search engines")
    page.locator(".period a.step").first.click()
    expect(page.locator(".plot .ytick").first).to_have_text("Search engines")
    page.fill("input[type=search]", "mail")
    page.keyboard.press("Enter")
    expect(page.locator(".plot .ytick").first).to_have_text("E-mail")
    page.get_by_role("link", name="Hide the chart").click()
    expect(page.locator(".plot")).to_have_count(0)
    assert "q=mail" in page.url
    assert "view" not in page.url
    visit.check_quiet()


def test_a_list_s_chart_fits_a_phone(enter: Enter) -> None:
    """Nothing is wider than the screen; without JavaScript the table is all there."""
    visit, plain = enter(width=390).log_in(), enter(width=390, script=False).log_in()
    for name in ("pages", "campaigns", "countries", "events", "flow", "durations"):
        path = f"{OVERVIEW}/panel/{name}?view=chart&period=7d"
        page = visit.open(path, drawn=True)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, name
        bars = page.locator(".plot .point").count()
        assert bars == page.locator(".list tbody tr").count() > 0, name
        assert plain.open(path).locator(".list tbody tr").count() == bars, name
    visit.picture("list-chart-phone")
    visit.check_quiet()
