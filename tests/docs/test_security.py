"""docs/security.md answers every requirement of ASVS 5.0, levels 1 and 2, and names tests that are there."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
# How many requirements of levels 1 and 2 each section of release 5.0.0 has: its first ones, for level 3 comes last.
SECTIONS = {
    1: (2, 9, 11, 3, 2),
    2: (3, 3, 4, 1),
    3: (0, 2, 4, 6, 5, 0, 2),
    4: (3, 1, 2, 4),
    5: (1, 3, 2, 3),
    6: (3, 12, 4, 4, 5, 3, 0, 4),
    7: (3, 4, 2, 5, 2, 2),
    8: (2, 3, 1, 1),
    9: (3, 4),
    10: (2, 2, 4, 11, 5, 2, 3),
    11: (2, 3, 3, 4, 1, 1, 0),
    12: (3, 2, 4),
    13: (1, 5, 2, 5),
    14: (2, 4, 3),
    15: (3, 3, 7, 0),
    16: (1, 5, 4, 3, 3),
    17: (1, 4, 2),
}
STATES = {"met", "in part", "not met", "not applicable"}


def test_every_requirement_is_answered() -> None:
    """Each of the standard's 253 numbers stands in one row, and no other does; what is not met says why."""
    asked = [
        f"{chapter}.{section}.{number}"
        for chapter, sections in SECTIONS.items()
        for section, most in enumerate(sections, 1)
        for number in range(1, most + 1)
    ]
    assert len(asked) == 253
    text = (ROOT / "docs" / "security.md").read_text("utf-8")
    table = text[text.index("| requirement |") : text.index("## Limits")]
    answered: list[str] = []
    for row in table.strip().splitlines()[2:]:
        what, state, how, proof = (cell.strip() for cell in row.strip("|").split("|"))
        numbers = re.findall(r"\d+\.\d+\.\d+", what)
        assert numbers, row
        assert state in STATES, row
        assert state != "met" or how or proof, row
        assert state == "met" or how, row
        answered += numbers
    assert sorted(answered) == sorted(asked), set(answered) ^ set(asked)


def test_every_test_that_is_named_is_there() -> None:
    """A claim of the table stands on a test of that name, or a file of that name."""
    text = (ROOT / "docs" / "security.md").read_text("utf-8")
    files = sorted((ROOT / "tests").rglob("test_*.py"))
    defined = set(re.findall(r"^def (test_\w+)\(", "\n".join(path.read_text("utf-8") for path in files), re.MULTILINE))
    named = set(re.findall(r"`(test_\w+)`", text))
    assert len(named) > 40
    assert named <= defined, named - defined
    assert set(re.findall(r"`(test_\w+\.py)`", text)) <= {path.name for path in files}
