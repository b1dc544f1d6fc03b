"""The ledger of what was not counted: by reason, and day by day. Exact, and published like totals."""

from typing import Any, Final

import polars as pl
from starlette.responses import Response

from dashboard import reports
from dashboard.frame import Ask, Screen
from dashboard.menus import menu
from dashboard.roles import Role
from dashboard.site_frame import addresses, period_of, surroundings


def show(ask: Ask) -> Response:
    """GET /site/{domain}/drops: what was not counted in a period, and why."""
    chosen = period_of(ask, ask.site)
    found = reports.drops(ask.deps.store, ask.site.id, chosen)
    reasons = _reasons(ask, found)
    return ask.render(
        "drops.html",
        **surroundings(ask, ask.site),
        reasons=reasons,
        days=_days(ask, found, [reason["name"] for reason in reasons]) if chosen.days > 1 else [],
        menu=menu(chosen, ask.words, addresses(ask, "drops", ask.site), ask.asked_language, overview=False),
        back=ask.link("overview", chosen.query(), domain=ask.site.domain),
    )


def _reasons(ask: Ask, found: pl.DataFrame) -> list[dict[str, Any]]:
    """The reasons of the whole period, the most frequent first."""
    sums = found.group_by("reason").agg(pl.col("n").sum()).sort("n", "reason", descending=[True, False])
    most = max(sums["n"], default=0)
    return [
        {"name": name, "text": ask.words(f"drop.{name}"), "n": n, "width": f"{100 * n / most:.1f}%"}
        for name, n in sums.iter_rows()
    ]


def _days(ask: Ask, found: pl.DataFrame, reasons: list[str]) -> list[dict[str, Any]]:
    """The days on which anything was refused, the newest first; of each the number of every reason, in their order."""
    counts = {(day, reason): n for day, reason, n in found.select("day", "reason", "n").iter_rows()}
    days = sorted({day for day, _ in counts}, reverse=True)
    return [{"day": ask.words.day(day), "counts": [counts.get((day, reason), 0) for reason in reasons]} for day in days]


SCREENS: Final = (Screen("/site/{domain}/drops", "drops", show, needs=Role.VIEWER),)
