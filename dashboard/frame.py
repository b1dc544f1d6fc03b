"""What every screen shares: what it is built from, who asks and in which language, links, and the rendered answer."""

import gzip
from collections.abc import Awaitable, Callable, Mapping
from functools import cache, cached_property
from typing import Any, Final, NamedTuple
from urllib.parse import parse_qsl, urlencode

from jinja2 import Environment, PackageLoader, StrictUndefined
from msgspec import Struct
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from collector.control import Control
from collector.door.door import Door
from collector.errors import SiteError
from collector.settings import Settings
from collector.site import Site
from collector.store import Store
from dashboard import assets, audit
from dashboard.accounts import Accounts
from dashboard.finding import Finding
from dashboard.guard import FORM_BYTES, LONG_FORM_BYTES, harden, is_own_form, is_secure, share_cookie, token_of
from dashboard.machine import BODY_BYTES, SAYS, identify, refusal
from dashboard.roles import Account, Role
from dashboard.shares import SHARE, Share, Shares
from dashboard.words import LANGUAGES, Words, choose

SMALL: Final = 1400  # bytes: what one packet carries is not worth compressing


class Deps(Struct, frozen=True):
    """What the screens work with, made once by dashboard/app.py."""

    store: Store
    control: Control
    accounts: Accounts
    settings: Settings
    clock: Callable[[], int]  # milliseconds since 1970, UTC
    network: Callable[[Request], int]  # who tries to log in, as far as is ever told: collector.door.address.network_of
    shares: Shares
    crowd: Callable[[int], Awaitable[None]] | None = None  # sets made-up visitors on their way; None: no demo
    door: Door | None = None  # what a beacon of the asking browser would become; used on the event loop only
    findings: Callable[[], tuple[list[Finding], int]] = lambda: ([], 0)  # of dashboard.checkup, and when they were made
    see_notes: Callable[[], None] = lambda: None  # the operator has seen what went wrong


class Ask:
    """One request to a screen, and all an endpoint needs to answer it."""

    def __init__(self, request: Request, deps: Deps, account: Account | None, form: Mapping[str, str]) -> None:
        self.request = request
        self.deps = deps
        self.account = account  # None only on pages that are open to all
        self.form = form
        self.body = b""  # below /api/ only
        self.share: Share | None = None  # the link by which a guest is here
        self.now = deps.clock()

    @cached_property
    def query(self) -> dict[str, str]:
        """The query's keys; of a repeated one the last."""
        return dict(self.request.query_params)

    @cached_property
    def site(self) -> Site:
        """The site the address names. 404: there is none, or not for this account."""
        try:
            site = self.deps.control.site(self.request.path_params["domain"])
        except SiteError:
            raise HTTPException(404) from None
        if self.account is not None and self.account.role(site.id) is None:
            raise HTTPException(404)
        return site

    @cached_property
    def sites(self) -> tuple[Site, ...]:
        """The sites this account may see: the only list of sites that a screen shows or asks a report about."""
        return tuple(site for site in self.deps.control.sites() if self.account and self.account.role(site.id))

    def may(self, needed: str, site: Site | None = None) -> bool:
        """Whether the account may do what this role may, at a site or at the server: for what a page offers."""
        return self.account is not None and self.account.may(Role(needed), site.id if site else None)

    @cached_property
    def must_enrol(self) -> bool:
        """Whether a second factor has to be set up before anything else is shown."""
        asked = self.deps.settings.require_second_factor
        return self.account is not None and not self.share and self.deps.accounts.must_enrol(self.account, asked)

    @cached_property
    def unwell(self) -> bool:
        """Whether something has to be done about the server, and the account is one that can."""
        return self.may("administrator") and self._bad

    @property
    def late(self) -> bool:
        """Whether figures may be late because of that: for all others who are signed in and can only ask."""
        return self.account is not None and not self.share and not self.may("administrator") and self._bad

    @property
    def _bad(self) -> bool:
        return any(finding.state == "bad" for finding in self.deps.findings()[0])

    def note(self, act: audit.Act, what: str) -> None:
        """Writes into the audit log that this account did something."""
        assert self.account is not None
        audit.note(self.deps.control, self.account.name, act, what, self.now)

    @cached_property
    def words(self) -> Words:
        """The language of this request."""
        wanted = self.request.headers.get("accept-language", "")
        return choose(self.query.get("lang", ""), wanted, self.deps.settings.language)

    @cached_property
    def asked_language(self) -> dict[str, str]:
        """The query's language, when the address chose one: every link of the page carries it on."""
        return {"lang": self.query["lang"]} if self.query.get("lang") in LANGUAGES else {}

    def path(self, name: str, /, **path: str) -> str:
        """The path of a named route, base path first: for forms, which bring their own query."""
        return str(self.request.url_for(name, **path).path)

    def link(self, name: str, query: Mapping[str, str] | None = None, /, **path: str) -> str:
        """The path of a named route, base path first, with a query; an asked language goes along."""
        text = urlencode({**self.asked_language, **(query or {})})
        return str(self.request.url_for(name, **path).path) + (f"?{text}" if text else "")

    def with_language(self, language: str) -> str:
        """This page's query in another language."""
        return urlencode({**self.query, "lang": language})

    def static(self, name: str) -> str:
        """The address of a file of ours."""
        version, _, file = assets.address(name).partition("/")
        return str(self.request.url_for("static", version=version, name=file).path)

    @cached_property
    def base(self) -> str:
        """The base path, "" or "/stats", whoever put it there: a proxy by the root path, or the server by a mount."""
        return str(self.request.url_for("home").path).rstrip("/")

    def public(self, path: str) -> str:
        """A path of the server as the outside world writes it: for what is pasted into pages elsewhere."""
        outside = self.deps.settings.public_url or f"{self.request.url.scheme}://{self.request.url.netloc}{self.base}"
        return outside + path

    def render(self, template: str, status: int = 200, **context: Any) -> Response:
        """The template's page in this request's language. `headers` are added by `guarded`."""
        body = templates().get_template(template).render(ask=self, words=self.words, t=self.words, **context).encode()
        response = Response(body, status, media_type="text/html")
        if len(body) > SMALL and "gzip" in self.request.headers.get("accept-encoding", ""):
            # No secret is in a page (forms are told by their origin), so its size tells nothing (BREACH).
            response = Response(gzip.compress(body, 5, mtime=0), status, media_type="text/html")
            response.headers["Content-Encoding"] = "gzip"
        response.headers["Vary"] = "Accept-Encoding, Accept-Language, Cookie"
        return response

    def redirect(self, to: str) -> Response:
        """On to a path of ours, by GET."""
        return RedirectResponse(to, 303)


