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
    shown = chosen({})
    for choice, name in zip(shown.periods, ("today", "yesterday", "7d", "28d", "90d", "all"), strict=True):
        assert period.parse(query_of(choice.url), TODAY).name == name
        assert choice.current is (name == "28d")


def test_this_and_the_last_of_every_calendar_period() -> None:
    """This week, month, quarter and year as far as they have come; the last ones whole."""
    found = [period.parse(query_of(choice.url), TODAY) for choice in chosen({}).calendar]
    assert [(one.name, one.begin.isoformat(), one.last.isoformat()) for one in found] == [
        ("week", "2026-10-26", "2026-10-28"),
        ("week", "2026-10-19", "2026-10-25"),
        ("month", "2026-10-01", "2026-10-28"),
        ("month", "2026-09-01", "2026-09-30"),
        ("quarter", "2026-10-01", "2026-10-28"),
        ("quarter", "2026-07-01", "2026-09-30"),
        ("year", "2026-01-01", "2026-10-28"),
        ("year", "2025-01-01", "2025-12-31"),
    ]
    last = chosen({"period": "quarter", "date": "2026-08-05"}).calendar
    assert [choice.current for choice in last] == [False] * 5 + [True] + [False] * 2


def test_dates_of_one_s_own_to_compare_with_go_everywhere() -> None:
    """The comparison's own dates stay when the period changes, and its form keeps the period."""
    shown = chosen({"period": "7d", "compare": "custom", "compare_from": "2026-05-01", "compare_to": "2026-05-31"})
    dates = {"compare": "custom", "compare_from": "2026-05-01", "compare_to": "2026-05-31"}
    assert all(dates.items() <= query_of(choice.url).items() for choice in shown.periods[:5] + shown.calendar)
    assert dates.items() <= query_of(shown.earlier or "").items()
    assert dates.items() <= shown.hidden.items()
    assert shown.compare_hidden == {"period": "7d", "compare": "custom"}
    assert (shown.compare_first, shown.compare_last) == ("2026-05-01", "2026-05-31")
    assert not any("compare_from" in query_of(choice.url) for choice in shown.compare)


def test_no_key_chooses_two_things() -> None:
    """Each shortcut is one choice's."""
    shown = chosen({})
    keys = [choice.key for choice in shown.periods + shown.calendar + shown.compare if choice.key]
    assert len(keys) == len(set(keys)) == 11


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
    assert all(query_of(choice.url).get("compare") == "year" for choice in shown.periods[:5])
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
