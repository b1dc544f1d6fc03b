"""Staff accounts: passwords, sessions and the throttle."""

import hashlib
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from statistics import median

import pytest
from argon2 import PasswordHasher
from argon2 import extract_parameters as parameters_of

from collector.control import Control
from collector.errors import AccountError
from collector.site import Site
from dashboard import audit, throttle
from dashboard.accounts import ABSOLUTE, IDLE, Accounts, Refused, Session
from dashboard.passwords import generate_password
from dashboard.roles import Role

NOW = 1_795_392_000_000
MINUTE = 60_000
PASSWORD = "tre fjärdedelar"
HERE, THERE = 1, 2  # networks


@pytest.fixture
def control(tmp_path: Path) -> Iterator[Control]:
    with closing(Control.open(tmp_path / "control.db")) as opened:
        yield opened


@pytest.fixture
def accounts(control: Control) -> Accounts:
    accounts = Accounts(control)
    accounts.add("anna", PASSWORD, NOW)
    return accounts


def login(accounts: Accounts, now: int = NOW, name: str = "anna", network: int = HERE) -> Session:
    answer = accounts.login(name, PASSWORD, network, now)
    assert isinstance(answer, Session), answer
    return answer


def fail(accounts: Accounts, now: int, name: str = "anna", network: int = HERE) -> Refused:
    answer = accounts.login(name, "wrong password", network, now)
    assert isinstance(answer, Refused)
    return answer


def test_login(accounts: Accounts) -> None:
    """The right password gives a session, which knows whose it is."""
    session = login(accounts)
    account = accounts.session(session.token, NOW)
    assert account == session.account == accounts.account("Anna ")
    assert account.administrator
    assert account.last_login == NOW


@pytest.mark.parametrize(
    ("name", "password"),
    [
        ("anna", "wrong password"),
        ("anna", ""),
        ("nobody", PASSWORD),
        ("", ""),
        ("anna", PASSWORD + "\0"),
        ("a" * 9999, "x"),
        ("anna", "x" * 100_000),
        ("\ud800", "\ud800" * 12),
        ("anna' or 1=1 --", PASSWORD),
    ],
)
def test_wrong_login(accounts: Accounts, name: str, password: str) -> None:
    """A wrong name and a wrong password get the same answer, whatever they consist of."""
    assert accounts.login(name, password, HERE, NOW) == Refused("wrong")


def test_name_and_password_have_one_spelling(accounts: Accounts) -> None:
    """Case of the name does not matter; an ä of one code point and of two is the same letter."""
    assert isinstance(accounts.login(" ANNA", "tre fja\u0308rdedelar", HERE, NOW), Session)


def test_token_is_not_kept(accounts: Accounts, control: Control, tmp_path: Path) -> None:
    """Whoever reads the database can neither sign in with a session nor read a password."""
    session = login(accounts)
    files = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert session.token.encode() not in files
    assert PASSWORD.encode() not in files
    assert b"$argon2id$" in files
    assert control.read("any_account") == [(1,)]


def test_hash_is_at_least_what_owasp_asks(control: Control, accounts: Accounts) -> None:
    """argon2id with at least 19 MiB, two rounds, one lane."""
    parameters = parameters_of(control.read("account", name="anna")[0][2])
    assert parameters.type.name == "ID"
    assert (parameters.memory_cost, parameters.time_cost, parameters.parallelism) >= (19 * 1024, 2, 1)


def test_old_hash_is_renewed(control: Control, accounts: Accounts) -> None:
    """A password hashed with weaker parameters gets today's at its next login."""
    weak = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    control.write("set_password", id=1, password=weak)
    login(accounts)
    assert parameters_of(control.read("account", name="anna")[0][2]).memory_cost == 19 * 1024
    login(accounts)


def test_every_login_has_a_new_token(accounts: Accounts) -> None:
    """A login rotates the session: a token that somebody planted before it is worth nothing after."""
    tokens = {login(accounts).token for _ in range(3)}
    assert len(tokens) == 3
    assert min(map(len, tokens)) >= 43  # 32 random bytes


