"""The screens of accounts, used as people use them: over HTTP, with the forms that the pages have."""

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pyotp
import pytest
from starlette.testclient import TestClient

from collector.settings import Settings
from dashboard import audit, pages
from dashboard.frame import ENROLMENT, Screen
from dashboard.roles import Role
from dashboard.tokens import BURST, Scope
from tests.markup import Element, Page
from tests.running import PASSWORD
from tests.staff import NOW, OWN, World

SHOP, OTHER = "shop.example", "other.example"
PLACES = dict.fromkeys(("name", "share", "schedule", "run", "kind", "panel", "token", "id"), "1") | {
    "domain": "shop.example"
}
NEW = "helt andra ord nu"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Two sites; anna, who is an administrator; bo, an analyst of the shop."""
    made = World.build(tmp_path)
    shop = made.site(SHOP)
    made.site(OTHER)
    made.deps.accounts.add("bo", PASSWORD, NOW, administrator=False, sites={shop.id: Role.ANALYST})
    yield made
    made.close()


def log(world: World) -> list[tuple[str, str, str]]:
    """What was changed; who signed in is tests/app/test_sign_ins.py's."""
    lines = audit.entries(world.control, 99)
    return [(line.who, line.act, line.object) for line in lines if line.act not in audit.PASSING]


def send(browser: TestClient, page: str, action: str, **fields: str) -> "Answer":
    """Fills in the form of a page that goes to `action`, as a person would, and sends it."""
    shown = Page(browser.get(page).text)
    form = next(form for form in shown.all("form") if form["action"].partition("?")[0] == action)
    data = {one["name"]: one.attributes.get("value", "") for one in shown.within(form, "input") if keeps(one)}
    names = {one["name"] for tag in ("input", "select") for one in shown.within(form, tag)}
    assert set(fields) <= names, (fields, names)
    answer = browser.post(form["action"], data=data | fields, headers=OWN)
    return Answer(answer.status_code, answer.headers.get("location", ""), answer.text)


def keeps(field: Element) -> bool:
    return field.attributes.get("type") != "checkbox" or "checked" in field.attributes


class Answer:
    def __init__(self, status: int, location: str, text: str) -> None:
        self.status = status
        self.location = location
        self.text = text

    @property
    def page(self) -> Page:
        return Page(self.text)


def test_from_the_invitation_to_the_figures(world: World) -> None:
    """An administrator invites; the link works once; its owner sees the one site, and all of it is in the log."""
    anna, eva = world.anna(), world.stranger()
    made = send(anna, "/accounts", "/accounts", **{"name": "Eva", "site-1": "viewer"})
    link = made.page.one("code", id="invitation").words
    assert link.startswith("http://stats.example/welcome/")
    path = link.removeprefix("http://stats.example")
    assert "eva" not in path
    token = path.rpartition("/")[2]
    assert token not in "\n".join(world.control._db.iterdump())
    assert send(eva, path, path, password="password1234").status == 400
    assert send(eva, path, path, password=NEW).location == "/login"
    assert eva.get(path).status_code == 404  # used up
    assert eva.post(path, data={"password": "noch einmal ganz andere"}, headers=OWN).status_code == 404
    assert send(eva, "/login", "/login", name="eva", password=NEW).status == 303
    assert eva.get(f"/site/{SHOP}").status_code == 200
    assert eva.get(f"/site/{OTHER}").status_code == 404
    assert log(world)[0] == ("anna", "account-added", f"eva: {SHOP} viewer")


def test_an_invitation_ends(tmp_path: Path) -> None:
    """After three days, and when another one is made."""
    world = World.build(tmp_path)
    accounts = world.deps.accounts
    _, token = accounts.invite("eva", NOW)
    assert accounts.invited(token, NOW + 3 * 86_400_000 - 1) is not None
    assert accounts.accept(token, NEW, NOW + 3 * 86_400_000) is None
    other = accounts.link("eva", NOW)
    assert accounts.invited(token, NOW) is None
    assert accounts.accept(other, NEW, NOW) is not None
    world.close()


@pytest.mark.parametrize("password", ["", "x", NEW, PASSWORD])
def test_who_has_not_chosen_a_password_cannot_sign_in(world: World, password: str) -> None:
    """An invited account has no password, not even an empty one."""
    world.deps.accounts.invite("eva", NOW)
    data = {"name": "eva", "password": password}
    assert world.stranger().post("/login", data=data, headers=OWN).status_code == 401


