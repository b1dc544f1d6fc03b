"""Commands to a browser as JSON over a web socket: what Chromium's protocol and WebDriver BiDi have in common."""

import json
import time
from collections import deque
from collections.abc import Mapping
from typing import Any

import websocket

SECONDS = 30.0  # a browser that takes longer than this to answer has hung


class BrowserError(Exception):
    """The browser refused a command, or a script in the page threw."""


class Wire:
    """One connection. Used from one thread; events that arrive meanwhile are kept until they are waited for."""

    def __init__(self, address: str) -> None:
        self._socket = websocket.create_connection(address, timeout=SECONDS, suppress_origin=True)
        self._last = 0
        self._events: deque[dict[str, Any]] = deque(maxlen=1000)

    def close(self) -> None:
        self._socket.close()

    def call(self, method: str, params: Mapping[str, Any] | None = None, **more: str) -> dict[str, Any]:
        """Sends a command and returns its result. Raises BrowserError when the browser refuses it."""
        mine = self.tell(method, params, **more)
        while True:
            message = self._receive()
            if message.get("id") == mine:
                break
        if "error" in message:
            raise BrowserError(f"{method}: {message}")
        result: dict[str, Any] = message["result"]
        return result

    def tell(self, method: str, params: Mapping[str, Any] | None = None, **more: str) -> int:
        """Sends a command, returns its number, and does not wait for what it leads to."""
        self._last += 1
        self._socket.send(json.dumps({"id": self._last, "method": method, "params": params or {}, **more}))
        return self._last

    def forget(self) -> None:
        """Drops the events kept so far."""
        self._events.clear()

    def until(self, method: str, **having: str) -> dict[str, Any]:
        """Waits for an event that has not been waited for yet, and returns it."""
        ends = time.monotonic() + SECONDS
        while True:
            for event in self._events:
                if event["method"] == method and having.items() <= event.items():
                    self._events.remove(event)
                    return event
            if time.monotonic() > ends:
                raise BrowserError(f"no {method} came")
            self._receive()

    def _receive(self) -> dict[str, Any]:
        message: dict[str, Any] = json.loads(self._socket.recv())
        if "id" not in message:
            self._events.append(message)
        return message