def test_idle_session_ends(accounts: Accounts) -> None:
    """30 minutes without a request end a session, for good; with requests it lives on."""
    token = login(accounts).token
    for minutes in (29, 58, 87):
        assert accounts.session(token, NOW + minutes * MINUTE) is not None
    late = NOW + 87 * MINUTE + IDLE + 1
    assert accounts.session(token, late) is None
    assert accounts.session(token, NOW) is None


def test_no_session_outlives_a_working_day(accounts: Accounts) -> None:
    """12 hours after the login it ends, however busy it is."""
    token = login(accounts).token
    for at in range(NOW, NOW + ABSOLUTE, 20 * MINUTE):
        assert accounts.session(token, at) is not None
    assert accounts.session(token, NOW + ABSOLUTE + 1) is None


def test_logout(accounts: Accounts) -> None:
    """A session that was ended is nobody's; others live on; ending it twice is fine."""
    one, two = login(accounts).token, login(accounts).token
    accounts.logout(one)
    accounts.logout(one)
    assert accounts.session(one, NOW) is None
    assert accounts.session(two, NOW) is not None


@pytest.mark.parametrize("token", ["", "x", "\ud800", "a" * 10_000])
def test_made_up_token(accounts: Accounts, token: str) -> None:
    """A made-up token is nobody's session."""
    assert accounts.session(token, NOW) is None


def test_new_password_ends_sessions(accounts: Accounts) -> None:
    """Whoever knew the old password is out."""
    token = login(accounts).token
    accounts.set_password("anna", "helt andra ord nu")
    assert accounts.session(token, NOW) is None
    assert accounts.login("anna", PASSWORD, HERE, NOW) == Refused("wrong")
    assert isinstance(accounts.login("anna", "helt andra ord nu", HERE, NOW), Session)


def test_sessions_that_are_over_are_removed(accounts: Accounts, control: Control) -> None:
    """A login takes old sessions of everybody out of the database."""
    old = login(accounts).token
    login(accounts, NOW + IDLE + 1)
    assert control.read("session", token=hashlib.sha256(old.encode()).digest()) == []


@pytest.mark.parametrize(
    ("name", "password", "said"),
    [
        ("anna", PASSWORD, "already"),
        ("ANNA", PASSWORD, "already"),
        ("", PASSWORD, "at most 64"),
        ("an na", PASSWORD, "at most 64"),
        ("a" * 65, PASSWORD, "at most 64"),
        ("bo", "elevenchars", "at least 12 characters"),
        ("bo", "x" * 1025, "at most 1024 bytes"),
        ("bo", "aaaaaaaaaaaa", "guesser"),
        ("birgitta", "birgitta2026!", "guesser"),
        ("bo", "password1234", "guesser"),
        ("bo", "Sommar2026!!", "guesser"),
        ("bo", "qwertyuiop12", "guesser"),
        ("bo", "Lösenord1234", "guesser"),
        ("bo", "trekvart-trekvart", "guesser"),
    ],
)
def test_account_that_cannot_be(accounts: Accounts, name: str, password: str, said: str) -> None:
    """A taken or odd name, and a weak password, are one sentence."""
    with pytest.raises(AccountError, match=said):
        accounts.add(name, password, NOW)
    assert accounts.login(name, password, THERE, NOW) == Refused("wrong") or name.lower() == "anna"


@pytest.mark.parametrize(
    "password",
    [
        "x9 kontrabas " * 5,
        "åtta små grodor på en räls " * 4,
        "\t spår av\u3000blanksteg ",
        "🦊🧀🚲🎻🌧🧦🐌🔭🪁🧂🦉🪕",
        "q" * 3 + "Ö&%z7" * 100,
    ],
)
def test_a_password_may_be_long_and_of_any_letters(accounts: Accounts, password: str) -> None:
    """Far past 64 characters, spaces at its ends, any letters; tested whole: neither cut, folded nor trimmed."""
    accounts.add("bo", password, NOW)
    assert isinstance(accounts.login("bo", password, THERE, NOW), Session)
    for other in (password[:-1], password.strip() + "!", password.swapcase() + ".", password[:64] + "?"):
        assert isinstance(accounts.login("bo", other, THERE, NOW), Refused)


def test_unknown_account(accounts: Accounts) -> None:
    """The sentence names the command that adds one."""
    for ask in (accounts.account, lambda name: accounts.set_password(name, PASSWORD)):
        with pytest.raises(AccountError, match="trekvart user add bo"):
            ask("bo")


