"""The group store's file: opened, set aside when it is damaged, copied, written anew, verified. Beneath `store.py`.

Nothing here is deleted that might still be read: a damaged file and a write-ahead log that does not replay are renamed.
"""

import os
import shutil
from pathlib import Path
from typing import Final

import duckdb

from collector.errors import PlaceError, StoreError
from collector.fault import point

Config = dict[str, str | bool | int | float | list[str]]  # as duckdb.connect has it
Connection = duckdb.DuckDBPyConnection

BLOCK: Final = 65_536  # bytes, of a new file. A checkpoint writes whole blocks: with 262,144 a third more disk
# How DuckDB 2.0 says that the file itself is not whole (tests/store/test_damage.py flips and cuts at many places).
DAMAGE: Final = ("is not a valid DuckDB database file", "Could not read enough bytes", "Corrupt", "corrupt")


def configured(memory_limit: str, threads: int) -> Config:
    """What holds from the replay of the log on; nothing outside the file is read or loaded."""
    return {
        "memory_limit": memory_limit,
        "threads": threads,
        "default_block_size": BLOCK,
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "enable_external_access": False,
        "lock_configuration": True,
    }


def connect(path: Path, config: Config, *, mend: bool) -> tuple[Connection, tuple[str, str]]:
    """The open database, and what had to be set aside: (a note's word, a file name), or two empty texts.

    A write-ahead log that does not replay is set aside in any case, a damaged file only to `mend`. Raises PlaceError
    and StoreError; then nothing has been changed.
    """
    try:
        return duckdb.connect(path, config=config), ("", "")
    except duckdb.Error as error:
        first = error
    if "Could not set lock" in str(first):
        raise PlaceError(f"The group store {path} is in use by another process; stop that one first.") from first
    if not path.parent.is_dir():
        raise PlaceError(f"The directory {path.parent} of the group store does not exist.") from first
    log = log_of(path)
    if log.exists() and not isinstance(first, duckdb.IOException):
        aside = _free(log)
        log.rename(aside)
        try:
            return duckdb.connect(path, config=config), ("log-damaged", aside.name)
        except duckdb.Error:
            aside.rename(log)
    if not (mend and any(sign in str(first) for sign in DAMAGE)):
        raise StoreError(
            f"The group store {path} cannot be opened: {first_line(first)} Restore a backup with: trekvart restore."
        ) from first
    aside = _free(path)
    path.rename(aside)
    if log.exists():
        log.rename(log_of(aside))
    return duckdb.connect(path, config=config), ("store-damaged", aside.name)


def log_of(path: Path) -> Path:
    """Where DuckDB keeps the write-ahead log of a file."""
    return path.with_name(path.name + ".wal")


def keep_copy(path: Path, schema: int) -> None:
    """A copy from before an upgrade, `NAME.schema-N`. The file is closed, and its log is in it."""
    copy = path.with_name(f"{path.name}.schema-{schema}")
    part = copy.with_name(copy.name + ".part")
    shutil.copyfile(path, part)
    part.chmod(0o600)
    settle(part)
    part.replace(copy)
    settle(path.parent)
    point("migrate.copied")


def write_anew(path: Path, config: Config) -> None:
    """Writes the file again with only what is in its tables, and puts it in the old one's place. The file is closed.

    Rows that were deleted stay in a database's free blocks until they are used again; here they are gone.
    """
    new = path.with_name(path.name + ".new")
    new.unlink(missing_ok=True)
    alone = {**config, "enable_external_access": True, "lock_configuration": False}
    try:
        with duckdb.connect(config=alone) as pump:
            pump.execute(f"attach '{_quoted(path)}' as old (read_only)")
            pump.execute(f"attach '{_quoted(new)}' as new (block_size {BLOCK})")
            pump.execute("copy from database old to new")
            pump.execute("checkpoint new")
            pump.execute("detach new")
            pump.execute("detach old")
        new.chmod(0o600)
        settle(new)
    except BaseException:
        new.unlink(missing_ok=True)  # a disk that is full needs the room
        raise
    point("rewrite.written")
    new.replace(path)
    settle(path.parent)
    point("rewrite.renamed")


def verify(path: Path) -> dict[str, int]:
    """Reads every row of every table of a file that nobody has open: rows by table. Raises StoreError: not whole."""
    try:
        with duckdb.connect(path, read_only=True, config={"enable_external_access": False}) as database:
            return scan(database)
    except duckdb.Error as error:
        raise StoreError(f"{path} is not whole: {first_line(error)}") from error


def scan(cursor: Connection) -> dict[str, int]:
    """Reads every row of every table, by which DuckDB checks the sums of all its blocks: rows by table."""
    tables = cursor.execute("select table_name from duckdb_tables() where not internal order by 1").fetchall()
    found = {}
    for (table,) in tables:
        rows = cursor.execute(f'select count(*), bit_xor(hash(t)) from "{table}" as t').fetchall()
        found[str(table)] = int(rows[0][0])
    return found


def settle(path: Path) -> None:
    """Brings a file, or a directory's names, to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def first_line(error: Exception) -> str:
    """DuckDB's own words, without what it appends."""
    return str(error).partition("\n")[0]


def _quoted(path: Path) -> str:
    return str(path.absolute()).replace("'", "''")


def _free(path: Path) -> Path:
    """The first name beside the file that is not taken."""
    number = 1
    while (aside := path.with_name(f"{path.name}.aside-{number}")).exists():
        number += 1
    return aside
