"""The periods an export can be of, as one word. Pure.

2026-10-31, 2026-W44, 2026-10, 2026-Q4, 2026, 2026-10-01..2026-10-15, yesterday, last-week, last-month, last-quarter,
last-year.
"""

import re
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from collector.errors import ExportError
from dashboard.period import FIRST, LAST, ONE, Span

WRITTEN: Final = "2026-10-31, 2026-W44, 2026-10, 2026-Q4, 2026, 2026-10-01..2026-10-15, or last-month"


class Length(StrEnum):
    """How long a scheduled export's period is."""

    DAY = "day"
    WEEK = "week"  # from Monday, ISO 8601
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


LAST_ONES: Final = {"yesterday": Length.DAY, **{f"last-{each}": each for each in list(Length)[1:]}}


def parse_period(text: str, today: date) -> Span:
    """The days of a period, half-open. Raises ExportError: no such period, or it has not begun."""
    word = text.strip()
    try:
        span = last_whole(LAST_ONES[word.lower()], today) if word.lower() in LAST_ONES else _written(word.upper())
    except ValueError:
        raise ExportError(f"There is no period {text!r}; write it like {WRITTEN}.") from None
    if not FIRST <= span[0] < span[1] <= LAST:
        raise ExportError(f"The period {text!r} ends before it begins, or lies outside the calendar.")
    if span[0] > today:
        raise ExportError(f"The period {text!r} has not begun yet; today is {today} on the site.")
    return span[0], min(span[1], today + ONE)


def last_whole(length: Length, today: date) -> Span:
    """The latest whole period that ended before today."""
    end = first_of(length, today)
    return first_of(length, end - ONE), end


def first_of(length: Length, day: date) -> date:
    """The first day of the day, week, month, quarter or year that `day` is in."""
    if length is Length.DAY:
        return day
    if length is Length.WEEK:
        return day - timedelta(days=day.weekday())
    if length is Length.MONTH:
        return day.replace(day=1)
    return day.replace(month=1 if length is Length.YEAR else (day.month - 1) // 3 * 3 + 1, day=1)


def folder(span: Span) -> str:
    """A period's name in file systems: its first and last day."""
    return f"{span[0]}_{span[1] - ONE}"


def _written(text: str) -> Span:
    """A period written out. Raises ValueError."""
    if ".." in text:
        first, last = text.split("..")
        return _day(first), _day(last) + ONE
    if match := re.fullmatch(r"(\d{4})-W(\d\d)", text):
        begin = date.fromisocalendar(int(match[1]), int(match[2]), 1)
        return begin, begin + 7 * ONE
    if match := re.fullmatch(r"(\d{4})-Q([1-4])", text):
        return _months(int(match[1]), int(match[2]) * 3 - 2, 3)
    if match := re.fullmatch(r"(\d{4})-(\d\d)", text):
        return _months(int(match[1]), int(match[2]), 1)
    if re.fullmatch(r"\d{4}", text):
        return _months(int(text), 1, 12)
    return _day(text), _day(text) + ONE


def _day(text: str) -> date:
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        raise ValueError(text)
    return date.fromisoformat(text)


def _months(year: int, month: int, count: int) -> Span:
    after = year * 12 + month - 1 + count
    return date(year, month, 1), date(after // 12, after % 12 + 1, 1)
