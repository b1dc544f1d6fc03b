"""The dashboard for everyone: axe-core finds nothing, the keyboard does it all, and hostile names change nothing."""

from datetime import date

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from collector.day.release import Release, Row, Totals
from dashboard import annotations
from dashboard.goals import Kind
from tests import shop
from tests.browser.conftest import DRAWN, SHOP, Enter
from tests.staff import NOW

pytestmark = pytest.mark.xdist_group("dashboard")

OVERVIEW = f"/site/{SHOP}"
# The rules of WCAG 2.0 to 2.2, levels A and AA.
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
MARKUP = '"><img src=/x onerror=alert(1)><a href="javascript:alert(1)">\u202e<b>x</b>&amp;{{ 7*7 }}'
LONG = "/" + "\U0001f9e6mycket-langt" * 150
BOLD = "<b>b</b>&lt;"  # short enough to stand whole in a label, which Plotly would make bold
HOSTILE = (
    MARKUP,
    LONG[:2000],
    "\u202e\u2067gnp.exe\u2069",
    "=HYPERLINK(1)",
    "\U0001f468\u200d\U0001f469\u200d\U0001f467",
    "a" * 2000,
    BOLD,
)


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


def test_shortcuts_do_what_the_help_says(enter: Enter) -> None:
    """Keys choose periods and the search; not while one writes, and not when they are switched off."""
    visit = enter(language="en-GB").log_in()
    page = visit.open(OVERVIEW)
    page.get_by_role("button", name="Keyboard shortcuts").click()
    expect(page.locator("dialog")).to_contain_text("This quarter")
    page.keyboard.press("Escape")
    expect(page.locator("dialog")).to_be_hidden()
    for key, address in (("7", "period=7d"), ("y", "period=yesterday"), ("m", "period=month"), ("q", "period=quarter")):
        page.keyboard.press(key)
        page.wait_for_url(f"**?*{address}*")
    page.keyboard.press("p")
    page.wait_for_url("**?*period=quarter&date=2026-07-01*")
    page.keyboard.press("/")
    page.keyboard.type("t7q")
    assert "period=quarter" in page.url
    assert page.evaluate("document.activeElement.value") == "t7q"
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("?")
    page.get_by_role("checkbox").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("t")
    page.reload()
    assert "period=quarter" in page.url
    page.get_by_role("button", name="Keyboard shortcuts").click()
    page.get_by_role("checkbox").check()
    page.keyboard.press("Escape")
    page.keyboard.press("t")
    page.wait_for_url("**?*period=today*")
    visit.check_quiet()


def test_hostile_names_are_inert_everywhere(enter: Enter) -> None:
    """Markup, right-to-left marks, 2,000 characters and emoji in every list, goal and note: shown, and nothing else."""
    visit = enter(width=1280)
    world = visit.server.world
    site = world.site("fientlig.example")
    cubes = (
        "page.pageview",
        "entry_page.visit_start",
        "source.visit_start",
        "campaign.visit_start",
        "event.event",
        "browser.visit_start",
        "country.visit_start",
        "event.event_reach",
    )
    rows = [Row(cube, (name,), 40 + i, 0) for cube in cubes for i, name in enumerate(HOSTILE)]
    rows += [Row("previous_page+page.pageview", (a, b), 30, 0) for a in HOSTILE[:3] for b in HOSTILE[3:]]
    rows += [Row("event+property.event", (MARKUP, LONG[:500]), 30, 0)]
    release = Release(
        "2026-10-27",
        NOW,
        Totals(900, 400, 90, {}),
        tuple(sorted(rows, key=lambda row: (row.cube, row.values))),
        (),
        closes=True,
    )
    world.store.add(site.id, 1, release, shop.day_of(site, date(2026, 10, 27)))
    for day, text in zip(range(20, 28), HOSTILE, strict=False):
        note = text[: annotations.LONGEST]
        world.control.write("add_annotation", site=site.id, day=f"2026-10-{day}", text=note)
    for name in HOSTILE:
        world.control.write("add_goal", site=site.id, kind=Kind.EVENT, value=name[:200])
    visit.log_in()
    here = "/site/fientlig.example"
    for path in (
        here,
        f"{here}?chart=pages,sources,events&visitors=browsers",
        f"{here}/panel/pages?view=chart",
        f"{here}/panel/campaigns?view=chart&q=javascript",
        f"{here}/panel/flow?view=chart",
        f"{here}/goals",
        f"{here}/annotations",
    ):
        page = visit.open(path)
        if page.locator("[data-figure]").count():
            page.wait_for_selector(DRAWN)
            assert page.locator(".plot .main-svg").count() >= page.locator("[data-figure]").count()
            # Plotly makes bold, links and sub- and superscripts of labels by these.
            if path.endswith("pages?view=chart"):
                assert BOLD in page.locator(".plot text").all_text_contents()
            assert page.locator(".plot :is(a, img, b, sub, sup, tspan[style*=weight])").count() == 0
        assert page.locator("main img, main b b, a[href^='javascript']").count() == 0
        if not path.endswith("annotations"):
            assert "{{ 7*7 }}" in (page.text_content("main") or ""), path
        for width in (1280, 390, 320):
            page.set_viewport_size({"width": width, "height": 900})
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (path, width)
            assert page.evaluate(SPILLS) == [], (path, width)
        page.set_viewport_size({"width": 1280, "height": 900})
    visit.open(here, drawn=True)
    steps = visit.page.locator(".plot.steps")
    assert steps.locator(".sankey-node").count() == 7
    assert BOLD in steps.locator(".node-label").all_text_contents()
    assert visit.page.locator(".annotation-text").count() == len(HOSTILE)
    visit.picture("hostile")
    visit.check_quiet()


# What stands out of the card it is in, and is not scrolled or cut there.
SPILLS = """[...document.querySelectorAll(".card")].flatMap((card) => {
  const edge = card.getBoundingClientRect().right + 1;
  return [...card.querySelectorAll("h2, p, td, th, bdi, input, select, label, button, li")]
    .filter((one) => one.checkVisibility() && !one.closest(".wide, .unseen"))
    .filter((one) => one.getBoundingClientRect().right > edge)
    .filter((one) => getComputedStyle(one.closest("bdi, a, li") ?? one).textOverflow !== "ellipsis")
    .map((one) => one.outerHTML.slice(0, 120));
})"""


def test_a_session_that_has_ended_says_so(enter: Enter) -> None:
    """Who was signed out meanwhile is asked to sign in, and comes back to the same view."""
    visit = enter(language="en-GB").log_in()
    page = visit.open(OVERVIEW)
    page.context.clear_cookies()
    page.keyboard.press("7")
    page.wait_for_url("**/login?*")
    assert "period%3D7d" in page.url
