"""A period as one printable page: figures, charts as vector drawings, lists. No script, nothing from elsewhere."""

from collections.abc import Iterator
from typing import Any, Final

from collector.day.day import midnight
from collector.site import Site
from collector.store import Store
from dashboard import period, present, reports
from dashboard.frame import templates
from dashboard.period import ONE, Span
from dashboard.words import words as words_of

LINES: Final = 15  # of a list
WIDTH: Final = 720
HEIGHT: Final = 200
LABELS: Final = 8  # under the axis


def render(store: Store, site: Site, span: Span, language: str) -> str:
    """The page. The same for the same groups: it says nothing of when it was made."""
    words = words_of(language)
    query = {"period": "custom", "from": str(span[0]), "to": str(span[1] - ONE)}
    chosen = period.parse(query, span[1])
    report = reports.overview(store, site, chosen, midnight(span[1], site.time_zone))
    points = present.points(report, "visits", words)
    page = templates().get_template("export_report.html")
    return page.render(
        words=words,
        t=words,
        site=site,
        report=report,
        days=words.days(*span),
        figures=[figure for figure in present.figures(report, words) if figure.value is not None],
        bars=list(_columns(points)),
        width=WIDTH,
        height=HEIGHT,
        chart_title=words(f"chart.per_{report.buckets}", metric=words("chart.visits")),
        k=report.k or site.k,
        lists=[_list(report.panels[name], words) for names in present.CARDS.values() for name in names],
    )


def _columns(points: list[present.Point]) -> Iterator[dict[str, Any]]:
    """The chart's columns in a box of WIDTH by HEIGHT, every so many with a label."""
    top = max((point.value or 0 for point in points), default=0) or 1
    step = WIDTH / max(1, len(points))
    every = -(-len(points) // LABELS)
    for number, point in enumerate(points):
        tall = HEIGHT * (point.value or 0) / top
        yield {
            "x": f"{number * step + step * 0.1:.2f}",
            "y": f"{HEIGHT - tall:.2f}",
            "width": f"{step * 0.8:.2f}",
            "height": f"{tall:.2f}",
            "label": point.short if number % every == 0 else "",
            "middle": f"{max((number + 0.5) * step, 24):.2f}",  # the first label has room
            "title": point.spoken,
        }


def _list(panel: reports.Panel, words: Any) -> dict[str, Any]:
    bars = present.bars(panel, words)
    shown = [bar for bar in bars if not bar.waiting][:LINES] + [bar for bar in bars if bar.waiting]
    return {"title": words(f"panel.{panel.name}"), "bars": shown, "count": words(f"count.{panel.unit}")}
