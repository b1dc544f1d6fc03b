"""The stylesheet: colours that can be told apart, in light and in dark."""

import re
from importlib.resources import files

import pytest

CSS = (files("dashboard") / "static" / "trekvart.css").read_text("utf-8")
LIGHT, DARK = (
    dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", block)) for block in re.findall(r":root \{(.*?)\}", CSS, re.DOTALL)
)

# What text stands on: the page, a card, a bar, the stripes of what waits.
PAIRS = [
    *((text, ground) for text in ("ink", "soft", "accent") for ground in ("paper", "card", "tint")),
    ("ink", "hatch"),
    ("worse", "card"),
    ("on-accent", "accent"),
]


def luminance(colour: str) -> float:
    """Relative luminance, WCAG 2.2."""
    channels = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("scheme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("text", "ground"), PAIRS)
def test_text_can_be_read(scheme: dict[str, str], text: str, ground: str) -> None:
    """Every text has at least 4.5 to 1 against what it stands on (WCAG 1.4.3, AA)."""
    one, other = sorted((luminance(scheme[text]), luminance(scheme[ground])), reverse=True)
    assert (one + 0.05) / (other + 0.05) >= 4.5


def test_both_schemes_name_the_same_colours() -> None:
    """No colour is left from the other scheme."""
    assert LIGHT.keys() == DARK.keys()


def test_nothing_comes_from_elsewhere() -> None:
    """No import, and no address but the page's own pattern."""
    assert "@import" not in CSS
    assert re.findall(r"url\(([^)]*)\)", CSS) == ['"#hatch"']


def test_every_brace_is_closed() -> None:
    """A rule left open takes all that follow it along: no rule begins inside another, but those of a media query."""
    depth = 0
    for number, line in enumerate(CSS.splitlines(), 1):
        if not line.startswith((" ", "}")) and line.rstrip().endswith("{"):
            assert depth == 0, (number, line)
        depth += line.count("{") - line.count("}")
    assert depth == 0
