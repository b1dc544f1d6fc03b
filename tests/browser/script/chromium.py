"""Debian's Chromium by its own protocol."""

from collections.abc import Mapping, Sequence
from typing import Any

from tests.browser.script.driven import HOSTS, Browser, Tab
from tests.browser.script.wire import BrowserError, Wire


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
