"""Drill-down on the screens and in the API: a row is clicked, and every list that can be crossed says only that."""

import re
from collections.abc import Iterator
from html import unescape

import pytest
from starlette.testclient import TestClient

from collector.day.cubes import Dimension
from dashboard import drill, period
from dashboard.filters import Filter
from dashboard.words import words
from tests import shop
from tests.markup import Page
from tests.staff import TODAY, World

SHOP = "butiken.example"
HERE = f"/site/{SHOP}"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    made = World.build(tmp_path_factory.mktemp("drill"))
    shop.fill(made.store, made.site(SHOP), TODAY, days=9, hours_today=14)
    yield made
    made.close()


@pytest.fixture(scope="module")
def anna(world: World) -> TestClient:
    return world.anna()


def get(anna: TestClient, query: str, language: str = "en") -> str:
    answer = anna.get(f"{HERE}{query}{'&' if '?' in query else '?'}lang={language}")
    assert answer.status_code == 200, answer.text
    return answer.text


def link(text: str, name: str) -> str:
    """Where the row of that name leads."""
    found = re.search(rf'<a class="narrow" href="([^"]+)"[^>]*><bdi class="name">{re.escape(name)}</bdi>', text)
    assert found, name
    return unescape(found[1])


def test_a_row_leads_to_only_that(anna: TestClient) -> None:
    """From the list to the filter, the period kept; pages and entry pages of the channel, and the chip that ends it."""
    whole = get(anna, "?period=7d&sources=channels")
    address = link(whole, "Search engines")
    assert address == f"{HERE}?lang=en&period=7d&sources=channels&only=channel%3Asearch#only"
    text = get(anna, "?period=7d&only=channel%3Asearch")
    assert Page(text).all("section", id="only")[0].words.startswith("Channel: Search engines")
    assert [card for card in ("card-pages", "card-sources", "card-visitors") if f'id="{card}"' in text] == [
        "card-pages"
    ]
    assert words("en")("only.apart", dimension="channel") in text
    assert "Sources, Campaigns, Browsers" in text
    off = re.search(r'class="chip">.*?<a href="([^"]+)"', text, re.DOTALL)
    assert off
    assert unescape(off[1]) == f"{HERE}?lang=en&period=7d"


def test_figures_are_those_of_the_report(anna: TestClient, world: World) -> None:
    """The rows, the least whole and the share on the screen are the report's; so is the API's answer."""
    chosen = period.parse({"period": "7d"}, TODAY)
    site = world.control.site(SHOP)
    report = drill.drill(world.store, site, chosen, Filter(Dimension.CHANNEL, "search"))
    text = get(anna, "?period=7d&only=channel:search&pages=entry")
    entry = report.panels["entry"]
    assert entry.whole is not None
    assert 0 < entry.named < entry.whole
    assert f"At least {entry.whole} in all, and {round(100 * entry.named / entry.whole)}% of them" in text
    assert f"At least {report.panels['pages'].named:,}. How many more wait is not known" in text
    assert "page views are not counted by channel alone" in text
    answer = anna.get(f"/api/sites/{SHOP}/drill?period=7d&only=channel:search").json()
    assert answer["panels"]["entry"]["whole"] == entry.whole
    assert answer["panels"]["pages"]["rows"][0] == {
        "values": list(report.panels["pages"].rows[0].values),
        "n": report.panels["pages"].rows[0].n,
        "share": report.panels["pages"].rows[0].share,
    }
    assert "sources" in answer["apart"]
    for wrong in ("", "?only=browser:Firefox", "?only=channel"):
        refused = anna.get(f"/api/sites/{SHOP}/drill{wrong}")
        assert refused.status_code == 400
        assert "only=channel:search" in refused.json()["error"]


