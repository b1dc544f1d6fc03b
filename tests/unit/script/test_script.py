"""The file that is shipped: made from its source, small, and silent about the device."""

import base64
import gzip
import hashlib
import re

import pytest

from collector.script import OPTOUT_KEY, optout_script, script
from tests.build_script import SHIPPED, SOURCE, minified

BUDGET = 1100  # bytes of gzip -9, with every function


def _code(source: str) -> str:
    """A source without its comments. It has no string with // or /* in it but the two that are put back."""
    return re.sub(r"/\*.*?\*/|(?<![:'\\])//[^\n]*", "", source, flags=re.DOTALL)


def test_size() -> None:
    """What travels is at most 1,100 bytes."""
    assert len(gzip.compress(SHIPPED.read_bytes(), 9, mtime=0)) <= BUDGET


def test_built_from_the_source() -> None:
    """The shipped file is what the minifier makes of the source: after a change, python -m tests.build_script."""
    assert SHIPPED.read_bytes() == minified(SOURCE.read_text("utf-8"))


def test_no_build_of_what_is_no_script() -> None:
    """A source with an error is not shipped."""
    with pytest.raises(ValueError, match="unexpected"):
        minified("let = = 1")


@pytest.mark.parametrize(
    "name",
    [
        *("cookie", "sessionStorage", "indexedDB", "caches", "screen", "Intl", "canvas", "languages", "platform"),
        *("userAgent", "hardwareConcurrency", "deviceMemory", "plugins", "sendBeacon", "getTimezoneOffset", "Date"),
        *("unload", "eval", "Function", "innerHTML", "document.write", "title", "http:", "https:", "//"),
    ],
)
def test_names_that_do_not_occur(name: str) -> None:
    """Neither source nor shipped file names an interface of storage or of the device, or any other host."""
    for text in (_code(SOURCE.read_text("utf-8")), SHIPPED.read_text("utf-8")):
        assert name not in text


def test_one_read_of_storage() -> None:
    """The declared opt-out key is the only thing of storage that is named, once, and it is read."""
    for text in (_code(SOURCE.read_text("utf-8")), SHIPPED.read_text("utf-8")):
        assert len(re.findall("Storage", text)) == 1
        assert re.search(r"\w+\.optout && localStorage\[\w+\.optout\]", text.replace("&&", " && ").replace("  ", " "))


def test_one_clock_and_three_of_navigator() -> None:
    """Of navigator it reads objections and webdriver; of performance the clock and how the page was opened."""
    shipped = SHIPPED.read_text("utf-8")
    assert set(re.findall(r"navigator\.(\w+)", shipped)) == {"doNotTrack", "globalPrivacyControl", "webdriver"}
    assert set(re.findall(r"performance\.(\w+)", shipped)) == {"now", "getEntriesByType"}


def test_served_form() -> None:
    """Both encodings are the file; name and integrity are its hashes; the compressed bytes carry no time of day."""
    served = script()
    assert served.plain == SHIPPED.read_bytes() == gzip.decompress(served.gzip)
    assert served.gzip[4:8] == bytes(4)
    assert served.name == f"t.{hashlib.sha256(served.plain).hexdigest()[:12]}.js"
    assert base64.b64decode(served.integrity.removeprefix("sha384-")) == hashlib.sha384(served.plain).digest()


def test_script_is_ascii() -> None:
    """It means the same in a page of any encoding."""
    assert SHIPPED.read_bytes().isascii()


def test_optout_button_keeps_one_mark() -> None:
    """The button's file names the one key, that of the snippets, and no other storage; it sends nothing."""
    text = optout_script().plain.decode()
    assert re.findall(r"'(trekvart-[\w-]+)'", text) == [OPTOUT_KEY]
    assert not re.findall(r"cookie|sessionStorage|indexedDB|caches|fetch|navigator|innerHTML", text)
    assert set(re.findall(r"localStorage\.(\w+)", text)) == {"getItem", "setItem", "removeItem"}
