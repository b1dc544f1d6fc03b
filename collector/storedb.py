"""The group store's open database: one writer, any number of readers, and its schema. Between `store` and the file.

DuckDB gives a database up when a checkpoint meets a full disk; here it is opened again, its log is replayed, and what
was committed is there. Its errors become one sentence: StoreError.
"""

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from importlib.resources import files
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from collector.answers import Answers
from collector.errors import StoreError
from collector.fault import point
from collector.statements import statement
from collector.storefile import Config, Connection, connect, first_line, keep_copy, scan, write_anew


class _Own(threading.local):
    """A thread's snapshot."""

    stack: ExitStack | None = None
    cursor: Connection | None = None
    version: int | None = None  # of the answers: None where the snapshot may lie within a change


class Database:
    """The open database. `found`: what opening it had to set aside, as (a word of collector.day.notes, a file name)."""

    def __init__(self, path: Path, config: Config, *, mend: bool) -> None:
        """Opens the file, making or upgrading it. Raises as `Store.open` does."""
        self.path = path
        self._config = config
        self.writing = threading.RLock()  # held by whoever writes, and by whoever needs that nothing is written
        self._cursors = threading.Lock()
        self._own = _Own()
        self._answers = Answers()
        self._gate = threading.Condition()
        self._reading = 0
        self._shut = False  # while the file is closed to be written anew or opened again
        self._failed = False  # DuckDB has given the database up
        self.found: list[tuple[str, str]] = []
        self._connect(mend=mend)
        try:
            self._migrate()
        except BaseException:
            self._database.close()
            raise
        path.chmod(0o600)

    # -- writing: one at a time ----------------------------------------------------------------------------------

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All that is written inside, or, when an exception leaves it, nothing. Raises StoreError."""
        with self.writing, self._told(), self._answers.changing():
            self.writer.execute("begin")
            try:
                yield
                self.writer.execute("commit")
            except BaseException:
                with suppress(duckdb.Error):
                    self.writer.rollback()
                raise

    def write(self, name: str, **params: object) -> Connection:
        """Runs the statement sql/`name`.sql on the writer: inside a transaction."""
        return self.writer.execute(statement(name), params)

    def checkpoint(self) -> None:
        """Brings everything from the write-ahead log into the file. Raises StoreError."""
        with self.writing, self._told():
            self.writer.execute("force checkpoint")  # waits for readers; without force it fails beside one

    def write_anew(self) -> None:
        """Writes the file without the free blocks where deleted rows still stand. Readers wait. Raises StoreError."""
        with self.writing, self._told(), self._closed():
            write_anew(self.path, self._config)

    def close(self) -> None:
        """Checkpoints and lets go of the file. Raises StoreError; the file is let go of all the same."""
        with self.writing:
            try:
                self.checkpoint()
            finally:
                self.let_go()

    def let_go(self) -> None:
        """Closes the file as it is, its log beside it."""
        for each in (self.writer, self._database):
            with suppress(duckdb.Error):
                each.close()

    # -- reading: any thread -------------------------------------------------------------------------------------

    def rows(self, name: str, params: dict[str, object]) -> list[tuple[Any, ...]]:
        """The rows that `sql/read/<name>.sql` answers, as of the last commit or of this thread's snapshot."""
        text = statement(f"read/{name}")
        with self._told():
            try:
                with self._reader() as cursor:
                    return self._answers.of(
                        self._own.version, name, params, lambda: cursor.execute(text, params).fetchall()
                    )
            except duckdb.FatalException:
                if self._own.stack is not None:  # this page fails, the next one opens the file again
                    raise
                self._failed = True
                self._revive()
            with self._reader() as cursor:
                return cursor.execute(text, params).fetchall()

    def frame(self, name: str, params: dict[str, object]) -> pl.DataFrame:
        """`rows` as a frame with the statement's columns."""
        with self._told(), self._reader() as cursor:
            return pl.DataFrame(cursor.sql(statement(f"read/{name}"), params=params))

    def distinct(self, table: str, column: str) -> list[tuple[object, ...]]:
        """The different values in a column. Both are names that the schema told, never somebody's words."""
        with self._told(), self._reader() as cursor:
            return cursor.execute(f'select distinct "{column}" from "{table}"').fetchall()

    def scan(self) -> dict[str, int]:
        """Reads every row there is, which checks every block: rows by table. Raises StoreError."""
        with self._told(), self._reader() as cursor:
            return scan(cursor)

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """All that this thread reads inside is of one moment, the first read's, whatever is published meanwhile.

        Without it a page's totals could be older than its groups, and a row show more than its whole. Only for reading,
        and not for long: checkpoints wait for it (six threads of pages of 80 ms: 0.1 s a publish, 0.23 s at most).
        """
        with ExitStack() as stack:
            self._own.stack = stack
            try:
                yield
            finally:
                self._own.stack = self._own.cursor = self._own.version = None

    @contextmanager
    def _reader(self) -> Iterator[Connection]:
        """A cursor: the snapshot's, or one of one's own."""
        own = self._own
        if own.stack is None:
            with self._open_cursor() as cursor:
                yield cursor
            return
        if own.cursor is None:
            own.cursor = own.stack.enter_context(self._open_cursor())
            version = self._answers.version
            own.cursor.begin()
            own.cursor.execute(statement("read/mark"), {"site": 0})  # DuckDB's snapshot begins at the first statement
            own.version = version if version % 2 == 0 and version == self._answers.version else None
        yield own.cursor

    @contextmanager
    def _open_cursor(self) -> Iterator[Connection]:
        """A cursor of one's own, while the file is open. A transaction that it has begun ends with it."""
        with self._gate:
            self._gate.wait_for(lambda: not self._shut)
            self._reading += 1
        try:
            with self._cursors:
                cursor = self._database.cursor()
            try:
                yield cursor
            finally:
                cursor.close()
        finally:
            with self._gate:
                self._reading -= 1
                self._gate.notify_all()

    @contextmanager
    def _closed(self) -> Iterator[None]:
        """Lets go of the file, with no reader in it, and opens it again."""
        with self._gate:
            self._gate.wait_for(lambda: not self._shut)
            self._shut = True
            self._gate.wait_for(lambda: not self._reading)
        try:
            self.let_go()
            try:
                yield
            finally:
                self._connect(mend=False)
        finally:
            with self._gate:
                self._shut = False
                self._gate.notify_all()

    def _revive(self) -> None:
        """Opens the file again after DuckDB gave it up: its log is replayed, so nothing that was committed is lost."""
        with self.writing:
            if self._failed:
                with self._closed():
                    pass

    def _connect(self, *, mend: bool) -> None:
        self._database, found = connect(self.path, self._config, mend=mend)
        self.writer = self._database.cursor()
        self._failed = False
        if found[0]:
            self.found.append(found)

    @contextmanager
    def _told(self) -> Iterator[None]:
        """DuckDB's own errors as one sentence; a database that it has given up is opened again first."""
        if self._failed and self._own.cursor is None:  # whoever reads in it cannot wait for all readers to leave
            self._revive()
        try:
            yield
        except duckdb.Error as error:
            self._failed = self._failed or isinstance(error, duckdb.FatalException)
            raise StoreError(f"The group store {self.path} failed: {first_line(error)}") from error

    def _migrate(self) -> None:
        """Applies the schema files that this database has not had, in one transaction."""
        schema = _schema()
        with self._told():
            has = self.write("read/has_version").fetchall() == [(1,)]
            version = int(self.write("read/version").fetchall()[0][0]) if has else 0
        if version > len(schema):
            raise StoreError(
                f"The group store {self.path} was written by a newer Trekvart (schema {version}, this one knows "
                f"{len(schema)}); install that version or restore a backup from before it."
            )
        if version < len(schema):
            self.checkpoint()
            if version:
                with self._closed():
                    keep_copy(self.path, version)
            with self.transaction():
                for name in schema[version:]:
                    self.write(f"schema/{name}")
                self.write("write/put_version", number=len(schema))
                point("migrate.begun")
            point("migrate.done")
            self.checkpoint()


def columns() -> list[tuple[str, str]]:
    """Every table and column of a store of this version, from an empty one in memory: what the notice accounts for."""
    with duckdb.connect(":memory:") as empty:
        for name in _schema():
            empty.execute(statement(f"schema/{name}"))
        return empty.execute(statement("read/columns")).fetchall()


def _schema() -> list[str]:
    """The schema files, in their order."""
    return sorted(file.name[:-4] for file in files("sql").joinpath("schema").iterdir() if file.name.endswith(".sql"))
