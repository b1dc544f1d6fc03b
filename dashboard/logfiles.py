"""The files of an access log that a command was given: opened, unpacked, and with a progress bar."""

import contextlib
import gzip
import io
import sys
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, Final, NoReturn

from tqdm import tqdm

from collector.errors import LogError
from collector.logfile import read_lines

LINES_A_STEP: Final = 1000  # between steps of the progress bar
STDIN: Final = Path("-")
GZIP: Final = b"\x1f\x8b"  # RFC 1952 2.3.1


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
