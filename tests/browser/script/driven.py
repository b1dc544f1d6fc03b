"""The small face that both real browsers have for the tests.

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
