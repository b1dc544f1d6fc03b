"""What one may choose on a screen about a site: the period, what it stands against, how it is divided."""

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from msgspec.structs import replace

from dashboard import period as periods
from dashboard.period import LONGEST, SHORTEST, Buckets, Compare, Name, Period
from dashboard.words import Words

NAMES: Final = (
    Name.TODAY,
    Name.YESTERDAY,
    Name.WEEK,
    Name.FOUR_WEEKS,
    Name.QUARTER,
    Name.MONTH,
    Name.YEAR,
    Name.ALL,
)


class Choice(NamedTuple):
    """A link in a menu."""

    text: str
    url: str
    current: bool


class Menu(NamedTuple):
    """Everything the period's menu needs."""

    title: str
    periods: list[Choice]
    compare: list[Choice]
    compared: str
    by: list[Choice]
    earlier: str | None
    later: str | None
    hidden: dict[str, str]  # what the form of dates carries along
    first: str
    last: str
    today: str


Link = Callable[[Mapping[str, str]], str]


def menu(period: Period, words: Words, link: Link, rest: Mapping[str, str], *, overview: bool) -> Menu:
    """The menu of a screen. `link` makes the screen's address of a query; `rest` is what else the query holds.

    Only the overview compares and divides.
    """
    before, after = periods.before(period), periods.after(period)
    dates = set(period.query()) - {"period", "from", "to", "date"}
    compare = [_compare(period, kind, words, link, rest) for kind in Compare if period.name != Name.ALL]
    return Menu(
        title=words.days(period.begin, period.end),
        periods=[_named(period, name, words, link, rest) for name in NAMES],
        compare=compare if overview else [],
        compared=words(f"compare.{period.compare}"),
        by=_divisions(period, words, link, rest) if overview else [],
        earlier=link({**before.query(), **rest}) if before else None,
        later=link({**after.query(), **rest}) if after else None,
        hidden={"period": "custom", **{key: period.query()[key] for key in sorted(dates)}, **rest},
        first=period.begin.isoformat(),
        last=period.last.isoformat(),
        today=period.today.isoformat(),
    )


def _named(period: Period, name: Name, words: Words, link: Link, rest: Mapping[str, str]) -> Choice:
    # A division that fits one length seldom fits another, so it is not taken along.
    wanted = {"period": name.value, "compare": period.compare.value}
    there = periods.parse(wanted, period.today)
    here = there.name == period.name and there.begin == period.begin
    query = replace(there, problem=None).query()
    return Choice(words(f"period.{name}"), link({**query, **rest}), here)


def _compare(period: Period, kind: Compare, words: Words, link: Link, rest: Mapping[str, str]) -> Choice:
    query = replace(period, compare=kind).query()
    return Choice(words(f"compare.{kind}"), link({**query, **rest}), kind == period.compare)


def _divisions(period: Period, words: Words, link: Link, rest: Mapping[str, str]) -> list[Choice]:
    """The divisions that fit the period's length; none to choose from is no choice."""
    fit = [by for by in Buckets if SHORTEST.get(by, 1) <= period.days <= LONGEST.get(by, period.days)]
    if len(fit) < 2 or period.days == 1:
        return []
    usual = periods.parse({k: v for k, v in period.query().items() if k != "by"}, period.today).buckets
    found = []
    for by in fit:
        query = replace(period, by=None if by == usual else by).query()
        found.append(Choice(words(f"by.{by}"), link({**query, **rest}), by == period.buckets))
    return found
