"""How many page requests a log has a day: a number a day, and nothing else of it is kept."""

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from collector.day.day import day_bounds
from collector.door.country import Countries
from collector.door.door import Door
from collector.door.hit import Drop
from collector.door.logged import Logged
from collector.logformats import Log
from collector.settings import Settings
from collector.site import Site


def count(lines: Iterable[bytes], site: Site, settings: Settings, now: int) -> dict[date, int]:
    """Page requests of each finished day of the site's, through the door as a beacon's page would have been."""
    log, door = Log(site.domain), Logged(Door((site,), settings, Countries(settings.country_file)), site.domain)
    zone, today = ZoneInfo(site.time_zone), day_bounds(now, site.time_zone)[1]
    found: Counter[date] = Counter()
    for line in lines:
        if log.comment(line) or (entry := log.read(line)) is None or entry.time >= today:
            continue
        shown = entry.what
        if isinstance(shown, Drop) or shown.objects:
            continue
        if not isinstance(door.read(*shown[:4], entry.time), Drop):
            found[datetime.fromtimestamp(entry.time / 1000, tz=UTC).astimezone(zone).date()] += 1
    return dict(sorted(found.items()))
