"""A report as people read it."""

import pytest

from dashboard.present import Bar, Point, bars, label, sketch
from dashboard.reports import PANELS, Panel, PanelRow
from dashboard.words import words

NBSP = "\N{NO-BREAK SPACE}"


def panel(name: str, rows: list[tuple[str, int]], whole: int | None = None) -> Panel:
    named = sum(n for _, n in rows)
    most = named if whole is None else whole
    return Panel(
        name=name,
        cube=PANELS[name].cube,
        unit=PANELS[name].unit,
        rows=[PanelRow((value,), n, n / most if most else 0) for value, n in rows],
        more=0,
        named=named,
        whole=whole,
        waiting=None if whole is None else whole - named,
    )


def test_what_waits_is_the_last_line() -> None:
    """The rest of the whole is shown as it is: with its number, its share, and told apart."""
    found = bars(panel("sources", [("Google", 60), ("", 20)], whole=100), words("sv"))
    assert found == [
        Bar("Google", 60, f"60{NBSP}%", "100.0%"),
        Bar("Direkt", 20, f"20{NBSP}%", "33.3%"),
        Bar("Ännu inte i en grupp", 20, f"20{NBSP}%", "33.3%", waiting=True),
    ]


@pytest.mark.parametrize(("rows", "whole"), [([("a", 10)], 10), ([("a", 10)], None), ([], 0)])
def test_where_nothing_waits_there_is_no_line_of_it(rows: list[tuple[str, int]], whole: int | None) -> None:
    """A whole that is all named, or no whole at all, has no waiting share."""
    assert not any(bar.waiting for bar in bars(panel("sources", rows, whole), words("sv")))


def test_bands_stand_in_their_own_order() -> None:
    """Durations read from short to long, however many of each."""
    found = bars(panel("durations", [("600", 50), ("0", 10), ("30", 30)]), words("sv"))
    assert [bar.name for bar in found] == ["under 10 s", "30\N{EN DASH}60 s", "över 10 min"]


@pytest.mark.parametrize(
    ("name", "values", "expected"),
    [
        ("pages", ("/rea",), "/rea"),
        ("pages", ("(other)",), "Övriga"),
        ("sources", ("",), "Direkt"),
        ("sources", ("Google",), "Google"),
        ("channels", ("shopping",), "Prisjämförelser"),
        ("channels", ("carrier-pigeon",), "carrier-pigeon"),
        ("countries", ("NO",), "Norge"),
        ("countries", ("",), "Okänt land"),
        ("devices", ("mobile",), "Mobil"),
        ("devices", ("other",), "Övriga"),
        ("browsers", ("Other",), "Övriga"),
        ("durations", ("180",), "3\N{EN DASH}10 min"),
        ("scroll", ("100",), "hela sidan"),
        ("properties", ("kop", "farg=red"), "kop · farg=red"),
        ("campaigns", ("",), "Okänd"),
    ],
)
def test_a_code_has_its_name(name: str, values: tuple[str, ...], expected: str) -> None:
    """A code that we know is named; what was collected is shown as it was."""
    assert label(name, values, words("sv")) == expected


def points(*values: int | None) -> list[Point]:
    return [Point("", "", value, None, ongoing=False, spoken="") for value in values]


def test_the_sketch_reaches_from_edge_to_edge() -> None:
    """The drawing that is there before the chart has the same shape: the highest value is the highest point."""
    assert sketch(points(0, 10, 5)).line == "M0.0,96.0L50.0,4.0L100.0,50.0"


@pytest.mark.parametrize("values", [(), (None,), (0,), (7,)], ids=["none", "unknown", "zero", "one"])
def test_the_sketch_of_little_is_no_error(values: tuple[int | None, ...]) -> None:
    """None, one unknown and one value can be drawn too."""
    drawn = sketch(points(*values))
    assert (drawn.line == "") is (not values or values[0] is None)
    assert drawn.before == ""


def test_right_to_left_names_stay_on_their_side() -> None:
    """Of two names in one label each is isolated where it turns, so neither moves across the arrow (UAX 9)."""
    assert label("flow", ("/a", "/b"), words("en")) == "/a \N{RIGHTWARDS ARROW} /b"
    hebrew = "/\N{HEBREW LETTER ALEF}"
    assert label("flow", (hebrew, "/b"), words("en")) == f"\u2068{hebrew}\u2069 \N{RIGHTWARDS ARROW} /b"
