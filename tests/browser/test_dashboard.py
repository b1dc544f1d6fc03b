"""The dashboard in a real browser: what it shows, what it does, and what it never does."""

import re
from datetime import date

import pytest
from playwright.sync_api import Response, expect

from collector.day.release import Release, Row, Totals
from dashboard import demo
from tests import shop
from tests.browser.conftest import DRAWN, SHOP, Enter
from tests.running import PASSWORD
from tests.staff import NOW

pytestmark = pytest.mark.xdist_group("dashboard")

OVERVIEW = f"/site/{SHOP}"
SCREENS = (
    OVERVIEW,
    f"{OVERVIEW}?period=today",
    f"{OVERVIEW}?period=year&metric=visitors",
    f"{OVERVIEW}/panel/pages",
    f"{OVERVIEW}/panel/durations",
    f"{OVERVIEW}/drops",
    f"{OVERVIEW}/snippet",
    "/site/gammal.example",
    "/site/ny.example",
    "/",
    "/login",
)


def test_the_chart_is_drawn_and_nothing_else_happens(enter: Enter) -> None:
    """Charts appear under the strict policy: no violation, no console message, no other host, the library once."""
    visit = enter().log_in()
    page = visit.open(OVERVIEW, drawn=True)
    expect(page.locator(".plot .main-svg").first).to_be_visible()
    assert page.locator(".plot .scatterlayer .trace").count() == 4
    assert page.locator(".sketch").count() == 0
    assert page.locator(".modebar").count() == 0
    visit.open(f"{OVERVIEW}?period=today", drawn=True)
    assert page.locator(".plot .barlayer .point").count() >= 14
    visit.open(f"{OVERVIEW}/panel/durations", drawn=True)
    assert page.locator(".plot .barlayer .point").count() == 7
    visit.check_quiet()


def test_the_library_is_fetched_once(enter: Enter) -> None:
    """Its address says its version, so the second page takes it from the browser's own cache."""
    visit = enter().log_in()
    served: list[str] = []

    def came(response: Response) -> None:
        if response.request.timing["requestStart"] != -1:  # else it is from the browser's own cache
            served.append(response.url)

    visit.page.on("response", came)
    for _ in range(5):
        visit.open(OVERVIEW, drawn=True)
    # Once; twice where the browser is still writing its cache (4.8 MB) when the second page asks: seen at a load of 11.
    assert 1 <= sum(address.endswith("plotly.min.js") for address in served) <= 2


def test_pages_without_charts_do_not_load_the_library(enter: Enter) -> None:
    """A megabyte is fetched only where it draws something."""
    visit = enter().log_in()
    for path in (f"{OVERVIEW}/panel/pages", f"{OVERVIEW}/snippet", "/site/ny.example", "/site/gammal.example", "/demo"):
        visit.open(path).wait_for_load_state("networkidle")
    assert not [address for address in visit.requests if "plotly" in address]


@pytest.mark.parametrize("path", SCREENS)
def test_no_screen_complains(enter: Enter, path: str) -> None:
    """Every screen is quiet in the console and asks nobody else for anything."""
    visit = enter().log_in()
    page = visit.open(path)
    page.wait_for_load_state("networkidle")
    if page.locator("[data-figure]").count():
        page.wait_for_selector(DRAWN)
    visit.check_quiet()


def test_the_page_reads_without_javascript(enter: Enter) -> None:
    """Figures, chart, lists, tabs, menus and a period of one's own work with scripts off."""
    visit = enter(script=False, language="en-GB").log_in()
    page = visit.open(OVERVIEW)
    expect(page.locator(".value").first).to_have_text("4,658")
    expect(page.locator(".sketch .line")).to_be_visible()
    expect(page.get_by_text("Google", exact=True)).to_be_visible()
    expect(page.get_by_text("Search engines")).to_be_hidden()
    page.get_by_role("radio", name="Channels").check()
    expect(page.get_by_text("Search engines")).to_be_visible()
    expect(page.get_by_text("Google", exact=True)).to_be_hidden()
    page.get_by_text("The figures in a table").click()
    expect(page.locator(".numbers tbody tr")).to_have_count(28)
    page.locator(".period summary").click()
    page.fill("input[name=from]", "2026-10-05")
    page.fill("input[name=to]", "2026-10-11")
    page.locator(".period form button").click()
    expect(page.locator(".period summary")).to_have_text("5\N{EN DASH}11 Oct 2026")
    visit.picture("no-script")


