"""docs/security.md and docs/what-survives.md name tests as proof: each of them is there."""

import re
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
DOCS = TESTS.parent / "docs"


@pytest.mark.parametrize("page", ["security.md", "what-survives.md"])
def test_every_test_that_a_page_names_is_there(page: str) -> None:
    """A proof that was renamed or removed proves nothing."""
    files = {path.name for path in TESTS.rglob("test_*.py")}
    functions = {
        name for path in TESTS.rglob("*.py") for name in re.findall(r"def (test_\w+)", path.read_text("utf-8"))
    }
    named = set(re.findall(r"test_\w+(?:\.py)?", (DOCS / page).read_text("utf-8")))
    assert len(named) > 10
    assert {one for one in named if one not in (files if one.endswith(".py") else functions)} == set()
