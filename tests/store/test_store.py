"""The group store: exactly once, whatever crashes; nothing in it that is not declared."""

import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from collector.answers import Answers
from collector.day.cubes import CUBES
from collector.day.day import Day
from collector.day.release import Release, Row, Totals
from collector.errors import PlaceError, StoreError
from collector.store import Store

HOUR = 3_600_000
BEGINS = 1_795_474_800_000  # midnight of 2026-11-24 in Stockholm
DAY = Day(1, "2026-11-24", BEGINS, BEGINS + 24 * HOUR, 5, 600, "exact")

# R4: everything that is kept, and nothing else. A new column is a question for the privacy notice first.
TABLES = {
    "version": ["number"],
    "groups": ["site", "cube", "day", "value", "value2", "n", "seconds", "late"],
    "totals": ["site", "day", "time", "pageviews", "visits"],
    "drops": ["site", "day", "time", "reason", "n"],
    "visitors": ["site", "day", "estimate"],
    "days": [
        *("site", "day", "begins", "ends", "k", "publish_seconds", "totals"),
        *("source", "published", "closed", "merged"),
    ],
    "applied": ["site", "number"],
    "names": ["number", "value"],
    "imports": ["number", "site", "origin", "imported", "begins", "ends", "k"],
    "imported_days": ["import", "site", "day", "k", "pageviews", "visits", "visitors"],
    "imported": ["import", "site", "cube", "begins", "ends", "value", "value2", "n", "seconds"],
    "cubes": ["number", "name"],
}


def release(number: int, *, closes: bool = False, late: bool = False) -> Release:
    rows = (
        Row("none.visit_end", (), 7, 210),
        Row("page+channel.pageview", ("/rea", "search"), 6, 0),
        Row("page.pageview", ("/", ), 5 + number, 0),
        Row("page.pageview", ("'; drop table groups; --",), 5, 0),
    )  # fmt: skip
    totals = Totals(20 + number, 10, 8 + number, {"bot": 2})
    waited = (Row("page.pageview", ("/", ), 9, 0),) if late else ()  # fmt: skip
    return Release(DAY.date, BEGINS + number * HOUR + 60_000, totals, rows, waited, closes)


def groups(path: Path) -> list[tuple[object, ...]]:
    """All groups, read with another connection after the store has been closed."""
    with duckdb.connect(str(path), read_only=True) as database:
        return database.execute(
            """select c.name, a.value, b.value, g.late, sum(g.n)::bigint, sum(g.seconds)::bigint, count(*)
            from groups as g join cubes as c on c.number = g.cube
            join names as a on a.number = g.value join names as b on b.number = g.value2
            group by all order by all"""
        ).fetchall()


def test_the_schema_is_what_is_declared(tmp_path: Path) -> None:
    """The database has exactly the declared tables and columns: no id, no order, no time finer than a group's day."""
    store = Store.open(tmp_path / "store.duckdb")
    store.close()
    with duckdb.connect(str(tmp_path / "store.duckdb"), read_only=True) as database:
        rows = database.execute("select table_name, column_name from duckdb_columns() where not internal").fetchall()
        kinds = database.execute("select data_type from duckdb_columns() where table_name = 'groups'").fetchall()
    found: dict[str, list[str]] = {}
    for table, column in rows:
        found.setdefault(table, []).append(column)
    assert found == TABLES
    assert not {("TIMESTAMP",), ("TIMESTAMP WITH TIME ZONE",), ("BLOB",)} & set(kinds)