def test_generated_passwords() -> None:
    """A made-up password is taken as it is, is long, and never the same."""
    made = {generate_password() for _ in range(100)}
    assert len(made) == 100
    assert all(len(password) == 27 and len(set(password)) >= 5 for password in made)


def test_unknown_name_takes_as_long(accounts: Accounts) -> None:
    """How long an answer takes does not tell whether the name exists."""
    known = median(timed(lambda: accounts.login("anna", "wrong password", 100, NOW)) for _ in range(5))
    unknown = median(timed(lambda: accounts.login("nobody", "wrong password", 200, NOW)) for _ in range(5))
    assert unknown > known / 2  # without a hash it is 1/100


def timed(call: Callable[[], object]) -> float:
    begun = time.thread_time()
    call()
    return time.thread_time() - begun


def test_throttle_slows_guessing(accounts: Accounts) -> None:
    """Five failures are free; then the wait doubles up to 15 minutes, and not even the right password helps."""
    waits = []
    now = NOW
    for _ in range(20):
        answer = fail(accounts, now)
        if answer.reason == "throttled":
            waits.append(answer.retry_after)
            assert accounts.login("anna", PASSWORD, HERE, now + answer.retry_after * 1000 - 1) == Refused(
                "throttled", 1
            )
            now += answer.retry_after * 1000
            assert fail(accounts, now).reason == "wrong"
    assert waits[:5] == [1, 2, 4, 8, 16]
    assert max(waits) == 900


def test_right_password_clears_the_throttle(accounts: Accounts) -> None:
    """Somebody who mistypes four times and then gets it right starts anew."""
    for _ in range(3):
        for _ in range(4):
            assert fail(accounts, NOW).reason == "wrong"
        login(accounts)


def test_one_network_cannot_try_many_names(accounts: Accounts) -> None:
    """Twenty failures from one network are enough, whatever the names; others are not disturbed."""
    for number in range(20):
        assert fail(accounts, NOW, f"name{number}").reason == "wrong"
    assert fail(accounts, NOW, "name20") == Refused("throttled", 1)
    login(accounts, network=THERE)


def test_success_does_not_clear_the_network(accounts: Accounts) -> None:
    """Whoever has an account cannot use it to go on guessing at others'."""
    for number in range(20):
        fail(accounts, NOW, f"name{number}")
        if number < 19:
            login(accounts)
    assert fail(accounts, NOW, "name20").reason == "throttled"


def test_many_networks_cannot_try_one_name(accounts: Accounts) -> None:
    """One name is let try twenty times in all; then at most once a minute, which does not lock its owner out."""
    for network in range(20):
        assert fail(accounts, NOW, network=network).reason == "wrong"
    answer = fail(accounts, NOW, network=99)
    assert answer.reason == "throttled"
    now = NOW
    for network in range(100, 120):
        while (answer := fail(accounts, now, network=network)).reason == "throttled":
            assert answer.retry_after <= 60
            now += answer.retry_after * 1000
    login(accounts, now + 60_000, network=500)


def test_failures_are_forgotten_after_a_quiet_hour(accounts: Accounts) -> None:
    """An hour without a try makes all tries free again."""
    for now in (NOW, NOW + throttle.QUIET + 1):
        assert [fail(accounts, now).reason for _ in range(6)] == ["wrong"] * 5 + ["throttled"]


def test_clock_that_goes_back_locks_nobody_out(accounts: Accounts) -> None:
    """A clock set back by a year does not make the wait a year."""
    for _ in range(6):
        fail(accounts, NOW)
    login(accounts, NOW - 365 * 24 * 60 * MINUTE)


