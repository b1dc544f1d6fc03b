"""Tokens for the API: for one site, one scope and a while, and never more than their owner may."""

from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

from collector.control import Control
from collector.errors import AccountError
from collector.site import Site
from dashboard.accounts import Accounts
from dashboard.roles import Account, Role
from dashboard.tokens import DAY, MOST, PREFIX, Scope

NOW = 1_795_392_000_000  # 2026-11-23
PASSWORD = "tre fjärdedelar"


@pytest.fixture
def control(tmp_path: Path) -> Iterator[Control]:
    with closing(Control.open(tmp_path / "control.db")) as opened:
        for domain in ("a.example", "b.example"):
            opened.add_site(Site(domain=domain), NOW)
        yield opened


@pytest.fixture
def accounts(control: Control) -> Accounts:
    made = Accounts(control)
    made.add("anna", PASSWORD, NOW)
    made.add("bo", PASSWORD, NOW, administrator=False, sites={1: Role.ANALYST, 2: Role.VIEWER})
    return made


def made(accounts: Accounts, scope: Scope = Scope.STATS, days: int = 30, name: str = "bo") -> str:
    return accounts.tokens.add(accounts.account(name), 1, "report", scope, now=NOW, days=days)


@pytest.mark.parametrize(("scope", "role"), [(Scope.STATS, Role.VIEWER), (Scope.EXPORT, Role.ANALYST)])
@pytest.mark.parametrize("owner", ["anna", "bo"])
def test_a_token_acts_at_its_site_within_its_scope(accounts: Accounts, owner: str, scope: Scope, role: Role) -> None:
    """Whoever made it, it is at one site what its scope says, and an administrator nowhere."""
    account = accounts.tokens.account(made(accounts, scope, name=owner), NOW)
    assert account is not None
    assert account.sites == {1: role}
    assert not account.administrator
    assert account.role(2) is None
    assert not account.may(Role.ADMINISTRATOR, 1)
    assert not account.may(Role.ADMINISTRATOR)


def test_a_token_is_kept_as_a_hash(accounts: Accounts, control: Control) -> None:
    """What the database holds cannot be sent; every token is another."""
    tokens = {made(accounts) for _ in range(5)}
    assert len(tokens) == 5
    dump = "\n".join(control._db.iterdump())
    assert not any(token in dump or token.removeprefix(PREFIX) in dump for token in tokens)


def test_a_token_ends(accounts: Accounts) -> None:
    """At its time, when it is revoked, and with its owner's account or role."""
    token = made(accounts, days=30)
    assert accounts.tokens.account(token, NOW + 30 * DAY - 1) is not None
    assert accounts.tokens.account(token, NOW + 30 * DAY) is None
    accounts.set_access("bo", administrator=False, sites={1: Role.VIEWER})
    assert accounts.tokens.account(token, NOW) is None  # a viewer has no tokens
    accounts.set_access("bo", administrator=False, sites={1: Role.ADMINISTRATOR})
    assert accounts.tokens.account(token, NOW) is not None
    ended = accounts.tokens.revoke(accounts.tokens.all()[0].id)
    assert ended is not None
    assert ended.site == "a.example"
    assert accounts.tokens.account(token, NOW) is None
    assert accounts.tokens.revoke(999) is None
    token = made(accounts)
    accounts.remove("bo")
    assert accounts.tokens.account(token, NOW) is None
    assert accounts.tokens.all() == []


def test_last_use_is_known_to_the_day(accounts: Accounts, control: Control) -> None:
    """No finer: the database does not change with a second use on the same day."""
    token = made(accounts)
    assert accounts.tokens.all()[0].used is None
    accounts.tokens.account(token, NOW + 3_600_000)
    assert accounts.tokens.all()[0].used == date(2026, 11, 23)
    changes = control._db.total_changes
    accounts.tokens.account(token, NOW + 7_200_000)
    assert control._db.total_changes == changes
    accounts.tokens.account(token, NOW + DAY)
    assert accounts.tokens.all()[0].used == date(2026, 11, 24)


@pytest.mark.parametrize(
    ("site", "name", "days", "problem"),
    [
        (2, "x", 30, "token_role"),
        (9, "x", 30, "token_role"),
        (1, " ", 30, "token_name"),
        (1, "x" * 61, 30, "token_name"),
        (1, "x\x1b[31m", 30, "token_name"),
        (1, "x", 0, "token_days"),
        (1, "x", 366, "token_days"),
    ],
)
def test_a_token_that_cannot_be(accounts: Accounts, site: int, name: str, days: int, problem: str) -> None:
    """Viewers make none, nobody makes one for ever, and each has a name that can be printed."""
    with pytest.raises(AccountError) as raised:
        accounts.tokens.add(accounts.account("bo"), site, name, Scope.STATS, now=NOW, days=days)
    assert raised.value.problem == problem
    assert accounts.tokens.all() == []


def test_an_account_has_not_endless_tokens(accounts: Accounts) -> None:
    """The hundred and first is refused."""
    for _ in range(MOST):
        made(accounts)
    with pytest.raises(AccountError, match="at most"):
        made(accounts)
    made(accounts, name="anna")


@pytest.mark.parametrize("token", ["", PREFIX, PREFIX + "x", "x" * 5000, "\ud800", PREFIX + "\x00"])
def test_a_made_up_token_is_nobody(accounts: Accounts, token: str) -> None:
    """Whatever is sent, it is nobody's."""
    assert accounts.tokens.account(token, NOW) is None


def test_a_token_s_account_is_told_apart_from_its_owner(accounts: Accounts) -> None:
    """It has the owner's name for the log, and no more of the owner's roles than its own."""
    account = accounts.tokens.account(made(accounts, name="anna"), NOW)
    owner = accounts.account("anna")
    assert isinstance(account, Account)
    assert (account.name, account.id) == (owner.name, owner.id)
    assert account != owner