def test_roles_change_on_the_screen(world: World) -> None:
    """The form shows what is, a change takes hold at once, and is in the log."""
    anna, bo = world.anna(), world.anna(name="bo")
    page = Page(anna.get("/accounts/bo").text)
    assert [one["value"] for one in page.all("option") if "selected" in one.attributes] == ["analyst"]
    answer = send(anna, "/accounts/bo", "/accounts/bo/access", **{"site-1": "", "site-2": "viewer"})
    assert answer.location == "/accounts/bo?done=access"
    assert bo.get(f"/site/{SHOP}").status_code == 303  # the session has ended
    again = world.anna(name="bo")
    assert (again.get(f"/site/{SHOP}").status_code, again.get(f"/site/{OTHER}").status_code) == (404, 200)
    assert log(world)[0] == ("anna", "role-changed", f"bo: {OTHER} viewer")


def test_the_only_administrator_stays(world: World) -> None:
    """Neither removed nor made less, and the page says why."""
    anna = world.anna()
    for action in ("remove", "access"):
        answer = anna.post(f"/accounts/anna/{action}?lang=en", data={}, headers=OWN)
        assert answer.status_code == 400
        assert "the only administrator" in Page(answer.text).one("p", class_="notice").words
    assert anna.get("/accounts").status_code == 200


def test_an_account_is_removed(world: World) -> None:
    """It is out at once, and what it did stays in the log."""
    bo = world.anna(name="bo")
    answer = send(world.anna(), "/accounts/bo", "/accounts/bo/remove")
    assert answer.location == "/accounts"
    assert bo.get(f"/site/{SHOP}").status_code == 303
    assert log(world)[0] == ("anna", "account-removed", "bo")


def test_a_password_is_changed_by_oneself(world: World) -> None:
    """With the present one; other browsers are out, this one goes on under a new token."""
    bo, elsewhere = world.anna(name="bo"), world.anna(name="bo")
    before = bo.cookies["trekvart"]
    assert send(bo, "/account", "/account/password", password="not the password", new=NEW).status == 400
    assert send(bo, "/account", "/account/password", password=PASSWORD, new="kort").status == 400
    assert elsewhere.get("/account").status_code == 200
    assert send(bo, "/account", "/account/password", password=PASSWORD, new=NEW).location == "/account?done=password"
    assert bo.cookies["trekvart"] != before
    assert bo.get("/account").status_code == 200
    assert elsewhere.get("/account").status_code == 303
    assert log(world) == [("bo", "password-changed", "bo")]


def test_an_open_browser_cannot_try_passwords_out(world: World) -> None:
    """Asking for the present password is throttled as a login is."""
    bo = world.anna(name="bo")
    data = {"password": "wrong wrong wrong", "new": NEW}
    answers = [bo.post("/account/password", data=data, headers=OWN).status_code for _ in range(6)]
    assert answers == [400] * 5 + [429]


def test_sessions_are_listed_and_revocable(world: World) -> None:
    """Each of one's own sessions is there, without its token; another's cannot be ended."""
    here, elsewhere, anna = world.anna(name="bo"), world.anna(name="bo"), world.anna()
    page = Page(here.get("/account").text)
    ids = [one["value"] for one in page.all("input", type="hidden", name="id")]
    assert len(ids) == 1  # this browser's own has no button
    assert all(browser.cookies["trekvart"] not in here.get("/account").text for browser in (here, elsewhere, anna))
    anna.post("/account/sessions/end", data={"id": ids[0]}, headers=OWN)
    assert elsewhere.get("/account").status_code == 200
    here.post("/account/sessions/end", data={"id": ids[0]}, headers=OWN)
    assert elsewhere.get("/account").status_code == 303
    assert here.get("/account").status_code == 200
    send(anna, "/accounts/bo", "/accounts/bo/sessions/end")
    assert here.get("/account").status_code == 303