def test_applying_twice_changes_nothing(tmp_path: Path) -> None:
    """A release with a number that the store has is skipped, also by a later process."""
    path = tmp_path / "store.duckdb"
    store = Store.open(path)
    assert store.add(1, 1, release(1), DAY)
    assert not store.add(1, 1, release(1), DAY)
    store.close()
    once = groups(path)
    store = Store.open(path)
    assert store.mark(1) == 1
    assert store.add_many([(1, 1, release(1), DAY, "live"), (2, 1, release(1), DAY, "live")]) == 1
    store.close()
    assert [(*row[:4], row[4] // 2) for row in groups(path)] == [row[:5] for row in once]  # type: ignore[operator]


def test_the_nightly_merge_keeps_every_sum(tmp_path: Path) -> None:
    """After the merge a cell is one row (late ones apart), totals are hours, all sums are as before; twice is once."""
    path = tmp_path / "store.duckdb"
    store = Store.open(path)
    store.add_many([(1, n, release(n, closes=n == 6, late=n == 6), DAY, "live") for n in range(1, 7)])
    assert not store.merge(1, "2026-11-23")
    store.close()
    before = groups(path)
    store = Store.open(path)
    assert store.merge_closed() == 1
    assert store.merge_closed() == 0
    store.close()
    assert [row[:6] for row in groups(path)] == [row[:6] for row in before]
    assert {row[6] for row in groups(path)} == {1}
    with duckdb.connect(str(path), read_only=True) as database:
        assert database.execute("select count(*), sum(pageviews)::bigint from totals").fetchall() == [(6, 141)]
        assert database.execute("select sum(n)::bigint from drops").fetchall() == [(12,)]
        assert database.execute("select estimate from visitors").fetchall() == [(14,)]


def test_a_snapshot_is_of_one_moment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is published while a page is made is in none of it, from figures to groups; then its checkpoint follows."""
    committed = threading.Event()
    checkpoint = Store.checkpoint

    def after_commit(self: Store) -> None:
        committed.set()
        checkpoint(self)

    with closing(Store.open(tmp_path / "store.duckdb")) as store, ThreadPoolExecutor(1) as others:
        store.add(1, 1, release(1), DAY)
        monkeypatch.setattr(Store, "checkpoint", after_commit)
        with store.snapshot():
            assert store.mark(1) == 1
            publish = others.submit(store.add, 1, 2, release(2), DAY)
            assert committed.wait(20)
            assert store.mark(1) == 1
            assert len(store.read("publishes", site=1, begin=date(2026, 11, 24), most=9)) == 1
        publish.result(20)
        assert store.mark(1) == 2


def test_what_is_told_again_is_what_would_be_read(tmp_path: Path) -> None:
    """While releases come and days are merged, each snapshot's answers are of one mark, kept or asked."""
    place: dict[str, Any] = {"site": 1, "begin": date(2026, 11, 24), "most": 99}
    with closing(Store.open(tmp_path / "store.duckdb")) as store, ThreadPoolExecutor(3) as readers:
        store.add(1, 1, release(1), DAY)
        done = threading.Event()

        def look() -> int:
            looks = 0
            while not done.is_set():
                with store.snapshot():
                    first, publishes = store.mark(1), len(store.read("publishes", **place))
                    assert publishes == first
                    assert (store.mark(1), len(store.read("publishes", **place))) == (first, publishes)
                looks += 1
            return looks

        found = [readers.submit(look) for _ in range(3)]
        try:
            for number in range(2, 30):
                store.add(1, number, release(number % 20), DAY)
        finally:
            done.set()
        assert min(one.result(20) for one in found) > 0
        with store.snapshot():
            assert store.mark(1) == 29


def test_an_answer_is_told_again_until_something_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between two publishes the database is asked once; outside a snapshot, where no moment is known, each time."""
    asked: list[str] = []
    of = Answers.of

    def counted(self: Answers, version: int | None, name: str, params: dict[str, object], ask: Any) -> Any:
        def told() -> Any:
            asked.append(name)
            return ask()

        return of(self, version, name, params, told)

    monkeypatch.setattr(Answers, "of", counted)
    with closing(Store.open(tmp_path / "store.duckdb")) as store:
        store.add(1, 1, release(1), DAY)
        asked.clear()
        for _ in range(3):
            with store.snapshot():
                rows = store.read("mark", site=1)
                rows.clear()  # whoever is told may do with it as he likes
        assert asked == ["mark"]
        store.add(1, 2, release(2), DAY)
        asked.clear()
        with store.snapshot():
            assert store.mark(1) == 2
        store.mark(1)
        store.mark(1)
        assert asked == ["mark", "mark", "mark"]


def test_a_page_that_fails_ends_its_snapshot(tmp_path: Path) -> None:
    """Or the next rewriting of the file would wait for it for ever."""
    with closing(Store.open(tmp_path / "store.duckdb")) as store:
        store.add(1, 1, release(1), DAY)

        def fail() -> None:
            with store.snapshot():
                store.mark(1)
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            fail()
        store.add(1, 2, release(2), DAY)
        assert store.mark(1) == 2


def test_an_open_day_is_not_merged(tmp_path: Path) -> None:
    """Only a finished day is rewritten."""
    store = Store.open(tmp_path / "store.duckdb")
    store.add(1, 1, release(1), DAY)
    assert not store.merge(1, DAY.date)
    store.close()


def test_rows_say_nothing_of_their_order(tmp_path: Path) -> None:
    """The same groups released in another order make the same rows in the same place."""
    files = []
    for name, turn in (("a", 1), ("b", -1)):
        store = Store.open(tmp_path / name)
        plain = release(1)
        rows = plain.rows[::turn]
        store.add(1, 1, Release(plain.day, plain.time, plain.totals, rows, (), closes=False), DAY)
        store.close()
        with duckdb.connect(str(tmp_path / name), read_only=True) as database:
            read = "select c.name, n from groups as g join cubes as c on c.number = g.cube"
            files.append(database.execute(read).fetchall())
    assert sorted(files[0]) == sorted(files[1])
    assert [name for name, _ in files[0]] == [name for name, _ in files[1]]


def test_every_cube_has_its_place(tmp_path: Path) -> None:
    """A row of each cube of the design can be stored and comes back under its name."""
    path = tmp_path / "store.duckdb"
    store = Store.open(path)
    rows = tuple(Row(cube.name, tuple("ab"[: len(cube.dimensions)]), 5, 0) for cube in CUBES)
    store.add(1, 1, Release(DAY.date, BEGINS, None, rows, (), closes=False), DAY)
    store.close()
    assert {row[0] for row in groups(path)} == {cube.name for cube in CUBES}


def test_a_log_that_does_not_replay_is_set_aside(tmp_path: Path) -> None:
    """A damaged write-ahead log is renamed and said; the store opens with what was checkpointed, and its mark tells."""
    path = tmp_path / "store.duckdb"
    store = Store.open(path)
    store.add(1, 1, release(1), DAY)
    store.close()
    log = tmp_path / "store.duckdb.wal"
    with duckdb.connect(str(path)) as database:
        database.execute("pragma disable_checkpoint_on_shutdown")
        database.execute("create table lost (number integer)")
        database.execute("insert into lost select range from range(100000)")
    content = bytearray(log.read_bytes())
    content[200:-200] = os.urandom(len(content) - 400)
    log.write_bytes(content)
    store = Store.open(path)
    assert "set aside" in store.notices[0]
    assert store.mark(1) == 1
    store.close()
    (aside,) = tmp_path.glob("*.aside-*")
    assert aside.read_bytes() == content


def test_a_newer_database_is_refused(tmp_path: Path) -> None:
    """A schema from the future is one sentence, and the file stays as it was."""
    path = tmp_path / "store.duckdb"
    Store.open(path).close()
    with duckdb.connect(str(path)) as database:
        database.execute("update version set number = 999")
    before = path.read_bytes()
    with pytest.raises(StoreError, match="newer"):
        Store.open(path)
    assert path.read_bytes() == before


def test_what_is_no_store_is_refused(tmp_path: Path) -> None:
    """A file that is no database is one sentence, and it is left alone."""
    path = tmp_path / "store.duckdb"
    path.write_bytes(b"no database" * 1000)
    with pytest.raises(StoreError, match="cannot be opened"):
        Store.open(path)
    assert path.read_bytes() == b"no database" * 1000


HOLD = """
import sys
from pathlib import Path
from collector.store import Store
from tests.store.test_store import DAY, release
store = Store.open(Path(sys.argv[1]))
number = store.mark(1)
print("open", flush=True)
while True:
    number += 1
    store.add(1, number, release(1), DAY)
    print(number, flush=True)
"""


def child(path: Path) -> "subprocess.Popen[str]":
    return subprocess.Popen([sys.executable, "-c", HOLD, str(path)], stdout=subprocess.PIPE, text=True)


def test_a_store_in_use_is_said(tmp_path: Path) -> None:
    """A second process gets one sentence while the first has the file."""
    path = tmp_path / "store.duckdb"
    with child(path) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "open\n"
        with pytest.raises(PlaceError, match="in use"):
            Store.open(path)
        process.kill()


@pytest.mark.timeout(120)
def test_kill_nine_leaves_mark_and_rows_in_step(tmp_path: Path) -> None:
    """Killed in the middle of adding, five times: as many releases are in the rows as the mark says, none torn."""
    path = tmp_path / "store.duckdb"
    for turn in range(5):
        with child(path) as process:
            assert process.stdout is not None
            said = [process.stdout.readline() for _ in range(3 + turn)]
            time.sleep(0.003 * turn)  # the kill falls elsewhere each time; nothing waits for it
            process.send_signal(signal.SIGKILL)
            process.wait()
        store = Store.open(path)
        mark = store.mark(1)
        store.close()
        assert mark >= int(said[-1])
        counted = {row[0]: row[4] for row in groups(path) if row[0] == "none.visit_end"}
        assert counted == {"none.visit_end": 7 * mark}
