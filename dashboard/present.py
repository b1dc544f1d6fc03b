"""A report as people read it: numbers written out, changes told, codes named, bars measured. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Final, Literal, NamedTuple
from unicodedata import bidirectional

from dashboard.period import Buckets, Period, first_of_bucket
from dashboard.reports import Headline, Overview, Panel, PanelRow
from dashboard.words import Words

Metric = Literal["visits", "visitors", "pageviews"]
METRICS: Final[tuple[Metric, ...]] = ("visits", "visitors", "pageviews")

# The lists of a card are its tabs. The first is shown unless the address says otherwise.
CARDS: Final[Mapping[str, tuple[str, ...]]] = {
    "pages": ("pages", "entry", "exit"),
    "sources": ("sources", "channels", "campaigns"),
    "durations": ("durations", "scroll"),
    "visitors": ("browsers", "systems", "devices", "countries"),
    "events": ("events", "properties"),
    "flow": ("flow",),
}
ORDERED: Final = frozenset({"durations", "scroll"})  # bands are read in their own order, not by size
OTHER: Final = "(other)"
UNNAMED: Final = {"countries": "value.unknown_country", "sources": "value.direct"}  # what "" stands for there


class Change(NamedTuple):
    """What became of a figure since the period before. `good` is None where it is neither."""

    mark: str  # an arrow
    text: str
    spoken: str
    good: bool | None


class Figure(NamedTuple):
    """One of the figures at the top. `metric`: the chart can show it."""

    name: str
    value: str | None
    change: Change | None
    metric: bool


class Point(NamedTuple):
    """A bucket of the chart."""

    short: str  # under the axis
    long: str  # in the table
    value: int | None
    before: int | None
    ongoing: bool
    spoken: str  # what pointing at it says


class Bar(NamedTuple):
    """A line of a panel. `width` is the bar's, in per cent of the longest; `url` leads to what is only this."""

    name: str
    n: int
    share: str
    width: str
    waiting: bool = False
    url: str = ""


def figures(report: Overview, words: Words) -> Iterator[Figure]:
    """The six figures. A day that is not over is not compared: it would always have fallen.

    Nor is anything with days that began before the site's figures did: it would always have risen.
    """
    now, period = report.headline, report.period
    before = report.before
    if period.ongoing and period.days == 1:
        before = None
    if report.first and period.compare_begin and period.compare_begin < report.first:
        before = None
    # Against a range of another length counts are compared per day; rates and means need no such thing.
    longer = period.days / period.compare_days if period.compare_days else 1.0
    for name, write in (
        ("visits", words.number),
        ("visitors", words.number),
        ("pageviews", words.number),
        ("views_per_visit", words.decimal),
        ("bounce_rate", words.percent),
        ("visit_duration", words.duration),
    ):
        value = getattr(now, name)
        fair = longer if name in METRICS else 1.0
        change = None if before is None or value is None else _change(name, value, before, words, fair)
        yield Figure(name, None if value is None else write(value), change, name in METRICS)


def _change(name: str, value: float, before: Headline, words: Words, longer: float) -> Change | None:
    """What became of a figure; `longer` is how many times as long as the comparison the period is."""
    was = getattr(before, name)
    if not was:
        return None
    was *= longer
    rate = name == "bounce_rate"
    by = value - was if rate else value / was - 1
    text = words("unit.points", n=round(abs(by) * 100)) if rate else words.percent(round(abs(by), 2))
    if round(abs(by) * 100) == 0:
        return Change("", words("figure.unchanged"), words("figure.same"), None)
    good = by < 0 if rate else by > 0
    return Change("▲" if by > 0 else "▼", text, words("figure.up" if by > 0 else "figure.down", change=text), good)


def is_compared(report: Overview) -> bool:
    """Whether there is a period to compare with, and anything in it."""
    return report.before is not None and report.before.visits > 0


def points(report: Overview, metric: Metric, words: Words) -> list[Point]:
    """The chart's buckets for one metric; without those before where there was nothing then.

    A bucket before the site's first figures is not 0 in the line of the period before: there was nothing to count.
    """
    compared = is_compared(report)
    begins = first_of_bucket(report.first, report.buckets) if report.first else date.min
    columns = ("bucket", metric, "before_bucket", f"before_{metric}", "ongoing")
    shown = []
    for bucket, value, before_bucket, before, ongoing in report.series.select(columns).iter_rows():
        long = long_label(bucket, report.buckets, words)
        lines = [f"{words.number(value)}  {long}" if value is not None else ""]
        then = before if compared and before_bucket and _day(before_bucket) >= begins else None
        if then is not None:
            lines.append(f"{words.number(then)}  {long_label(before_bucket, report.buckets, words)}")
        spoken = "\n".join(filter(None, lines))
        shown.append(Point(short_label(bucket, report, words), long, value, then, ongoing, spoken))
    return shown


