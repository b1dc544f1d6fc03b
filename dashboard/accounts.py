"""Staff accounts: logins, sessions, roles, invitations. The screens are in `login`, `own_account` and `staff`.

What an account may do is `roles`, what a password must be `passwords`; a login may ask for a `second_factor`, and
machines have `tokens`.
"""

import hashlib
import re
import secrets
import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Final, Literal

from msgspec import Struct

from collector.control import Control
from collector.errors import AccountError, PlaceError
from dashboard import audit
from dashboard.audit import Act
from dashboard.passwords import hash_password, matches, nobodys, normal, renew
from dashboard.roles import NOWHERE, Account, Role
from dashboard.second_factor import SecondFactor
from dashboard.throttle import Throttle
from dashboard.tokens import Tokens

IDLE: Final = 30 * 60_000  # milliseconds after the last request (OWASP ASVS, facts: privacy)
ABSOLUTE: Final = 12 * 3_600_000  # milliseconds after the login: a working day
SEEN_EVERY: Final = 60_000  # a session's last request is known to the minute, which spares a write on every other one
CODE_TIME: Final = 5 * 60_000  # milliseconds between password and code
HALVES: Final = 1000  # logins that may wait for their code at once
INVITED: Final = 3 * 86_400_000  # milliseconds that a link to choose a password is good for
AT_ONCE: Final = 2  # passwords being tested at the same time: each takes 19 MiB and 20 ms of a core
BUSY_SECONDS: Final = 2

_NAME: Final = re.compile(r"[\w.@+-]{1,64}")


class Session(Struct, frozen=True):
    """A login that succeeded. The token is for the cookie, and is kept nowhere else."""

    token: str
    account: Account


class Half(Struct, frozen=True):
    """A right password where a second factor is asked for too. The token is for the cookie until then."""

    token: str


class Refused(Struct, frozen=True):
    """A login that did not. `wrong` is all that is said of a wrong name or password alike."""

    reason: Literal["wrong", "throttled", "busy", "code", "late"]
    retry_after: int = 0  # seconds


class Seen(Struct, frozen=True):
    """A session as its owner sees it listed."""

    id: str  # names it; is not its token, nor leads to it
    begun: int  # milliseconds UTC
    seen: int  # to the minute


