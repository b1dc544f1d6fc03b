"""The screen of a site's goals: what became of each, by channel, and what to expect of it; administrators declare."""

from typing import Any, Final

from starlette.responses import Response

from collector.door.scrub import clean
from collector.site import Site
from dashboard import goals, period, reports
from dashboard.audit import Act
from dashboard.frame import Ask
from dashboard.goals import Goal, Kind, Outcome, Prospect
from dashboard.lines import Lines
from dashboard.menus import menu
from dashboard.period import Period
from dashboard.present import label
from dashboard.roles import Role
from dashboard.site_frame import about, addresses, period_of, site_of

LINES: Final = Lines("goal", Role.ADMINISTRATOR, Act.GOAL_REMOVED)
MOST: Final = 20  # goals of a site: with more, none is one
LONGEST: Final = 200  # characters
SUGGESTED: Final = 40  # events and pages to choose from


def card(ask: Ask, site: Site, chosen: Period, visits: int) -> list[dict[str, Any]]:
    """The goals as lines of the overview; none where none is declared."""
    declared = goals.declared(ask.deps.control, site)
    return [_line(ask, one) for one in goals.outcomes(ask.deps.store, site, chosen, declared, visits)]


def show(ask: Ask) -> Response:
    """GET /site/{domain}/goals."""
    return _page(ask, site_of(ask), None)


def add(ask: Ask) -> Response:
    """POST /site/{domain}/goals: declare one."""
    site = site_of(ask)
    kind, value = ask.form.get("kind", ""), clean(ask.form.get("value", "")).strip()
    if kind not in list(Kind) or not value or len(value) > LONGEST or (kind == Kind.PAGE and not value.startswith("/")):
        return _page(ask, site, "wrong")
    if len(goals.declared(ask.deps.control, site)) >= MOST:
        return _page(ask, site, "full")
    with ask.deps.control.writing():
        if ask.deps.control.write("add_goal", site=site.id, kind=kind, value=value):
            ask.note(Act.GOAL_ADDED, f"{site.domain} {value}")
    return ask.redirect(ask.link("goals", domain=site.domain))


def _page(ask: Ask, site: Site, problem: str | None) -> Response:
    chosen = period_of(ask, site)
    visits = reports.visits(ask.deps.store, site, chosen)
    declared = goals.declared(ask.deps.control, site)
    lines = [_line(ask, one) for one in goals.outcomes(ask.deps.store, site, chosen, declared, visits)]
    for goal, line in zip(declared, lines, strict=True):
        line["outlook"] = _outlook(ask, site, goal)
    return LINES.render(
        ask,
        problem,
        lines=lines,
        most=MOST,
        longest=LONGEST,
        kind=ask.form.get("kind", Kind.EVENT),
        value=ask.form.get("value", ""),
        suggested=_suggested(ask, site, chosen) if ask.may(LINES.needs, site) else [],
        about=about(ask, site, chosen),
        menu=menu(chosen, ask.words, addresses(ask, "goals", site), ask.asked_language, overview=False),
        back=ask.link("overview", chosen.query(), domain=site.domain),
    )


def _line(ask: Ask, outcome: Outcome) -> dict[str, Any]:
    words = ask.words
    return {
        "id": outcome.goal.id,
        "kind": outcome.goal.kind,
        "name": outcome.goal.value,
        "reached": words.number(outcome.reached),
        "rate": "" if outcome.rate is None else words.share(outcome.rate),
        "width": f"{100 * min(outcome.rate or 0, 1):.1f}%",
        "channels": [
            {
                "name": label("channels", (one.channel,), words),
                "reached": words.number(one.reached),
                "rate": "" if one.rate is None else words.share(one.rate),
            }
            for one in outcome.channels
        ],
    }


def _outlook(ask: Ask, site: Site, goal: Goal) -> dict[str, Any]:
    """In words: whether to expect figures of it."""
    found = goals.outlook(ask.deps.store, site, goal, period.today(ask.now, site.time_zone))
    share = "" if found.least_share is None else ask.words.share(found.least_share)
    told = {"seen": found.seen, "least": found.least, "channel": found.least_channel, "share": share}
    text = ask.words(f"goal.prospect_{found.prospect}", **told)
    if found.least_share is None:
        text = ask.words("goal.prospect_new", least=found.least)
    return {"text": text, "bad": found.prospect in {Prospect.RARE, Prospect.UNSEEN}}


def _suggested(ask: Ask, site: Site, chosen: Period) -> list[str]:
    """Events, then pages, that are in groups."""
    found = [reports.panel(ask.deps.store, site, chosen, name, SUGGESTED) for name in ("events", "pages")]
    return [row.values[0] for panel in found for row in panel.rows if row.values[0] != "(other)"]


SCREENS: Final = LINES.screens(show, add)
