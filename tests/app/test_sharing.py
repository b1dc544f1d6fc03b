"""Links to a site's figures: what a guest sees, and that there is nothing else."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from dashboard.audit import NOBODY, Act, entries
from tests import shop
from tests.markup import Page
from tests.staff import OWN, TODAY, World

SITE, OTHER = "shop.example", "neighbour.example"
SHOWN = "/kategori/barnklader"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Two sites with figures, of which one is shared."""
    made = World.build(tmp_path_factory.mktemp("shares"))
    for domain in (SITE, OTHER):
        shop.fill(made.store, made.site(domain), TODAY, days=9, hours_today=14)
    yield made
    made.close()


def make(world: World, **form: str) -> str:
    """Makes a link as an administrator does; the path of it."""
    text = world.anna().post(f"/site/{SITE}/sharing", data=form, headers=OWN).text
    found = re.search(r"http://stats\.example(/shared/[\w-]{43}/)", text)
    assert found, text
    return found[1]


def links(client: TestClient, path: str) -> list[str]:
    """Where the page at a path leads, but for other hosts."""
    page = Page(client.get(path).text)
    return [a["href"] for a in page.all("a") if not a["href"].startswith(("#", "?"))]


def test_a_guest_sees_the_figures_and_every_link_leads_somewhere(world: World) -> None:
    """A link shows what a viewer sees, in either language; each of its own addresses stays below it and is there."""
    link, guest = make(world, name="byrån"), world.stranger()
    first = guest.get(link)
    assert first.status_code == 303
    overview = guest.get(first.headers["location"])
    assert overview.status_code == 200
    assert "set-cookie" not in overview.headers
    assert SHOWN in overview.text
    seen = set()
    for href in links(guest, first.headers["location"]):
        assert href.startswith(link.rstrip("/")), href
        if href not in seen:
            seen.add(href)
            assert guest.get(href).status_code in {200, 303}, href
    assert len(seen) > 5


@pytest.mark.parametrize(
    "path",
    ["login", "logout", "audit", f"site/{OTHER}", f"site/{SITE}/settings", f"site/{SITE}/sharing",
     f"site/{SITE}/snippet", f"api/sites/{SITE}/overview", "t", "t.js", "health", "sites/new",
     "accounts", "shared/x", "../audit"],
)  # fmt: skip
@pytest.mark.parametrize("session", [False, True], ids=["stranger", "signed in"])
def test_nothing_else_is_below_a_link(world: World, path: str, *, session: bool) -> None:
    """No screen that is not shared, no other site, no collector, not even with an administrator's cookie."""
    client = world.anna() if session else world.stranger()
    for method in ("GET", "POST"):
        answer = client.request(method, make(world) + path, headers=OWN)
        assert answer.status_code in {403, 404, 405}, (method, answer.text)
        assert OTHER not in answer.text


def test_a_password_is_asked_for_on_every_page(world: World) -> None:
    """Without it no page shows anything; a wrong one is refused and, after some, has to wait; the right one opens."""
    link, guest = make(world, password="sommar-och-sol"), world.stranger()
    for path in (link, f"{link}site/{SITE}", f"{link}site/{SITE}/panel/pages"):
        answer = guest.get(path)
        assert answer.status_code == 401
        assert SHOWN not in answer.text
    assert guest.post(f"{link}unlock", data={"password": "fel"}, headers=OWN).status_code == 401
    opened = guest.post(f"{link}unlock", data={"password": "sommar-och-sol"}, headers=OWN)
    assert opened.status_code == 303
    cookie = opened.headers["set-cookie"]
    assert f"Path={link}" in cookie
    assert {"HttpOnly", "SameSite=strict"} <= set(cookie.split("; "))
    assert guest.get(f"{link}site/{SITE}").status_code == 200
    other = world.stranger()
    codes = {other.post(f"{link}unlock", data={"password": "fel"}, headers=OWN).status_code for _ in range(8)}
    assert codes == {401, 429}
    noted = entries(world.control, 1)[0]
    assert (noted.who, noted.act, noted.object) == (NOBODY, Act.LINK_PASSWORD_WRONG, SITE)
    assert 2 <= noted.times < 9  # a try that has to wait is none
    assert world.stranger().get(f"{link}site/{SITE}", headers={"Cookie": cookie.split(";")[0] + "x"}).status_code == 401


