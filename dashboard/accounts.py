"""Staff accounts: passwords, logins, sessions. The pages that use them are in `dashboard.pages`."""

import hashlib
import re
import secrets
import threading
import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Final, Literal

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from msgspec import Struct

from collector.control import Control
from collector.errors import AccountError, PlaceError
from dashboard.roles import NOWHERE, Account, Role
from dashboard.throttle import Throttle

IDLE: Final = 30 * 60_000  # milliseconds after the last request (OWASP ASVS, facts: privacy)
ABSOLUTE: Final = 12 * 3_600_000  # milliseconds after the login: a working day
SEEN_EVERY: Final = 60_000  # a session's last request is known to the minute, which spares a write on every other one
SHORTEST: Final = 12  # characters of a password
LONGEST: Final = 1024  # bytes: more would be work for nothing
FEWEST: Final = 5  # different characters
AT_ONCE: Final = 2  # passwords being tested at the same time: each takes 19 MiB and 20 ms of a core
BUSY_SECONDS: Final = 2

# OWASP's least for argon2id: 19 MiB, 2 rounds, 1 lane.
_HASHER: Final = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_NAME: Final = re.compile(r"[\w.@+-]{1,64}")
_SYLLABLES: Final = [a + b for a in "bdfghjklmnprstvz" for b in "aeiou"]  # 80: 6.3 bits each


class Session(Struct, frozen=True):
    """A login that succeeded. The token is for the cookie, and is kept nowhere else."""

    token: str
    account: Account


class Refused(Struct, frozen=True):
    """A login that did not. `wrong` is all that is said of a wrong name or password alike."""

    reason: Literal["wrong", "throttled", "busy"]
    retry_after: int = 0  # seconds


