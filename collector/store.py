"""The group store: DuckDB. The only user of duckdb, and the only thing the dashboard reads counts from.

One process owns the file. One writer at a time; every reader has a cursor of its own. A release and its number are one
transaction, then a CHECKPOINT: when `add` returns, the release is in the file itself and its outbox may forget it. So a
write-ahead log that does not replay can be set aside: what it held is still in the outbox, and `mark` tells from where.
"""

import secrets
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, date, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal, Protocol, Self

import duckdb
import polars as pl

from collector.answers import Answers
from collector.day.cubes import CUBES, TOTAL_CUBES
from collector.day.day import Day
from collector.day.notes import SENTENCES
from collector.day.release import Release, Row
from collector.errors import DayTaken, StoreError
from collector.fault import point
from collector.history import ImportedDay, ImportedRow, check_row, day_columns, row_columns
from collector.statements import statement
from collector.storefile import Config, configured, connect, first_line, keep_copy, scan, write_anew

Source = Literal["live", "replay"]
Applied = tuple[int, int, Release, Day, Source]  # site, number, release, its day, where the day came from

FILE = "store.duckdb"
NUMBERS = 2**24  # of words: three bytes a row, and room for 16 million words
TIDY = 100_000  # rows of a day that are added before it is merged in between: some 20 ms of a report
DATED = (
    "groups",
    "totals",
    "drops",
    "visitors",
    "days",
    "imported",
    "imported_days",
    "imports",
)  # tables with rows of a day; the other ones explain them
MERGED = ("groups", "totals", "drops")  # tables whose rows of a day become fewer at night


class _Own(threading.local):
    """A thread's snapshot."""

    stack: ExitStack | None = None
    cursor: duckdb.DuckDBPyConnection | None = None
    version: int | None = None  # of the answers: None where the snapshot may lie within a change


