"""How long figures are kept, and how a site goes away: also from what lies beside the databases."""

import shutil
from collections.abc import Iterable, Mapping
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from collector import store
from collector.control import FILE, Control
from collector.site import Site
from collector.store import Store
from dashboard import backup

LEFT: Final = ("*.aside-*", "*.schema-*", "before-restore-*", "*.part", "*.new")  # what was set aside or left by a kill
LEFT_DAYS: Final = 30  # after which `trekvart purge` takes it away


def limits(sites: Iterable[Site], months: int, now: int) -> dict[int, date]:
    """The first day that each site keeps: as many months ago as its calendar today says."""
    return {site.id: months_before(_today(site, now), months) for site in sites}


def months_before(day: date, months: int) -> date:
    """The same day so many months earlier, or that month's last."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    for last in (day.day, 30, 29, 28):
        try:
            return date(year, month + 1, min(day.day, last))
        except ValueError:
            continue
    raise AssertionError  # every month has a 28th


def old_rows(of: Store, sites: Iterable[Site], before: Mapping[int, date]) -> dict[str, int]:
    """How many rows of each site are older than they may be, by its domain."""
    return {site.domain: of.count_before(site.id, before[site.id]) for site in sites}


def left_over(data: Path, now: int, days: int = LEFT_DAYS) -> list[Path]:
    """What was set aside, copied before an upgrade or left by a kill, and has been there so many days."""
    limit = now / 1000 - days * 86_400
    found = {path for pattern in LEFT for path in data.glob(pattern)}
    return sorted(path for path in found if path.stat().st_mtime <= limit)


def take_away(paths: Iterable[Path]) -> None:
    """Removes files and directories."""
    for path in paths:
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)


def remove_elsewhere(site: Site, data: Path, backups: Path | None, now: int) -> None:
    """Files of which nobody can tell what of the site is in them go whole; from a backup only the site goes."""
    take_away(left_over(data, now, days=0))
    for one in backup.backups(backups) if backups else []:
        with closing(Store.open(one / store.FILE)) as groups:
            groups.remove_before({site.id: date.max})
        with closing(Control.open(one / FILE)) as control:
            if any(site.id == other.id for other in control.sites()):
                control.remove_site(site)
            control.settle()
        backup.write_list(one, backup.made(one))


def _today(site: Site, now: int) -> date:
    return datetime.fromtimestamp(now / 1000, tz=UTC).astimezone(ZoneInfo(site.time_zone)).date()
