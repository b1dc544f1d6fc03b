"""The group store: DuckDB. What is in it and how it gets there; the only thing the dashboard reads counts from.

One process owns the file. One writer at a time; every reader has a cursor of its own. A release and its number are one
transaction, then a CHECKPOINT: when `add` returns, the release is in the file itself and its outbox may forget it. So a
write-ahead log that does not replay can be set aside: what it held is still in the outbox, and `mark` tells from where.
"""

import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Literal, Protocol, Self

import polars as pl

from collector.day.cubes import CUBES, TOTAL_CUBES
from collector.day.day import Day
from collector.day.notes import SENTENCES
from collector.day.release import Release, Row
from collector.errors import DayTaken, StoreError
from collector.fault import point
from collector.history import ImportedDay, ImportedRow, check_row, day_columns, row_columns
from collector.storedb import Database
from collector.storefile import Connection, configured

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


class Shape(Protocol):
    """What becomes of figures between the database and who reads them."""

    def rows(self, name: str, asked: Mapping[str, object], rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
        """Of `Store.read`."""

    def frame(self, name: str, asked: Mapping[str, object], frame: pl.DataFrame) -> pl.DataFrame:
        """Of `Store.frame`."""


class Store:
    """The open store. `found`: what opening it had to set aside, as (a word of collector.day.notes, a file name)."""

    def __init__(self, database: Database) -> None:
        """Use `Store.open`."""
        self.database = database
        self.path = database.path
        self.found = database.found
        self.snapshot = database.snapshot
        self.shape: Shape | None = None  # what read figures pass through: dashboard/rounding.py
        self._gathered: dict[int, tuple[str, int]] = {}  # site: its day, and the rows added since they were merged

    @classmethod
    def open(cls, path: Path, memory_limit: str = "128MB", threads: int = 2, *, mend: bool = False) -> Self:
        """Opens the file, making or upgrading it. The limit and the threads hold from the replay of the log on.

        Raises PlaceError when another process has the file or the directory is missing, StoreError when it is no store,
        is damaged, or was written by a newer version; then nothing has been changed. To `mend`, a damaged file is set
        aside and a new one begun.
        """
        path.with_name(path.name + ".new").unlink(missing_ok=True)  # of a rewriting that was killed
        store = cls(Database(path, configured(memory_limit, threads), mend=mend))
        try:
            with store.database.transaction():
                store._write("write/put_cubes", names=[cube.name for cube in (*CUBES, *TOTAL_CUBES)])
        except BaseException:
            store.database.let_go()
            raise
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
        with self.database.transaction():
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
        with self.database.transaction():
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
        with self.database.transaction():
            for table in ("imported", "imported_days", "imports"):
                self._write(f"write/drop_{table}", site=site, number=number)
        self.checkpoint()

    def checkpoint(self) -> None:
        """Brings everything from the write-ahead log into the file. Raises StoreError."""
        self.database.checkpoint()

    def count_before(self, site: int, before: date) -> int:
        """How many rows tell of the site's days before a date; `date.max`: of all its days."""
        return sum(self.read(f"rows_{table}", site=site, before=before)[0][0] for table in DATED)

    def remove_before(self, before: Mapping[int, date]) -> int:
        """Removes the days of each site before its date, and writes the file anew so that their bytes are gone.

        `date.max` removes the site. The number of rows removed; with none the file stays as it is. Raises StoreError.
        """
        removed = sum(self.count_before(site, limit) for site, limit in before.items())
        if removed:
            with self.database.transaction():
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
        self.database.write_anew()

    @contextmanager
    def still(self) -> Iterator[None]:
        """While inside, the file is whole, its log empty, and nothing is written: it can be copied. Readers read on."""
        with self.database.writing:
            self.checkpoint()
            yield

    def scan(self) -> dict[str, int]:
        """Reads every row there is, which checks every block: rows by table. Raises StoreError."""
        return self.database.scan()

    def close(self) -> None:
        """Checkpoints and lets go of the file. Raises StoreError; the file is let go of all the same."""
        self.database.close()

    # -- reading: any thread -------------------------------------------------------------------------------------

    def read(self, name: str, **params: object) -> list[tuple[Any, ...]]:
        """The rows that `sql/read/<name>.sql` answers, as of the last commit, whatever is being written meanwhile."""
        rows = self.database.rows(name, params)
        return rows if self.shape is None else self.shape.rows(name, params, rows)

    def frame(self, name: str, **params: object) -> pl.DataFrame:
        """`read` as a frame with the statement's columns: five times as fast, for what has very many rows."""
        frame = self.database.frame(name, params)
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
        return self.database.distinct(table, column)

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
            with self.database.transaction():
                if self._write("read/day", **place).fetchall() != [(True, False)]:
                    continue
                for table in MERGED:
                    self._rewrite(table, place)
                self._write("write/put_merged", **place)
                point("merge.begun")
            point("merge.done")
            done += 1
        if done:
            with self.database.transaction():
                self._rewrite("names", {})
            self.checkpoint()
        return done

    def _rewrite(self, table: str, place: dict[str, Any]) -> None:
        """A table's rows, or those of one day, summed and sorted, in place of what they were."""
        self._write(f"write/merge_{table}", **place)
        self._write(f"write/clear_{table}", **place)
        self._write(f"write/keep_{table}", **place)
        self._write(f"write/drop_{table}")

    def _write(self, name: str, **params: object) -> Connection:
        return self.database.write(name, **params)


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
