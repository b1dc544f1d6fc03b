"""The screens around the script: the text to paste, the word that visits arrive, the look at one's own browser."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace
from starlette.testclient import TestClient

from collector.script.snippet import KINDS, snippet
from collector.settings import Settings
from dashboard.installing import NAMES
from tests import shop
from tests.markup import Page
from tests.running import FIREFOX
from tests.staff import TODAY, World

SHOP = "butiken.example"
BROWSER = {"User-Agent": FIREFOX, "Accept-Language": "sv", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Site": "none"}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A new site, and a server behind a proxy at 10.0.0.0/8 that the outside calls stats.example."""
    made = World.build(tmp_path, settings=Settings(trusted_proxies=("10.0.0.0/8",), public_url="https://stats.example"))
    made.site(SHOP)
    know(made)
    yield made
    made.close()


def know(world: World) -> None:
    """What the running server does every second: its door knows the sites as they are now."""
    assert world.deps.door is not None
    world.deps.door.use(world.control.sites())


def anna(world: World) -> TestClient:
    """A member of staff, at the address that the outside uses: the session's cookie is for https."""
    return world.anna(address="https://stats.example")


def facts(page: Page) -> dict[str, str]:
    """The table of the check."""
    names = [cell.words for cell in page.all("th")]
    return dict(zip(names, [cell.words for cell in page.all("td")], strict=True))


@pytest.mark.parametrize("kind", NAMES)
def test_snippet_of_each_kind(world: World, kind: str) -> None:
    """The page shows the text that `site snippet --for` prints, and names the kind that is shown."""
    page = Page(anna(world).get(f"/site/{SHOP}/snippet?for={kind}&lang=en").text)
    assert page.one("code", id="snippet-all").words == " ".join(snippet(SHOP, "https://stats.example", kind).split())
    assert [link.words for link in page.all("a", **{"aria-current": "page"})] == [NAMES[kind]]


def test_every_kind_has_a_name(world: World) -> None:
    """No kind of snippet is missing on the page, but the opt-out's button, which has its own place; others are 404."""
    assert {*NAMES, "opt-out"} == set(KINDS)
    assert anna(world).get(f"/site/{SHOP}/snippet?for=joomla").status_code == 404


def test_first_publish_is_told(world: World) -> None:
    """Until a site has published the page says what it waits for and looks again; then it says that visits arrive."""
    client = anna(world)
    before = client.get(f"/site/{SHOP}/snippet?lang=en").text
    assert 'http-equiv="refresh" content="60"' in before
    assert "at least 10 different networks" in Page(before).one("p", id="awaited").words
    shop.fill(world.store, world.control.site(SHOP), TODAY, days=1, hours_today=12)
    after = client.get(f"/site/{SHOP}/snippet?lang=en").text
    assert "refresh" not in after
    assert Page(after).one("p", id="arrived").words.startswith("Visits arrive.")
    assert "awaited" not in after


def test_check_tells_what_this_browser_is(world: World) -> None:
    """Network and not address, proxies, browser: as the door sees a beacon, though this is a navigation."""
    answer = anna(world).get(f"/site/{SHOP}/check?lang=en", headers={**BROWSER, "X-Forwarded-For": "130.237.3.4"})
    # the test's peer is no address: it is not a trusted proxy, and the header of a stranger says nothing
    assert facts(Page(answer.text))["Network"] == "no readable address"
    client = anna(world)
    client._transport.client = ("10.0.0.9", 1)  # type: ignore[attr-defined]  # the proxy
    answer = client.get(f"/site/{SHOP}/check?lang=en", headers={**BROWSER, "X-Forwarded-For": "130.237.3.4"})
    page = Page(answer.text)
    assert facts(page) == {
        "Network": "130.237.3.0/24",
        "Trusted proxies on the way": "1",
        "Browser": "Firefox 153",
        "System": "Linux",
        "Device": "desktop",
        "Country": "SE",
    }
    assert page.one("p", class_="notice").words == "Visits from this browser are counted."
    assert "130.237.3.4" not in answer.text
    assert page.one("code", id="check-address").words == f"https://{SHOP}/?ref=trekvart-check"


@pytest.mark.parametrize(
    ("headers", "said"),
    [
        ({"User-Agent": "Googlebot/2.1"}, "are not counted: Bots (bot)."),
        ({"Sec-GPC": "1"}, "This browser objects"),
        ({"X-Forwarded-For": "192.0.2.9"}, "Excluded networks, such as your own (excluded-network)."),
    ],
)
def test_check_tells_the_reason(world: World, headers: dict[str, str], said: str) -> None:
    """A bot, an objection and an excluded network hear why; nothing is counted in any case."""
    world.control.update_site(replace(world.control.site(SHOP), excluded_networks=("192.0.2.0/24",)))
    know(world)
    client = anna(world)
    client._transport.client = ("10.0.0.9", 1)  # type: ignore[attr-defined]  # the proxy
    text = client.get(f"/site/{SHOP}/check?lang=en", headers={**BROWSER, **headers}).text
    assert said in Page(text).one("p", role="status").words
    assert (">Network<" in text) is ("objects" not in said)


def test_optout_page_without_a_button(world: World) -> None:
    """Where a site offers no button, the page says why, and how to object all the same. It loads no script."""
    answer = world.stranger().get(f"/opt-out/{SHOP}?lang=en")
    assert "Global Privacy Control" in answer.text
    assert f"{SHOP} has no button" in answer.text
    assert "optout.js" not in answer.text
    assert world.stranger().get("/opt-out/nobody.example").status_code == 404


def test_optout_page_leads_to_the_site_s_own(world: World) -> None:
    """The mark belongs to the site's host: elsewhere the page leads there, and the snippet page too, for staff."""
    world.control.update_site(replace(world.control.site(SHOP), optout="/integritet"))
    for page in (world.stranger().get(f"/opt-out/{SHOP}").text, anna(world).get(f"/site/{SHOP}/snippet").text):
        assert f'href="https://{SHOP}/integritet"' in page
    assert "data-trekvart-optout" not in world.stranger().get(f"/opt-out/{SHOP}").text
    assert SHOP not in world.stranger().get("/opt-out").text


def test_optout_page_on_the_site_s_own_host(tmp_path: Path) -> None:
    """Reached at the site's own host, below a base path, the page has the button itself."""
    world = World.build(tmp_path, settings=Settings(public_url=f"https://{SHOP}/stats"))
    world.site(SHOP, optout="/integritet")
    text = world.stranger("/stats").get("/stats/opt-out").text
    assert "<div data-trekvart-optout></div>" in text
    assert '<script defer src="/stats/optout.js"></script>' in text
    world.close()
