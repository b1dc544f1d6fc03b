"""Who signed in, who failed to, and what was refused to whom: in the audit log, for 90 days, without an address."""

from collections.abc import Iterator
from pathlib import Path

import pyotp
import pytest
from starlette.testclient import TestClient

from dashboard import audit
from dashboard.accounts import Session
from dashboard.audit import Act
from dashboard.roles import Role
from tests.markup import Page
from tests.running import PASSWORD
from tests.staff import NOW, OWN, World

SHOP, OTHER = "shop.example", "other.example"
HOUR, DAY = 3_600_000, 86_400_000
SECRET = "mitt-verkliga-losenord"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Two sites; anna, who is an administrator; bo, who sees the one."""
    made = World.build(tmp_path)
    shop = made.site(SHOP)
    made.site(OTHER)
    made.deps.accounts.add("bo", PASSWORD, NOW, administrator=False, sites={shop.id: Role.VIEWER})
    yield made
    made.close()


def lines(world: World) -> list[tuple[str, str, str, int]]:
    """Oldest first."""
    return [(line.who, line.act, line.object, line.times) for line in reversed(audit.entries(world.control, 99))]


def sign_in(browser: TestClient, name: str, password: str) -> int:
    return browser.post("/login", data={"name": name, "password": password}, headers=OWN).status_code


def test_who_signed_in_and_who_failed_to(world: World) -> None:
    """Sign-ins one by one, failures by the hour, of an unknown name not even the name: it may be a password."""
    browser = world.stranger()
    assert [sign_in(browser, "bo", "fel") for _ in range(3)] == [401] * 3
    assert [sign_in(browser, SECRET, PASSWORD) for _ in range(2)] == [401] * 2
    assert sign_in(browser, "bo", PASSWORD) == sign_in(browser, "bo", PASSWORD) == 303
    program = world.stranger()
    program.get(f"/api/sites/{SHOP}/drops", headers={"Authorization": "Bearer trk_none"})
    assert lines(world) == [
        ("bo", Act.PASSWORD_WRONG, "-", 3),
        (audit.NOBODY, Act.PASSWORD_WRONG, "-", 2),
        ("bo", Act.SIGNED_IN, "-", 1),
        ("bo", Act.SIGNED_IN, "-", 1),
        (audit.NOBODY, Act.TOKEN_WRONG, "-", 1),
    ]
    assert SECRET not in "\n".join(world.control._db.iterdump())
    page = Page(world.anna().get("/audit?lang=sv").text)
    told = [cell.words for cell in page.within(page.one("table"), "td")]
    assert "Fel lösenord, 3 gånger inom en timme" in told
    assert "(ingen inloggad)" in told


def test_a_wrong_code_is_noted(world: World) -> None:
    """With a right password and a wrong code nobody is signed in, and the log says which of the two was wrong."""
    accounts = world.deps.accounts
    bo = accounts.account("bo")
    secret = accounts.second_factor.begin(bo)
    accounts.second_factor.confirm(bo.id, pyotp.TOTP(secret).at(NOW // 1000), NOW)
    browser = world.stranger()
    assert sign_in(browser, "bo", PASSWORD) == 303
    assert browser.post("/login/code", data={"code": "000000"}, headers=OWN).status_code == 401
    assert lines(world) == [("bo", Act.CODE_WRONG, "-", 1)]


def test_what_is_refused_is_noted(world: World) -> None:
    """A viewer's tries at another site, at settings and at the accounts; a slip of the pen is nobody's business."""
    bo = world.anna(name="bo")
    assert [bo.get(f"/site/{OTHER}").status_code for _ in range(3)] == [404] * 3
    assert bo.get(f"/site/{SHOP}/settings").status_code == 403
    assert bo.get("/accounts").status_code == 403
    assert bo.get(f"/api/sites/{OTHER}/drops").status_code == 404
    assert bo.get("/site/losenord.example").status_code == 404
    assert bo.get(f"/site/{SHOP}").status_code == 200
    assert lines(world)[1:] == [
        ("bo", Act.REFUSED, f"{OTHER}: overview", 3),
        ("bo", Act.REFUSED, f"{SHOP}: site_settings", 1),
        ("bo", Act.REFUSED, "staff", 1),
        ("bo", Act.REFUSED, f"{OTHER}: api-drops", 1),
    ]


def test_a_guesser_cannot_fill_the_log(world: World) -> None:
    """A thousand tries within an hour are one line; the next hour's are another."""
    for number in range(1000):
        audit.tally(world.control, audit.NOBODY, Act.PASSWORD_WRONG, "-", NOW + number)
    audit.tally(world.control, audit.NOBODY, Act.PASSWORD_WRONG, "-", NOW + HOUR + 1)
    assert [times for *_, times in lines(world)] == [1000, 1]


def test_sign_ins_go_after_ninety_days(world: World) -> None:
    """When they do, what was changed stays for its two years."""
    accounts = world.deps.accounts
    assert isinstance(accounts.login("bo", PASSWORD, 1, NOW), Session)
    audit.tally(world.control, "bo", Act.REFUSED, "accounts", NOW)
    audit.note(world.control, "anna", Act.SITE_CHANGED, SHOP, NOW)
    assert isinstance(accounts.login("bo", PASSWORD, 1, NOW + 90 * DAY), Session)
    assert len(lines(world)) == 4
    assert isinstance(accounts.login("bo", PASSWORD, 1, NOW + 90 * DAY + 1), Session)
    assert [act for _, act, *_ in lines(world)] == [Act.SITE_CHANGED, Act.SIGNED_IN, Act.SIGNED_IN]


def test_a_full_disk_changes_no_refusal(world: World) -> None:
    """Where the log cannot be written a wrong password is wrong all the same, and no error of ours."""
    world.control._db.execute("pragma query_only = on")  # every write fails, as on a disk that is full
    assert sign_in(world.stranger(), "bo", "fel") == 401
