"""Chromium for the dashboard, and the dashboard for it: a server in a thread, over real databases."""

import os
import socket
import threading
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import uvicorn
from msgspec import Struct, field, structs
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Dialog, Page, Request, sync_playwright

from dashboard.finding import Finding
from dashboard.shares import Shared
from tests import shop
from tests.running import PASSWORD
from tests.staff import NOW, TODAY, World

CHROMIUM = Path("/usr/bin/chromium")
ARTIFACTS = Path(__file__).parent.parent / "artifacts"
SHOP = "butiken.example"
DRAWN = "html[data-charts=drawn]"

# A policy's violation is an event on the page; the console tells most of them, this tells all.
WATCH = """
window.violations = [];
document.addEventListener("securitypolicyviolation", (event) =>
  window.violations.push(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`));
"""


class Served(Struct):
    """A running dashboard and what its demo has been asked for."""

    address: str
    world: World
    crowds: list[int]
    findings: list[Finding]  # what its health page tells


class Visit(Struct):
    """A window of a browser, and everything that must not happen in it."""

    page: Page
    server: Served
    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def open(self, path: str, *, drawn: bool = False) -> Page:
        """Opens a path of the dashboard; `drawn` waits for its charts."""
        self.page.goto(self.server.address + path)
        if drawn:
            self.page.wait_for_selector(DRAWN)
        return self.page

    def log_in(self, name: str = "anna") -> "Visit":
        """By the form."""
        page = self.open("/login")
        page.fill("input[name=name]", name)
        page.fill("input[name=password]", PASSWORD)
        page.click("form.login button")
        page.wait_for_url(lambda address: "/login" not in address)
        return self

    def picture(self, name: str) -> Path:
        """Saves what the window shows."""
        ARTIFACTS.mkdir(exist_ok=True)
        path = ARTIFACTS / f"dashboard-{name}.png"
        self.page.screenshot(path=path, full_page=True)
        return path

    def check_quiet(self) -> None:
        """No console message, no violation of the policy, no request to another host."""
        assert self.complaints == []
        assert self.page.evaluate("window.violations ?? []") == []
        own = urlsplit(self.server.address).netloc
        assert {urlsplit(address).netloc for address in self.requests if not address.startswith("data:")} <= {own}


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Debian's browser. Where tests must be whole it must be there."""
    if not CHROMIUM.exists():
        assert not os.environ.get("CI"), f"{CHROMIUM} is missing"
        pytest.skip(f"{CHROMIUM} is missing: run make test once")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The dashboard of a shop with sixty days, an old log, a new site and a demo."""
    crowds: list[int] = []
    findings: list[Finding] = []

    async def crowd(visitors: int) -> None:
        crowds.append(visitors)

    world = World.build(tmp_path_factory.mktemp("served"), crowd=crowd)
    world.deps = structs.replace(world.deps, findings=lambda: (findings, NOW))
    shop.fill(world.store, world.site(SHOP), TODAY, days=60, hours_today=14)
    shop.fill(world.store, world.site("gammal.example"), date(2015, 5, 17), days=3, visits=80)
    world.site("ny.example", k=5)
    world.site("demo.example", demo=True, publish_seconds=5, k=5)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        config = uvicorn.Config(Shared(world.app()), access_log=False, proxy_headers=False, log_level="warning")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        yield Served(f"http://127.0.0.1:{listener.getsockname()[1]}", world, crowds, findings)
        server.should_exit = True
        thread.join()
    world.close()


Enter = Callable[..., Visit]


@pytest.fixture
def enter(chromium: Browser, served: Served) -> Iterator[Enter]:
    """Opens windows: `enter(width=390, dark=True, script=False, language="en-GB")`."""
    contexts: list[BrowserContext] = []

    def window(*, width: int = 1280, dark: bool = False, script: bool = True, language: str = "sv-SE") -> Visit:
        options: dict[str, Any] = {
            "viewport": {"width": width, "height": 900},
            "color_scheme": "dark" if dark else "light",
            "java_script_enabled": script,
            "locale": language,
            "reduced_motion": "reduce",
            "has_touch": width < 700,
        }
        context = chromium.new_context(**options)
        contexts.append(context)
        context.set_default_timeout(30_000)
        context.add_init_script(WATCH)
        visit = Visit(context.new_page(), served)

        def heard(message: ConsoleMessage) -> None:
            visit.complaints.append(f"{message.type}: {message.text}")

        def spoke(dialog: Dialog) -> None:
            visit.complaints.append(f"dialog: {dialog.message}")
            dialog.dismiss()

        def asked(request: Request) -> None:
            visit.requests.append(request.url)

        visit.page.on("console", heard)
        visit.page.on("pageerror", lambda error: visit.complaints.append(str(error)))
        visit.page.on("dialog", spoke)
        context.on("request", asked)
        return visit

    yield window
    for context in contexts:
        context.close()
