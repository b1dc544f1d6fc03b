"""Ours and Google's figures of the same days, side by side: both lines, the ratio, and why they differ."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Final, NamedTuple

from starlette.responses import Response

from collector.errors import TrekvartError
from collector.site import Site
from dashboard import charts, downloads, elsewhere, ga4_history, reports
from dashboard.audit import Act
from dashboard.causes import causes
from dashboard.elsewhere import Day
from dashboard.frame import Ask, Screen
from dashboard.ga4_file import Table, read_ga4
from dashboard.menus import menu
from dashboard.period import Period
from dashboard.present import Point
from dashboard.roles import Role
from dashboard.site_frame import addresses, period_of, site_of, surroundings
from dashboard.totals import read_days

METRICS: Final = ("pageviews", "visits", "visitors")


class Row(NamedTuple):
    """A day: ours and theirs by metric (None: not known), and the page requests of the server's log."""

    day: date
    ours: Mapping[str, int | None]
    theirs: Mapping[str, int | None]
    log: int | None


def show(ask: Ask) -> Response:
    """GET /site/{domain}/beside: the days of the period that both have."""
    return _page(ask, {})


def csv_file(ask: Ask) -> Response:
    """GET /site/{domain}/beside.csv: the same as a file."""
    site = site_of(ask)
    chosen, words = period_of(ask, site), ask.words
    head = [words("chart.time")]
    head += [words(f"beside.{who}_{metric}") for metric in METRICS for who in ("ours", "theirs")]
    head += [words("beside.log")]
    lines: list[list[Any]] = [head]
    for row in _rows(ask, site, chosen):
        figures = [figure for metric in METRICS for figure in (row.ours[metric], row.theirs[metric])]
        lines.append([row.day.isoformat(), *figures, row.log])
    name = f"{site.domain}_{chosen.begin}_{chosen.last}_beside.csv"
    headers = {"Content-Disposition": downloads.attachment(name)}
    return Response(downloads.written(lines, words), media_type="text/csv", headers=headers)


def change(ask: Ask) -> Response:
    """POST /site/{domain}/beside: lay figures beside ours, look at what an import would take, import, or forget."""
    site, act = site_of(ask), ask.form.get("act", "")
    try:
        if act == "forget":
            elsewhere.forget(ask.deps.control, site.id, "ga4")
            ask.note(Act.COMPARISON_REMOVED, f"{site.domain}: ga4")
            return _page(ask, {"done": ask.words("beside.forgotten")})
        tables = read_ga4(ask.form.get("content", "").encode())
        if act == "lay":
            found = ga4_history.days_of(tables)
            elsewhere.keep(ask.deps.control, site.id, "ga4", found)
            ask.note(Act.COMPARED, f"{site.domain}: ga4")
            return _page(ask, {"done": ask.words("beside.laid", n=len(found)), "shifted": _shifted(ask, site, tables)})
        begins, ends = ga4_history.span(tables)
        taken = {day for (day,) in ask.deps.store.read("taken", site=site.id, begin=begins, end=ends)}
        plan = ga4_history.plan(tables, site.k, taken)
        if act == "import" and plan.days:
            ask.deps.store.add_imported(site.id, ask.now, "ga4", plan.days, [plan.rows])
            ask.note(Act.HISTORY_IMPORTED, f"{site.domain}: ga4")
            return _page(ask, {"done": ask.words("beside.imported", n=len(plan.days)), "plan": plan})
        told = {"plan": plan, "content": ask.form.get("content", ""), "shifted": _shifted(ask, site, tables)}
        return _page(ask, told)
    except TrekvartError as error:
        return _page(ask, {"problem": str(error), "content": ask.form.get("content", "")}, 400)


def _shifted(ask: Ask, site: Site, tables: Sequence[Table]) -> str:
    """That the property's days are not the site's, where the files tell so."""
    found = ga4_history.shift(tables, site.time_zone)
    if found is None:
        return ""
    zone, hours = found
    told = ask.words.number(int(hours)) if hours == int(hours) else ask.words.decimal(hours)
    return ask.words("beside.shifted", zone=zone, hours=told)


