"""What one may choose on a screen about a site: the period, what it stands against, how it is divided."""

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from msgspec.structs import replace

from dashboard import period as periods
from dashboard.period import LONGEST, SHORTEST, Buckets, Compare, Name, Period
from dashboard.words import Words

# The key that chooses it, where there is one; the same in both languages, so that a colleague's advice holds.
ROLLING: Final[Mapping[Name, str]] = {
    Name.TODAY: "t",
    Name.YESTERDAY: "y",
    Name.WEEK: "7",
    Name.FOUR_WEEKS: "8",
    Name.NINETY: "9",
    Name.ALL: "a",
}
CALENDAR: Final[Mapping[Name, str]] = {Name.CALENDAR_WEEK: "w", Name.MONTH: "m", Name.QUARTER: "q", Name.YEAR: "r"}
COMPARE_KEY: Final = "c"  # with and without the comparison


class Choice(NamedTuple):
    """A link in a menu. `key` is its shortcut, if it has one."""

    text: str
    url: str
    current: bool
    key: str = ""


class Menu(NamedTuple):
    """Everything the period's menu needs."""

    title: str
    periods: list[Choice]
    calendar: list[Choice]  # this and the last week, month, quarter and year
    compare: list[Choice]
    compared: str
    by: list[Choice]
    earlier: str | None
    later: str | None
    hidden: dict[str, str]  # what the form of dates carries along
    compare_hidden: dict[str, str]  # what the form of the comparison's dates carries along
    first: str
    last: str
    compare_first: str
    compare_last: str
    today: str


Link = Callable[[Mapping[str, str]], str]


def menu(period: Period, words: Words, link: Link, rest: Mapping[str, str], *, overview: bool) -> Menu:
    """The menu of a screen. `link` makes the screen's address of a query; `rest` is what else the query holds.

    Only the overview compares and divides.
    """
    before, after = periods.before(period), periods.after(period)
    query = period.query()
    beside = {key: query[key] for key in sorted(set(query) - {"period", "from", "to", "date"})}
    own = {key: value for key, value in query.items() if not key.startswith("compare")}
    against = (period.compare_begin, period.compare_end)
    return Menu(
        title=words.days(period.begin, period.end),
        periods=[_named(period, name, words, link, rest) for name in ROLLING],
        calendar=[_named(period, name, words, link, rest, last=last) for name in CALENDAR for last in (False, True)],
        compare=_compares(period, words, link, rest) if overview and period.name != Name.ALL else [],
        compared=words(f"compare.{period.compare}"),
        by=_divisions(period, words, link, rest) if overview else [],
        earlier=link({**before.query(), **rest}) if before else None,
        later=link({**after.query(), **rest}) if after else None,
        hidden={"period": "custom", **beside, **rest},
        compare_hidden={**own, "compare": "custom", **rest},
        first=period.begin.isoformat(),
        last=period.last.isoformat(),
        compare_first=against[0].isoformat() if against[0] else "",
        compare_last=(against[1] - periods.ONE).isoformat() if against[1] else "",
        today=period.today.isoformat(),
    )


def _named(
    period: Period, name: Name, words: Words, link: Link, rest: Mapping[str, str], *, last: bool = False
) -> Choice:
    # A division that fits one length seldom fits another, so it is not taken along.
    comparison = {key: value for key, value in period.query().items() if key.startswith("compare")}
    there = periods.parse({"period": name.value, **comparison}, period.today)
    if last:
        there = periods.before(there) or there
    here = there.name == period.name and there.begin == period.begin and there.end == period.end
    key = "" if last else {**ROLLING, **CALENDAR}[name]
    text = words(f"period.last_{name}") if last else words(f"period.{name}")
    return Choice(text, link({**replace(there, problem=None).query(), **rest}), here, key)


def _compares(period: Period, words: Words, link: Link, rest: Mapping[str, str]) -> list[Choice]:
    """The comparisons that need no dates. The key goes from any to none, and from none to the period before."""
    kinds = [kind for kind in Compare if kind != Compare.CUSTOM]
    toggled = Compare.BEFORE if period.compare == Compare.NONE else Compare.NONE
    return [
        Choice(
            words(f"compare.{kind}"),
            link({**replace(period, compare=kind).query(), **rest}),
            kind == period.compare,
            COMPARE_KEY if kind == toggled else "",
        )
        for kind in kinds
    ]


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
