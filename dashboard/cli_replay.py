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
from dashboard.options import examples, now_ms, open_control, settings_options

LINES_A_STEP = 1000  # between steps of the progress bar
STDIN = Path("-")


@click.command(
    epilog=examples(
        "trekvart replay access.log --site shop.example",
        "trekvart replay access.log.3.gz access.log.2.gz access.log.1 --site shop.example",
    )
)
@click.argument("logs", metavar="LOG...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--site", "domain", required=True, metavar="DOMAIN", help="Whose log it is.")
@settings_options("data_directory", "key_directory", "country_file", "cells_per_cube")
def replay(settings: Settings, logs: tuple[Path, ...], domain: str) -> None:
    """Count old days from a web server's access log.

    The log is in the combined format, as Apache and nginx write it; .gz is read too, and - is standard input. Name
    several files from the oldest to the newest. Each finished day of the log is counted once: when a day has data
    already, nothing is changed. Today is left out. A log does not say who objects (Sec-GPC, DNT), so a replay counts
    them like others. A running server takes the days over; without one the command writes them itself.
    """
    # Late: the door, the fold and the store are not for the other commands to wait for.
    from dashboard.reckoning import reckon
    from dashboard.replay import Replay

    with closing(open_control(settings)) as control:
        counted = control.site(domain)
    result = Replay(counted, settings, now_ms())
    for line in _lines(logs):
        result.line(line)
    result.finish()
    running = not _hand_over(settings, result.days)
    click.echo(reckon(result, counted.domain))
    if running:
        click.echo("The running server has the days now, and shows them within seconds.")


def _lines(logs: Sequence[Path]) -> Iterator[bytes]:
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
    if path.suffix == ".gz":
        return io.BufferedReader(gzip.GzipFile(fileobj=raw))
    return raw


def _hand_over(settings: Settings, days: Sequence[tuple[Day, Sequence[Release]]]) -> bool:
    """Put the days in the outbox, all or none; without a running server, bring them into the store too.

    True when they are there now. Raises DayTaken when one of the days has data.
    """
    from collector.day.keys import Keys
    from collector.day.outbox import apply
    from collector.day.spool import Spool
    from collector.store import Store
    from dashboard.app import data_directory

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
