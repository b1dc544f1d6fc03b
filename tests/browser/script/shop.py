"""A small shop on a real HTTP server, which also plays the collector: it keeps every beacon as it arrived."""

import contextlib
import json
import re
import socket
import threading
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple, Self
from urllib.parse import urlsplit

from collector.script import optout_script, script
from tests.browser.script.driven import Tab

PAGES = Path(__file__).parent / "pages"
TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css",
    ".pdf": "application/pdf",
}
SECONDS = 45.0  # what has not come by then on a machine with a load of 20 will not come

# A policy with nothing but what docs/script.md says the script needs: no inline script, no inline style.
STRICT = (
    "default-src 'none'; script-src 'self'; connect-src 'self'; base-uri 'none'; require-trusted-types-for 'script'"
)


class Beacon(NamedTuple):
    """One request to the collector."""

    method: str
    target: str  # path and query
    headers: dict[str, str]  # names in lower case
    body: str

    @property
    def fields(self) -> dict[str, Any]:
        fields: dict[str, Any] = json.loads(self.body)
        return fields


class Shop:
    """`with Shop() as shop:` serves the pages under shop.test, stats.test and other.test, on one port.

    `tag` is the attributes of the script's tag, `headers` goes with every page. With `silent` the collector closes
    the connection without an answer.
    """

    def __init__(self) -> None:
        self.tag = ""
        self.source = "/t.js"  # of the tag
        self.headers: dict[str, str] = {}
        self.silent = False
        self.served: dict[str, bytes] = {}  # more paths, with what they answer
        self.served_by: dict[str, Callable[[], bytes]] = {}  # scripts that are fetched from elsewhere
        self.relay: Callable[[Beacon], Mapping[str, str]] | None = (
            None  # passes beacons on, and returns the answer's headers
        )
        self.asked: list[tuple[str, dict[str, str]]] = []  # every other request's target and headers
        self.gate = threading.Event()  # until it is set, /gate is not answered
        self._beacons: list[Beacon] = []
        self._change = threading.Condition()
        self.open: set[socket.socket] = set()
        shop = self

        class Handler(_Handler):
            pass

        Handler.shop = shop
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = False  # they are waited for at the end, and close their sockets
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        for connection in list(self.open):  # idle ones of the browser's, for which their threads wait
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self._server.server_close()

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    def at(self, path: str, host: str = "shop.test") -> str:
        """The address of a page."""
        return f"http://{host}:{self.port}{path}"

    def keep(self, beacon: Beacon) -> None:
        """Called by the server for every beacon."""
        with self._change:
            self._beacons.append(beacon)
            self._change.notify_all()

    @property
    def beacons(self) -> list[Beacon]:
        """All that arrived so far."""
        with self._change:
            return list(self._beacons)

    def said(self, kind: str = "vte") -> list[dict[str, Any]]:
        """The fields of all beacons of some kinds: v view, t time, e event."""
        return [said for said in (beacon.fields for beacon in self.beacons) if said.get("k", "v") in kind]

    def wait(self, enough: Callable[[], object]) -> None:
        """Returns when a condition on what arrived holds. Fails the test with what arrived when it does not."""
        with self._change:
            met = self._change.wait_for(enough, SECONDS)
        assert met, f"what came: {[beacon.body for beacon in self.beacons]}"

    def views(self, number: int) -> list[dict[str, Any]]:
        """Waits for so many views, and returns all there are."""
        self.wait(lambda: len(self.said("v")) >= number)
        return self.said("v")

    def times(self, number: int) -> list[dict[str, Any]]:
        """Waits for so many time beacons, and returns all there are."""
        self.wait(lambda: len(self.said("t")) >= number)
        return self.said("t")

    def events(self, number: int) -> list[dict[str, Any]]:
        """Waits for so many events, and returns all there are."""
        self.wait(lambda: len(self.said("e")) >= number)
        return self.said("e")

    def fence(self, tab: Tab) -> None:
        """Returns when three requests that the page sends one after the other, from now on, have come and gone.

        What the page sent before has arrived by then, though on other connections; so what has not was not sent.
        """
        with self._change:
            before = [target for target, _ in self.asked].count("/fence")
        tab.run("fetch('/fence').then(() => fetch('/fence')).then(() => fetch('/fence')).then(() => 1)")
        self.wait_for_request("/fence", before + 3)

    def note(self, target: str, headers: dict[str, str]) -> None:
        """Called by the server for every other request."""
        with self._change:
            self.asked.append((target, headers))
            self._change.notify_all()

    def wait_for_request(self, target: str, number: int = 1) -> None:
        """Returns when a path has been asked for so many times."""
        self.wait(lambda: [asked for asked, _ in self.asked].count(target) >= number)

    def page(self, path: str) -> tuple[int, str, bytes]:
        """Status, content type and content of a path."""
        if path in self.served:
            return 200, TYPES[".html"], self.served[path]
        if path in self.served_by:
            return 200, TYPES[".js"], self.served_by[path]()
        if re.fullmatch(r"/(stats/)?t(\.[0-9a-f]{12})?\.js", path):
            return 200, TYPES[".js"], script().plain
        if path == "/optout.js":
            return 200, TYPES[".js"], optout_script().plain
        file = PAGES / (path.strip("/")[:99] or "index.html")
        if not file.suffix:
            file = file.with_suffix(".html")
        status = 200 if file.is_file() and file.parent == PAGES else 404
        file = file if status == 200 else PAGES / "missing.html"
        content = file.read_bytes()
        if file.suffix == ".html":
            tag = f'<script defer src="{self.source}" data-site="shop.test" {self.tag}></script>'
            content = content.replace(b"<!-- script -->", tag.encode())
        return status, TYPES[file.suffix], content


class _Handler(BaseHTTPRequestHandler):
    shop: Shop
    protocol_version = "HTTP/1.1"
    timeout = 60  # an idle connection's thread ends then at the latest

    def setup(self) -> None:
        super().setup()
        self.shop.open.add(self.connection)

    def finish(self) -> None:
        self.shop.open.discard(self.connection)
        super().finish()

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        self.shop.note(self.path, {name.lower(): value for name, value in self.headers.items()})
        if path == "/gate":
            self.shop.gate.wait(SECONDS)
        if path in {"/gate", "/fence"}:
            self._answer(204, {})
        elif path.endswith("/t.gif"):
            self._beacon("")
        else:
            status, kind, content = self.shop.page(path)
            cors = {"Access-Control-Allow-Origin": "*"} if kind == TYPES[".js"] else {}
            self._answer(status, {"Content-Type": kind, **cors, **self.shop.headers}, content)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        if self.path.endswith("/t"):
            self._beacon(body)
        else:
            self._answer(303, {"Location": "/thanks"})  # a form

    def do_OPTIONS(self) -> None:
        self._beacon("")  # a preflight is a mistake, and is seen as a beacon with this method

    def _beacon(self, body: str) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        beacon = Beacon(self.command, self.path, headers, body)
        answer = self.shop.relay(beacon) if self.shop.relay else {"X-Trekvart": "counted"}
        self.shop.keep(beacon)
        if self.shop.silent:
            self.close_connection = True
        else:
            origin = {"Access-Control-Allow-Origin": headers["origin"]} if "origin" in headers else {}
            self._answer(202, {**answer, "Cache-Control": "no-store", **origin})

    def _answer(self, status: int, headers: dict[str, str], content: bytes = b"") -> None:
        self.send_response_only(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if status != 204:
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Nothing: an idle connection's end is no news."""

    def handle(self) -> None:
        with contextlib.suppress(ConnectionError, TimeoutError):  # the browser went away
            super().handle()
