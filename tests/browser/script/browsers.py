"""The two real browsers that every test of the script runs in."""

from collections.abc import Mapping
from typing import Final

from tests.browser.script.chromium import Chromium
from tests.browser.script.driven import Browser
from tests.browser.script.firefox import Firefox

BROWSERS: Final[Mapping[str, type[Browser]]] = {"chromium": Chromium, "firefox": Firefox}
