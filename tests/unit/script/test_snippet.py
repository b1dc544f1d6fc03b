"""What to paste: every kind names the site and the server, and nothing that is not there."""

import re

import pytest

from collector.errors import SiteError
from collector.script import script
from collector.script.snippet import KINDS, snippet, tag
from tests.build_script import SOURCE

BASE = "https://stats.shop.example"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("base", [BASE, "https://shop.example/stats", "http://127.0.0.1:8000"])
def test_names_site_and_server(kind: str, base: str) -> None:
    """Each text names the site's domain and the server's address, whatever its path and port."""
    text = snippet("shop.example", base + "/", kind)
    assert "shop.example" in text
    assert base.split("/")[2] in text
    assert "//t.js" not in text.replace("https://", "").replace("http://", "")
    assert text.endswith("\n")
    assert not text.endswith("\n\n")


@pytest.mark.parametrize("kind", KINDS)
def test_braces_are_in_pairs(kind: str) -> None:
    """No brace of a text's own language was lost in ours."""
    text = snippet("shop.example", BASE, kind)
    for opening, closing in ("{}", "()", "[]"):
        assert text.count(opening) == text.count(closing)


@pytest.mark.parametrize("kind", KINDS)
def test_attributes_are_known(kind: str) -> None:
    """Every attribute that a text sets is one the script asks for."""
    known = {f"data-{name}" for name in re.findall(r"asked\.(\w+)", SOURCE.read_text("utf-8"))} | {"data-404"}
    assert set(re.findall(r"\bdata-\w+(?==|')", snippet("shop.example", BASE, kind))) <= known


def test_html() -> None:
    """The plain tag comes first, and the pinned one carries the hash of what is served."""
    text = snippet("shop.example", BASE)
    assert tag("shop.example", BASE) in text
    assert f'src="{BASE}/{script().name}" integrity="{script().integrity}" crossorigin' in text


def test_policy_on_the_own_host() -> None:
    """On the page's own host there is no other host for a policy to allow."""
    assert "has to allow 'self' in script-src" in snippet("shop.example", "/stats", "html")


def test_unknown_kind() -> None:
    """An unknown kind is refused with the names of the known ones."""
    with pytest.raises(SiteError, match="'joomla'; there is one for html, shopify"):
        snippet("shop.example", BASE, "joomla")
