"""Is all well? Findings about settings, places, keys, spool, store, disk, backups: what is so, and what to do about it.

The same findings for `trekvart check`, the health page and /metrics. None says anything that moves with a beacon: room
on the disk is told as a class, the spool by whether it is whole.
"""

import stat
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from collector.control import FILE as CONTROL
from collector.control import Control
from collector.day import spool as spool_of
from collector.day.notes import Note, moment
from collector.day.spool import Spool
from collector.disk import MEGABYTE, free
from collector.errors import TrekvartError
from collector.mend import whole
from collector.settings import Settings
from collector.store import Store
from dashboard import backup, retention
from dashboard.finding import Finding

BACKUP_HOURS: Final = 49  # a day, an hour of its making, and a day's grace
TIGHT: Final = 5  # times the floor: under it the disk is told to be getting full
WAITING_MOST: Final = 500  # releases on their way to the store: hours of them
LOOPBACK: Final = ("127.0.0.1", "::1", "localhost")
TZ_YEARS: Final = 2  # after which the rules of time zones are old


class Live(NamedTuple):
    """What only a running server knows."""

    keeper: bool  # it has caught up with today's spool
    untrusted_proxy: bool  # a proxy in the private network passes addresses on, and is not trusted


def examine(
    settings: Settings, control: Control, store: Store, spool: Spool, *, now: int, live: Live | None
) -> list[Finding]:
    """All findings, in the order they are told. `live` is None where no server runs."""
    found = [_version(), _server(live)]
    for look in (
        _settings(settings, live),
        _zones(control, now),
        _permissions(settings),
        _keys(settings, spool),
        _spool(settings, spool, now),
        _store(store),
        _disk(settings),
        _backup(settings, now),
        _left(settings, now),
    ):
        found.extend(look)
    found.extend(note_finding(note) for note in spool.notes() if not note.seen)
    return found


def is_bad(found: list[Finding]) -> bool:
    """Whether something has to be done."""
    return any(finding.state == "bad" for finding in found)


def note_finding(note: Note) -> Finding:
    """What went wrong, as a finding; it stays until the operator says that it was seen."""
    return Finding(
        "note_" + note.what.replace("-", "_"),
        "bad",
        {"date": note.date, "name": note.name, "since": moment(note.since), "time": moment(note.time)},
    )


def _version() -> Finding:
    return Finding("version", parts={"version": version("trekvart"), "duckdb": version("duckdb")})


def _server(live: Live | None) -> Finding:
    if live is None:
        return Finding("server_off", "warn")
    return Finding("server_on") if live.keeper else Finding("keeper_behind", "warn")


def _settings(settings: Settings, live: Live | None) -> Iterator[Finding]:
    """A proxy that is not trusted makes all visitors one network, and then nothing is ever published."""
    public = urlsplit(settings.public_url).hostname or ""
    if live is not None and live.untrusted_proxy:
        yield Finding("proxy_untrusted", "bad")
    elif settings.host in LOOPBACK and not settings.trusted_proxies and public not in {"", *LOOPBACK}:
        yield Finding("proxy_unnamed", "bad", {"host": settings.host, "url": settings.public_url})
    else:
        yield Finding("proxy_ok")


def _zones(control: Control, now: int) -> Iterator[Finding]:
    for zone in {site.time_zone for site in control.sites()}:
        try:
            ZoneInfo(zone)
        except (OSError, ValueError):
            yield Finding("zone_unknown", "bad", {"zone": zone})
    data = version("tzdata")
    old = datetime.fromtimestamp(now / 1000, tz=UTC).year - int(data.split(".")[0]) >= TZ_YEARS
    yield Finding("zones_old" if old else "zones_ok", "warn" if old else "ok", {"version": data})


def _permissions(settings: Settings) -> Iterator[Finding]:
    files = [settings.data_directory, settings.keys]  # what is in a private directory is private
    files += [] if settings.backup_directory is None else backup.backups(settings.backup_directory)
    open_ones = [path for path in files if path.exists() and stat.S_IMODE(path.stat().st_mode) & 0o077]
    for path in open_ones:
        yield Finding("readable_by_others", "warn", {"path": str(path)})
    if not open_ones:
        yield Finding("permissions_ok")


def _keys(settings: Settings, spool: Spool) -> Iterator[Finding]:
    keys = settings.keys.absolute()
    for place in filter(None, (settings.data_directory, settings.backup_directory)):
        if keys.is_relative_to(place.absolute()):
            yield Finding("keys_in_backup", "bad", {"path": str(keys), "place": str(place)})
            return
    lost = [day.day.date for day in spool.live_days() if spool.keys.read(day.number) is None]
    yield Finding("keys_missing", "bad", {"date": lost[0]}) if lost else Finding("keys_ok")


def _spool(settings: Settings, spool: Spool, now: int) -> Iterator[Finding]:
    if not whole(settings.data_directory / spool_of.FILE):
        yield Finding("spool_damaged", "bad")
    elif len(spool.outbox(WAITING_MOST)) == WAITING_MOST:
        yield Finding("outbox_full", "bad")
    elif any(now - day.day.ends > 3_600_000 for day in spool.live_days()):
        yield Finding("day_open", "bad")
    else:
        yield Finding("spool_ok")


def _store(store: Store) -> Iterator[Finding]:
    try:
        store.scan()
    except TrekvartError as error:
        yield Finding("store_damaged", "bad", {"why": str(error)})
    else:
        yield Finding("store_ok")
    if not whole(store.path.with_name(CONTROL)):
        yield Finding("control_damaged", "bad")


def _disk(settings: Settings) -> Iterator[Finding]:
    floor = settings.free_space_floor
    places = [settings.data_directory, settings.keys, settings.backup_directory]
    for place in {place.absolute() for place in places if place is not None and place.exists()}:
        room = free(place) / MEGABYTE
        if room < floor:
            yield Finding("disk_full", "bad", {"path": str(place), "floor": str(floor)})
        elif room < TIGHT * floor:
            yield Finding("disk_tight", "warn", {"path": str(place), "floor": str(TIGHT * floor)})
        else:
            yield Finding("disk_ok", parts={"path": str(place)})


def _backup(settings: Settings, now: int) -> Iterator[Finding]:
    into = settings.backup_directory
    if into is None:
        yield Finding("backup_unset", "warn")
        return
    there = backup.backups(into)
    if not there:
        yield Finding("backup_none", "bad", {"path": str(into)})
        return
    made = backup.made(there[-1])
    old = now / 1000 - made.timestamp() > BACKUP_HOURS * 3600
    parts = {"time": made.strftime("%Y-%m-%d %H:%M UTC"), "path": str(into)}
    yield Finding("backup_old" if old else "backup_ok", "bad" if old else "ok", parts)


def _left(settings: Settings, now: int) -> Iterator[Finding]:
    if left := retention.left_over(settings.data_directory, now):
        yield Finding("left_over", "warn", {"names": ", ".join(path.name for path in left)})


def known_since(into: Path | None) -> float:
    """When the last backup was made, in seconds since 1970; 0: never."""
    there = backup.backups(into) if into else []
    return backup.made(there[-1]).timestamp() if there else 0.0


def packed(found: list[Finding]) -> list[Any]:
    """Findings as they travel from the server to the command."""
    return [[finding.what, finding.state, dict(finding.parts)] for finding in found]


def unpacked(told: list[Any]) -> list[Finding]:
    """And back."""
    return [Finding(*one) for one in told]