def test_a_revoked_link_says_so(world: World) -> None:
    """Once revoked, and for any made-up token, the address shows a page that says what to do, and nothing else."""
    link = make(world, name="kort")
    page = Page(world.anna().get(f"/site/{SITE}/sharing").text)
    last = [form["action"] for form in page.all("form") if "revoke" in form.attributes.get("action", "")][-1]
    assert world.stranger().get(f"{link}site/{SITE}").status_code == 200
    assert world.anna().post(last, headers=OWN).status_code == 303
    for address in (f"{link}site/{SITE}", link, "/shared/made-up/", "/public/nobody.example/"):
        answer = world.stranger().get(address, headers={"Accept-Language": "sv"})
        assert answer.status_code == 404
        assert "ny länk" in answer.text
        sheet = Page(answer.text).one("link", rel="stylesheet")["href"]
        assert world.stranger().get(sheet).status_code == 200
    assert world.anna().post(last, headers=OWN).status_code == 404
    for number in ("9" * 30, "9" * 5000, "-1", "\N{SUPERSCRIPT TWO}"):
        assert world.anna().post(f"/site/{SITE}/sharing/{number}/revoke", headers=OWN).status_code == 404, number


def test_a_public_page_is_on_or_off(world: World) -> None:
    """Off at first; on, anyone sees the site at an address that can be guessed; off again, nobody."""
    guest, anna, address = world.stranger(), world.anna(), f"/public/{OTHER}/site/{OTHER}"
    assert guest.get(address).status_code == 404
    anna.post(f"/site/{OTHER}/sharing", data={"kind": "public"}, headers=OWN)
    assert guest.get(address).status_code == 200
    assert guest.get(f"/public/{OTHER}/site/{SITE}").status_code == 404
    page = Page(anna.get(f"/site/{OTHER}/sharing").text)
    action = next(form["action"] for form in page.all("form") if "revoke" in form.attributes.get("action", ""))
    anna.post(action, headers=OWN)
    assert guest.get(address).status_code == 404


def test_only_links_may_be_framed(world: World) -> None:
    """A shop's page may show a link in a frame; the staff's own screens nowhere. No search engine lists a link."""
    guest = world.stranger()
    shown = guest.get(f"{make(world)}site/{SITE}")
    assert "frame-ancestors *" in shown.headers["content-security-policy"]
    assert "x-frame-options" not in shown.headers
    assert shown.headers["x-robots-tag"] == "noindex, nofollow"
    own = world.anna().get(f"/site/{SITE}")
    assert "frame-ancestors 'none'" in own.headers["content-security-policy"]
    assert own.headers["x-frame-options"] == "DENY"


def test_the_token_is_kept_nowhere(world: World) -> None:
    """The control database holds neither the link's token nor its password, and the page shows the link only once."""
    link = make(world, name="hemlig", password="sommar-och-sol")
    token = link.split("/")[2]
    assert token not in world.anna().get(f"/site/{SITE}/sharing").text
    files = list(Path(str(world.control._path)).parent.glob("control.db*"))
    assert files
    assert not any(token.encode() in file.read_bytes() or b"sommar-och-sol" in file.read_bytes() for file in files)


def test_a_short_password_makes_no_link(world: World) -> None:
    """It is said, and nothing is made."""
    before = len(world.deps.shares.of(world.control.site(SITE)))
    answer = world.anna().post(
        f"/site/{SITE}/sharing", data={"password": "kort"}, headers={**OWN, "Accept-Language": "sv"}
    )
    assert "8 till 200 tecken" in answer.text
    assert len(world.deps.shares.of(world.control.site(SITE))) == before
