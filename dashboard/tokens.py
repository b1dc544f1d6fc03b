"""Tokens for the API: each for one site and one scope, of one account, until a day. Kept as hashes, shown once.

A token acts as an account that has a role at its one site: what its scope says, and never more than its owner has
there now. So every guard that knows accounts knows tokens.
"""

import hashlib
import secrets
from contextlib import suppress
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Final

from msgspec import Struct

from collector.control import Control
from collector.door.rate import Rate
from collector.errors import AccountError, PlaceError
from dashboard.roles import Account, Role

PREFIX: Final = "trk_"  # so that scanners of code and logs can tell one
DAYS: Final = 365  # the longest life, and the usual one
LONGEST_NAME: Final = 60
MOST: Final = 100  # tokens of one account
LIMIT, BURST = 120, 240  # requests a minute in the long run, and at once, of one token or one account
WRONG_LIMIT, WRONG_BURST = 20, 40  # wrong tokens from one network, likewise
DAY: Final = 86_400_000


class Scope(StrEnum):
    """What a token may do at its site."""

    STATS = "stats"  # read the figures
    EXPORT = "export"  # and fetch exports


ROLES: Final = {Scope.STATS: Role.VIEWER, Scope.EXPORT: Role.ANALYST}


class Token(Struct, frozen=True):
    """A token as it is listed: not itself."""

    id: int
    name: str
    account: str
    site: str  # domain
    scope: str
    expires: int  # milliseconds UTC
    used: date | None  # the last day (UTC), no finer


class Tokens:
    """The tokens of one control database. From any thread; `now` is milliseconds UTC."""

    def __init__(self, control: Control) -> None:
        self._control = control
        self.rate = Rate(LIMIT, BURST)  # from many threads: a race costs a request more or less
        self.wrong = Rate(WRONG_LIMIT, WRONG_BURST)

    def add(self, account: Account, site: int, name: str, scope: Scope, *, now: int, days: int = DAYS) -> str:
        """Makes a token, told this once. Raises AccountError: no name, too long a life, or more than its owner may."""
        name = " ".join(name.split())
        if not 0 < len(name) <= LONGEST_NAME or not name.isprintable():
            raise AccountError(
                f"A token needs a name of at most {LONGEST_NAME} characters: what it is for.", "token_name"
            )
        if not 1 <= days <= DAYS:
            raise AccountError(f"A token lives 1 to {DAYS} days, not {days}.", "token_days")
        if not account.may(ROLES[scope], site) or not account.may(Role.ANALYST, site):
            raise AccountError(
                f"{account.name} is no analyst of this site, so it can have no token for it.", "token_role"
            )
        token = PREFIX + secrets.token_urlsafe(32)
        with self._control.writing():
            if sum(other.account == account.name for other in self.all()) >= MOST:
                raise AccountError(
                    f"An account has at most {MOST} tokens; revoke one that is no longer used.", "token_most"
                )
            self._control.write(
                "add_token",
                account=account.id,
                site=site,
                name=name,
                token=_digest(token),
                scope=scope,
                expires=now + days * DAY,
            )
        return token

    def all(self) -> list[Token]:
        """Every token, oldest first."""
        return [
            Token(number, name, account, site, scope, expires, date.fromisoformat(used) if used else None)
            for number, name, account, site, scope, expires, used in self._control.read("tokens")
        ]

    def revoke(self, number: int) -> Token | None:
        """Ends a token at once; which it was."""
        found = next((token for token in self.all() if token.id == number), None)
        self._control.write("drop_token", id=number)
        return found

    def account(self, token: str, now: int) -> Account | None:
        """Whom the token acts as. None: unknown, too old, or its owner has lost the role it needs."""
        if not token.startswith(PREFIX):
            return None
        rows = self._control.read("token", token=_digest(token))
        if not rows:
            return None
        number, site, scope, expires, used, owner, name, role, last_login = rows[0]
        if now >= expires or scope not in set(Scope):
            return None
        sites = {at: Role(what) for at, what in self._control.read("access", account=owner)}
        whole = Account(owner, name, role == Role.ADMINISTRATOR, last_login, sites)
        if not whole.may(Role.ANALYST, site):
            return None
        today = datetime.fromtimestamp(now / 1000, tz=UTC).date().isoformat()
        if used != today:
            with suppress(PlaceError):  # a full disk does not shut machines out
                self._control.write("use_token", id=number, day=today)
        return Account(owner, name, administrator=False, last_login=last_login, sites={site: ROLES[Scope(scope)]})


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()
