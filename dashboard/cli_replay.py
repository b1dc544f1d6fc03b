"""The command that replays access logs: reading the files, and handing the days over."""

import contextlib
import gzip
import io
import sys
import zlib
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import BinaryIO, NoReturn

import click
from tqdm import tqdm

from collector.day.day import Day
from collector.day.release import Release
from collector.errors import LogError, PlaceError
from collector.logfile import read_lines
from collector.settings import Settings
from dashboard import audit
from dashboard.options import examples, now_ms, open_control, settings_options

PORTION = 2_000_000  # lines: what is read again, at most, when a replay that may be resumed was stopped
LINES_A_STEP = 1000  # between steps of the progress bar
STDIN = Path("-")
GZIP = b"\x1f\x8b"  # RFC 1952 2.3.1


@click.command(
    epilog=examples(
        "trekvart replay access.log --site shop.example",
        "trekvart replay access.log.3.gz access.log.2.gz access.log.1 --site shop.example",
    )
)
@click.argument("logs", metavar="LOG...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--site", "domain", required=True, metavar="DOMAIN", help="Whose log it is.")
@click.option("--resume", is_flag=True, help="Leave out days that have data, and write the others as they close.")
@settings_options("data_directory", "key_directory", "country_file", "cells_per_cube")
def replay(settings: Settings, logs: tuple[Path, ...], domain: str, *, resume: bool) -> None:
    """Count old days from a web server's access log.

    The log is in the combined format, as Apache and nginx write it, in Caddy's JSON, or in IIS's or CloudFront's; which
    one, and whether it is compressed (gzip), is found out. - is standard input. Name several files from the oldest to
    the newest. Each finished day of the log is counted once: when a day has data already, nothing is changed, unless
    --resume goes on where an earlier run stopped. Today is left out. But for Caddy's, a log does not say who objects
    (Sec-GPC, DNT), so a replay counts them like others. A running server takes the days over; without one the command
    writes them itself.
    """
    # Late: the door, the fold and the store are not for the other commands to wait for.
    from dashboard.reckoning import reckon
    from dashboard.replay import Replay

    with closing(open_control(settings)) as control:
        counted = control.site(domain)
    taken = _taken(settings, counted.id) if resume else frozenset[str]()
    result = Replay(counted, settings, now_ms(), taken)
    for number, line in enumerate(log_lines(logs), 1):
        result.line(line)
        if resume and number % PORTION == 0 and (fresh := result.fresh()):
            _hand_over(settings, fresh)
    result.finish()
    running = not _hand_over(settings, result.fresh())
    with closing(open_control(settings)) as control:
        audit.note(control, audit.COMMAND_LINE, audit.Act.LOG_REPLAYED, counted.domain, now_ms())
    click.echo(reckon(result, counted.domain))
    if running:
        click.echo("The running server has the days now, and shows them within seconds.")


def log_lines(logs: Sequence[Path]) -> Iterator[bytes]:
    """All lines of all files, with a progress bar on stderr when that is a terminal. Raises LogError."""
    total = sum(path.stat().st_size for path in logs if path.is_file())
    with tqdm(total=total or None, unit="B", unit_scale=True, disable=None, leave=False) as bar:
        for path in logs:
            with _opened(path) as raw:
                try:
                    yield from _told(read_lines(_unpacked(path, raw)), raw, bar)
                except (OSError, EOFError, zlib.error) as error:
                    raise LogError(
                        f"The log {path} cannot be read to its end: {error}; nothing was changed."
                    ) from error


def _told(lines: Iterator[bytes], raw: BinaryIO, bar: "tqdm[NoReturn]") -> Iterator[bytes]:
    """The lines, with the bar moved along."""
    before = 0
    for number, line in enumerate(lines, 1):
        yield line
        if not bar.disable and number % LINES_A_STEP == 0 and raw.seekable():
            here = raw.tell()
            bar.update(here - before)
            before = here


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    if path == STDIN:
        yield sys.stdin.buffer
        return
    try:
        raw = path.open("rb")
    except OSError as error:
        raise LogError(f"The log {path} cannot be read: {error.strerror}.") from error
    with raw:
        yield raw


def _unpacked(path: Path, raw: BinaryIO) -> BinaryIO:
    """The file as it is, or unpacked, by its first bytes; a pipe is not asked, since it cannot be wound back."""
    packed = raw.read(len(GZIP)) == GZIP if raw.seekable() else path.suffix == ".gz"
    if raw.seekable():
        raw.seek(0)
    return io.BufferedReader(gzip.GzipFile(fileobj=raw)) if packed else raw


def _taken(settings: Settings, site: int) -> frozenset[str]:
    """The days of a site that have data, in the spool or in the store."""
    from collector.day.keys import Keys
    from collector.day.spool import Spool

    with closing(Spool(settings.data_directory, Keys(settings.keys))) as spool:
        return frozenset(spool.dates(site))


def _hand_over(settings: Settings, days: Sequence[tuple[Day, Sequence[Release]]]) -> bool:
    """Put the days in the outbox, all or none; without a running server, bring them into the store too.

    True when they are there now. Raises DayTaken when one of the days has data.
    """
    from collector.day.keys import Keys
    from collector.day.outbox import apply
    from collector.day.spool import Spool
    from collector.store import Store
    from dashboard.place import data_directory

    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(data_directory(settings.data_directory))
            alone = True
        except PlaceError:  # held by a running server: the control database has just been read, so it is usable
            alone = False
        store = stack.enter_context(closing(Store.open(settings.data_directory / "store.duckdb"))) if alone else None
        spool = stack.enter_context(closing(Spool(settings.data_directory, Keys(settings.keys))))
        if store is not None:
            spool.match_store(store.marks(), store.days())
        spool.hand_over(days)
        if store is not None:
            apply(spool, store)
    return alone