def test_a_chosen_tab_stays_when_the_period_changes(enter: Enter) -> None:
    """With scripts a tab goes into the address and along to the next period; the first tab needs no word."""
    visit = enter(language="en-GB").log_in()
    page = visit.open(OVERVIEW)
    page.get_by_role("radio", name="Channels").check()
    page.get_by_role("radio", name="Countries").check()
    assert page.url.endswith("?sources=channels&visitors=countries")
    page.locator(".period a.step").first.click()
    expect(page.get_by_text("Search engines")).to_be_visible()
    expect(page.get_by_text("Sweden")).to_be_visible()
    page.locator(".period summary").click()
    page.fill("input[name=from]", "2026-10-05")
    page.fill("input[name=to]", "2026-10-11")
    page.locator(".period form button").click()
    expect(page.get_by_text("Search engines")).to_be_visible()
    page.get_by_role("radio", name="Sources").check()
    assert "sources=" not in page.url
    visit.check_quiet()


def test_the_keyboard_reaches_everything(enter: Enter) -> None:
    """The first stop skips to the content, arrows change tabs, Escape closes a menu and gives the focus back."""
    page = enter(language="en-GB").log_in().open(OVERVIEW)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    page.locator("input[name=sources]").first.focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_text("Search engines")).to_be_visible()
    page.locator(".period summary").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".period .drop")).to_be_visible()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Today"
    page.keyboard.press("Escape")
    expect(page.locator(".period .drop")).to_be_hidden()
    assert page.evaluate("document.activeElement.matches('.period summary')")


def test_pointing_at_the_chart_tells_the_figures(enter: Enter) -> None:
    """A bucket says its figure, its day and the one it is compared with, in the page's own type."""
    visit = enter(language="en-GB").log_in()
    page = visit.open(OVERVIEW, drawn=True)
    box = page.locator(".plot .nsewdrag").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    label = page.locator(".hoverlayer .hovertext")
    expect(label).to_be_visible()
    first, second = label.locator("tspan").all_text_contents()[-2:]
    assert first.endswith("Oct 2026")
    assert second.endswith("Sept 2026")
    day = first.split(maxsplit=1)[1].strip()
    row = page.locator(".numbers tbody tr").filter(has_text=day).first
    assert row.locator("td").first.text_content() == first.split()[0]


@pytest.mark.parametrize("language", ["sv-SE", "en-GB"])
@pytest.mark.parametrize("path", [*SCREENS, "/demo"])
def test_no_screen_is_wider_than_a_phone(enter: Enter, path: str, language: str) -> None:
    """At 390 and at 320 pixels nothing has to be scrolled sideways (WCAG 1.4.10)."""
    visit = enter(width=390, language=language).log_in()
    page = visit.open(path)
    for width in (390, 320):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width, width


@pytest.mark.parametrize(
    ("name", "path", "width", "dark"),
    [
        ("overview", OVERVIEW, 1280, False),
        ("overview-dark", OVERVIEW, 1280, True),
        ("overview-phone", OVERVIEW, 390, False),
        ("today-phone-dark", f"{OVERVIEW}?period=today", 390, True),
    ],
)
def test_pictures_are_taken(enter: Enter, name: str, path: str, width: int, dark: bool) -> None:
    """Each is drawn in its own colours: the page's paper and the chart's accent are the scheme's."""
    visit = enter(width=width, dark=dark).log_in()
    page = visit.open(path, drawn=True)
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == (
        "rgb(16, 20, 18)" if dark else "rgb(246, 245, 240)"
    )
    accent = "rgb(90, 199, 166)" if dark else "rgb(11, 106, 87)"
    assert accent in page.locator(".plot").first.inner_html()
    assert visit.picture(name).stat().st_size > 20_000
    visit.check_quiet()


