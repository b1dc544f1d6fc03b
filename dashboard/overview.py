"""The overview of a site: the figures, the chart over time, the first lines of every list, and when people come."""

from collections.abc import Mapping
from math import ceil
from typing import Any, Final

from msgspec.structs import replace
from starlette.responses import Response

from collector.site import Site
from dashboard import annotations, charts, drill_screen, goals_screen, hours, period, present, publishes, reports
from dashboard.frame import Ask
from dashboard.menus import Choice, menu
from dashboard.period import Buckets, Period
from dashboard.present import CARDS, METRICS, Metric
from dashboard.roles import Role
from dashboard.site_frame import About, addresses, period_of, script_line, site_of, surroundings

RHYTHM_DAYS: Final = 7  # fewer have not every weekday
DENSITIES: Final = 8  # shades of the rhythm's cells, besides empty


def overview(ask: Ask) -> Response:
    """GET /site/{domain}: the figures, the chart and the first lines of every list."""
    site = site_of(ask)
    chosen = period_of(ask, site)
    metric: Metric = next((m for m in METRICS if m == ask.query.get("metric")), METRICS[0])
    told = hours.judge(ask.deps.store, site, chosen, ask.now)
    asked = chosen if told.shown or chosen.buckets != Buckets.HOUR else replace(chosen, buckets=Buckets.DAY)
    report = reports.overview(ask.deps.store, site, asked, ask.now)
    points = present.points(report, metric, ask.words)
    wish = drill_screen.wanted(ask)
    state = present.state(chosen, ask.query, metric) | wish.query | drill_screen.chosen_tabs(ask, wish.only)
    state |= drill_screen.charted(ask, wish.only)
    rest = {key: value for key, value in state.items() if key not in chosen.query()}
    here = addresses(ask, "overview", site)
    empty = not report.headline.pageviews and not any(one.rows for one in report.panels.values())
    # What staff write is for staff: a guest of a shared link sees none of it.
    written = [] if ask.share else annotations.within(ask.deps.control, site, chosen.begin, chosen.end)
    notes = annotations.places(written, report.series["bucket"].to_list(), report.buckets)
    flow = [] if wish.only else report.panels["flow"].rows
    return ask.render(
        "overview.html",
        **surroundings(ask, site, report.last_publish),
        report=report,
        about=About(report.k or site.k, report.late, report.replayed, report.imported),
        fresh=report.first is None,
        empty=empty,
        metric=metric,
        metrics={name: here({**state, "metric": name}) for name in METRICS},
        menu=menu(chosen, ask.words, here, {**ask.asked_language, **rest}, overview=True),
        figures=present.figures(report, ask.words),
        so_far=chosen.ongoing and chosen.days == 1,
        points=points,
        style_ids=charts.library_style_ids(),
        chart=charts.time_chart(
            points,
            ask.words,
            bars=report.buckets == period.Buckets.HOUR,
            notes=[(place, note.text) for place, note in notes],
        ),
        notes=[{"day": ask.words.short_day(note.day), "text": note.text} for note in written],
        annotate=ask.link("annotations", domain=site.domain),
        goals_url=ask.link("goals", chosen.query(), domain=site.domain),
        goals=[] if wish.only else goals_screen.card(ask, site, chosen, report.headline.visits),
        may=ask.may(Role.ADMINISTRATOR, site),
        may_annotate=ask.may(Role.ANALYST, site),
        publishes=publishes.latest(ask, site),
        flow=charts.flow_chart(_steps(ask, flow), ask.words) if flow else "",
        chart_title=ask.words(f"chart.per_{report.buckets}", metric=ask.words(f"chart.{metric}")),
        before_title=_before_title(ask, chosen) if present.is_compared(report) else "",
        sketch=present.sketch(points),
        **drill_screen.chip(ask, wish, here({key: state[key] for key in state if key != "only"})),
        **(drill_screen.cards(ask, site, chosen, wish.only, state) if wish.only else _cards(ask, site, report, state)),
        rhythm=_rhythm(ask, site, chosen) if told.shown and told.days >= RHYTHM_DAYS else [],
        no_rhythm=(_no_hours(ask, told) or ask.words("hours.young")) if chosen.days >= RHYTHM_DAYS else "",
        no_hours=_no_hours(ask, told) if chosen.buckets == Buckets.HOUR else "",
        drawn=chosen.days > 1 or told.shown,
        **(_elsewhere(ask, site, chosen) if report.first and empty else {"latest": None, "begins": ""}),
        snippet=script_line(ask, site),
        csv=ask.link("view_csv", chosen.query(), domain=site.domain),
    )


