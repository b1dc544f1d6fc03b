"""The audit log on a screen, for administrators of the server."""

from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

from starlette.responses import Response

from dashboard import audit
from dashboard.frame import Ask, Screen

LINES: Final = 100  # on one page


def show(ask: Ask) -> Response:
    """GET /audit: what has been done, newest first."""
    asked = ask.query.get("before", "")
    before = int(asked) if asked.isascii() and asked.isdecimal() and len(asked) < 19 else audit.LAST
    found = audit.entries(ask.deps.control, LINES + 1, before)
    zone = zone_of(ask)
    without_account = {
        audit.COMMAND_LINE: ask.words("audit.command_line"),
        audit.NOBODY: ask.words("audit.nobody"),
    }
    lines = [
        {
            "at": moment(ask, entry.at, zone),
            "who": without_account.get(entry.who, entry.who),
            "act": ask.words(f"audit.act.{entry.act}") if entry.act in set(audit.Act) else entry.act,
            "object": entry.object,
            "times": entry.times,
        }
        for entry in found[:LINES]
    ]
    older = ask.link("audit", {"before": str(found[LINES - 1].id)}) if len(found) > LINES else None
    return ask.render("audit.html", tab="audit", lines=lines, older=older, zone=ask.words.zone(zone))


def zone_of(ask: Ask) -> str:
    """Whose clock is shown where no one site is meant: the first site's, or UTC."""
    return ask.sites[0].time_zone if ask.sites else "UTC"


def moment(ask: Ask, at: int, zone: str) -> str:
    """A moment (milliseconds UTC) as people write it."""
    local = datetime.fromtimestamp(at / 1000, tz=UTC).astimezone(ZoneInfo(zone))
    return f"{ask.words.day(local.date())} {ask.words.clock(local)}"


SCREENS: Final = (Screen("/audit", "audit", show),)