def test_tries_at_the_same_moment_are_counted(accounts: Accounts) -> None:
    """A hundred tries at once do not all count as the first: at most five passwords are looked at."""
    answers: list[str] = []
    barrier = threading.Barrier(30)

    def try_once() -> None:
        barrier.wait()
        answers.append(fail(accounts, NOW).reason)

    threads = [threading.Thread(target=try_once) for _ in range(30)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers.count("throttled") == 25


def test_throttle_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """A flood of names does not fill the memory."""
    monkeypatch.setattr(throttle, "MOST", 100)
    guard = throttle.Throttle()
    for number in range(1000):
        guard.begin(f"name{number}", number, NOW)
    assert len(guard._counts) <= 100


def test_roles_at_sites(accounts: Accounts, control: Control) -> None:
    """An account has the roles it was given, at those sites only; an administrator of the server has all of them."""
    one, two = (control.add_site(Site(domain=domain), NOW).id for domain in ("a.example", "b.example"))
    bo = accounts.add("bo", PASSWORD, NOW, administrator=False, sites={one: Role.ANALYST})
    assert (bo.role(one), bo.role(two)) == (Role.ANALYST, None)
    assert [bo.may(role, one) for role in Role] == [True, True, False]
    assert [bo.may(role, two) for role in Role] == [False, False, False]
    assert [bo.may(role) for role in Role] == [True, True, False]
    anna = accounts.account("anna")
    assert all(anna.may(role, site) for role in Role for site in (one, two, None))
    owner = accounts.add("owner", PASSWORD, NOW, administrator=False, sites={one: Role.ADMINISTRATOR})
    assert not owner.may(Role.ADMINISTRATOR)  # of a site, not of the server


def test_roles_change_and_sessions_end(accounts: Accounts, control: Control) -> None:
    """Other roles end the sessions that began with the old ones."""
    site = control.add_site(Site(domain="a.example"), NOW).id
    accounts.add("bo", PASSWORD, NOW)
    token = login(accounts, name="bo").token
    assert accounts.set_access("bo", administrator=False, sites={site: Role.VIEWER}).sites == {site: Role.VIEWER}
    assert accounts.session(token, NOW) is None
    assert accounts.set_access("bo", administrator=False, sites={}).sites == {}


def test_somebody_stays_in_charge(accounts: Accounts) -> None:
    """The last administrator of the server can be neither removed nor made less."""
    for act in (accounts.remove, lambda name: accounts.set_access(name, administrator=False, sites={})):
        with pytest.raises(AccountError, match="the only administrator"):
            act("anna")
    accounts.add("bo", PASSWORD, NOW)
    accounts.remove("anna")
    assert [account.name for account in accounts.all()] == ["bo"]


def test_a_removed_account_leaves_nothing(accounts: Accounts, control: Control) -> None:
    """Sessions and roles go with it, and a new account of the same name has none of them."""
    site = control.add_site(Site(domain="a.example"), NOW).id
    accounts.add("bo", PASSWORD, NOW, administrator=False, sites={site: Role.VIEWER})
    token = login(accounts, name="bo").token
    accounts.remove("bo")
    assert accounts.session(token, NOW) is None
    assert isinstance(accounts.login("bo", PASSWORD, HERE, NOW), Refused)
    assert accounts.add("bo", PASSWORD, NOW, administrator=False).sites == {}


def test_the_audit_log(control: Control) -> None:
    """Lines come back newest first, cut into pages; what is two years old goes; what failed is not there."""
    for number in range(5):
        audit.note(control, "anna", audit.Act.SITE_CHANGED, f"{number}.example", NOW + number)
    lines = audit.entries(control, 2)
    assert [(line.who, line.act, line.object, line.at) for line in lines] == [
        ("anna", "site-changed", "4.example", NOW + 4),
        ("anna", "site-changed", "3.example", NOW + 3),
    ]
    assert [line.object for line in audit.entries(control, 9, lines[-1].id)] == ["2.example", "1.example", "0.example"]
    with pytest.raises(AccountError), control.writing():  # noqa: PT012 - what is undone has to be done first
        audit.note(control, "anna", audit.Act.SITE_ADDED, "undone", NOW)
        raise AccountError("no")
    audit.note(control, audit.COMMAND_LINE, audit.Act.SITE_ADDED, "x" * 999, NOW + 3 + audit.KEPT)
    assert [len(line.object) for line in audit.entries(control, 9)] == [audit.LONGEST, 9, 9]


def test_nobody_can_be_called_the_command_line(accounts: Accounts) -> None:
    """Who reads the log knows which lines came from an account."""
    with pytest.raises(AccountError):
        accounts.add(audit.COMMAND_LINE, PASSWORD, NOW)