def short_label(bucket: date, report: Overview, words: Words) -> str:
    """A bucket's label under the axis."""
    if report.buckets == Buckets.HOUR and isinstance(bucket, datetime):
        return words.clock(bucket) if report.period.days == 1 else f"{words.short_day(bucket)} {words.clock(bucket)}"
    if report.buckets == Buckets.WEEK:
        return words("chart.week_short", week=bucket.isocalendar().week)
    return words.short_month(bucket) if report.buckets == Buckets.MONTH else words.short_day(bucket)


def long_label(bucket: date, buckets: Buckets, words: Words) -> str:
    """A bucket's name in full."""
    if isinstance(bucket, datetime):
        end = bucket + timedelta(hours=1)
        return words("chart.hour", day=words.day(bucket), **{"from": words.clock(bucket), "to": words.clock(end)})
    if buckets == Buckets.WEEK:
        year, week, _ = bucket.isocalendar()
        return words("chart.week", week=week, year=str(year))
    return words.month(bucket) if buckets == Buckets.MONTH else words.day(bucket)


def bars(panel: Panel, words: Words) -> list[Bar]:
    """A panel's lines, and last the share that waits, as long beside the others as it is."""
    rows = in_order(panel)
    whole = panel.whole if panel.whole is not None else panel.named
    longest = max([row.n for row in rows] + [panel.waiting or 0], default=0)
    lines = [
        Bar(label(panel.name, r.values, words), r.n, words.percent(min(r.share, 1)), _width(r.n, longest)) for r in rows
    ]
    if panel.waiting:
        share = words.percent(panel.waiting / whole) if whole else ""
        lines.append(Bar(words("panel.waiting"), panel.waiting, share, _width(panel.waiting, longest), waiting=True))
    return lines


def in_order(panel: Panel) -> list[PanelRow]:
    """A panel's rows as they are read: bands in their own order, all else most first."""
    return sorted(panel.rows, key=_band) if panel.name in ORDERED else panel.rows


def _band(row: PanelRow) -> int:
    return int(row.values[0]) if row.values[0].isdecimal() else 10**9  # "(other)" last


def _width(n: int, longest: int) -> str:
    return f"{100 * n / longest:.1f}%" if longest else "0%"


def label(panel: str, values: Sequence[str], words: Words) -> str:
    """What stands for a row's values on the screen: a name where there is one, else the value as it was collected."""
    if len(values) == 2:
        first, second = (label("events", (value,), words) for value in values)
        mark = "→" if panel == "flow" else "·"
        return f"{_apart(first)} {mark} {_apart(second)}"
    value = values[0]
    if value == OTHER or value in {"Other", "other"}:
        return words("value.other")
    if not value and panel in UNNAMED:
        return words(UNNAMED[panel])
    if panel == "countries":
        return words.country(value)
    return _coded(panel, value, words) or value or words("value.unknown")


def _apart(text: str) -> str:
    """A text that a right-to-left letter in it does not pull across its neighbour: between FSI and PDI (UAX 9)."""
    turned = any(bidirectional(char) in {"R", "AL"} for char in text)
    return f"\u2068{text}\u2069" if turned else text


def _coded(panel: str, value: str, words: Words) -> str:
    """The name of a code; "" where the value is none."""
    kind = {"channels": "channel", "devices": "device", "durations": "duration", "scroll": "scroll"}.get(panel)
    return words(f"{kind}.{value}") if kind and words.has(f"{kind}.{value}") else ""


class Sketch(NamedTuple):
    """The chart as two SVG paths in a box of 100 by 100: shown at once, and where there is no JavaScript."""

    line: str
    area: str
    before: str


def _day(bucket: date) -> date:
    """The day of a bucket, which for hours is a datetime."""
    return bucket.date() if isinstance(bucket, datetime) else bucket


def sketch(shown: Sequence[Point]) -> Sketch:
    """The same figures as the chart. A missing bucket breaks the line."""
    top = max((v for p in shown for v in (p.value, p.before) if v is not None), default=0) or 1
    step = 100 / max(1, len(shown) - 1)
    now = [(round(i * step, 2), round(96 - 92 * p.value / top, 2)) for i, p in enumerate(shown) if p.value is not None]
    then = [
        (round(i * step, 2), round(96 - 92 * p.before / top, 2)) for i, p in enumerate(shown) if p.before is not None
    ]
    if len(now) == 1:
        now.append((100, now[0][1]))
    return Sketch(_path(now), _path(now) + f"V96H{now[0][0]}Z" if now else "", _path(then))


def _path(corners: Sequence[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{x},{y}" for x, y in corners) if corners else ""


def state(period: Period, asked: Mapping[str, str], metric: Metric) -> dict[str, str]:
    """What the address of an overview holds, defaults left out: the period, the metric and each card's tab."""
    tabs = {card: asked[card] for card, lists in CARDS.items() if asked.get(card) in lists[1:]}
    return period.query() | ({} if metric == METRICS[0] else {"metric": metric}) | tabs
