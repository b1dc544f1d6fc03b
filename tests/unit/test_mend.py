"""Damaged databases: set aside, never deleted, and what can be read goes on."""

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from collector.control import Control
from collector.day.keys import Keys
from collector.mend import mend
from collector.site import Site
from tests.unit.day.spooling import NOON, Machine, hit

Harm = Callable[[bytes], bytes]


def half(content: bytes) -> bytes:
    return content[: len(content) // 2 // 4096 * 4096 + 100]


def rubbish(content: bytes) -> bytes:
    return os.urandom(len(content))


def only_its_name(_: bytes) -> bytes:
    return b"SQLite format 3\0"


def nothing(_: bytes) -> bytes:
    return b""


def page(number: int) -> Harm:
    """One page overwritten."""

    def harm(content: bytes) -> bytes:
        return content[: number * 4096] + os.urandom(4096) + content[(number + 1) * 4096 :]

    return harm


def filled(directory: Path, commits: int) -> Machine:
    """A spool with group commits of eight hits in one file without a log."""
    machine = Machine(directory)
    for n in range(commits):
        machine.take([hit(8 * n + i, page=f"/page-{i}") for i in range(8)], NOON)
    machine.spool.close()
    with closing(sqlite3.connect(directory / "spool.db")) as db:
        db.execute("pragma wal_checkpoint(truncate)")
    return machine


def hits(machine: Machine) -> int:
    return sum(len(entry.batch.hits) for entry in machine.open().read(0) if entry.batch is not None)


def test_a_whole_spool_is_left_alone(tmp_path: Path) -> None:
    """Nothing is wrong: nothing is moved, nothing is noted, and a directory with nothing in it is whole too."""
    assert mend(tmp_path / "none", Keys(tmp_path / "keys"), NOON) == []
    machine = filled(tmp_path, 3)
    before = (tmp_path / "spool.db").read_bytes()
    assert mend(tmp_path, Keys(tmp_path / "keys"), NOON) == []
    assert (tmp_path / "spool.db").read_bytes() == before
    assert hits(machine) == 24


@pytest.mark.parametrize("number", [0, 12, 20])
def test_a_damaged_spool_gives_what_can_be_read(tmp_path: Path, number: int) -> None:
    """With one of some 40 pages gone, most group commits are still counted; the file is kept as it was found."""
    machine = filled(tmp_path, 60)
    path = tmp_path / "spool.db"
    harmed = page(number)(path.read_bytes())
    path.write_bytes(harmed)
    (note,) = mend(tmp_path, Keys(tmp_path / "keys"), NOON)
    assert note.name in note.sentence
    assert (tmp_path / note.name).read_bytes()[:8000] == harmed[:8000]
    machine.restart()
    assert machine.spool.notes()[0].what == "spool-damaged"
    found = hits(machine)
    assert found == 0 if number == 0 else 240 < found < 480  # without its first page a file has no tables
    machine.take([hit(n) for n in range(5)], NOON)
    machine.turn(NOON)
    machine.turn(NOON + 600_000)
    assert machine.pageviews() == found + 5


@pytest.mark.parametrize("harm", [half, rubbish, only_its_name, nothing])
def test_a_damaged_control_database_is_its_copy(tmp_path: Path, harm: Harm) -> None:
    """Cut, overwritten or emptied: the sites are there again, from the copy, and the damaged file is kept."""
    control = Control.open(tmp_path / "control.db")
    control.add_site(Site(domain="shop.example"), NOON)
    control.keep_copy()
    control.close()
    path = tmp_path / "control.db"
    harmed = harm(path.read_bytes())
    path.write_bytes(harmed)
    (note,) = mend(tmp_path, Keys(tmp_path / "keys"), NOON)
    assert note.what == "control-damaged"
    assert (tmp_path / note.name).read_bytes() == harmed
    with closing(Control.open(path)) as mended:
        assert [site.domain for site in mended.sites()] == ["shop.example"]


def test_a_lost_control_database_gives_no_site_anothers_figures(tmp_path: Path) -> None:
    """Without a copy it begins anew, says so, and the next site has a number that no figure belongs to."""
    machine = filled(tmp_path, 1)
    Control.open(tmp_path / "control.db").close()
    (tmp_path / "control.db").write_bytes(os.urandom(20_000))
    (note,) = mend(tmp_path, Keys(tmp_path / "keys"), NOON)
    assert note.what == "control-lost"
    with closing(Control.open(tmp_path / "control.db")) as control:
        assert control.add_site(Site(domain="other.example"), NOON).id > machine.site.id


def test_a_copy_of_a_damaged_database_is_refused(tmp_path: Path) -> None:
    """The good copy is not overwritten by a bad one."""
    control = Control.open(tmp_path / "control.db")
    control.keep_copy()
    control.close()
    good = (tmp_path / "control.db.copy").read_bytes()
    path = tmp_path / "control.db"
    path.write_bytes(page(3)(path.read_bytes()))
    with closing(Control.open(path)) as harmed, pytest.raises(Exception, match=r"damaged|malformed"):
        harmed.keep_copy()
    assert (tmp_path / "control.db.copy").read_bytes() == good