class Accounts:
    """The staff accounts of one control database. From any thread; `now` is milliseconds UTC."""

    def __init__(self, control: Control) -> None:
        self._control = control
        self._throttle = Throttle()
        self._slots = threading.BoundedSemaphore(AT_ONCE)
        # What an unknown name is tested against, so that it takes as long as a known one.
        self._nobody = _HASHER.hash(secrets.token_urlsafe())

    def add(
        self, name: str, password: str, now: int, *, administrator: bool = True, sites: Mapping[int, Role] = NOWHERE
    ) -> Account:
        """Makes an account, with roles at sites by their ids when it is no administrator of the server.

        Raises AccountError: the name is taken or none, or the password too weak.
        """
        name = _checked_name(name)
        hashed = _HASHER.hash(_checked_password(password, name))
        with self._control.writing():
            if self._control.read("account", name=name):
                raise AccountError(f"There is an account {name} already; its password: trekvart user password {name}")
            self._control.write("add_account", name=name, password=hashed, role=_kind(administrator), created=now)
            self._grant(self.account(name).id, sites)
            return self.account(name)

    def all(self) -> list[Account]:
        """Every account, by name."""
        return [self._account(*row) for row in self._control.read("accounts")]

    def set_access(self, name: str, *, administrator: bool, sites: Mapping[int, Role]) -> Account:
        """Gives an account other roles, and ends its sessions. Raises AccountError: unknown, or the last one in charge.

        A session that began with other roles would keep what it had on its screens (ASVS 7.2.4).
        """
        with self._control.writing():
            account = self.account(name)
            if account.administrator and not administrator:
                self._not_the_last(account)
            self._control.write("set_role", id=account.id, role=_kind(administrator))
            self._grant(account.id, sites)
            self._control.write("end_sessions", account=account.id)
            return self.account(name)

    def remove(self, name: str) -> None:
        """Removes an account and all it has. Raises AccountError: unknown, or the last one in charge."""
        with self._control.writing():
            account = self.account(name)
            self._not_the_last(account)
            self._control.write("drop_account", id=account.id)

    def account(self, name: str) -> Account:
        """The account of a name. Raises AccountError when there is none."""
        rows = self._control.read("account", name=_folded(name))
        if not rows:
            raise AccountError(f"There is no account {name!r}; add it with: trekvart user add {name}")
        number, kept, _, role, last_login = rows[0]
        return self._account(number, kept, role, last_login)

    def any(self) -> bool:
        """Whether there is any account yet."""
        return bool(self._control.read("any_account")[0][0])

    def set_password(self, name: str, password: str) -> None:
        """Gives an account another password and ends all its sessions. Raises AccountError: unknown, or too weak."""
        account = self.account(name)
        hashed = _HASHER.hash(_checked_password(password, account.name))
        with self._control.writing():
            self._control.write("set_password", id=account.id, password=hashed)
            self._control.write("end_sessions", account=account.id)

    def login(self, name: str, password: str, network: int, now: int) -> Session | Refused:
        """A new session, with a token never used before. A wrong and an unknown name take the same time."""
        name = _folded(name)[:64]
        if wait := self._throttle.begin(name, network, now):
            return Refused("throttled", wait)
        with self._slot() as free:
            if not free:
                return Refused("busy", BUSY_SECONDS)
            rows = self._control.read("account", name=name)
            known = rows[0][2] if rows else self._nobody
            right = _matches(known, password)
            renewed = _HASHER.hash(_normal(password)) if right and rows and _HASHER.check_needs_rehash(known) else known
        session = self._begin(name, known, renewed, now) if right else None
        if session is None:
            return Refused("wrong")
        self._throttle.succeeded(name, network)
        return session

    def session(self, token: str, now: int) -> Account | None:
        """Whose session the token is, and marks it as used. None: unknown, ended, idle too long, or too old."""
        rows = self._control.read("session", token=_digest(token))
        if not rows:
            return None
        number, name, role, last_login, begun, seen = rows[0]
        if now - seen > IDLE or now - begun > ABSOLUTE:
            self.logout(token)
            return None
        if now - seen > SEEN_EVERY:
            with suppress(PlaceError):  # a full disk does not shut staff out
                self._control.write("see_session", token=_digest(token), now=now)
        return self._account(number, name, role, last_login)

    def logout(self, token: str) -> None:
        """Ends the session, if it is one."""
        self._control.write("end_session", token=_digest(token))

    def _account(self, number: int, name: str, role: str, last_login: int | None) -> Account:
        sites = {site: Role(at) for site, at in self._control.read("access", account=number)}
        return Account(number, name, role == Role.ADMINISTRATOR, last_login, sites)

    def _grant(self, account: int, sites: Mapping[int, Role]) -> None:
        self._control.write("drop_access", account=account)
        for site, role in sites.items():
            self._control.write("put_access", account=account, site=site, role=role)

    def _not_the_last(self, account: Account) -> None:
        others = [other for other in self.all() if other.administrator and other.id != account.id]
        if account.administrator and not others:
            raise AccountError(f"{account.name} is the only administrator; make another one first.")

    def _begin(self, name: str, known: str, renewed: str, now: int) -> Session | None:
        """Starts the session; None when the account was changed or removed while its password was being tested."""
        token = secrets.token_urlsafe(32)
        with self._control.writing():
            rows = self._control.read("account", name=name)
            if not rows or rows[0][2] != known:
                return None
            account = rows[0][0]
            if renewed != known:  # the parameters have risen since
                self._control.write("set_password", id=account, password=renewed)
            self._control.write("forget_sessions", seen=now - IDLE, begun=now - ABSOLUTE)
            self._control.write("add_session", token=_digest(token), account=account, now=now)
            self._control.write("note_login", id=account, now=now)
            return Session(token, self.account(name))

    @contextmanager
    def _slot(self) -> Iterator[bool]:
        """Whether there is room to test a password; waits a little for it."""
        free = self._slots.acquire(timeout=BUSY_SECONDS)
        try:
            yield free
        finally:
            if free:
                self._slots.release()


def _kind(administrator: bool) -> str:
    """What stands in account.role."""
    return Role.ADMINISTRATOR if administrator else "staff"


def generate_password() -> str:
    """Twelve syllables in four words that can be read aloud and typed: 75 bits."""
    return "-".join("".join(secrets.choice(_SYLLABLES) for _ in range(3)) for _ in range(4))


def _matches(hashed: str, password: str) -> bool:
    if len(password.encode("utf-8", "replace")) > LONGEST:
        return False
    try:
        return _HASHER.verify(hashed, _normal(password))
    except (VerificationError, InvalidHashError):
        return False


def _digest(token: str) -> bytes:
    # The token has 256 random bits, so a plain hash of it cannot be searched.
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()


def _normal(text: str) -> str:
    """One spelling of letters that have two, whatever keyboard wrote them (NIST SP 800-63B)."""
    return unicodedata.normalize("NFC", text).encode("utf-8", "replace").decode()


def _folded(name: str) -> str:
    return _normal(name).strip().casefold()


def _checked_name(name: str) -> str:
    folded = _folded(name)
    if not _NAME.fullmatch(folded):
        raise AccountError(f"An account's name is at most 64 letters, digits and . @ + _ -, not {name!r}.")
    return folded


def _checked_password(password: str, name: str) -> str:
    password = _normal(password)
    if len(password) < SHORTEST or len(password.encode()) > LONGEST:
        raise AccountError(f"A password has at least {SHORTEST} characters, and at most {LONGEST} bytes.")
    if len(set(password)) < FEWEST or (len(name) > 3 and name in password.casefold()):
        raise AccountError(f"A password has at least {FEWEST} different characters, and not the account's name in it.")
    return password