def test_the_chart_follows_the_scheme(enter: Enter) -> None:
    """When the evening turns the screen dark, the chart turns too."""
    page = enter().log_in().open(OVERVIEW, drawn=True)
    page.emulate_media(color_scheme="dark")
    for line in page.locator(".plot .js-line").all()[-2:]:
        expect(line).to_have_css("stroke", "rgb(90, 199, 166)")


def test_hostile_names_do_nothing(enter: Enter) -> None:
    """Markup in a page's, a source's or a band's name runs nowhere, in the page or in the chart."""
    visit = enter()
    world = visit.server.world
    name = '"><img src=/x onerror=alert(1)><a href="javascript:alert(1)">\u202e<b>x</b>'
    site = world.site("hostile.example")
    rows = tuple(
        Row(cube, (value,), 50, 0)
        for cube in ("page.pageview", "source.visit_start", "duration.visit_end")
        for value in (name, "0")
        if (cube, value) != ("duration.visit_end", "0")  # one band, so that its label is under the axis
    )
    release = Release("2026-10-27", NOW, Totals(200, 200, 90, {}), rows, (), closes=True)
    world.store.add(site.id, 1, release, shop.day_of(site, date(2026, 10, 27)))
    visit.log_in()
    for path in ("", "/panel/pages", "/panel/durations"):
        page = visit.open(f"/site/hostile.example{path}")
        page.wait_for_load_state("networkidle")
        if page.locator("[data-figure]").count():
            page.wait_for_selector(DRAWN)
        assert page.locator("img, .plot a").count() == 0
        assert name in (page.text_content("main") or "")
    labels = page.locator(".plot .xtick").all_text_contents()
    assert any("<img" in label for label in labels)
    visit.check_quiet()


def test_a_login_and_a_logout(enter: Enter) -> None:
    """From a page to the form, through it, back to the page, and out again."""
    visit = enter(language="en-GB")
    page = visit.open(f"{OVERVIEW}?period=7d")
    page.fill("input[name=name]", "anna")
    page.fill("input[name=password]", "not the password")
    page.click("form.login button")
    expect(page.get_by_role("alert")).to_be_visible()
    page.fill("input[name=password]", PASSWORD)
    page.click("form.login button")
    page.wait_for_url(f"**{OVERVIEW}?period=7d")
    cookie = page.context.cookies()[0]
    assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Strict")
    assert page.evaluate("document.cookie") == ""
    page.get_by_text("Sign out").click()
    page.wait_for_url("**/login")
    visit.open(OVERVIEW)
    assert "/login" in page.url


def test_the_demo_sends_a_crowd(enter: Enter) -> None:
    """The button says what it does and does it; the shop's pages lead to one another and to the overview."""
    visit = enter(language="en-GB")
    page = visit.open("/demo")
    page.get_by_role("link", name="Wool cap").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Wool cap")
    page.get_by_role("button", name="Send a crowd of visitors").click()
    expect(page.get_by_role("status")).to_contain_text(f"{demo.CROWD} made-up visitors are on the way")
    assert visit.server.crowds == [demo.CROWD]


def test_the_page_prints(enter: Enter) -> None:
    """On paper there are the figures and the chosen lists, and none of the controls: one A4 sheet, worth sending."""
    page = enter(language="en-GB").log_in().open(OVERVIEW, drawn=True)
    page.emulate_media(media="print")
    expect(page.locator(".value").first).to_be_visible()
    expect(page.get_by_text("Google", exact=True)).to_be_visible()
    for control in (".step", ".period summary", ".foot nav", ".all"):
        expect(page.locator(control).first).to_be_hidden()
    sheet = page.pdf(format="A4", print_background=True)
    assert len(re.findall(rb"/Type\s*/Page\b", sheet)) == 1
