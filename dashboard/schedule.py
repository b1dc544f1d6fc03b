"""When an export is made: "every Monday 07:00" or a cron line, by the site's clock. Pure.

Nights when the clock is moved are as in Debian's cron: a time that the clock jumps over is made up for at once, and
one that it shows twice comes once.
"""

import re
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

from collector.errors import ExportError

DAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
PLAIN: Final = re.compile(
    rf"every (?P<what>day|month|quarter|year|{'|'.join(DAYS)})"
    r"(?: on (?P<on>\d\d?))?(?: at)? (?P<h>\d\d?):(?P<m>\d\d)"
)
FIRSTS: Final = {"month": "* *", "quarter": "1,4,7,10 *", "year": "1 *"}


def parse_timing(text: str) -> str:
    """A timing as a cron line: minute, hour, day of month, month, day of week. Raises ExportError."""
    plain = PLAIN.fullmatch(" ".join(text.lower().split()))
    cron = _cron(plain) if plain else " ".join(text.split())
    if len(cron.split()) != 5 or not _comes(cron):
        raise ExportError(
            f'{text!r} is no time; write it like "every Monday 07:00", "every month on 2 07:00", or as a cron line.'
        )
    return cron


def _comes(cron: str) -> bool:
    """Whether it is a cron line that names any moment at all."""
    try:
        next(CronSim(cron, datetime(2026, 1, 1, tzinfo=UTC)))
    except (CronSimError, StopIteration):
        return False
    return True


def _cron(plain: re.Match[str]) -> str:
    what, on = plain["what"], plain["on"] or "1"
    at = f"{int(plain['m'])} {int(plain['h'])}"
    if what in DAYS:
        return f"{at} * * {DAYS.index(what) + 1}"
    return f"{at} * * *" if what == "day" else f"{at} {int(on)} {FIRSTS[what]}"


def next_run(cron: str, zone: str, after: int) -> int | None:
    """The first moment of a cron line later than `after`, both milliseconds UTC. None: there is none in 50 years."""
    moment = datetime.fromtimestamp(after // 1000, tz=UTC).astimezone(ZoneInfo(zone))
    try:
        found = next(CronSim(cron, moment))
        while found.timestamp() * 1000 <= after:  # a moment of the hour that the clock shows twice
            found = next(CronSim(cron, found))
    except StopIteration:
        return None
    return round(found.timestamp() * 1000)