class Accounts:
    """The staff accounts of one control database. From any thread; `now` is milliseconds UTC."""

    def __init__(self, control: Control) -> None:
        self._control = control
        self.second_factor = SecondFactor(control)
        self.tokens = Tokens(control)
        self._throttle = Throttle()
        self._slots = threading.BoundedSemaphore(AT_ONCE)
        self._nobody = nobodys()
        # Right passwords that wait for their code, by the token's hash: name, password's hash, when. In memory only.
        self._halves: OrderedDict[bytes, tuple[str, str, int]] = OrderedDict()

    # -- the accounts ---------------------------------------------------------------------------------------------

    def add(
        self, name: str, password: str, now: int, *, administrator: bool = True, sites: Mapping[int, Role] = NOWHERE
    ) -> Account:
        """Makes an account, with roles at sites by their ids when it is no administrator of the server.

        Raises AccountError: the name is taken or none, or the password too weak.
        """
        name = _checked_name(name)
        return self._add(name, hash_password(password, name), now, administrator=administrator, sites=sites)

    def invite(
        self, name: str, now: int, *, administrator: bool = False, sites: Mapping[int, Role] = NOWHERE
    ) -> tuple[Account, str]:
        """Makes an account without a password, and the token of the link where its owner chooses one.

        Raises AccountError: the name is taken or none.
        """
        account = self._add(_checked_name(name), "", now, administrator=administrator, sites=sites)
        return account, self.link(account.name, now)

    def link(self, name: str, now: int) -> str:
        """The token of a link where the account's owner chooses a password: once, within INVITED. Earlier are void."""
        token = secrets.token_urlsafe(32)
        expires = now + INVITED
        self._control.write("put_invitation", account=self.account(name).id, token=_digest(token), expires=expires)
        return token

    def invited(self, token: str, now: int) -> Account | None:
        """Whom the link is for. None: unknown, used, or too old."""
        rows = self._control.read("invitation", token=_digest(token))
        return self.account(rows[0][0]) if rows and now < rows[0][1] else None

    def waiting(self, now: int) -> set[int]:
        """The accounts whose link is still to be used."""
        return {account for account, expires in self._control.read("invited") if now < expires}

    def accept(self, token: str, password: str, now: int) -> Account | None:
        """Sets the password that the link's owner has chosen, and uses the link up. Raises AccountError: too weak."""
        account = self.invited(token, now)
        if account is None:
            return None
        hashed = hash_password(password, account.name)
        with self._control.writing():
            if self.invited(token, now) is None:  # somebody else was quicker
                return None
            self._put_password(account, hashed)
            return account

    def account(self, name: str) -> Account:
        """The account of a name. Raises AccountError when there is none."""
        rows = self._control.read("account", name=_folded(name))
        if not rows:
            raise AccountError(f"There is no account {name!r}; add it with: trekvart user add {name}", "unknown")
        number, kept, _, role, last_login = rows[0]
        return self._account(number, kept, role, last_login)

    def all(self) -> list[Account]:
        """Every account, by name."""
        return [self._account(*row) for row in self._control.read("accounts")]

    def any(self) -> bool:
        """Whether there is any account yet."""
        return bool(self._control.read("any_account")[0][0])

    def set_access(self, name: str, *, administrator: bool, sites: Mapping[int, Role]) -> Account:
        """Gives an account other roles, and ends its sessions. Raises AccountError: unknown, or the last one in charge.

        A page that was open under other roles would else go on with what it has (ASVS 5.0, 7.4.1).
        """
        with self._control.writing():
            account = self.account(name)
            if not administrator:
                self._not_the_last(account)
            self._control.write("set_role", id=account.id, role=_kind(administrator=administrator))
            self._grant(account.id, sites)
            self.end_sessions(account)
            return self.account(name)

    def remove(self, name: str) -> None:
        """Removes an account and all it has. Raises AccountError: unknown, or the last one in charge."""
        with self._control.writing():
            account = self.account(name)
            self._not_the_last(account)
            self._control.write("drop_account", id=account.id)

    def set_password(self, name: str, password: str) -> None:
        """Gives an account another password and ends all its sessions. Raises AccountError: unknown, or too weak."""
        account = self.account(name)
        hashed = hash_password(password, account.name)
        with self._control.writing():
            self._put_password(account, hashed)

    # -- logins ---------------------------------------------------------------------------------------------------

    def login(self, name: str, password: str, network: int, now: int) -> Session | Half | Refused:
        """A new session, with a token never used before. A wrong and an unknown name take the same time."""
        name = _folded(name)[:64]
        known = self._right(name, password, network, now)
        if isinstance(known, Refused):
            return known
        with self._control.writing():
            rows = self._control.read("account", name=name)
            if not rows or rows[0][2] != known:  # changed or removed while its password was being tested
                return Refused("wrong")
            account, hashed = rows[0][0], renew(known, password)
            if hashed != known:  # the parameters have risen since
                self._control.write("set_password", id=account, password=hashed)
            if self.second_factor.on(account):
                return self._half(name, hashed, now)
            audit.note(self._control, name, Act.SIGNED_IN, "-", now)
            return self._begin(name, now)

    def login_code(self, token: str, code: str, network: int, now: int) -> Session | Refused:
        """The second half of a login: a code of the app, or a recovery code. The password's throttle counts it too."""
        half = self._halves.get(_digest(token))
        if half is None or not 0 <= now - half[2] <= CODE_TIME:
            return Refused("late")
        name, hashed, _ = half
        if wait := self._throttle.begin(f"code {name}", network, now):
            return Refused("throttled", wait)
        with self._control.writing():
            rows = self._control.read("account", name=name)
            if not rows or rows[0][2] != hashed:  # the password was changed in between
                return Refused("late")
            right = self.second_factor.check(rows[0][0], code, now)
            if right:
                audit.note(self._control, name, Act.SIGNED_IN, "-", now)
                session = self._begin(name, now)
        if not right:
            audit.tally(self._control, name, Act.CODE_WRONG, "-", now)
            return Refused("code")
        self._halves.pop(_digest(token), None)
        self._throttle.succeeded(f"code {name}", network)
        return session

    def confirm(self, account: Account, password: str, network: int, now: int) -> Refused | None:
        """Asks for the password again before what is delicate. None: it is right. Throttled as a login is."""
        known = self._right(account.name, password, network, now)
        return known if isinstance(known, Refused) else None

    def confirm_code(self, account: Account, code: str, network: int, now: int) -> Refused | None:
        """Asks for the second factor again, where there is one. None: the code is right, and is used up."""
        name = f"code {account.name}"
        if wait := self._throttle.begin(name, network, now):
            return Refused("throttled", wait)
        with self._control.writing():
            right = not self.second_factor.on(account.id) or self.second_factor.check(account.id, code, now)
        if not right:
            audit.tally(self._control, account.name, Act.CODE_WRONG, "-", now)
            return Refused("code")
        self._throttle.succeeded(name, network)
        return None

    def note_wrong_token(self, now: int) -> None:
        """Somebody asked with a token that is none."""
        audit.tally(self._control, audit.NOBODY, Act.TOKEN_WRONG, "-", now)

    def must_enrol(self, account: Account, required: str) -> bool:
        """Whether the account has no second factor and must have one: settings.require_second_factor."""
        charged = account.administrator or Role.ADMINISTRATOR in account.sites.values()
        must = required == "everybody" or (required == "administrators" and charged)
        return must and not self.second_factor.on(account.id)

    # -- sessions -------------------------------------------------------------------------------------------------

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

    def sessions(self, account: Account, now: int) -> list[Seen]:
        """An account's sessions that live, newest first."""
        rows = self._control.read("sessions", account=account.id)
        live = [row for row in rows if now - row[2] <= IDLE and now - row[1] <= ABSOLUTE]
        return [Seen(_public(digest), begun, seen) for digest, begun, seen in live]

    def session_id(self, token: str) -> str:
        """The name under which a token's session is listed."""
        return _public(_digest(token))

    def end_session(self, account: Account, which: str) -> bool:
        """Ends one of an account's sessions by its listed name; whether there was such a one."""
        rows = self._control.read("sessions", account=account.id)
        found = [digest for digest, *_ in rows if _public(digest) == which]
        return any(self._control.write("end_session", token=digest) for digest in found)

    def end_sessions(self, account: Account) -> None:
        """Ends all of an account's sessions."""
        self._control.write("end_sessions", account=account.id)

    def begin_session(self, account: Account, now: int) -> Session:
        """A session for who has just proved to be the account's owner, as after a new password."""
        with self._control.writing():
            return self._begin(account.name, now)

    def logout(self, token: str) -> None:
        """Ends the session, if it is one."""
        self._control.write("end_session", token=_digest(token))

    # -- inside ---------------------------------------------------------------------------------------------------

    def _add(self, name: str, hashed: str, now: int, *, administrator: bool, sites: Mapping[int, Role]) -> Account:
        with self._control.writing():
            if self._control.read("account", name=name):
                raise AccountError(
                    f"There is an account {name} already; its password: trekvart user password {name}", "taken"
                )
            role = _kind(administrator=administrator)
            self._control.write("add_account", name=name, password=hashed, role=role, created=now)
            self._grant(self.account(name).id, sites)
            return self.account(name)

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
            raise AccountError(f"{account.name} is the only administrator; make another one first.", "last")

    def _put_password(self, account: Account, hashed: str) -> None:
        """Inside a transaction: whoever knew the old password, or held an old link, is out."""
        self._control.write("set_password", id=account.id, password=hashed)
        self._control.write("drop_invitation", account=account.id)
        self.end_sessions(account)

    def _right(self, name: str, password: str, network: int, now: int) -> str | Refused:
        """The hash that the password matches, or why not."""
        if wait := self._throttle.begin(name, network, now):
            return Refused("throttled", wait)
        with self._slot() as free:
            if not free:
                return Refused("busy", BUSY_SECONDS)
            rows = self._control.read("account", name=name)
            known = rows[0][2] if rows else ""
            if not matches(known or self._nobody, password):  # "": invited, and no password chosen yet
                audit.tally(self._control, name if rows else audit.NOBODY, Act.PASSWORD_WRONG, "-", now)
                return Refused("wrong")
        self._throttle.succeeded(name, network)
        return str(known)

    def _half(self, name: str, hashed: str, now: int) -> Half:
        token = secrets.token_urlsafe(32)
        self._halves[_digest(token)] = (name, hashed, now)
        while len(self._halves) > HALVES:
            self._halves.popitem(last=False)
        return Half(token)

    def _begin(self, name: str, now: int) -> Session:
        """Inside a transaction."""
        token = secrets.token_urlsafe(32)
        account = self.account(name)
        self._control.write("forget_sessions", seen=now - IDLE, begun=now - ABSOLUTE)
        self._control.write("add_session", token=_digest(token), account=account.id, now=now)
        self._control.write("note_login", id=account.id, now=now)
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


def _kind(*, administrator: bool) -> str:
    """What stands in account.role."""
    return Role.ADMINISTRATOR if administrator else "staff"


def _digest(token: str) -> bytes:
    # The token has 256 random bits, so a plain hash of it cannot be searched.
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()


def _public(digest: bytes) -> str:
    """A name for a session that tells nothing of its token."""
    return hashlib.sha256(b"listed" + digest).hexdigest()[:16]


def _folded(name: str) -> str:
    return normal(name).strip().casefold()


def _checked_name(name: str) -> str:
    folded = _folded(name)
    if not _NAME.fullmatch(folded):
        raise AccountError(f"An account's name is at most 64 letters, digits and . @ + _ -, not {name!r}.", "name")
    return folded
