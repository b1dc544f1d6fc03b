"""Two real browsers behind one small face: Debian's Chromium by its own protocol, Firefox ESR by WebDriver BiDi.

Neither is told to pretend: a tab behind another is hidden and has no focus, as for a person.
"""

import json
import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Self

from tests.browser.script.wire import SECONDS, BrowserError, Wire

HOSTS = ("shop.test", "stats.test", "other.test")  # all are this machine


class Tab(ABC):
    """A tab, with what a person does in it."""

    @abstractmethod
    def go(self, address: str) -> None:
        """Opens an address and returns when it has loaded."""

    @abstractmethod
    def run(self, script: str) -> Any:
        """The value of a JavaScript expression, awaited. Raises BrowserError when it throws."""

    @abstractmethod
    def front(self) -> None:
        """Shows the tab."""

    @abstractmethod
    def close(self) -> None:
        """Closes the tab, as by its cross."""

    @abstractmethod
    def phone(self) -> None:
        """Makes the viewport a phone's."""

    @abstractmethod
    def mouse(self, x: float, y: float, button: int | None) -> None:
        """Moves the mouse to a point of the viewport and clicks there (0 left, 1 middle, 2 right; None: no click)."""

    def click(self, selector: str, button: int = 0) -> None:
        """Clicks the middle of an element."""
        self.mouse(*self._middle(selector), button)

    def hover(self, selector: str) -> None:
        """Moves the mouse to the middle of an element."""
        self.mouse(*self._middle(selector), None)

    def _middle(self, selector: str) -> tuple[float, float]:
        box = self.run(
            f"(() => {{ let found = document.querySelector({json.dumps(selector)});"
            "found.scrollIntoView({block: 'center', behavior: 'instant'});"
            "let box = found.getBoundingClientRect(); return [box.x + box.width / 2, box.y + box.height / 2]; })()"
        )
        return round(box[0]), round(box[1])

    def stay(self, milliseconds: int) -> None:
        """Lets time pass in the page: what is measured here is time."""
        self.run(f"new Promise((done) => setTimeout(done, {milliseconds}))")


