"""The second factor: codes of a clock, each once, and recovery codes."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pyotp
import pytest

from collector.control import Control
from collector.errors import AccountError
from dashboard.accounts import CODE_TIME, Accounts, Half, Refused, Session
from dashboard.second_factor import CODES, picture

NOW = 1_795_392_000_000
PASSWORD = "tre fjärdedelar"
HERE = 1


@pytest.fixture
def control(tmp_path: Path) -> Iterator[Control]:
    with closing(Control.open(tmp_path / "control.db")) as opened:
        yield opened


@pytest.fixture
def accounts(control: Control) -> Accounts:
    made = Accounts(control)
    made.add("anna", PASSWORD, NOW)
    return made


def switched_on(accounts: Accounts) -> tuple[pyotp.TOTP, list[str]]:
    anna = accounts.account("anna")
    clock = pyotp.TOTP(accounts.second_factor.begin(anna))
    codes = accounts.second_factor.confirm(anna.id, clock.at(NOW // 1000), NOW)
    assert codes is not None
    return clock, codes


def half(accounts: Accounts, now: int) -> str:
    answer = accounts.login("anna", PASSWORD, HERE, now)
    assert isinstance(answer, Half)
    return answer.token


def test_it_counts_only_when_its_first_code_was_right(accounts: Accounts) -> None:
    """Whoever leaves before the first code, or mistypes it, is not locked out."""
    anna = accounts.account("anna")
    secret = accounts.second_factor.begin(anna)
    assert accounts.second_factor.confirm(anna.id, "000000", NOW) is None
    assert isinstance(accounts.login("anna", PASSWORD, HERE, NOW), Session)
    assert accounts.second_factor.confirm(anna.id, pyotp.TOTP(secret).at(NOW // 1000), NOW) is not None
    assert isinstance(accounts.login("anna", PASSWORD, HERE, NOW), Half)
    with pytest.raises(AccountError):
        accounts.second_factor.begin(anna)


def test_half_a_login_is_no_session(accounts: Accounts) -> None:
    """The password alone opens nothing."""
    switched_on(accounts)
    assert accounts.session(half(accounts, NOW), NOW) is None


def test_a_replayed_code_is_refused(accounts: Accounts) -> None:
    """A code that was used, and every older one, is worth nothing: not in another login, not twice at once."""
    clock, _ = switched_on(accounts)
    later = NOW + 60_000
    code = clock.at(later // 1000)
    assert isinstance(accounts.login_code(half(accounts, later), code, HERE, later), Session)
    assert accounts.login_code(half(accounts, later), code, HERE, later) == Refused("code")
    before = clock.at(later // 1000 - 30)
    assert accounts.login_code(half(accounts, later), before, HERE, later) == Refused("code")
    assert accounts.login_code(half(accounts, NOW), clock.at(NOW // 1000), HERE, NOW) == Refused(
        "code"
    )  # the first one


@pytest.mark.parametrize(("seconds", "right"), [(-60, False), (-30, True), (0, True), (30, True), (60, False)])
def test_a_clock_that_is_half_a_minute_wrong(accounts: Accounts, seconds: int, right: bool) -> None:
    """One code before and one after are taken, no more."""
    clock, _ = switched_on(accounts)
    later = NOW + 600_000
    answer = accounts.login_code(half(accounts, later), clock.at(later // 1000 + seconds), HERE, later)
    assert isinstance(answer, Session) is right


def test_recovery_codes_are_used_up_and_kept_as_hashes(accounts: Accounts, control: Control) -> None:
    """Each lets in once, in whatever spelling; the database does not hold it."""
    _, codes = switched_on(accounts)
    assert len(set(codes)) == CODES
    assert isinstance(accounts.login_code(half(accounts, NOW), codes[0].upper().replace("-", " "), HERE, NOW), Session)
    assert accounts.login_code(half(accounts, NOW), codes[0], HERE, NOW) == Refused("code")
    anna = accounts.account("anna").id
    assert accounts.second_factor.left(anna) == CODES - 1
    dump = "\n".join(control._db.iterdump())
    assert not any(code in dump or code.replace("-", "") in dump for code in codes)


def test_half_a_login_ends(accounts: Accounts) -> None:
    """After five minutes, after it was used, and when the password is changed meanwhile, the login begins anew."""
    clock, codes = switched_on(accounts)
    token = half(accounts, NOW)
    assert accounts.login_code(token, codes[0], HERE, NOW + CODE_TIME + 1) == Refused("late")
    assert isinstance(accounts.login_code(token, codes[0], HERE, NOW), Session)
    assert accounts.login_code(token, codes[1], HERE, NOW) == Refused("late")
    token = half(accounts, NOW)
    accounts.set_password("anna", "helt andra ord nu")
    assert accounts.login_code(token, clock.at(NOW // 1000 + 30), HERE, NOW + 30_000) == Refused("late")


def test_codes_cannot_be_tried_out(accounts: Accounts) -> None:
    """After five wrong codes the wait begins, and not even the right one helps before it is over."""
    clock, _ = switched_on(accounts)
    token, later = half(accounts, NOW), NOW + 60_000
    reasons = [accounts.login_code(token, "000000", HERE, later) for _ in range(6)]
    assert [answer.reason for answer in reasons if isinstance(answer, Refused)] == ["code"] * 5 + ["throttled"]
    assert accounts.login_code(token, clock.at(later // 1000), HERE, later) == Refused("throttled", 1)


@pytest.mark.parametrize("code", ["", "abc", "١٢٣٤٥٦", "1234567890" * 9, "\x00", "-1"])
def test_what_is_no_code(accounts: Accounts, code: str) -> None:
    """Whatever is sent is refused, and nothing breaks."""
    switched_on(accounts)
    assert accounts.login_code(half(accounts, NOW), code, HERE, NOW) == Refused("code")


def test_the_picture_is_inert(accounts: Accounts) -> None:
    """The QR code is shapes only: no style, script, link or text of an account's name."""
    shown = picture(accounts.account("anna"), pyotp.random_base32())
    assert shown.startswith("<svg ")
    assert not any(word in shown for word in ("style", "script", "href", "anna", "<text", "xmlns"))
