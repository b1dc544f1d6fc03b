"""The filter on the screens: rows to click, the chip that takes it off, the lists it leaves, and why not the others."""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from starlette.exceptions import HTTPException

from collector.site import Site
from dashboard import charts, drill, filters, present, reports
from dashboard.filters import DIMENSIONS, Filter
from dashboard.frame import Ask
from dashboard.period import Period
from dashboard.present import CARDS, OTHER, Bar
from dashboard.reports import Panel

STEPS: Final = ("previous", "next")  # lists that there are only under a page
CHARTED: Final = 20  # lines of a list that its chart shows: what a screen holds
HERE: Final = "#only"  # the chip's place on the overview, where a clicked row leads


class Wanted(NamedTuple):
    """What the address asks for."""

    only: Filter | None
    wrong: bool  # there is no such filter

    @property
    def query(self) -> dict[str, str]:
        """The part of a query that asks for the same."""
        return self.only.query() if self.only else {}


class Lists(NamedTuple):
    """A card of lists."""

    card: str
    names: tuple[str, ...]


def wanted(ask: Ask) -> Wanted:
    """The filter of a request. One that makes no sense is left out, and said."""
    try:
        return Wanted(filters.parse(ask.query), wrong=False)
    except ValueError:
        return Wanted(None, wrong=True)


def lists(only: Filter | None) -> list[Lists]:
    """The cards, each with the lists that can be shown; cards without any are left out."""
    if only is None:
        return [Lists(card, names) for card, names in CARDS.items()]
    found = {card: (*(STEPS if card == "pages" else ()), *names) for card, names in CARDS.items()}
    crossed = {card: tuple(name for name in names if name in only.crossings) for card, names in found.items()}
    return [Lists(card, names) for card, names in crossed.items() if names]


def listed(ask: Ask, site: Site, period: Period, only: Filter | None, name: str) -> Panel:
    """One list with all its rows, under the filter if there is one. 404: there is no such list."""
    if not any(name in names for _, names in lists(only)):
        raise HTTPException(404)
    if only is None:
        return reports.panel(ask.deps.store, site, period, name)
    return drill.panel(ask.deps.store, site, period, only, name)


def chosen_tabs(ask: Ask, only: Filter | None) -> dict[str, str]:
    """The part of a query that chooses tabs of the cards under a filter."""
    return {card: ask.query[card] for card, names in lists(only) if only and ask.query.get(card) in names[1:]}


def bars(ask: Ask, site: Site, panel: Panel, kept: Mapping[str, str]) -> list[Bar]:
    """A list's lines, those that can be a filter as links. `kept`: what the overview's address holds besides."""
    lines = present.bars(panel, ask.words)
    dimension = DIMENSIONS.get(panel.name)
    if dimension is None:
        return lines
    linked = []
    for row, line in zip(panel.rows, lines, strict=False):  # the line of what waits has no row
        query = {**kept, **Filter(dimension, row.values[0]).query()}
        url = "" if row.values[0] == OTHER else ask.link("overview", query, domain=site.domain) + HERE
        linked.append(line._replace(url=url))
    return linked + lines[len(linked) :]


def charted(ask: Ask, only: Filter | None) -> dict[str, str]:
    """The part of a query that says which lists show as charts."""
    known = {name for _, names in lists(only) for name in names}
    asked = dict.fromkeys(name for name in ask.query.get("chart", "").split(",") if name in known)
    return {"chart": ",".join(asked)} if asked else {}


def drawn(ask: Ask, name: str, everything: list[Bar], found: list[Bar]) -> str:
    """A list's chart: bands all of them as columns; of another list the first lines that were found, and what waits."""
    if name in present.ORDERED:
        return charts.panel_chart(everything, ask.words)
    waiting = [bar for bar in found if bar.waiting]
    return charts.rank_chart([*[bar for bar in found if not bar.waiting][:CHARTED], *waiting], ask.words)


def tab(
    ask: Ask, site: Site, panel: Panel, of: Lists, *, state: Mapping[str, str], query: Mapping[str, str]
) -> dict[str, Any]:
    """A list of a card, and the ways from it. `state`: the overview's address; `query`: what the list's page needs."""
    name, lines = panel.name, bars(ask, site, panel, state)
    shown = list(filter(None, state.get("chart", "").split(",")))
    others = [one for one in shown if one != name]
    switched = others if name in shown else [*others, name]
    there = {key: value for key, value in state.items() if key not in {"chart", of.card}}
    there |= {of.card: name} if name != of.names[0] else {}
    there |= {"chart": ",".join(switched)} if switched else {}
    return {
        "panel": panel,
        "bars": lines,
        "selected": name == state.get(of.card, of.names[0]),
        "url": ask.link("panel", query, domain=site.domain, name=name),
        "find": ask.path("panel", domain=site.domain, name=name),
        "hidden": {**ask.asked_language, **query},
        "csv": ask.link("list_csv", query, domain=site.domain, name=name),
        "chart": drawn(ask, name, lines, lines) if name in shown and panel.rows else "",
        "ordered": name in present.ORDERED,
        "switch": ask.link("overview", there, domain=site.domain) + f"#card-{of.card}",
    }


def cards(ask: Ask, site: Site, period: Period, only: Filter, state: Mapping[str, str]) -> dict[str, Any]:
    """What the overview shows under a filter in place of its cards."""
    report = drill.drill(ask.deps.store, site, period, only)
    query = {**period.query(), **only.query()}
    found = []
    for card, names in lists(only):
        if card == "events" and only.list != "events" and not report.panels["events"].rows:
            continue  # most sites have none
        tabs = [
            tab(ask, site, report.panels[name], Lists(card, names), state=state, query=query)
            | {"least": least(ask, report.panels[name], only)}
            for name in names
        ]
        found.append({"name": card, "tabs": tabs})
    apart = [ask.words(f"panel.{name}") for name in report.apart]
    return {"cards": found, "apart": apart}


def least(ask: Ask, panel: Panel, only: Filter) -> str:
    """How much of what has the filter's value is named in a list."""
    if not panel.named:
        return ""
    if panel.whole is None:
        what = "steps" if panel.name in STEPS else "events" if panel.name in {"events", "properties"} else "views"
        return ask.words(f"only.unknown_{what}", n=panel.named, dimension=_within(ask, only))
    return ask.words("only.least", n=panel.whole, share=ask.words.percent(panel.named / panel.whole))


def chip(ask: Ask, wish: Wanted, off: str) -> dict[str, Any]:
    """The chip, for the templates; `off` is the address without the filter."""
    if wish.only is None:
        return {"only": None, "only_wrong": wish.wrong}
    dimension, value = named(ask, wish.only)
    names = {"dimension": dimension, "within": _within(ask, wish.only)}
    return {"only": {**names, "value": value, "off": off}, "only_wrong": False}


def named(ask: Ask, only: Filter | None) -> tuple[str, ...]:
    """The filter in words: its dimension, its value."""
    return () if only is None else (_dimension(ask, only), present.label(only.list, (only.value,), ask.words))


def _dimension(ask: Ask, only: Filter) -> str:
    return ask.words(f"only.dimension.{only.dimension.name.lower()}")


def _within(ask: Ask, only: Filter) -> str:
    """The dimension's name within a sentence."""
    return _dimension(ask, only).lower()
