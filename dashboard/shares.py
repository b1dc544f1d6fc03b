"""Links that show one site's figures, read-only, to whoever has one; and a site's public page, which is a link too.

A link is a path under which the whole application stands once more: `/shared/{token}/...`, and `/public/{domain}/...`
for a public page. `Shared` turns that into ASGI's root path, so every address a page makes stays below it; and
`dashboard.frame` answers there only the screens that say `shared`, as a guest who is a viewer of that one site.
"""

import secrets
from hashlib import sha256
from typing import Any, Final

import msgspec
from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from msgspec import Struct
from starlette.types import ASGIApp, Receive, Scope, Send

from collector.control import Control
from collector.door.scrub import clean
from collector.errors import SiteError
from collector.site import Site
from dashboard.roles import Account, Role
from dashboard.throttle import Throttle

SHARE: Final = "trekvart.share"  # the scope's key: the token in the address
SHORTEST: Final = 8  # characters of a link's password: it comes on top of 256 random bits
LONGEST: Final = 200
PASS_LASTS: Final = 12 * 3_600_000  # milliseconds that a browser need not give the password again
BELOW: Final = ("/site/", "/static/", "/unlock", "/privacy")  # with "/", the only places there are below a link
_HASHER: Final = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)  # as for accounts


class Share(Struct, frozen=True):
    """A link. Its token is nowhere but in the address."""

    id: int
    site: int
    name: str
    password: str  # argon2's text; "": none is asked for
    public: bool  # the site's public page
    created: int  # milliseconds UTC

    @property
    def guest(self) -> Account:
        """Who looks: nobody, a viewer of this one site."""
        return Account(0, "", administrator=False, last_login=None, sites={self.site: Role.VIEWER})


class Shares:
    """The links of one control database. From any thread; `now` is milliseconds UTC."""

    def __init__(self, control: Control) -> None:
        self._control = control
        self._throttle = Throttle()

    def add(self, site: Site, name: str, password: str, now: int) -> str:
        """Makes a link; its token, which is kept nowhere. Raises SiteError: the password is too short or too long."""
        if password and not SHORTEST <= len(password) <= LONGEST:
            raise SiteError(f"A link's password has from {SHORTEST} to {LONGEST} characters.")
        token = secrets.token_urlsafe(32)
        self._put(site, token, name, _HASHER.hash(password) if password else "", now, public=False)
        return token

    def publish(self, site: Site, now: int) -> None:
        """Makes the site's public page, unless there is one."""
        if self.find(_of_public(site.domain)) is None:
            self._put(site, _of_public(site.domain), "", "", now, public=True)

    def of(self, site: Site) -> list[Share]:
        """A site's links, the public page first."""
        return [_share(row) for row in self._control.read("shares", site=site.id)]

    def find(self, token: str) -> Share | None:
        """The link of a token; None when there is none (any more)."""
        rows = self._control.read("share", token=_digest(token))
        return _share(rows[0]) if rows else None

    def revoke(self, site: Site, number: int) -> bool:
        """Takes a link of the site back. False: it has none of that number."""
        return self._control.write("drop_share", id=number, site=site.id) > 0

    def unlock(self, share: Share, password: str, network: int, now: int) -> str | int:
        """Tries the password. A pass for the browser's cookie, "" when it is wrong, or seconds to wait first."""
        name = f"share {share.id}"
        if wait := self._throttle.begin(name, network, now):
            return wait
        try:
            _HASHER.verify(share.password, password[: LONGEST + 1])
        except VerificationError:
            return ""
        self._throttle.succeeded(name, network)
        token = secrets.token_urlsafe(32)
        with self._control.writing():
            self._control.write("forget_share_passes", before=now - PASS_LASTS)
            self._control.write("add_share_pass", token=_digest(token), share=share.id, begun=now)
        return token

    def is_unlocked(self, share: Share, passed: str, now: int) -> bool:
        """Whether the link asks for no password, or the browser has given it."""
        if not share.password:
            return True
        rows = self._control.read("share_pass", token=_digest(passed), share=share.id) if passed else []
        return bool(rows) and now - rows[0][0] <= PASS_LASTS

    def _put(self, site: Site, token: str, name: str, password: str, now: int, *, public: bool) -> None:
        name = " ".join(clean(name).split())[:100]
        values = {"site": site.id, "name": name, "password": password, "public": public, "created": now}
        self._control.write("add_share", token=_digest(token), **values)


class Shared:
    """The application, also below every link."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes on, with a link's address as part of the root path and its token in the scope."""
        if scope["type"] == "http":
            root = scope["root_path"]
            kind, _, rest = scope["path"][len(root) + 1 :].partition("/")
            if kind in {"shared", "public"}:
                name, slash, rest = rest.partition("/")
                below = root + f"/{kind}/{name}"
                rest = slash + rest or "/"
                known = rest == "/" or rest.startswith(BELOW)
                token = name if kind == "shared" else _of_public(name)
                scope = {**scope, "root_path": below, "path": below + (rest if known else "/nowhere"), SHARE: token}
        await self._app(scope, receive, send)


def _of_public(domain: str) -> str:
    return f"public:{domain.lower()}"  # no random token has a colon


def _share(row: tuple[Any, ...]) -> Share:
    return msgspec.convert(dict(zip(Share.__struct_fields__, row, strict=True)), Share, strict=False)


def _digest(token: str) -> bytes:
    return sha256(token.encode("utf-8", "replace")).digest()  # 256 random bits cannot be searched