def test_a_second_factor_from_the_picture_to_the_login(world: World) -> None:
    """Set up, confirmed, asked for at the login, and taken away again: only with the password."""
    bo = world.anna(name="bo")
    assert send(bo, "/account", "/account/second-factor", password="not the password").status == 400
    assert send(bo, "/account", "/account/second-factor", password=PASSWORD).location == "/account/second-factor"
    shown = Page(bo.get("/account/second-factor").text)
    shown.check_inert()
    clock = pyotp.TOTP(shown.all("code")[0].words.replace(" ", ""))
    assert send(bo, "/account/second-factor", "/account/second-factor/confirm", code="000000").status == 400
    code = clock.at(NOW // 1000)
    codes = send(bo, "/account/second-factor", "/account/second-factor/confirm", code=code).page.one("code").words
    browser = world.stranger()
    first = send(browser, f"/login?next=/site/{SHOP}", "/login", name="bo", password=PASSWORD)
    assert first.location.startswith("/login/code?next=")
    assert browser.get(f"/site/{SHOP}").status_code == 303  # half a login opens nothing
    half = browser.cookies["trekvart"]
    assert send(browser, first.location, "/login/code", code=code).status == 401  # used to set it up
    answer = send(browser, first.location, "/login/code", code=codes.split()[0])
    assert answer.location == f"/site/{SHOP}"
    assert browser.cookies["trekvart"] != half  # the token is another after the login
    gone = "/account/second-factor/remove"
    assert send(browser, "/account", gone, password=PASSWORD).status == 400  # a code too, as at the login
    assert send(browser, "/account", gone, password=PASSWORD, code=codes.split()[0]).status == 400  # used before
    assert send(browser, "/account", gone, password="not the password", code=codes.split()[1]).status == 400
    assert world.deps.accounts.second_factor.on(world.deps.accounts.account("bo").id)
    assert send(browser, "/account", gone, password=PASSWORD, code=codes.split()[1]).status == 303
    assert world.anna(name="bo").get("/account").status_code == 200
    acts = [act for _, act, _ in log(world)]
    assert acts == ["second-factor-off", "second-factor-on"]


def test_a_new_password_by_link_still_asks_for_the_code(world: World) -> None:
    """Whoever gets hold of a link for a forgotten password is not in without the second factor."""
    bo = world.deps.accounts.account("bo")
    clock = pyotp.TOTP(world.deps.accounts.second_factor.begin(bo))
    world.deps.accounts.second_factor.confirm(bo.id, clock.at(NOW // 1000), NOW)
    token = world.deps.accounts.link("bo", NOW)
    browser = world.stranger()
    assert send(browser, f"/welcome/{token}", f"/welcome/{token}", password=NEW).location == "/login"
    assert browser.get("/account").status_code == 303
    assert send(browser, "/login", "/login", name="bo", password=NEW).location.startswith("/login/code")
    assert browser.get("/account").status_code == 303


def test_another_second_factor_ends_all_other_sessions(world: World) -> None:
    """Switched on or taken away, whoever else is signed in as this account is out; this browser goes on."""
    bo, thief = world.anna(name="bo"), world.anna(name="bo")
    send(bo, "/account", "/account/second-factor", password=PASSWORD)
    letters = Page(bo.get("/account/second-factor").text).all("code")[0].words.replace(" ", "")
    assert thief.get("/account").status_code == 200
    on = "/account/second-factor/confirm"
    codes = send(bo, "/account/second-factor", on, code=pyotp.TOTP(letters).at(NOW // 1000)).page.one("code").words
    assert (bo.get("/account").status_code, thief.get("/account").status_code) == (200, 303)
    first, second = codes.split()[:2]
    send(thief, "/login", "/login", name="bo", password=PASSWORD)
    send(thief, "/login/code", "/login/code", code=first)
    assert thief.get("/account").status_code == 200
    send(bo, "/account", "/account/second-factor/remove", password=PASSWORD, code=second)
    assert (bo.get("/account").status_code, thief.get("/account").status_code) == (200, 303)


def test_a_lost_second_factor_is_an_administrator_s_to_take_away(world: World) -> None:
    """It ends the sessions, and is in the log."""
    bo = world.deps.accounts.account("bo")
    clock = pyotp.TOTP(world.deps.accounts.second_factor.begin(bo))
    world.deps.accounts.second_factor.confirm(bo.id, clock.at(NOW // 1000), NOW)
    send(world.anna(), "/accounts/bo", "/accounts/bo/second-factor/remove")
    assert world.anna(name="bo").get("/account").status_code == 200
    assert log(world)[0] == ("anna", "second-factor-off", "bo")


@pytest.mark.parametrize(
    ("required", "led"),
    [("nobody", ()), ("administrators", ("anna", "eva")), ("everybody", ("anna", "bo", "eva"))],
)
def test_a_required_second_factor_comes_before_everything(tmp_path: Path, required: str, led: tuple[str, ...]) -> None:
    """Who must have one and has none sees only where it is set up, on every screen; with the first code all is open.

    Administrators are those of the server and those of a site. The API tells the session why.
    """
    world = World.build(tmp_path, settings=Settings(require_second_factor=required))  # type: ignore[arg-type]
    shop = world.site(SHOP)
    for name, role in (("bo", Role.ANALYST), ("eva", Role.ADMINISTRATOR)):
        world.deps.accounts.add(name, PASSWORD, NOW, administrator=False, sites={shop.id: role})
    for name in ("anna", "bo", "eva"):
        browser = world.anna(name=name)
        for screen in guarded_screens():
            if name in led:
                asked = browser.request(screen.method, screen.path.format(**PLACES), headers=OWN)
                assert (asked.status_code, asked.headers.get("location")) == (303, "/account"), screen
        assert browser.get(f"/api/sites/{SHOP}/overview").status_code == (403 if name in led else 200)
        assert (browser.get(f"/site/{SHOP}").status_code == 200) == (name not in led)
        assert ("requires a second factor" in browser.get("/account?lang=en").text) == (name in led)
        if name in led:
            send(browser, "/account", "/account/second-factor", password=PASSWORD)
            letters = Page(browser.get("/account/second-factor").text).all("code")[0].words.replace(" ", "")
            code = pyotp.TOTP(letters).at(NOW // 1000)
            assert send(browser, "/account/second-factor", "/account/second-factor/confirm", code=code).status == 200
            assert browser.get(f"/site/{SHOP}").status_code == 200
    world.close()


def guarded_screens() -> list[Screen]:
    """All screens for people that ask for a session, but those where a second factor is set up."""
    screens = [screen for screen in pages.SCREENS if not screen.open and not screen.path.startswith("/api/")]
    return [screen for screen in screens if screen.name not in ENROLMENT]


def key_of(token: str) -> int:
    """The number under which a token's requests are counted."""
    return int.from_bytes(sha256(token.encode()).digest()[:8])


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def test_a_token_from_the_screen_to_the_figures(world: World) -> None:
    """Made and shown once, good for its site and nothing else, and no more when it is revoked."""
    bo, program = world.anna(name="bo"), world.stranger()
    fields = {"name": "report", "site": SHOP, "scope": "stats", "days": "30"}
    token = send(bo, "/account", "/account/tokens", **fields).page.one("code", id="made-token").words
    assert token not in bo.get("/account").text
    assert program.get(f"/api/sites/{SHOP}/overview", headers=bearer(token)).status_code == 200
    assert program.get(f"/api/sites/{OTHER}/overview", headers=bearer(token)).status_code == 404
    for path in ("/", f"/site/{SHOP}", "/account", "/accounts"):  # screens are for people
        assert program.get(path, headers=bearer(token)).headers["location"].startswith("/login")
    page = Page(bo.get("/account").text)
    number = next(one["value"] for one in page.all("input", name="id") if one["value"].isdecimal())
    bo.post("/account/tokens/end", data={"id": number}, headers=OWN)
    answer = program.get(f"/api/sites/{SHOP}/overview", headers=bearer(token))
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert [act for _, act, _ in log(world)] == ["token-revoked", "token-added"]


def test_nobody_ends_another_s_token_but_an_administrator(world: World) -> None:
    """An analyst cannot; an administrator of the server can."""
    world.deps.accounts.tokens.add(world.deps.accounts.account("anna"), 1, "x", Scope.STATS, now=NOW)
    number = str(world.deps.accounts.tokens.all()[0].id)
    world.anna(name="bo").post("/account/tokens/end", data={"id": number}, headers=OWN)
    assert len(world.deps.accounts.tokens.all()) == 1
    world.anna().post("/account/tokens/end", data={"id": number}, headers=OWN)
    assert world.deps.accounts.tokens.all() == []


def test_programs_wait_when_they_ask_too_often(world: World) -> None:
    """More than the burst is told to wait, in JSON; wrong tokens even sooner; other tokens go on."""
    anna = world.deps.accounts.account("anna")
    one, two = (world.deps.accounts.tokens.add(anna, 1, "x", Scope.STATS, now=NOW) for _ in range(2))
    for _ in range(BURST):
        world.deps.accounts.tokens.rate.take(key_of(one), NOW)
    program = world.stranger()
    answer = program.get(f"/api/sites/{SHOP}/drops", headers=bearer(one))
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) > 0
    assert answer.json()["error"].startswith("Too many")
    assert program.get(f"/api/sites/{SHOP}/drops", headers=bearer(two)).status_code == 200
    statuses = [program.get(f"/api/sites/{SHOP}/drops", headers=bearer("trk_no")).status_code for _ in range(41)]
    assert statuses == [401] * 40 + [429]


def test_the_log_on_the_screen(world: World) -> None:
    """Newest first, a hundred a page, hostile names as text, and no address anywhere."""
    anna = world.anna()
    for number in range(101):
        audit.note(world.control, "anna", audit.Act.SITE_CHANGED, f"<b>{number}</b>.example", NOW)
    page = Page(anna.get("/audit?lang=en").text)
    page.check_inert()
    rows = page.within(page.one("table"), "bdi")
    assert rows[1].words == "<b>100</b>.example"
    older = page.one("a", rel="next")["href"]
    assert [one.words for one in Page(anna.get(older).text).all("bdi")] == [
        *("anna", "<b>0</b>.example"),
        *("anna", ""),  # signed in
    ]
    for before in ("x", "-1", "9" * 30, "٣"):
        assert anna.get("/audit", params={"before": before}).status_code == 200
