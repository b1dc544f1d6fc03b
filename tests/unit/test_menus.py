"""What one may choose on a screen about a site."""

from collections.abc import Mapping
from datetime import date
from urllib.parse import parse_qsl, urlencode

import pytest

from dashboard import period
from dashboard.menus import Menu, menu
from dashboard.words import words

TODAY = date(2026, 10, 28)


def chosen(query: Mapping[str, str], rest: Mapping[str, str] | None = None, *, overview: bool = True) -> Menu:
    asked = period.parse(query, TODAY)
    return menu(asked, words("en"), lambda q: "?" + urlencode(q), rest or {}, overview=overview)


def query_of(url: str) -> dict[str, str]:
    return dict(parse_qsl(url[1:]))


def test_every_choice_leads_where_it_says() -> None:
    """Each named period's link parses to that period."""
    for choice, name in zip(
        chosen({}).periods, ("today", "yesterday", "7d", "28d", "90d", "month", "year"), strict=False
    ):
        assert period.parse(query_of(choice.url), TODAY).name == name
        assert choice.current is (name == "28d")


def test_a_step_back_and_on_is_where_one_was() -> None:
    """Earlier and then later is the same period, and after today there is nothing."""
    now = chosen({"period": "7d"})
    assert now.later is None
    back = chosen(query_of(now.earlier or ""))
    assert back.title == "15\N{EN DASH}21 Oct 2026"
    assert query_of(back.later or "") == {"period": "7d"}


def test_an_earlier_period_of_the_same_name_is_not_marked() -> None:
    """The seven days of last week are not "7 days": that choice leads to now."""
    back = chosen({"period": "7d", "date": "2026-10-21"})
    assert not any(choice.current for choice in back.periods)


def test_the_comparison_goes_along() -> None:
    """Another period is compared the same way, and the comparison's own choice keeps the period."""
    shown = chosen({"period": "7d", "compare": "year"})
    assert all(query_of(choice.url).get("compare") == "year" for choice in shown.periods[:7])
    assert [query_of(choice.url).get("compare", "before") for choice in shown.compare] == ["before", "year", "none"]
    assert all(query_of(choice.url)["period"] == "7d" for choice in shown.compare)
    assert [choice.current for choice in shown.compare] == [False, True, False]


@pytest.mark.parametrize(
    ("query", "expected", "current"),
    [
        ({"period": "today"}, [], ""),
        ({"period": "7d"}, ["hour", "day"], "day"),
        ({"period": "28d"}, ["day", "week"], "day"),
        ({"period": "90d", "by": "week"}, ["day", "week", "month"], "week"),
    ],
)
def test_only_divisions_that_fit_are_offered(query: dict[str, str], expected: list[str], current: str) -> None:
    """A period is cut by what gives more than one point and not too many."""
    shown = chosen(query)
    assert [choice.text for choice in shown.by] == expected
    assert [choice.text for choice in shown.by if choice.current] == ([current] if current else [])
    for choice in shown.by:
        assert period.parse(query_of(choice.url), TODAY).buckets == choice.text


def test_the_form_of_dates_carries_the_rest() -> None:
    """Without JavaScript a period of one's own keeps metric, tabs, language and comparison."""
    shown = chosen({"period": "7d", "compare": "none"}, {"metric": "visitors", "lang": "en"})
    assert shown.hidden == {"period": "custom", "compare": "none", "metric": "visitors", "lang": "en"}
    assert (shown.first, shown.last, shown.today) == ("2026-10-22", "2026-10-28", "2026-10-28")


def test_a_list_neither_compares_nor_divides() -> None:
    """Only the overview has a comparison."""
    shown = chosen({"period": "7d"}, overview=False)
    assert (shown.compare, shown.by) == ([], [])
