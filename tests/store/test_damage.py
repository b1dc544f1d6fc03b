"""A store on a full disk, a store that is damaged, a release that is only in the log."""

import os
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import duckdb
import pytest

from collector.day.day import Day
from collector.day.outbox import apply
from collector.day.release import Release, Row
from collector.day.spool import Spool
from collector.errors import StoreError
from collector.store import Store
from collector.storefile import log_of
from tests.store.test_store import DAY, release
from tests.unit.day.spooling import NOON, Machine


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 3 MB."""
    place = tmp_path / "small"
    place.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "none", place], capture_output=True).returncode:
        if os.environ.get("CI") == "true":
            pytest.fail("CI must be allowed to mount a tmpfs")
        pytest.skip("a small disk needs root")
    yield place
    subprocess.run(["umount", "-l", place], check=True)


def wordy(number: int) -> Release:
    """Three thousand groups of pages that the store has not heard of: 100 kB that do not compress."""
    rows = tuple(Row("page.pageview", (f"/{number}-{n}-{os.urandom(8).hex()}",), 5, 0) for n in range(3000))
    return Release(DAY.date, DAY.begins + number, None, rows, (), closes=False)


def test_a_full_disk_does_not_take_the_store_down(small_disk: Path) -> None:
    """When a checkpoint finds no room, DuckDB gives the database up; yet reading goes on, and so does adding."""
    store = Store.open(small_disk / "store.duckdb")
    number = 0
    with pytest.raises(StoreError):  # noqa: PT012 - it is full at some time
        while number < 200:
            store.add(1, number + 1, wordy(number), DAY)
            number += 1
    assert store.days() == [(1, DAY.date)]
    # The release that met the full disk may have been committed before its checkpoint; it is not lost, nor there twice.
    assert store.mark(1) in {number, number + 1}
    subprocess.run(["mount", "-o", "remount,size=30m", small_disk], check=True)
    mark = store.mark(1)
    assert store.add(1, mark + 1, wordy(mark), DAY)
    store.close()
    with duckdb.connect(str(small_disk / "store.duckdb"), read_only=True) as database:
        assert database.execute("select count(*) from groups").fetchall() == [(3000 * (mark + 1),)]


@pytest.mark.parametrize("length", [0, 100, 20_000])
def test_a_cut_store_is_set_aside_and_begun_anew(tmp_path: Path, length: int) -> None:
    """What cannot be opened is renamed and a new store takes releases; without being asked to mend it refuses."""
    path = tmp_path / "store.duckdb"
    store = Store.open(path)
    for number in range(4):
        store.add(1, number + 1, wordy(number), DAY)
    store.close()
    content = path.read_bytes()
    cut = content[:length]
    path.write_bytes(cut)
    with pytest.raises(StoreError, match="trekvart restore"):
        Store.open(path)
    assert path.read_bytes() == cut
    store = Store.open(path, mend=True)
    assert store.found == [("store-damaged", "store.duckdb.aside-1")]
    assert (tmp_path / "store.duckdb.aside-1").read_bytes() == cut
    assert store.add(1, 5, release(1), DAY)
    store.close()


def test_a_flipped_bit_is_found_by_a_scan(tmp_path: Path) -> None:
    """A bit flipped or half a file missing does not keep the store from opening; reading all of it finds it."""
    path = tmp_path / "store.duckdb"
    store = Store.open(path)
    for number in range(4):
        store.add(1, number + 1, wordy(number), DAY)
    assert store.scan()["groups"] == 12_000
    store.close()
    content = bytearray(path.read_bytes())
    found = 0
    for place in range(len(content) // 8, len(content), len(content) // 6):
        harmed = bytearray(content)
        harmed[place] ^= 4
        path.write_bytes(harmed)
        found += is_damaged(path)
    assert found >= 2  # the rest of the places are free blocks
    path.write_bytes(content[: len(content) // 2])
    assert is_damaged(path)


def is_damaged(path: Path) -> bool:
    """Whether opening and reading all finds anything."""
    try:
        store = Store.open(path)
        try:
            store.scan()
        finally:
            store.database.let_go()
    except StoreError:
        return True
    return False


def test_the_outbox_forgets_only_what_is_in_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Committed and killed before the checkpoint: the next start checkpoints before the outbox forgets it.

    Else a write-ahead log that does not replay would take the only copy with it.
    """
    spool: Spool = Machine(tmp_path).spool
    day = Day(1, DAY.date, DAY.begins, DAY.ends, 5, 600, "exact")
    spool.hand_over([(day, [release(1)])])
    path = tmp_path / "store.duckdb"
    store = Store.open(path)
    with monkeypatch.context() as patch:
        patch.setattr(store, "checkpoint", lambda: (_ for _ in ()).throw(StoreError("killed here")))
        with pytest.raises(StoreError, match="killed here"):
            apply(spool, store, NOON)
    assert len(spool.outbox()) == 1
    assert apply(spool, store, NOON) == 1
    assert spool.outbox() == []
    # What is in the file, without the log:
    copy = tmp_path / "copy.duckdb"
    subprocess.run(["cp", path, copy], check=True)  # a child's: our own closing would drop DuckDB's lock
    with duckdb.connect(str(copy), read_only=True) as database:
        assert database.execute("select number from applied").fetchall() == [(1,)]
    store.close()
    assert not log_of(path).exists()


@pytest.mark.parametrize("number", [1, 2, 3])
@pytest.mark.parametrize(
    "what", ["zeroblob(length(body))", "cast(body || x'00' as blob)", "(select body from outbox where number = 4)"]
)
def test_an_altered_release_stops_no_other(tmp_path: Path, number: int, what: str) -> None:
    """A release that is not what the keeper put there is passed over, kept and noted once; all others land.

    Also when it reads as another release: a count must not be what a disk makes of it.
    """
    spool: Spool = Machine(tmp_path).spool
    day = Day(1, DAY.date, DAY.begins, DAY.ends, 5, 600, "exact")
    spool.hand_over([(day, [release(n) for n in range(1, 5)])])
    with sqlite3.connect(tmp_path / "spool.db") as database:
        database.execute(f"update outbox set body = {what} where number = ?", (number,))
        (altered,) = database.execute("select body from outbox where number = ?", (number,)).fetchone()
    with closing(Store.open(tmp_path / "store.duckdb")) as store:
        assert apply(spool, store, NOON) == 3
        assert apply(spool, store, NOON) == 0
        assert store.mark(1) == 4
    assert [(note.what, note.date) for note in spool.notes()] == [("release-torn", DAY.date)]
    with duckdb.connect(str(tmp_path / "store.duckdb"), read_only=True) as database:
        whole = sum(20 + n for n in range(1, 5) if n != number)
        assert database.execute("select sum(pageviews) from totals").fetchall() == [(whole,)]
    with sqlite3.connect(tmp_path / "spool.db") as database:
        assert database.execute("select number, body from outbox").fetchall() == [(number, altered)]
