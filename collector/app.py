"""The collector at work: door, spool, keeper and outbox together, and the public routes.

Public are beacon, pixel, script and health: what a browser on a shop's page talks to.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable
from contextlib import closing
from datetime import date

from starlette.requests import Request as PageRequest
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from collector.aliases import aliases
from collector.control import Control
from collector.day.intake import Intake
from collector.day.keys import Keys
from collector.day.notes import SENTENCES, Note
from collector.day.outbox import OutboxThread
from collector.day.spool import Spool
from collector.day.supervisor import Supervisor
from collector.disk import Disk
from collector.door.address import is_untrusted_proxy
from collector.door.agent import read_agent
from collector.door.beacon import LONGEST_BODY
from collector.door.country import Countries
from collector.door.door import Door
from collector.door.hit import Drop
from collector.door.reply import Accepted, Refusal
from collector.door.sources import look_up
from collector.door.work import Request
from collector.errors import TrekvartError
from collector.script import Script, optout_script, script
from collector.settings import Settings
from collector.site import NO_SITE, Site
from collector.store import Store

log = logging.getLogger("trekvart")

SITES_SECONDS = 1.0  # how soon a site added by another process is known
PROXY_LOOKS = 200  # beacons after a start at which a missing trusted proxy is looked for; 1 us each
COPY_TURNS = 60  # of these between looks whether control.db's copy is still the same
RETRY_SECONDS = 5  # what a sender is told when the disk or the queue is full
YEAR = 365 * 24 * 3600

Outcome = Accepted | Refusal


def now_ms() -> int:
    """The server's clock: milliseconds since 1970, UTC."""
    return time.time_ns() // 1_000_000


