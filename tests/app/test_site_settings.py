"""The forms that add a site and change one."""

from collections.abc import Iterator

import pytest

from collector.aliases import add_alias, aliases
from collector.door.sender import digest
from dashboard import audit
from tests.markup import Page
from tests.staff import OWN, World

FORM = {
    "name": "Butiken",
    "hosts": "shop.example\nbutik.example",
    "k": "12",
    "publish_minutes": "15",
    "time_zone": "Asia/Kathmandu",
    "totals": "groups",
    "campaigns": "on",
    "excluded_networks": "203.0.113.77/24\n2001:db8:1::/48",
    "page_patterns": "/produkt/*\n/",
    "properties": "url\nstorlek",
    "payment_hosts": "pay.example",
    "optout": "/integritet",
}


@pytest.fixture
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    made = World.build(tmp_path_factory.mktemp("settings"))
    made.site("shop.example")
    yield made
    made.close()


def test_what_is_saved_is_the_site(world: World) -> None:
    """Every field of the form becomes the site's, in its one spelling; the form shows it again; the log has the act."""
    anna = world.anna()
    answer = anna.post("/site/shop.example/settings", data=FORM, headers=OWN)
    assert answer.status_code == 303
    site = world.control.site("shop.example")
    assert (site.name, site.k, site.publish_seconds, site.time_zone) == ("Butiken", 12, 900, "Asia/Kathmandu")
    assert (site.totals, site.campaigns, site.null_origin, site.optout) == ("groups", True, False, "/integritet")
    assert site.hosts == ("shop.example", "www.shop.example", "butik.example")
    assert site.excluded_networks == ("203.0.113.0/24", "2001:db8:1::/48")
    assert site.page_patterns == ("/produkt/*", "/")
    assert site.properties == ("url", "storlek")
    assert site.payment_hosts == ("pay.example",)
    shown = anna.get(answer.headers["location"], headers={"Accept-Language": "sv"}).text
    assert "Sparat." in shown
    assert "203.0.113.0/24" in shown
    assert audit.entries(world.control, 1)[0].act == audit.Act.SITE_CHANGED


def test_the_form_as_it_stands_changes_nothing(world: World) -> None:
    """Saving what is shown leaves the site as it was, a demo's few seconds too, and writes nothing into the log."""
    world.site("demo.example", demo=True, publish_seconds=5, k=5)
    for domain in ("shop.example", "demo.example"):
        before = world.control.site(domain)
        page = Page(world.anna().get(f"/site/{domain}/settings").text)
        inputs = [one.attributes for one in page.all("input")]
        fields = {one["name"]: one["value"] for one in inputs if one.get("type") not in {"radio", "checkbox"}}
        boxes = {one["name"]: one.get("value", "on") for one in inputs if "checked" in one}
        lists = {name: "\n".join(getattr(before, name)) for name in ("hosts", "properties")}
        world.anna().post(f"/site/{domain}/settings", data={**fields, **boxes, **lists}, headers=OWN)
        assert world.control.site(domain) == before
    assert all(entry.act != audit.Act.SITE_CHANGED for entry in audit.entries(world.control, 9))


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("k", "4", "k är ett helt tal"),
        ("k", "tio", "k är ett helt tal"),
        ("publish_minutes", "0", "antal minuter"),
        ("publish_minutes", "61", "antal minuter"),
        ("time_zone", "Mars/Olympus", "tidszonen finns inte"),
        ("hosts", "https://shop.example/x", "inget värdnamn"),
        ("excluded_networks", "kontoret", "går inte att läsa"),
        ("page_patterns", "produkt", "börjar med /"),
        ("properties", "1a", "En egenskap"),
        ("payment_hosts", "a b..c", "inget värdnamn"),
        ("optout", "//evil.example", "sökväg på webbplatsen"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_saved(world: World, field: str, value: str, said: str) -> None:
    """Each field that does not fit says how it must be, keeps what was typed, and the site stays as it was."""
    before = world.control.site("shop.example")
    answer = world.anna().post(
        "/site/shop.example/settings", data={**FORM, field: value}, headers={**OWN, "Accept-Language": "sv"}
    )
    assert answer.status_code == 422
    assert said in answer.text
    assert "ett fält behöver rättas" in answer.text
    assert world.control.site("shop.example") == before


def test_a_site_is_added(world: World) -> None:
    """Few visits make k 5, many 10; the next page shows the snippet; doubles and nonsense are said."""
    anna = world.anna()
    for domain, visits, k in (("liten.example", "40", 5), ("stor.example", "900", 10), ("okänd.example", "", 10)):
        form = {"domain": domain, "visits": visits, "zone": "Europe/Stockholm"}
        answer = anna.post("/sites/new", data=form, headers=OWN)
        assert answer.status_code == 303
        assert answer.headers["location"].endswith("/snippet")
        added = world.control.site(domain.encode("idna").decode())
        assert added.k == k
    wrong = (
        {"domain": "shop.example", "zone": "Europe/Stockholm"},
        {"domain": "no domain", "zone": "UTC"},
        {"domain": "a.b", "zone": "x"},
    )
    for form, said in zip(wrong, ("finns redan", "ingen domän", "tidszonen"), strict=True):
        answer = anna.post("/sites/new", data=form, headers={**OWN, "Accept-Language": "sv"})
        assert answer.status_code == 422
        assert said in answer.text


def test_other_tools_names_are_added_and_taken_away(world: World) -> None:
    """A name the tool could not have, or that means another site, is said; the collector knows the rest."""
    anna, names = world.anna(), "/site/shop.example/settings/names"
    world.site("annan.example")
    add_alias(world.control, "annan.example", "matomo", "9")
    wrong = anna.post(f"{names}?lang=en", data={"tool": "matomo", "called": "x"}, headers=OWN)
    assert (wrong.status_code, "That is no name of a site in this tool." in wrong.text) == (422, True)
    taken = anna.post(f"{names}?lang=en", data={"tool": "matomo", "called": "9"}, headers=OWN)
    assert (taken.status_code, "That name means another site already." in taken.text) == (422, True)
    assert anna.post(names, data={"tool": "ga4", "called": " G-ABC1234567 "}, headers=OWN).status_code == 303
    assert aliases(world.control)["ga4", "g-abc1234567"] == "shop.example"
    assert "g-abc1234567" in anna.get("/site/shop.example/settings").text
    gone = anna.post(names, data={"tool": "ga4", "called": "g-abc1234567", "remove": "1"}, headers=OWN)
    assert (gone.status_code, ("ga4", "g-abc1234567") in aliases(world.control)) == (303, False)
    acts = [entry.act for entry in audit.entries(world.control, 2)]
    assert acts == [audit.Act.ALIAS_REMOVED, audit.Act.ALIAS_ADDED]


def test_a_senders_token_is_shown_once(world: World) -> None:
    """The site keeps its digest; no later page shows it; all can be ended."""
    anna, senders = world.anna(), "/site/shop.example/settings/senders"
    shown = Page(anna.post(senders, headers=OWN).text)
    token = next(code.words for code in shown.all("code") if code.words.startswith("X-Trekvart-Token"))
    kept = world.control.site("shop.example").senders
    assert kept == (digest(token.removeprefix("X-Trekvart-Token: ").encode()),)
    assert token.split()[-1] not in anna.get("/site/shop.example/settings").text
    assert anna.post(senders, data={"revoke": "1"}, headers=OWN).status_code == 303
    assert world.control.site("shop.example").senders == ()
    acts = [entry.act for entry in audit.entries(world.control, 2)]
    assert acts == [audit.Act.TOKEN_REVOKED, audit.Act.TOKEN_ADDED]
