"""docs/security.md names tests that are there."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_every_test_that_is_named_is_there() -> None:
    """A claim of the table stands on a test of that name, or a file of that name."""
    text = (ROOT / "docs" / "security.md").read_text("utf-8")
    files = sorted((ROOT / "tests").rglob("test_*.py"))
    defined = set(re.findall(r"^def (test_\w+)\(", "\n".join(path.read_text("utf-8") for path in files), re.MULTILINE))
    named = set(re.findall(r"`(test_\w+)`", text))
    assert len(named) > 40
    assert named <= defined, named - defined
    assert set(re.findall(r"`(test_\w+\.py)`", text)) <= {path.name for path in files}