def _steps(ask: Ask, rows: list[reports.PanelRow]) -> list[tuple[str, str, int]]:
    """From which page to which, and how often."""
    return [(*(present.label("pages", (value,), ask.words) for value in row.values), row.n) for row in rows]  # type: ignore[misc]  # a pair has two values


def _before_title(ask: Ask, chosen: Period) -> str:
    assert chosen.compare_begin is not None
    assert chosen.compare_end is not None
    days = ask.words.days(chosen.compare_begin, chosen.compare_end)
    title = ask.words(f"chart.against_{chosen.compare}", days=days)
    return title if chosen.days == chosen.compare_days else f"{title} ({ask.words('chart.per_day_note')})"


def _cards(ask: Ask, site: Site, report: reports.Overview, state: Mapping[str, str]) -> dict[str, Any]:
    """The cards and their tabs; a card of events only where there are any."""
    query = report.period.query()
    found = []
    for name, lists in CARDS.items():
        if name in {"events", "flow"} and not report.panels[name].rows:
            continue
        of = drill_screen.Lists(name, lists)
        tabs = [drill_screen.tab(ask, site, report.panels[one], of, state=state, query=query) for one in lists]
        found.append({"name": name, "tabs": tabs})
    return {"cards": found}


def _rhythm(ask: Ask, site: Site, chosen: Period) -> list[dict[str, Any]]:
    """Weekdays and hours, each cell with one of nine shades of the fullest; nothing where nothing came."""
    table = reports.rhythm(ask.deps.store, site, chosen)
    most = max(table["visits"], default=0)
    if not most:
        return []
    rows: list[dict[str, Any]] = [{"day": ask.words.weekday(day), "cells": []} for day in range(7)]
    for weekday, hour, n in table.select("weekday", "hour", "visits").iter_rows():
        span = {"from": f"{hour:02}:00", "to": f"{(hour + 1) % 24:02}:00"}
        title = ask.words("rhythm.cell", n=n, day=rows[weekday]["day"], **span)
        rows[weekday]["cells"].append({"n": ask.words.number(n), "step": ceil(DENSITIES * n / most), "title": title})
    return rows


def _no_hours(ask: Ask, told: hours.Hours) -> str:
    """Why there are no hours; "" where there are."""
    return "" if told.shown else ask.words(f"hours.{told.why}", n=told.n, least=told.least, k=told.k)


def _elsewhere(ask: Ask, site: Site, chosen: Period) -> dict[str, Any]:
    """Where there are data, when there are none here: the first day, for what lies before it; else the latest days."""
    first = reports.first_day(ask.deps.store, site)
    if first is None or chosen.last >= first:
        return {"latest": _latest(ask, site), "begins": ""}
    day = ask.words.days(first, first + period.ONE)
    there = period.parse({"period": period.Name.DAY, "date": first.isoformat()}, chosen.today)
    link = ask.link("overview", there.query(), domain=site.domain)
    return {"latest": Choice(ask.words("empty.first", day=day), link, current=False), "begins": day}


def _latest(ask: Ask, site: Site) -> Choice | None:
    """The four weeks that end with the last day that has data."""
    days = [day for number, day in ask.deps.store.days() if number == site.id]
    if not days:
        return None
    today = period.today(ask.now, site.time_zone)
    chosen = period.parse({"period": period.Name.FOUR_WEEKS, "date": max(map(str, days))}, today)
    text = ask.words("empty.latest", days=ask.words.days(chosen.begin, chosen.end))
    return Choice(text, ask.link("overview", chosen.query(), domain=site.domain), current=False)