class Shape(Protocol):
    """What becomes of figures between the database and who reads them."""

    def rows(self, name: str, asked: Mapping[str, object], rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
        """Of `Store.read`."""

    def frame(self, name: str, asked: Mapping[str, object], frame: pl.DataFrame) -> pl.DataFrame:
        """Of `Store.frame`."""


class Store:
    """The open store. `found`: what opening it had to set aside, as (a word of collector.day.notes, a file name)."""

    def __init__(self, path: Path, config: Config, *, mend: bool) -> None:
        """Use `Store.open`."""
        self.path = path
        self._config = config
        self._writing = threading.RLock()
        self._cursors = threading.Lock()
        self._own = _Own()
        self._answers = Answers()
        self._gate = threading.Condition()
        self._reading = 0
        self._shut = False  # while the file is closed to be written anew or opened again
        self.shape: Shape | None = None  # what read figures pass through: dashboard/rounding.py
        self._failed = False  # DuckDB has given the database up, as it does when a checkpoint meets a full disk
        self._gathered: dict[int, tuple[str, int]] = {}  # site: its day, and the rows added since they were merged
        self.found: list[tuple[str, str]] = []
        self._connect(mend=mend)

    @classmethod
    def open(cls, path: Path, memory_limit: str = "128MB", threads: int = 2, *, mend: bool = False) -> Self:
        """Opens the file, making or upgrading it. The limit and the threads hold from the replay of the log on.

        Raises PlaceError when another process has the file or the directory is missing, StoreError when it is no store,
        is damaged, or was written by a newer version; then nothing has been changed. To `mend`, a damaged file is set
        aside and a new one begun.
        """
        path.with_name(path.name + ".new").unlink(missing_ok=True)  # of a rewriting that was killed
        store = cls(path, configured(memory_limit, threads), mend=mend)
        try:
            store._migrate()
        except BaseException:
            store._database.close()
            raise
        path.chmod(0o600)
        return store

    @property
    def notices(self) -> tuple[str, ...]:
        """Sentences for the operator about how it opened; usually there are none."""
        return tuple(SENTENCES[what].format(name=name) for what, name in self.found)

    # -- writing: one at a time ----------------------------------------------------------------------------------

    def add(self, site: int, number: int, release: Release, day: Day, source: Source = "live") -> bool:
        """Applies one release and checkpoints. False, and nothing changed, when it is in here already.

        Raises StoreError; then nothing has been changed.
        """
        return self.add_many([(site, number, release, day, source)]) == 1

    def add_many(self, items: Iterable[Applied]) -> int:
        """Applies releases, in one transaction and one checkpoint. Answers how many; those in here already are skipped.

        Each site's numbers must rise. Raises StoreError; then nothing has been changed.
        """
        with self._transaction():
            done = sum(self._apply(*item) for item in items)
            point("store.begun")
        point("store.done")
        # Also when all were in here: they may be in the log only, and the outbox is about to forget them.
        self.checkpoint()
        return done

    def merge(self, site: int, day: str) -> bool:
        """The nightly merge of a finished day: one row a cell (late ones apart), totals and drops by the hour.

        Hours count from the day's own midnight and are stored as the UTC moment they begin, so a half-hour zone has its
        own hours. False, and nothing changed, when the day is not over or is merged already. Raises StoreError.
        """
        return self._merge([(site, date.fromisoformat(day))]) == 1

    def merge_closed(self) -> int:
        """Merges every finished day that is not merged yet. The number of days. Raises StoreError."""
        return self._merge([(site, day) for site, day in self.read("unmerged")])

    def add_imported(
        self, site: int, now: int, origin: str, days: Sequence[ImportedDay], rows: Iterable[Sequence[ImportedRow]]
    ) -> int:
        """Adds history from elsewhere as one import, in one transaction; its number. `rows` comes in pieces.

        Raises DayTaken when one of the days has data already, StoreError when a row lies outside the days, is of no
        cube, or counts fewer than its day's k (the day's of `days`; those of several days: the least): the caller
        leaves those out. Then nothing has been changed.
        """
        if not days:
            raise StoreError("An import without a day is none; look at the file.")
        known = {day.day: day.k for day in days}
        begin, end = min(known), max(known) + timedelta(days=1)
        least = min(known.values())
        with self._transaction():
            taken = {day for (day,) in self._write("read/taken", site=site, begin=begin, end=end).fetchall()}
            if shared := sorted(taken & set(known)):
                raise DayTaken(f"{shared[0]} has data already; an import never mixes with it.")
            number = int(self._write("read/next_import").fetchall()[0][0])
            place = {"number": number, "site": site}
            span = {"begins": begin, "ends": end}
            self._write("write/put_import", **place, **span, origin=origin, imported=_moment(now), k=least)
            self._write("write/put_imported_days", **place, **day_columns(days))
            for piece in rows:
                for row in piece:
                    check_row(row, known)
                self._name({word for row in piece for word in (row.value, row.value2)})
                self._write("write/put_imported", **place, **row_columns(piece))
        self.checkpoint()
        return number

    def drop_import(self, site: int, number: int) -> None:
        """Takes an import out again; nothing when there is none. Raises StoreError."""
        with self._transaction():
            for table in ("imported", "imported_days", "imports"):
                self._write(f"write/drop_{table}", site=site, number=number)
        self.checkpoint()

    def checkpoint(self) -> None:
        """Brings everything from the write-ahead log into the file. Raises StoreError."""
        with self._writing, self._told():
            self._writer.execute("force checkpoint")  # waits for readers; without force it fails beside one

    def count_before(self, site: int, before: date) -> int:
        """How many rows tell of the site's days before a date; `date.max`: of all its days."""
        return sum(self.read(f"rows_{table}", site=site, before=before)[0][0] for table in DATED)

    def remove_before(self, before: Mapping[int, date]) -> int:
        """Removes the days of each site before its date, and writes the file anew so that their bytes are gone.

        `date.max` removes the site. The number of rows removed; with none the file stays as it is. Raises StoreError.
        """
        removed = sum(self.count_before(site, limit) for site, limit in before.items())
        if removed:
            with self._transaction():
                for site, limit in before.items():
                    for table in DATED:
                        self._write(f"write/remove_{table}", site=site, before=limit)
                    if limit == date.max:
                        self._write("write/remove_mark", site=site)
                self._write("write/remove_names")
            self.write_anew()
        return removed

    def write_anew(self) -> None:
        """Writes the file without the free blocks where deleted rows still stand. Readers wait. Raises StoreError."""
        with self._writing, self._told(), self._closed():
            write_anew(self.path, self._config)

    @contextmanager
    def still(self) -> Iterator[None]:
        """While inside, the file is whole, its log empty, and nothing is written: it can be copied. Readers read on."""
        with self._writing:
            self.checkpoint()
            yield

    def scan(self) -> dict[str, int]:
        """Reads every row there is, which checks every block: rows by table. Raises StoreError."""
        with self._told(), self._reader() as cursor:
            return scan(cursor)

    def close(self) -> None:
        """Checkpoints and lets go of the file. Raises StoreError; the file is let go of all the same."""
        with self._writing:
            try:
                self.checkpoint()
            finally:
                self._let_go()

    # -- reading: any thread -------------------------------------------------------------------------------------

    def read(self, name: str, **params: object) -> list[tuple[Any, ...]]:
        """The rows that `sql/read/<name>.sql` answers, as of the last commit, whatever is being written meanwhile."""
        rows = self._rows(name, params)
        return rows if self.shape is None else self.shape.rows(name, params, rows)

    def _rows(self, name: str, params: dict[str, object]) -> list[tuple[Any, ...]]:
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

    def frame(self, name: str, **params: object) -> pl.DataFrame:
        """`read` as a frame with the statement's columns: five times as fast, for what has very many rows."""
        with self._told(), self._reader() as cursor:
            frame = pl.DataFrame(cursor.sql(statement(f"read/{name}"), params=params))
        return frame if self.shape is None else self.shape.frame(name, params, frame)

    def mark(self, site: int) -> int:
        """The highest number of the site's releases that is in here; 0 when none is."""
        return next((int(number) for (number,) in self.read("mark", site=site)), 0)

    def marks(self) -> list[tuple[int, int]]:
        """`mark` of every site that has one, as (site, number)."""
        return [(int(site), int(number)) for site, number in self.read("marks")]

    def days(self) -> list[tuple[int, str]]:
        """Every day in here as (site, ISO date)."""
        return [(int(site), day.isoformat()) for site, day in self.read("days")]

    def text_columns(self) -> list[tuple[str, str]]:
        """Every column that holds text, as (table, column): for the register extract, which looks into all of them."""
        return [(str(table), str(column)) for table, column in self.read("text_columns")]

    def texts(self, table: str, column: str) -> list[tuple[object, ...]]:
        """The different texts in a column that `text_columns` named."""
        if (table, column) not in self.text_columns():
            raise StoreError(f"The group store has no texts in {table}.{column}.")
        with self._told(), self._reader() as cursor:
            return cursor.execute(f'select distinct "{column}" from "{table}"').fetchall()

    # -- inside --------------------------------------------------------------------------------------------------

    def _apply(self, site: int, number: int, release: Release, day: Day, source: Source) -> bool:
        """One release, inside the transaction."""
        known = self._write("read/mark", site=site).fetchone()
        if known is not None and number <= known[0]:
            return False
        place = {"site": site, "day": date.fromisoformat(release.day)}
        time = _moment(release.time)
        published = time if release.totals or release.rows or release.late else None
        self._write(
            "write/put_day",
            **place,
            begins=_moment(day.begins),
            ends=_moment(day.ends),
            k=day.k,
            publish_seconds=day.publish_seconds,
            totals=day.totals,
            source=source,
            published=published,
            closed=release.closes,
        )
        if release.rows or release.late:
            self._put_groups(place, release)
        if release.totals is not None:
            totals = release.totals
            self._write("write/put_totals", **place, time=time, pageviews=totals.pageviews, visits=totals.visits)
            self._write("write/put_visitors", **place, estimate=totals.visitors)
            reasons, counts = list(totals.drops), list(totals.drops.values())
            self._write("write/put_drops", **place, time=time, reasons=reasons, counts=counts)
        self._write("write/put_mark", site=site, number=number)
        return True

    def _put_groups(self, place: dict[str, Any], release: Release) -> None:
        """The rows of a release. Where a day gathers very many they are merged as it goes, or its report is slow."""
        columns = _columns(release.rows, release.late)
        self._name({*columns["values"], *columns["values2"]})
        self._write("write/put_groups", **place, **columns)
        day, rows = self._gathered.get(place["site"], ("", 0))
        rows = len(columns["cubes"]) + (rows if day == release.day else 0)
        if rows >= TIDY:
            self._rewrite("groups", place)
            rows = 0
        self._gathered[place["site"]] = release.day, rows

    def _name(self, words: set[str]) -> None:
        """Gives every word a number, drawn by lot: in turn, numbers would tell in which publish a word first came."""
        new = [word for (word,) in self._write("write/new_names", words=list(words)).fetchall()]
        while new:
            drawn = [secrets.randbelow(NUMBERS) for _ in new]
            free = [number for (number,) in self._write("write/free_numbers", numbers=drawn).fetchall()]
            self._write("write/put_names", numbers=free, words=new[: len(free)])
            new = new[len(free) :]

    def _merge(self, days: list[tuple[int, date]]) -> int:
        """Merges the finished ones of the days, each in its transaction; then sorts the words, which came in order."""
        done = 0
        for site, day in days:
            place = {"site": site, "day": day}
            with self._transaction():
                if self._write("read/day", **place).fetchall() != [(True, False)]:
                    continue
                for table in MERGED:
                    self._rewrite(table, place)
                self._write("write/put_merged", **place)
                point("merge.begun")
            point("merge.done")
            done += 1
        if done:
            with self._transaction():
                self._rewrite("names", {})
            self.checkpoint()
        return done

    def _rewrite(self, table: str, place: dict[str, Any]) -> None:
        """A table's rows, or those of one day, summed and sorted, in place of what they were."""
        self._write(f"write/merge_{table}", **place)
        self._write(f"write/clear_{table}", **place)
        self._write(f"write/keep_{table}", **place)
        self._write(f"write/drop_{table}")

    def _write(self, name: str, **params: object) -> duckdb.DuckDBPyConnection:
        return self._writer.execute(statement(name), params)

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._writing, self._told(), self._answers.changing():
            self._writer.execute("begin")
            try:
                yield
                self._writer.execute("commit")
            except BaseException:
                with suppress(duckdb.Error):
                    self._writer.rollback()
                raise

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
    def _reader(self) -> Iterator[duckdb.DuckDBPyConnection]:
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
    def _open_cursor(self) -> Iterator[duckdb.DuckDBPyConnection]:
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
            self._let_go()
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
        with self._writing:
            if self._failed:
                with self._closed():
                    pass

    def _connect(self, *, mend: bool) -> None:
        self._database, found = connect(self.path, self._config, mend=mend)
        self._writer = self._database.cursor()
        self._failed = False
        if found[0]:
            self.found.append(found)

    def _let_go(self) -> None:
        for each in (self._writer, self._database):
            with suppress(duckdb.Error):
                each.close()

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
            has = self._write("read/has_version").fetchall() == [(1,)]
            version = int(self._write("read/version").fetchall()[0][0]) if has else 0
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
            with self._transaction():
                for name in schema[version:]:
                    self._write(f"schema/{name}")
                self._write("write/put_version", number=len(schema))
                point("migrate.begun")
            point("migrate.done")
            self.checkpoint()
        with self._transaction():
            self._write("write/put_cubes", names=[cube.name for cube in (*CUBES, *TOTAL_CUBES)])


def columns() -> list[tuple[str, str]]:
    """Every table and column of a store of this version, from an empty one in memory: what the notice accounts for."""
    with duckdb.connect(":memory:") as empty:
        for name in _schema():
            empty.execute(statement(f"schema/{name}"))
        return empty.execute(statement("read/columns")).fetchall()


def _schema() -> list[str]:
    """The schema files, in their order."""
    return sorted(file.name[:-4] for file in files("sql").joinpath("schema").iterdir() if file.name.endswith(".sql"))


def _moment(milliseconds: int) -> datetime:
    """Naive UTC: a TIMESTAMP with a zone needs pytz on its way back to Python."""
    return datetime.fromtimestamp(milliseconds / 1000, tz=UTC).replace(tzinfo=None)


def _columns(rows: tuple[Row, ...], late: tuple[Row, ...]) -> dict[str, list[Any]]:
    """Rows as lists: one insert of 10,000 rows takes 45 ms this way, one of 100 takes 300 ms by executemany."""
    both = (*rows, *late)
    return {
        "cubes": [row.cube for row in both],
        "values": [row.values[0] if row.values else "" for row in both],
        "values2": [row.values[1] if len(row.values) > 1 else "" for row in both],
        "counts": [row.n for row in both],
        "seconds": [row.seconds for row in both],
        "lates": [False] * len(rows) + [True] * len(late),
    }
