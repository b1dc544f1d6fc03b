"""Everything together: settings, control, store, keeper and routes in one server on one port."""

import contextlib
import logging
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Final

import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from collector import foreign
from collector.app import BeaconsFirst, Collector, now_ms
from collector.control import FILE, Control
from collector.door.address import network_of
from collector.errors import PlaceError
from collector.private import keep_memory_private
from collector.settings import Settings
from collector.store import FILE as FILE_OF_STORE
from collector.store import Store
from dashboard import api, pages
from dashboard.accounts import Accounts
from dashboard.care import Care
from dashboard.connections import bounded
from dashboard.crowd import Crowd
from dashboard.exporter import Exporter
from dashboard.frame import Deps
from dashboard.place import data_directory
from dashboard.rounding import round_figures
from dashboard.shares import Shared, Shares

log = logging.getLogger("trekvart")

GRACE_SECONDS: Final = 3  # for requests under way when the server is told to stop
KEEP_ALIVE_SECONDS: Final = 65  # longer than the 60 s that proxies keep an idle connection, or they meet a closed one


def serve(settings: Settings, ready: Callable[[int], None]) -> None:
    """Runs the server until SIGTERM or Ctrl-C. `ready` is called with the port when beacons are taken.

    Raises PlaceError (data directory, port), StoreError, SpoolError or SettingsError before it has begun.
    """
    logging.basicConfig(format="%(levelname)s %(message)s", level=settings.log_level.upper())
    keep_memory_private()
    with data_directory(settings.data_directory), _listening(settings) as listener:
        control = Control.open(settings.data_directory / FILE)
        store = Store.open(settings.data_directory / FILE_OF_STORE, mend=True)
        try:
            app = compose(settings, control, store, lambda: ready(listener.getsockname()[1]))
            uvicorn.Server(_config(app, settings)).run(sockets=[listener])
        finally:
            store.close()
            control.close()


def compose(settings: Settings, control: Control, store: Store, ready: Callable[[], None]) -> ASGIApp:
    """The application: the collector's public routes first, then the screens, under the base path."""
    collector = Collector(settings, control, store)
    round_figures(store, control)
    demo = next((site for site in control.sites() if site.demo), None)
    care = Care(collector, now_ms)
    deps = Deps(
        store=store,
        control=control,
        accounts=Accounts(control),
        settings=settings,
        clock=now_ms,
        network=lambda request: _network(request, collector),
        shares=Shares(control),
        findings=care.findings,
        see_notes=care.see_notes,
        crowd=None if demo is None else Crowd(collector.take, demo),
        door=collector.door,
    )
    routes: list[BaseRoute] = [*collector.routes(), *foreign.routes(collector), *api.routes(deps), *pages.routes(deps)]

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        await collector.start()
        care.start()
        exporter = Exporter(settings, control, store, now_ms)
        exporter.start()
        ready()
        try:
            yield
        finally:
            care.stop()
            await run_in_threadpool(exporter.stop)
            await collector.stop()

    screens = Starlette(routes=routes, exception_handlers=pages.errors(deps), lifespan=lifespan)
    screens.router.redirect_slashes = (
        False  # Starlette's redirect is absolute, from the Host header, without our headers
    )
    app = BeaconsFirst(Shared(screens), collector.beacons)
    return Below(app, settings.base_path) if settings.base_path else app


class Below:
    """The application under a base path, whether the proxy before it takes the base path off or passes it on."""

    def __init__(self, app: ASGIApp, base: str) -> None:
        self._app = app
        self._base = base

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes on, with the base path as ASGI's root path, which every link is made from."""
        if scope["type"] == "http":
            path = scope["path"].removeprefix(self._base) if self._covers(scope["path"]) else scope["path"]
            scope = {**scope, "root_path": self._base, "path": self._base + (path or "/")}
        await self._app(scope, receive, send)

    def _covers(self, path: str) -> bool:
        return path == self._base or path.startswith(self._base + "/")


@contextlib.contextmanager
def _listening(settings: Settings) -> Iterator[socket.socket]:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((settings.host, settings.port))
        except OSError as error:
            raise PlaceError(
                f"Port {settings.port} on {settings.host} cannot be used ({error.strerror}); "
                "stop what uses it, or choose another with --port."
            ) from error
        listener.listen(2048)
        yield listener


def _config(app: ASGIApp, settings: Settings) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        loop="uvloop",
        http=bounded(),
        ws="none",
        lifespan="on",
        # Both keep whole addresses: the access log prints them, the proxy middleware holds 4,096 in a cache.
        access_log=False,
        proxy_headers=False,
        server_header=False,
        log_config=None,
        log_level=settings.log_level,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )


def _network(request: Request, collector: Collector) -> int:
    peer = request.client.host if request.client else None
    return network_of(peer, request.scope["headers"], collector.door.trusted)
