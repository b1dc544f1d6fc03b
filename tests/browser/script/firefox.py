"""Debian's Firefox ESR by WebDriver BiDi."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from tests.browser.script.driven import HOSTS, Browser, Tab
from tests.browser.script.wire import BrowserError, Wire


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
