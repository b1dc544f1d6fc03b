"""Backups: a directory with the group store, the control database and a list of what they hold. No spool, no keys.

Made beside a running server, and verified by reading every row of the copy. Not in a backup are today's hits, which die
at midnight anyway, and what waits for its groups, which is sealed under a key that no backup may hold.
"""

import contextlib
import hashlib
import json
import shutil
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from collector import control, store
from collector.control import Control, copy_database
from collector.errors import PlaceError, StoreError
from collector.fault import point
from collector.hotline import still
from collector.mend import whole
from collector.store import Store
from collector.storefile import log_of, settle, verify
from dashboard.place import data_directory

PREFIX: Final = "trekvart-"
STAMP: Final = "%Y%m%dT%H%M%SZ"
LIST: Final = "backup.json"
FILES: Final = (store.FILE, control.FILE)
UNDONE: Final = {  # what opens a door, and is not to be carried over
    "session": "delete from session",
    "invitation": "delete from invitation",
    "share_pass": "delete from share_pass",
}


def make(data: Path, into: Path, now: int) -> Path:
    """A new backup below `into`, complete or not there at all. Raises PlaceError, StoreError."""
    moment = datetime.fromtimestamp(now / 1000, tz=UTC)
    done = into / (PREFIX + moment.strftime(STAMP))
    part = done.with_name(done.name + ".part")
    try:
        part.mkdir(parents=True, mode=0o700)
        with _still(data):
            shutil.copyfile(data / store.FILE, part / store.FILE)
        copy_database(data / control.FILE, part / control.FILE)
        _shut(part / control.FILE)
        write_list(part, moment)
        for file in (*part.iterdir(), part):
            file.chmod(0o700 if file.is_dir() else 0o600)
            settle(file)
        point("backup.written")
        part.rename(done)
        settle(into)
    except (OSError, sqlite3.Error) as error:
        shutil.rmtree(part, ignore_errors=True)
        raise PlaceError(f"The backup into {into} did not succeed ({error}); look at the disk.") from error
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
    return done


def write_list(directory: Path, moment: datetime) -> None:
    """Reads every row of both files and writes down what was found. Raises StoreError when one is not whole."""
    rows = verify(directory / store.FILE)
    if not whole(directory / control.FILE):
        raise StoreError(f"{directory / control.FILE} is not whole.")
    told = {
        "made": moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "version": version("trekvart"),
        "rows": rows,
        "sha256": {name: _digest(directory / name) for name in FILES},
    }
    (directory / LIST).write_text(json.dumps(told, indent=2) + "\n", "utf-8")


def check(backup: Path) -> dict[str, Any]:
    """What a backup's list says, after both files were compared with it. Raises PlaceError, StoreError."""
    try:
        told: dict[str, Any] = json.loads((backup / LIST).read_text("utf-8"))
        wrong = [name for name in FILES if _digest(backup / name) != told["sha256"][name]]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise PlaceError(f"{backup} is no backup of Trekvart's ({error}); name a directory {PREFIX}...") from error
    if wrong:
        raise StoreError(f"{', '.join(wrong)} in {backup} is not what was backed up; take an older backup.")
    if verify(backup / store.FILE) != told["rows"]:
        raise StoreError(f"The group store in {backup} has other rows than were backed up; take an older backup.")
    return told


def restore(backup: Path, data: Path, now: int) -> Path | None:
    """Puts a backup in the place of what a data directory holds; where that was moved, if there was anything.

    The spool stays: today's hits go on. Raises PlaceError (a server runs; no backup), StoreError (damaged, newer).
    """
    check(backup)
    with data_directory(data):
        new = {name: data / f"{name}.restored" for name in FILES}
        before = data / ("before-restore-" + datetime.fromtimestamp(now / 1000, tz=UTC).strftime(STAMP))
        try:
            for name, path in new.items():
                shutil.copyfile(backup / name, path)
                path.chmod(0o600)
            Store.open(new[store.FILE]).close()  # upgraded here, where nothing is lost when it cannot be
            Control.open(new[control.FILE]).close()
            _shut(new[control.FILE])  # again: a backup of an older version still has the invitations
            kept = [data / name for name in FILES if (data / name).exists()]
            if kept:
                before.mkdir(mode=0o700)
            for path in kept:
                (before / path.name).hardlink_to(path)
                for log in (log_of(path), *(path.with_name(path.name + end) for end in ("-wal", "-shm"))):
                    if log.exists():
                        log.rename(before / log.name)
            for name, path in new.items():
                settle(path)
                path.replace(data / name)
            settle(data)
        finally:
            for path in new.values():
                for left in path.parent.glob(path.name + "*"):
                    left.unlink()
    return before if kept else None


def _shut(database: Path) -> None:
    """Takes out what opens a door: a restored server has nobody logged in, and links to choose a password are void.

    Whoever takes an old backup could else use an invitation that was used or revoked after it was made. Links to
    figures stay: pages and people rely on them, they open nothing but figures, and each can be revoked by itself.
    """
    with contextlib.closing(sqlite3.connect(database)) as opened, opened:
        opened.execute("pragma secure_delete = on")
        there = {name for (name,) in opened.execute("select name from sqlite_master where type = 'table'")}
        for table in there.intersection(UNDONE):
            delete = UNDONE[table]
            opened.execute(delete)


def backups(into: Path) -> list[Path]:
    """The complete backups below a directory, the oldest first. One that somebody renamed is left alone."""
    try:
        return sorted(path for path in into.glob(PREFIX + "*Z") if _is_stamped(path) and (path / LIST).is_file())
    except OSError:  # glob itself says so of a directory that may not be read; a share that is gone is no different
        return []


def _is_stamped(path: Path) -> bool:
    try:
        return bool(made(path))
    except ValueError:
        return False


def made(backup: Path) -> datetime:
    """When a backup was made, by its name. Raises ValueError."""
    return datetime.strptime(backup.name, PREFIX + STAMP).replace(tzinfo=UTC)


def rotate(into: Path, keep: int) -> list[Path]:
    """Removes all but the newest backups, and what a killed backup left. The removed ones."""
    gone = [*backups(into)[:-keep], *into.glob(PREFIX + "*.part")]
    for path in gone:
        shutil.rmtree(path)
    return gone


@contextlib.contextmanager
def _still(data: Path) -> Iterator[None]:
    """While inside, the store's file is whole and nobody writes it, whether a server runs or not."""
    if not (data / control.FILE).exists():
        raise PlaceError(f"There is no Trekvart data in {data}; name the directory with --data-directory.")
    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(data_directory(data))
        except PlaceError:
            stack.enter_context(still(data))
        else:
            Store.open(data / store.FILE).close()
        yield


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
