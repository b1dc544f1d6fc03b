"""A site's day: its bounds and the settings it is released under, fixed when it opens."""

from datetime import date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from msgspec import Struct


class Day(Struct, frozen=True):
    """One site, one day of the site's own calendar. Settings change only from one day to the next."""

    site: int
    date: str  # ISO, in the site's time zone
    begins: int  # milliseconds since 1970, UTC
    ends: int  # the next midnight; 23, 24 or 25 hours later
    k: int
    publish_seconds: int
    totals: Literal["exact", "groups"]


def midnight(day: date, zone: str) -> int:
    """The first moment of `day` in the time zone, in milliseconds UTC (not always 00:00: DST may skip it)."""
    local = datetime.combine(day, time(), tzinfo=ZoneInfo(zone))
    return round(local.timestamp() * 1000)


def day_bounds(now: int, zone: str) -> tuple[str, int, int]:
    """The day that `now` (milliseconds UTC) lies in: its ISO date, and its half-open bounds in milliseconds UTC."""
    today = datetime.fromtimestamp(now / 1000, tz=ZoneInfo(zone)).date()
    return today.isoformat(), midnight(today, zone), midnight(today + timedelta(days=1), zone)