def _rows(ask: Ask, site: Site, chosen: Period) -> list[Row]:
    days = read_days(ask.deps.store, [site.id], chosen.begin, chosen.end)[site.id]
    theirs, log = (
        elsewhere.kept(ask.deps.control, site.id, source, chosen.begin, chosen.end) for source in elsewhere.SOURCES
    )
    rows = []
    for day in sorted({*theirs, *log}):
        own = days.get(day)
        imported = own is None or own.imported  # what came from there cannot witness against it
        ours = {metric: None if imported or own is None else getattr(own, metric) for metric in METRICS}
        found = theirs.get(day, Day())
        rows.append(
            Row(day, ours, {metric: getattr(found, metric) for metric in METRICS}, log.get(day, Day()).pageviews)
        )
    return rows


class Sum(NamedTuple):
    """A metric over the days that both sides know."""

    metric: str
    ours: int
    theirs: int
    days: int

    @property
    def ratio(self) -> float | None:
        """Ours for one of theirs."""
        return self.ours / self.theirs if self.theirs else None


def sums(rows: Iterable[Row]) -> list[Sum]:
    """Each metric, only over days of which both are known."""
    found = []
    for metric in METRICS:
        pairs = [(row.ours[metric], row.theirs[metric]) for row in rows]
        both = [(ours, theirs) for ours, theirs in pairs if ours is not None and theirs is not None]
        found.append(Sum(metric, sum(a for a, _ in both), sum(b for _, b in both), len(both)))
    return found


def coverage(rows: Iterable[Row]) -> tuple[int, int] | None:
    """Our pageviews and the log's page requests, over days that both have. None: no such day."""
    both = [(row.ours["pageviews"], row.log) for row in rows if row.log is not None]
    known = [(ours, log) for ours, log in both if ours is not None and log is not None]
    return (sum(ours for ours, _ in known), sum(log for _, log in known)) if known else None


def _page(ask: Ask, told: Mapping[str, Any], status: int = 200) -> Response:
    site, words = site_of(ask), ask.words
    chosen = period_of(ask, site)
    rows = _rows(ask, site, chosen)
    shared = [row for row in rows if row.ours["pageviews"] is not None]
    ledger: dict[str, int] = {}
    for _, reason, n in reports.drops(ask.deps.store, site.id, chosen).iter_rows():
        ledger[reason] = ledger.get(reason, 0) + n
    found = coverage(shared)
    own = sum(row.ours["pageviews"] or 0 for row in shared)
    points = [_point(row, words) for row in shared]
    return ask.render(
        "side_by_side.html",
        status,
        **surroundings(ask, site),
        **{"done": "", "problem": "", "plan": None, "content": "", "shifted": "", **told},
        rows=rows,
        sums=[one for one in sums(rows) if one.days],
        causes=causes(own if found is None else found[0], ledger, None if found is None else found[1]),
        coverage=found[0] / found[1] if found and found[1] else None,
        metrics=METRICS,
        chart=charts.time_chart(points, words, bars=False) if len(points) > 1 else "",
        style_ids=charts.library_style_ids(),
        menu=menu(chosen, words, addresses(ask, "beside", site), ask.asked_language, overview=False),
        csv=ask.link("beside_csv", chosen.query(), domain=site.domain),
        back=ask.link("overview", chosen.query(), domain=site.domain),
    )


def _point(row: Row, words: Any) -> Point:
    ours, theirs = row.ours["visits"], row.theirs["visits"]
    day = words.day(row.day)
    both = (("ours", ours), ("theirs", theirs))
    known = ", ".join(f"{words(f'beside.{who}')}: {words.number(n)}" for who, n in both if n is not None)
    return Point(f"{row.day.day}/{row.day.month}", day, ours, theirs, ongoing=False, spoken=f"{day}, {known}")


SCREENS: Final = (
    Screen("/site/{domain}/beside", "beside", show, needs=Role.VIEWER),
    Screen("/site/{domain}/beside", "beside_change", change, method="POST"),
    Screen("/site/{domain}/beside.csv", "beside_csv", csv_file, needs=Role.VIEWER),
)
