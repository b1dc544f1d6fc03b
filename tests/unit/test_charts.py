"""Charts: figures as data, without a browser."""

import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard import charts
from dashboard.present import Bar, Point
from dashboard.words import words


def points(*values: int | None, before: int | None = 5, ongoing: bool = False) -> list[Point]:
    """Buckets of these values; the last one may still be going on."""
    last = len(values) - 1
    return [
        Point(f"{i} okt.", f"day {i}", v, before, ongoing=ongoing and i == last, spoken=f"{v} day {i}")
        for i, v in enumerate(values)
    ]


def figure(text: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(text)
    return found


def test_a_line_shows_every_value_and_the_period_before() -> None:
    """What is drawn are the report's figures, in order, with the comparison dotted behind."""
    data = figure(charts.time_chart(points(3, 8, 2), words("sv"), bars=False))["data"]
    assert [trace["y"] for trace in data] == [[3, 8, 2], [5, 5, 5], [3, 8, 2], [3, 8, 2]]
    assert [trace["type"] for trace in data] == ["scatter"] * 4
    assert data[1]["line"]["dash"] == "dot"


def test_a_bucket_that_is_going_on_is_not_in_the_solid_line() -> None:
    """A day that is not over does not look like a fall: it is left to the dotted line."""
    area, _, solid, dotted = figure(charts.time_chart(points(3, 8, 1, ongoing=True), words("sv"), bars=False))["data"]
    assert solid["y"] == area["y"] == [3, 8, None]
    assert dotted["y"] == [3, 8, 1]
    assert dotted["line"]["dash"] == "dot"


def test_hours_are_bars_and_the_one_going_on_is_pale() -> None:
    """Hours are drawn as bars; those that have not begun have none."""
    bars, before = figure(charts.time_chart(points(3, 8, None, ongoing=True), words("sv"), bars=True))["data"]
    assert (bars["type"], before["type"]) == ("bar", "scatter")
    assert bars["y"] == [3, 8, None]
    assert bars["marker"]["opacity"] == [1, 1, 0.45]


def test_the_last_known_value_has_the_only_dot() -> None:
    """One dot says where the line has come to."""
    line = figure(charts.time_chart(points(3, 8, None), words("sv"), bars=False))["data"][3]
    assert line["marker"]["size"] == [0, 7, 0]


def test_an_axis_is_written_in_the_language() -> None:
    """Labels are ready texts: the browser has neither our language nor our time zone."""
    layout = figure(charts.time_chart(points(4000, 3000), words("sv"), bars=False))["layout"]
    assert layout["yaxis"]["ticktext"] == ["0", *(f"{n}\N{NO-BREAK SPACE}000" for n in (1, 2, 3, 4))]
    assert layout["xaxis"]["ticktext"] == ["0 okt.", "1 okt."]


def test_a_long_axis_has_few_labels() -> None:
    """A quarter of days is labelled by some of them."""
    layout = figure(charts.time_chart(points(*range(90)), words("sv"), bars=False))["layout"]
    assert len(layout["xaxis"]["ticktext"]) <= charts.TICKS
    assert layout["xaxis"]["tickvals"][:2] == [0, 12]


@pytest.mark.parametrize("values", [(), (None, None), (0, 0)], ids=["none", "unknown", "zero"])
def test_nothing_is_a_chart_too(values: tuple[int | None, ...]) -> None:
    """No buckets, unknown ones and empty ones are drawn as an empty chart."""
    layout = figure(charts.time_chart(points(*values, before=None), words("sv"), bars=False))["layout"]
    assert layout["yaxis"]["tickvals"] == [0, 1]


@given(st.integers(min_value=0, max_value=10**15))
def test_an_axis_has_few_round_lines(top: int) -> None:
    """An axis begins at 0, has two to five whole lines evenly apart, and shows most of its height."""
    lines = charts.scale(top)
    assert lines[0] == 0
    assert 2 <= len(lines) <= 5
    assert len({b - a for a, b in pairwise(lines)}) == 1
    assert lines[-1] <= max(top, 1)
    assert lines[-1] * 2 >= top


def test_columns_keep_their_order_and_what_waits_is_hatched() -> None:
    """Bands stand in their own order, and the waiting share is told apart by its pattern."""
    bars = [
        Bar("under 10 s", 12, "40 %", "100%"),
        Bar("10", 9, "30 %", "75%"),
        Bar("w", 9, "30 %", "75%", waiting=True),
    ]
    named, waits = figure(charts.panel_chart(bars, words("sv")))["data"]
    assert (named["x"], named["y"]) == ([0, 1], [12, 9])
    assert (waits["x"], waits["y"]) == ([2], [9])
    assert "pattern" not in named["marker"]
    assert waits["marker"]["pattern"]["shape"] == "/"


def test_a_list_s_chart_has_its_lines_in_their_order_and_what_waits_hatched() -> None:
    """From the top down: the names, the counts and the shares of the list, and last what waits."""
    bars = [
        Bar("a", 12, "40 %", "100%"),
        Bar("b" * 80, 9, "30 %", "75%"),
        Bar("w", 9, "30 %", "75%", waiting=True),
    ]
    shown = figure(charts.rank_chart(bars, words("sv")))
    named, waits = shown["data"]
    assert (named["x"], named["y"], named["text"]) == ([12, 9], [0, 1], ["40 %", "30 %"])
    assert (waits["x"], waits["y"], waits["marker"]["pattern"]["shape"]) == ([9], [2], "/")
    bottom, top = shown["layout"]["yaxis"]["range"]
    assert top < 0
    assert bottom > 2
    assert [len(name) for name in shown["layout"]["yaxis"]["ticktext"]][:2] == [1, charts.NAME]
    assert shown["layout"]["height"] >= 3 * charts.ROW


HOSTILE = "</script><script>alert(1)</script><!--\u2028<a href='javascript:alert(1)'>&lt;b&gt;"


def test_a_hostile_name_cannot_leave_its_element() -> None:
    """In the page the JSON has no "<" at all, so that it can neither end its element nor open a comment."""
    for draw in (charts.panel_chart, charts.rank_chart):
        text = draw([Bar(HOSTILE, 12, "40 %", "100%")], words("sv"))
        assert "<" not in text
        assert "\u2028" not in text


def test_a_hostile_name_is_no_markup_for_plotly() -> None:
    """Plotly reads some tags and links in labels; ours reach it as text."""
    shown = figure(charts.panel_chart([Bar(HOSTILE, 12, "40 %", "100%")], words("sv")))
    labels = [*shown["data"][0]["customdata"], *shown["layout"]["xaxis"]["ticktext"]]
    assert all("<" not in label and ">" not in label for label in labels)
    assert all("&amp;lt;b&amp;gt;" in label for label in labels)


def test_colours_are_names_of_the_stylesheet() -> None:
    """One figure serves light and dark: every colour in it is a name that the stylesheet defines."""
    names = {f"var(--{name})" for name in ("accent", "tint", "soft", "line", "ink", "card")}
    text = charts.time_chart(points(3, 8), words("sv"), bars=True) + charts.panel_chart(
        [Bar("a", 1, "1 %", "1%", waiting=True)], words("sv")
    )
    found = {part.split('"')[0] for part in text.split('color":"')[1:]} - {"rgba(0,0,0,0)"}
    assert found
    assert found <= names


def test_the_library_is_the_installed_one() -> None:
    """The script comes from the installed package, and its address follows the package's version."""
    import plotly  # only to compare with

    assert charts.library_version() == plotly.__version__
    assert charts.library_file().stat().st_size > 1_000_000


def test_the_ids_of_the_library_s_own_styles_are_known() -> None:
    """Each is in the script beside a style element that is not made when the id is taken."""
    script = charts.library_file().read_text("utf-8")
    ids = charts.library_style_ids()
    assert ids
    for name in ids:
        assert f'document.getElementById("{name}")' in script
