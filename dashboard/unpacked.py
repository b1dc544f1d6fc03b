"""A .zip of history, unpacked aside: as Plausible hands its export out, or one of ours that was packed."""

import errno
import shutil
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from collector.errors import ExportError

LARGEST: Final = 8 * 1024**3  # bytes unpacked, all files together: ten years of a large shop's pages by day are 1.5 GB
MOST: Final = 2_000  # files
KINDS: Final = frozenset({".csv", ".json", ".jsonl", ".parquet"})
PIECE: Final = 1 << 20  # bytes
SPARE: Final = 256 * 1024**2  # bytes of the disk that stay free


@contextmanager
def unpacked(place: Path, aside: Path) -> Iterator[Path]:
    """A folder with what is in `place`: itself, where it is one. Raises ExportError when it is no archive to take.

    Only files of history are unpacked, by their last two names at most, so none can land outside `aside`. What an
    archive says of its sizes is not believed: bytes are counted as they come. `aside` is removed in the end.
    """
    if place.is_dir():
        yield place
        return
    if not zipfile.is_zipfile(place):
        raise ExportError(f"{place} is neither a folder nor a .zip that can be read.", "lasting")
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(parents=True, mode=0o700)
    try:
        _unpack(place, aside)
        yield aside
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _unpack(place: Path, aside: Path) -> None:
    left = min(LARGEST, shutil.disk_usage(aside).free - SPARE)
    try:
        with zipfile.ZipFile(place) as archive:
            names = [name for name in archive.namelist() if Path(name).suffix.lower() in KINDS]
            if len(names) > MOST:
                raise ExportError(f"{place} holds {len(names):,} files; a set of history has a few dozen.", "lasting")
            for name in names:
                left = _copy(archive, name, _target(aside, name), left)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError) as error:
        if isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES}:
            raise ExportError(
                f"{place} cannot be unpacked in {aside.parent} ({error.strerror}); see to the disk."
            ) from error
        raise ExportError(
            f"{place} is torn, encrypted or packed in a way that is not known here.", "lasting"
        ) from error
    if left < 0:
        raise ExportError(f"{place} holds more than fits here; unpack it elsewhere and take it in parts.", "lasting")


def _target(aside: Path, name: str) -> Path:
    """Where a file lands: an export of ours keeps its folders ("csv/totals.csv"), which are one of its own names."""
    *folders, last = [part for part in name.replace("\\", "/").split("/") if part not in {"", ".", ".."}]
    folder = folders[-1] if folders and folders[-1] in {kind[1:] for kind in KINDS} | {"plausible"} else ""
    return aside / folder / last


def _copy(archive: zipfile.ZipFile, name: str, target: Path, left: int) -> int:
    """Copies one file as long as there is room; how many bytes are left then, negative when there were too few."""
    target.parent.mkdir(mode=0o700, exist_ok=True)
    with archive.open(name) as packed, target.open("xb") as file:
        while left >= 0 and (piece := packed.read(PIECE)):
            left -= len(piece)
            if left >= 0:
                file.write(piece)
    return left
