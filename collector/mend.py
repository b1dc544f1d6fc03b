"""At start, before anything is opened: a damaged spool or control database is set aside, and what can be read goes on.

The group store mends itself when it is opened (`Store.open(..., mend=True)`). Nothing is deleted: `NAME.aside-N` is the
file as it was found.
"""

import sqlite3
from contextlib import closing, suppress
from pathlib import Path
from typing import Final

from collector import control
from collector.day import spool
from collector.day.keys import Keys
from collector.day.notes import Note
from collector.day.spool import Spool
from collector.errors import TrekvartError

LOGS: Final = ("-wal", "-shm")  # what SQLite keeps beside a file


def mend(directory: Path, keys: Keys, now: int) -> list[Note]:
    """Mends what is damaged in a data directory that no server holds, and notes it in the spool. What was wrong."""
    found = []
    path = directory / spool.FILE
    if not whole(path):
        aside = _set_aside(path)
        salvage(aside, directory, keys)
        found.append(Note(now, "spool-damaged", name=aside.name))
    path = directory / control.FILE
    copy = directory / control.COPY
    if not whole(path) or (copy.exists() and _cut_to_nothing(path)):
        aside = _set_aside(path)
        if copy.exists() and whole(copy):
            since = int(copy.stat().st_mtime * 1000)
            copy.replace(path)
            found.append(Note(now, "control-damaged", since=since, name=aside.name))
        else:
            found.append(Note(now, "control-lost", name=aside.name))
    if found:
        with closing(Spool(directory, keys)) as notes:
            for note in found:
                notes.note(note)
            last = notes.last_site()
        if last and any(note.what == "control-lost" for note in found):
            with closing(control.Control.open(path)) as fresh:
                fresh.write("skip_ids", last=last)  # or a new site would be given another's figures
    return found


def whole(path: Path) -> bool:
    """Whether SQLite can read all of the file's structure; a file that is not there is whole.

    Raises nothing for a file that cannot be opened at all: that is for the one who opens it to say.
    """
    if not path.exists():
        return True
    if 0 < path.stat().st_size < 512:  # a header and nothing behind it: SQLite takes it for an empty database
        return False
    try:
        with closing(sqlite3.connect(path, timeout=10)) as database:
            return bool(database.execute("pragma quick_check(1)").fetchone() == ("ok",))
    except sqlite3.OperationalError:
        return True  # locked, or no permission: no sign of damage
    except sqlite3.DatabaseError:
        return False


def _cut_to_nothing(path: Path) -> bool:
    """Whether nothing is left of a file and of its log."""
    return path.exists() and not path.stat().st_size and not path.with_name(path.name + "-wal").exists()


def salvage(aside: Path, directory: Path, keys: Keys) -> None:
    """Makes a new spool of all rows that can still be read from a damaged one."""
    with closing(Spool(directory, keys)):
        pass  # the schema
    with (
        closing(sqlite3.connect(aside, isolation_level=None)) as old,
        closing(sqlite3.connect(directory / spool.FILE, isolation_level=None)) as new,
    ):
        new.execute("begin immediate")
        for table, sql in new.execute("select name, sql from sqlite_master where type = 'table'").fetchall():
            if not table.startswith("sqlite_"):
                _copy_rows(old, new, table, rowid="without rowid" not in sql)
        new.execute("commit")


def _copy_rows(old: sqlite3.Connection, new: sqlite3.Connection, table: str, *, rowid: bool) -> None:
    """A table's rows from its beginning to the damage, then from its end back to it."""
    with suppress(sqlite3.DatabaseError):
        wanted = [row[1] for row in new.execute(f"pragma table_info({table})")]
        held = {row[1] for row in old.execute(f"pragma table_info({table})")}
        columns = (["rowid"] if rowid else []) + [name for name in wanted if name in held]
        key = "rowid" if rowid else ", ".join(columns[:2])
        put = f"insert or ignore into {table} ({', '.join(columns)}) values ({', '.join('?' * len(columns))})"
        for order in (key, ", ".join(f"{each} desc" for each in key.split(", "))):
            with suppress(sqlite3.DatabaseError, UnicodeDecodeError, TrekvartError):
                for row in old.execute(f"select {', '.join(columns)} from {table} order by {order}"):
                    with suppress(sqlite3.IntegrityError):  # a type that strict tables refuse: a row that was hit
                        new.execute(put, row)


def _set_aside(path: Path) -> Path:
    number = 1
    while (aside := path.with_name(f"{path.name}.aside-{number}")).exists():
        number += 1
    path.rename(aside)
    for log in LOGS:
        beside = path.with_name(path.name + log)
        if beside.exists():
            beside.rename(aside.with_name(aside.name + log))
    return aside