# The screens that are there for who has yet to set up the second factor that the server requires.
ENROLMENT: Final = frozenset({"account", "begin_factor", "second_factor", "confirm_factor", "logout"})

Endpoint = Callable[[Ask], "Response | Awaitable[Response]"]
Answers = Callable[["Screen", Ask], "Response | Awaitable[Response]"]


class Screen(NamedTuple):
    """A line of the table of screens. Who says nothing of `needs` made a screen for administrators of the server.

    With {domain} in its path a screen is about that site, and `needs` is the role at it; without, at the server (see
    `Account.may`). Below /api/ it is for machines: refused in JSON, never sent to the login.
    """

    path: str
    name: str
    endpoint: Endpoint
    method: str = "GET"
    open: bool = False  # for all, without a login
    needs: Role = Role.ADMINISTRATOR
    shared: bool = False  # also for the guests of a site's links (dashboard/shares.py): read-only, about one site


@cache
def templates() -> Environment:
    """The templates; every value is escaped, and an unknown name is an error rather than nothing."""
    return Environment(
        loader=PackageLoader("dashboard"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )


def guarded(screen: Screen, deps: Deps) -> Callable[[Request], Awaitable[Response]]:
    """The endpoint behind its guards: own forms only, a session unless the screen is open, headers on every answer."""
    machine = screen.path.startswith("/api/")
    answer = _answer_machine if machine else _answer

    async def endpoint(request: Request) -> Response:
        ask = Ask(request, deps, None, {})
        if request.method == "POST" and machine:
            ask.body = await _body(request, BODY_BYTES)
        elif request.method == "POST":
            ask.form = await _form(request, deps, FORM_BYTES if screen.open else LONG_FORM_BYTES)
        shown = _answer_guest if SHARE in request.scope else answer
        reads = request.method == "GET" or machine
        response = await run_in_threadpool(_at_one_moment if reads else _now, shown, screen, ask)
        if not isinstance(response, Response):
            response = await response
        return harden(response, framed=SHARE in request.scope)

    return endpoint


# Both in a thread of their own: databases are asked here, and beacons do not wait for them.


def _at_one_moment(answer: Answers, screen: Screen, ask: Ask) -> "Response | Awaitable[Response]":
    """An answer whose figures and groups are of one publish, though another comes while it is made."""
    with ask.deps.store.snapshot():
        return answer(screen, ask)


def _now(answer: Answers, screen: Screen, ask: Ask) -> "Response | Awaitable[Response]":
    return answer(screen, ask)


def _answer(screen: Screen, ask: Ask) -> "Response | Awaitable[Response]":
    """What a person is answered; who is not signed in is sent to the login."""
    request, deps = ask.request, ask.deps
    token = "" if screen.open else token_of(request, deps.settings)
    ask.account = deps.accounts.session(token, ask.now) if token else None
    if ask.account is None and not screen.open:
        here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return ask.redirect(ask.link("login", {"next": here} if request.method == "GET" else None))
    if ask.must_enrol and screen.name not in ENROLMENT:
        return ask.redirect(ask.link("account"))
    _admit(screen, ask)
    return screen.endpoint(ask)


def _answer_machine(screen: Screen, ask: Ask) -> "Response | Awaitable[Response]":
    """What a program is answered: JSON whatever happens."""
    deps = ask.deps
    try:
        if len(ask.body) > BODY_BYTES:
            return refusal(SAYS[413], 413)
        if not screen.open:
            found = identify(deps.accounts, deps.settings, ask.request, deps.network(ask.request), ask.now)
            if isinstance(found, Response):
                return found
            ask.account = found
        _admit(screen, ask)
        return screen.endpoint(ask)
    except HTTPException as error:
        return refusal(SAYS.get(error.status_code, SAYS[400]), error.status_code)


def _answer_guest(screen: Screen, ask: Ask) -> "Response | Awaitable[Response]":
    """Below a link: nobody's session counts, and only what is shared is there. 404: the link is none, or is no more."""
    request, shares = ask.request, ask.deps.shares
    ask.share = share = shares.find(request.scope[SHARE])
    if share is None and screen.name != "static":  # the page that says so has its style from below the link too
        return ask.render("gone.html", 404)
    ask.account = share.guest if share else None
    if share is None or screen.open:
        return screen.endpoint(ask)
    if not screen.shared:
        raise HTTPException(404)
    passed = request.cookies.get(share_cookie(share.id, secure=is_secure(request, ask.deps.settings)), "")
    if not shares.is_unlocked(share, passed, ask.now):
        return ask.render("unlock.html", 401, problem="")
    _admit(screen, ask)
    return screen.endpoint(ask)


def _admit(screen: Screen, ask: Ask) -> None:
    """Raises 404 for a site that is not there for the account, 403 for what its role does not allow; both are noted."""
    if screen.open:
        return
    about = "{domain}" in screen.path
    try:
        allowed = ask.account is not None and ask.account.may(screen.needs, ask.site.id if about else None)
    except HTTPException:
        _note_refusal(screen, ask)
        raise
    if not allowed:
        _note_refusal(screen, ask)
        raise HTTPException(403)


def _note_refusal(screen: Screen, ask: Ask) -> None:
    """Writes it into the audit log. Of a name that is no site's, nothing: it may be anything."""
    domain = str(ask.request.path_params.get("domain", ""))
    known = not domain or any(domain == site.domain for site in ask.deps.control.sites())
    if known and ask.account is not None and not ask.share:
        what = f"{domain}: {screen.name}" if domain else screen.name
        audit.tally(ask.deps.control, ask.account.name, audit.Act.REFUSED, what, ask.now)


async def _body(request: Request, most: int) -> bytes:
    """The body, cut off one byte past what is taken, so that whoever reads it sees that it was longer."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > most:
            break
    return bytes(body[: most + 1])


async def _form(request: Request, deps: Deps, most: int) -> dict[str, str]:
    """The fields of a form of ours. Raises 403 when it is somebody else's, 413 when no form of ours is that long."""
    if not is_own_form(request.headers, deps.settings.public_url):
        raise HTTPException(403)
    body = await _body(request, most)
    if len(body) > most:
        raise HTTPException(413)
    return dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))


def error_page(deps: Deps) -> Callable[[Request, Exception], Awaitable[Response]]:
    """The handler of all errors, HTTPException and Exception: a page for a browser, JSON for the API, else a line."""

    async def handle(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        headers = dict(error.headers or {}) if isinstance(error, HTTPException) else {}
        ask = Ask(request, deps, None, {})
        shown = status if ask.words.has(f"error.title_{status}") else 500 if status >= 500 else 404
        response: Response
        if request.scope["path"].removeprefix(request.scope.get("root_path", "")).startswith("/api/"):
            response = JSONResponse({"error": ask.words(f"error.title_{shown}")}, status)
        elif "text/html" in request.headers.get("accept", ""):
            response = ask.render("error.html", status, code=shown)
        else:
            response = Response(ask.words(f"error.title_{shown}") + "\n", status, media_type="text/plain")
        response.headers.update(headers)
        return harden(response)

    return handle