@pytest.mark.parametrize(
    ("only", "shown"),
    [
        ("page:/", ["Came from", "Went on to", "Channels", "Devices", "Countries"]),
        ("entry_page:/", ["Channels"]),
        ("source:Google", ["Devices"]),
        ("source:", ["Devices"]),
        ("channel:search", ["Pages", "Entry", "Events"]),
        ("device:mobile", ["Pages", "Sources"]),
        ("country:SE", ["Pages"]),
        ("event:kundvagn", ["Channels", "Events"]),
    ],
)
def test_every_filter_has_its_lists(anna: TestClient, only: str, shown: list[str]) -> None:
    """Lists that can be crossed are there, all others are named with the reason, in both languages."""
    text = get(anna, f"?period=7d&only={only}")
    tabs = re.findall(r'<input type="radio"[^>]*><span>([^<]+)</span>', text)
    expected = [*shown[:-1], "Properties"] if only.startswith("event") else shown
    assert tabs == expected
    assert words("en")("only.why") in text
    assert words("sv")("only.why") in get(anna, f"?period=7d&only={only}", "sv")


def test_the_whole_list_keeps_the_filter(anna: TestClient) -> None:
    """The list with all its rows is filtered too; other lists, periods and the way back carry the filter along."""
    text = get(anna, "/panel/pages?period=7d&only=channel:search")
    assert "Search engines" in text
    assert words("en")("only.whole_list") in text
    for address in re.findall(r'<(?:nav class="others"|p class="back").*?</(?:nav|p)>', text, re.DOTALL):
        for found in re.findall(r'href="([^"]+)"', address):
            assert "only=channel%3Asearch" in found
    assert 'name="only" value="channel:search"' in text
    assert get(anna, "/panel/previous?only=page:/kategori/barnklader")
    for missing in ("/panel/browsers?only=channel:search", "/panel/previous", "/panel/pages?only=page:/"):
        assert anna.get(HERE + missing).status_code == 404


def test_state_stays_with_the_filter(anna: TestClient) -> None:
    """Period, comparison, division and metric links keep the filter; a clicked row takes the place of the filter."""
    text = get(anna, "?period=7d&only=channel:search&metric=pageviews")
    menus = re.findall(r'<a href="([^"]+)" data-keep', text)
    kept = [address for address in menus if "only=" in address]
    assert len(menus) - len(kept) == 1  # the chip's own
    assert all(address.count("only=") == 1 for address in kept)
    assert "only=page%3A%2F" in link(text, "/")
    assert "channel" not in link(text, "/")


def test_a_filter_that_is_none_is_said(anna: TestClient) -> None:
    """A hand-written address never fails: the whole site is shown, and the reason."""
    for query in ("?only=browser:Safari", "?only=x", "/panel/pages?only=x"):
        assert words("en")("only.wrong") in get(anna, query)


def test_a_hostile_value_is_only_text(anna: TestClient) -> None:
    """Markup in the address is text in the chip, and nothing is found."""
    text = get(anna, "?only=page:%3Cscript%3Ealert(1)%3C/script%3E%27--")
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text


def test_a_filter_needs_a_login(world: World) -> None:
    """Nobody without an account sees it."""
    assert world.stranger().get(f"{HERE}?only=channel:search").status_code == 303
    assert world.stranger().get(f"/api/sites/{SHOP}/drill?only=channel:search").status_code == 401


def test_a_download_is_of_the_filter(anna: TestClient) -> None:
    """The CSV beside a filtered list has its rows and says in its name of what; a filter that is none is no file."""
    text = get(anna, "/panel/pages?period=7d&only=channel:search")
    found = re.search(r'href="([^"]+/csv/pages[^"]+)"', text)
    assert found
    answer = anna.get(unescape(found[1]))
    assert "Channel_Search_engines" in answer.headers["content-disposition"]
    rows = [line.split(",")[0] for line in answer.text.splitlines()[1:]]
    assert rows == re.findall(r'<bdi class="name">([^<]+)</bdi>', text)
    assert anna.get(f"{HERE}/csv/pages?only=x").status_code == 404
    assert anna.get(f"{HERE}/csv/browsers?only=channel:search").status_code == 404