class Collector:
    """From a beacon's bytes to a release in the store. Start and stop it on the event loop that serves it."""

    def __init__(self, settings: Settings, control: Control, store: Store, clock: Callable[[], int] = now_ms) -> None:
        """Opens the spool and matches it with the store; raises SpoolError, PlaceError or SettingsError."""
        self.settings = settings
        self.control = control
        self.store = store
        self.clock = clock
        self._spool = self.open_spool()
        self.disk = Disk((settings.data_directory, settings.keys), settings.free_space_floor)
        self._spool.match_store(store.marks(), store.days())
        self._note_store()
        self.beacons = BeaconEndpoint(self)
        self._sites: dict[int, Site] = {}
        self._looks = PROXY_LOOKS
        self.untrusted_proxy = False
        self._version = -1
        self.door = Door((), settings, Countries(settings.country_file))
        look_up("example.org")  # the tables behind these two are read at first use, 80 ms that no beacon should wait
        read_agent("Mozilla/5.0")
        self._know_sites()

    def open_spool(self) -> Spool:
        """Another instance, for another thread."""
        return Spool(self.settings.data_directory, Keys(self.settings.keys))

    async def start(self) -> None:
        """Starts the spool's thread, the outbox's thread and the keeper's process; beacons are taken from now on."""
        self.intake = Intake(self._spool, self.settings.waiting_limit, self.clock)
        self.outbox = OutboxThread(self.open_spool, self.store, self.clock)
        self.supervisor = Supervisor(self.settings, self.outbox.wake)
        self._watch = asyncio.create_task(self._watch_sites())

    async def stop(self) -> None:
        """Writes what has gathered, lets the keeper publish what may be published, and brings it to the store.

        Each step is taken whatever became of the one before, or a thread would keep the process from ending.
        """
        async with contextlib.AsyncExitStack() as steps:  # the last one first
            steps.callback(self._spool.close)
            steps.push_async_callback(asyncio.to_thread, self.outbox.stop)
            steps.push_async_callback(self.supervisor.stop)
            steps.push_async_callback(self.intake.stop)
            steps.callback(self._watch.cancel)

    async def take(self, request: Request) -> Outcome:
        """One beacon through the door and onto the disk. When this returns Accepted, the hit survives kill -9."""
        if closed := self.closed:
            return Refusal(Drop.OVERLOADED, retry_after=RETRY_SECONDS, why=closed)
        if self._looks:  # at the first beacons after a start, whether a setting for a proxy is missing
            self._looks -= 1
            self.untrusted_proxy |= is_untrusted_proxy(request.peer, request.headers, self.door.trusted)
        outcome = self.door.read(request, self.clock())
        kept = self.keep(outcome)
        if kept is not None and not await kept:
            return Refusal(Drop.OVERLOADED, origin=outcome.origin, retry_after=RETRY_SECONDS, why=self.intake.why)
        return outcome

    @property
    def closed(self) -> str:
        """Why no beacon is taken just now; "": they are."""
        return "queue-full" if self.intake.full else self.disk.why

    def keep(self, outcome: Outcome) -> asyncio.Future[bool] | None:
        """Bring it onto the disk, a refusal as its count. The future: whether it is there; None: an objection."""
        if isinstance(outcome, Accepted):
            return self.intake.hit(outcome.site, outcome.hit)
        if outcome.reason is Drop.OBJECTION:
            return None  # no trace, not even a count
        # Counted, and told only when the count is on disk too.
        return self.intake.drop(self._sites[outcome.site], outcome.network, outcome.reason)

    async def forget_site(self, site: Site) -> None:
        """A site that control has no more: no beacon of it is taken, and nothing of it is left in spool or store.

        Raises StoreError; it can be asked again.
        """
        self._know_sites()
        await self.intake.settle()  # a group commit under way may hold a hit of it
        await asyncio.get_running_loop().run_in_executor(None, self._remove, site.id)

    def _remove(self, site: int) -> None:
        with closing(self.open_spool()) as spool:
            spool.remove_site(site)
            self.store.remove_before({site: date.max})
            spool.remove_site(site)  # a release that was on its way when the first was done

    def routes(self) -> list[BaseRoute]:
        """The public routes, to stand before all others."""
        served = script()
        return [
            Route("/t", self.beacons, methods=["POST", "OPTIONS"], name="beacon"),
            Route("/t.gif", PixelEndpoint(self), methods=["GET"], name="pixel"),
            Route("/t.js", ScriptEndpoint(served, 3600), methods=["GET"], name="script"),
            Route(f"/{served.name}", ScriptEndpoint(served, YEAR), methods=["GET"], name="script-pinned"),
            Route("/optout.js", ScriptEndpoint(optout_script(), 3600), methods=["GET"], name="optout-script"),
            Route("/health", self.health, methods=["GET"], name="health"),
        ]

    async def health(self, _: PageRequest) -> Response:
        """Whether beacons are taken. Says nothing that moves with a beacon."""
        return JSONResponse(
            {"status": self.closed or "ok"},
            503 if self.closed else 200,
            {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"},
        )

    def note(self, note: Note) -> None:
        """Keeps a note for the operator; may be called from any thread."""
        with closing(self.open_spool()) as spool:
            spool.note(note)

    def _note_store(self) -> None:
        """What opening the store had to set aside, for the operator."""
        while self.store.found:
            what, name = self.store.found.pop(0)
            log.warning("%s", SENTENCES[what].format(name=name))
            self._spool.note(Note(self.clock(), what, name=name))

    async def _watch_sites(self) -> None:
        copied = 0
        while True:
            await asyncio.sleep(SITES_SECONDS)
            try:
                self.disk.look()
                if self.control.version() != self._version:
                    self._know_sites()
                    copied = 0
                copied -= 1
                if copied < 0:
                    await asyncio.get_running_loop().run_in_executor(None, self.control.keep_copy)
                    copied = COPY_TURNS
                self._note_store()
            except TrekvartError as error:
                log.error("Sites cannot be looked after just now: %s", error)  # noqa: TRY400 - one sentence
                await asyncio.sleep(RETRY_SECONDS)
            except Exception:  # a task that ended here would hear of no new site and no full disk ever again
                log.exception("Sites cannot be looked after just now")
                await asyncio.sleep(RETRY_SECONDS)

    def _know_sites(self) -> None:
        self._version = self.control.version()
        sites = self.control.sites()
        self._sites = {site.id: site for site in (*sites, NO_SITE)}
        self.door.use(sites, aliases(self.control))


class BeaconEndpoint:
    """`POST /t`: any content type, at most 2 KB. Plain ASGI: a Request object costs a tenth of the whole beacon."""

    def __init__(self, collector: Collector) -> None:
        self._collector = collector

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers 202 when the hit is on disk, or the reason why there is none in `X-Trekvart`."""
        if scope["method"] == "OPTIONS":  # a sender that names a JSON content type asks first
            await _send(send, 204, [*PREFLIGHT, (b"access-control-allow-origin", _header(scope, b"origin") or b"*")])
            return
        body = await _body(receive)
        if body is None:
            return
        outcome = await self._collector.take(_request(scope, body=body))
        await _send(send, outcome.status, _headers(outcome))


class BeaconsFirst:
    """The application, but for beacons, which are answered before its middleware and routes are asked.

    Those take 12 of some 85 microseconds a beacon (`make bench T=ingest`), and do nothing for it.
    """

    def __init__(self, app: ASGIApp, beacons: ASGIApp) -> None:
        self._app = app
        self._beacons = beacons

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes on to the one or the other."""
        if scope["type"] == "http" and scope["method"] == "POST" and scope["path"] == scope["root_path"] + "/t":
            await self._beacons(scope, receive, send)
        else:
            await self._app(scope, receive, send)


class PixelEndpoint:
    """`GET /t.gif`: a page view without JavaScript. Always the same 42 bytes, so that no page shows a broken image."""

    GIF = bytes.fromhex("47494638396101000100800000000000ffffff21f90401000000002c000000000100010000020144003b")

    def __init__(self, collector: Collector) -> None:
        self._collector = collector

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers the transparent pixel, and the outcome in the status and `X-Trekvart`."""
        del receive
        outcome = await self._collector.take(_request(scope, query=scope["query_string"]))
        status = 200 if outcome.status == 202 else outcome.status
        headers = [*_headers(outcome), (b"content-type", b"image/gif"), CROSS_ORIGIN, NOSNIFF]
        await _send(send, status, headers, self.GIF)


class ScriptEndpoint:
    """The script: precompressed, cached by its address; no ETag or Last-Modified, which could mark a browser."""

    def __init__(self, served: Script, seconds: int) -> None:
        self._plain, self._gzip = served.plain, served.gzip
        cache = f"public, max-age={seconds}" + (", immutable" if seconds == YEAR else "")
        self._headers = [
            (b"content-type", b"text/javascript; charset=utf-8"),
            (b"cache-control", cache.encode()),
            (b"vary", b"accept-encoding"),
            (b"access-control-allow-origin", b"*"),  # so that a page on another host may check its integrity
            CROSS_ORIGIN,
            NOSNIFF,
        ]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers the script, compressed where the browser takes it."""
        del receive
        if b"gzip" in (_header(scope, b"accept-encoding") or b""):
            await _send(send, 200, [*self._headers, (b"content-encoding", b"gzip")], self._gzip)
        else:
            await _send(send, 200, self._headers, self._plain)


NOSNIFF = (b"x-content-type-options", b"nosniff")
CROSS_ORIGIN = (b"cross-origin-resource-policy", b"cross-origin")  # the shop's pages may be on another host
PREFLIGHT = [
    (b"access-control-allow-methods", b"POST"),
    (b"access-control-allow-headers", b"content-type"),
    (b"access-control-max-age", b"86400"),
]
# As few as can be: uvicorn checks each by two regular expressions, 1.3 us a header.
COMMON = [(b"cache-control", b"no-store")]


def _request(scope: Scope, *, body: bytes = b"", query: bytes = b"") -> Request:
    client = scope["client"]
    return Request(scope["method"], scope["headers"], client[0] if client else "", body, query)


def _headers(outcome: Outcome) -> list[tuple[bytes, bytes]]:
    headers = [*COMMON, (b"x-trekvart", outcome.words.encode())]
    if outcome.seen:
        headers.append((b"x-trekvart-seen", outcome.seen.encode("ascii")))
    if outcome.origin:
        headers.append((b"access-control-allow-origin", outcome.origin.encode("latin-1")))
        headers.append((b"access-control-expose-headers", b"x-trekvart, x-trekvart-seen"))
        headers.append((b"vary", b"origin"))
    if isinstance(outcome, Refusal) and outcome.retry_after:
        headers.append((b"retry-after", str(outcome.retry_after).encode()))
    return headers


def _header(scope: Scope, name: bytes) -> bytes | None:
    return next((value for key, value in scope["headers"] if key == name), None)


async def _body(receive: Receive) -> bytes | None:
    """The body, cut off past what the door takes (one byte more, so that it sees that); None when the sender left."""
    message = await receive()
    body: bytes = message.get("body", b"")
    while message.get("more_body", False) and len(body) <= LONGEST_BODY:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body += message.get("body", b"")
    return body[: LONGEST_BODY + 1]


async def _send(send: Send, status: int, headers: list[tuple[bytes, bytes]], body: bytes = b"") -> None:
    headers = [*headers, (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