class Browser(ABC):
    """A running browser. Cookies, storage and caches of one `person` are not another's."""

    binary: ClassVar[str]
    says_webdriver: ClassVar[bool]  # whether navigator.webdriver is true in it

    def __init__(self, directory: Path, prefs: Mapping[str, object] | None = None) -> None:
        self._directory = directory
        self._prefs = prefs or {}
        directory.mkdir(parents=True)
        with (directory / "log").open("wb") as log:
            self._process = subprocess.Popen(self._command(), stdout=log, stderr=log, cwd=directory)
        try:
            self.wire = Wire(self._address())
            self._begin()
        except BaseException:
            self._process.kill()
            self._process.wait()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.wire.close()
        self._process.terminate()
        try:
            self._process.wait(SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    @abstractmethod
    def _command(self) -> Sequence[str]: ...

    @abstractmethod
    def _address(self) -> str:
        """Waits until the browser listens, and returns the web socket's address."""

    @abstractmethod
    def _begin(self) -> None:
        """Says what has to be said first."""

    @abstractmethod
    def person(self) -> str:
        """A new visitor: what `tab` opens a tab for."""

    @abstractmethod
    def forget(self, person: str) -> None:
        """Closes a visitor's tabs and drops what was stored for them."""

    @abstractmethod
    def tab(self, person: str) -> Tab:
        """Opens an empty tab in front."""

    @abstractmethod
    def leave_alone(self, person: str, address: str) -> None:
        """Opens an address in a tab that nothing is attached to: Chromium renders nothing ahead for one that is."""

    @property
    def pid(self) -> int:
        return self._process.pid

    def _wait_for(self, path: Path, text: str) -> str:
        """The line of a file the browser writes that holds a text."""
        ends = time.monotonic() + SECONDS
        while time.monotonic() < ends and self._process.poll() is None:
            if path.exists():
                for line in path.read_text("utf-8", "replace").splitlines():
                    if text in line:
                        return line
            time.sleep(0.02)  # a file tells nobody that it grew
        raise BrowserError((self._directory / "log").read_text("utf-8", "replace"))


class Chromium(Browser):
    """Debian's Chromium, headless as it is headed. It is told not to say that it is automated."""

    agent = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36"

    binary = "/usr/bin/chromium"
    says_webdriver = False

    def _command(self) -> Sequence[str]:
        return (
            self.binary,
            "--headless=new",
            "--no-sandbox",  # CI runs as root in a container
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-dev-shm-usage",
            "--disable-gpu",
            "--disable-blink-features=AutomationControlled",
            f"--user-agent={self.agent}",
            "--remote-debugging-port=0",
            f"--user-data-dir={self._directory / 'profile'}",
            f"--host-resolver-rules={','.join(f'MAP {host} 127.0.0.1' for host in HOSTS)}",
            "about:blank",
        )

    def _address(self) -> str:
        path = self._wait_for(self._directory / "profile" / "DevToolsActivePort", "/devtools/browser/")
        port = (self._directory / "profile" / "DevToolsActivePort").read_text().split()[0]
        return f"ws://127.0.0.1:{port}{path}"

    def _begin(self) -> None:
        version = self.wire.call("Browser.getVersion")["product"]
        assert "Chrome" in version, version

    def person(self) -> str:
        return str(self.wire.call("Target.createBrowserContext")["browserContextId"])

    def forget(self, person: str) -> None:
        # Not waited for: Chromium does not always answer when a page is just being loaded.
        self.wire.tell("Target.disposeBrowserContext", {"browserContextId": person})

    def tab(self, person: str) -> "ChromiumTab":
        target = self.wire.call("Target.createTarget", {"url": "about:blank", "browserContextId": person})["targetId"]
        return ChromiumTab(self.wire, target)

    def leave_alone(self, person: str, address: str) -> None:
        self.wire.call("Target.createTarget", {"url": address, "browserContextId": person})


class ChromiumTab(Tab):
    def __init__(self, wire: Wire, target: str) -> None:
        self._wire = wire
        self._target = target
        attached = wire.call("Target.attachToTarget", {"targetId": target, "flatten": True})
        self._session = str(attached["sessionId"])
        self.call("Page.enable")

    def call(self, method: str, params: Mapping[str, Any] | None = None) -> dict[str, Any]:
        return self._wire.call(method, params, sessionId=self._session)

    def go(self, address: str) -> None:
        self._wire.forget()
        said = self.call("Page.navigate", {"url": address})
        if "errorText" in said:
            raise BrowserError(f"{address}: {said['errorText']}")
        if "loaderId" in said:  # not for a new fragment of the same page
            self._wire.until("Page.loadEventFired", sessionId=self._session)

    def run(self, script: str) -> Any:
        params = {"expression": script, "awaitPromise": True, "returnByValue": True, "userGesture": True}
        said = self.call("Runtime.evaluate", params)
        if "exceptionDetails" in said:
            raise BrowserError(str(said["exceptionDetails"]))
        return said["result"].get("value")

    def front(self) -> None:
        self._wire.call("Target.activateTarget", {"targetId": self._target})

    def close(self) -> None:
        self._wire.call("Target.closeTarget", {"targetId": self._target})

    def phone(self) -> None:
        self.call(
            "Emulation.setDeviceMetricsOverride",
            {"width": 390, "height": 700, "deviceScaleFactor": 3, "mobile": True},
        )

    def mouse(self, x: float, y: float, button: int | None) -> None:
        self.call("Input.dispatchMouseEvent", {"type": "mouseMoved", "x": x, "y": y})
        if button is None:
            return
        press = {"x": x, "y": y, "button": ("left", "middle", "right")[button], "clickCount": 1}
        self.call("Input.dispatchMouseEvent", {"type": "mousePressed", **press})
        self.call("Input.dispatchMouseEvent", {"type": "mouseReleased", **press})


class Firefox(Browser):
    """Debian's Firefox ESR, headless, by WebDriver BiDi."""

    binary = "/usr/bin/firefox-esr"
    says_webdriver = True

    def _command(self) -> Sequence[str]:
        profile = self._directory / "profile"
        profile.mkdir()
        prefs = {
            "network.dns.localDomains": ",".join(HOSTS),
            "remote.active-protocols": 1,  # BiDi
            "browser.shell.checkDefaultBrowser": False,
            "datareporting.policy.dataSubmissionEnabled": False,
            "app.normandy.enabled": False,
            "network.captive-portal-service.enabled": False,
            "network.connectivity-service.enabled": False,
            "privacy.reduceTimerPrecision": False,  # what a page costs is measured in less than a millisecond
            **self._prefs,
        }
        lines = [f"user_pref({json.dumps(name)}, {json.dumps(value)});" for name, value in prefs.items()]
        (profile / "user.js").write_text("\n".join(lines))
        return (
            self.binary, "--headless", "--no-remote", "--profile", str(profile), "--remote-debugging-port", "0",
        )  # fmt: skip

    def _address(self) -> str:
        line = self._wait_for(self._directory / "log", "WebDriver BiDi listening on ")
        return line.split("listening on ")[1].strip() + "/session"

    def _begin(self) -> None:
        self.wire.call("session.new", {"capabilities": {}})

    def person(self) -> str:
        return str(self.wire.call("browser.createUserContext")["userContext"])

    def forget(self, person: str) -> None:
        self.wire.call("browser.removeUserContext", {"userContext": person})

    def tab(self, person: str) -> "FirefoxTab":
        made = self.wire.call("browsingContext.create", {"type": "tab", "userContext": person})
        return FirefoxTab(self.wire, made["context"])

    def leave_alone(self, person: str, address: str) -> None:
        self.tab(person).go(address)


class FirefoxTab(Tab):
    def __init__(self, wire: Wire, context: str) -> None:
        self._wire = wire
        self._context = context

    def call(self, method: str, params: Mapping[str, Any] | None = None) -> dict[str, Any]:
        return self._wire.call(method, {"context": self._context, **(params or {})})

    def go(self, address: str) -> None:
        self.call("browsingContext.navigate", {"url": address, "wait": "complete"})

    def run(self, script: str) -> Any:
        params = {
            "expression": script,
            "target": {"context": self._context},
            "awaitPromise": True,
            "userActivation": True,
        }
        said = self._wire.call("script.evaluate", params)
        if said["type"] == "exception":
            raise BrowserError(str(said["exceptionDetails"]))
        return _plain(said["result"])

    def front(self) -> None:
        self.call("browsingContext.activate")

    def close(self) -> None:
        self.call("browsingContext.close")

    def phone(self) -> None:
        self.call("browsingContext.setViewport", {"viewport": {"width": 390, "height": 700}, "devicePixelRatio": 3})

    def mouse(self, x: float, y: float, button: int | None) -> None:
        actions: list[dict[str, Any]] = [{"type": "pointerMove", "x": int(x), "y": int(y)}]
        if button is not None:
            actions += [{"type": "pointerDown", "button": button}, {"type": "pointerUp", "button": button}]
        self.call("input.performActions", {"actions": [{"type": "pointer", "id": "mouse", "actions": actions}]})


def _plain(value: dict[str, Any]) -> Any:
    """A BiDi value without its types. Only what the tests ask for: texts, numbers, truth values, null, and lists."""
    if value["type"] == "array":
        return [_plain(part) for part in value["value"]]
    return value.get("value")


BROWSERS: Mapping[str, type[Browser]] = {"chromium": Chromium, "firefox": Firefox}
