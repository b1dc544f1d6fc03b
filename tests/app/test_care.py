"""What the server does by itself every day goes on, whatever becomes of one part of it."""

import logging
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from collector.app import Collector
from collector.control import Control
from collector.settings import Settings
from collector.store import Store
from dashboard import backup
from dashboard.care import DAY, REST, Care

NOW = 1_795_521_600_000  # 2026-11-24 12:00 UTC


class Ill(Care):
    """A care whose first part meets what nobody thought of."""

    tries = 0

    def _expire(self, now: int) -> None:
        self.tries += 1
        raise ValueError(f"day 30 of February, {now // DAY}")


@pytest.fixture
def collector(tmp_path: Path) -> Iterator[Collector]:
    """A collector on empty databases, with backups by schedule."""
    settings = Settings(
        data_directory=tmp_path / "data",
        key_directory=tmp_path / "keys",
        backup_directory=tmp_path / "backups",
        backup_hour=0,
        free_space_floor=1,
    )
    settings.data_directory.mkdir()
    control, store = Control.open(tmp_path / "data" / "control.db"), Store.open(tmp_path / "data" / "store.duckdb")
    made = Collector(settings, control, store, lambda: NOW)
    with closing(made._spool):
        yield made
    store.close()
    control.close()


def notes(collector: Collector) -> list[str]:
    with closing(collector.open_spool()) as spool:
        return [note.sentence for note in spool.notes() if note.what == "care-failed"]


def test_one_part_that_fails_keeps_nothing_else_from_being_done(
    collector: Collector, caplog: pytest.LogCaptureFixture
) -> None:
    """An error that is no sentence of ours is told once a day and tried again every hour; the backup is tried too."""
    care = Ill(collector, lambda: NOW)
    with caplog.at_level(logging.CRITICAL):
        for minute in range(181):
            care.look(NOW + minute * 60_000)
        assert care.tries == 4
        (told,) = notes(collector)
        assert "ValueError('day 30 of February" in told
        assert care._tried == NOW // DAY
        care.look(NOW + DAY)
    assert len(notes(collector)) == 2


def test_a_clock_set_back_does_not_stop_it(collector: Collector, caplog: pytest.LogCaptureFixture) -> None:
    """A failure of a moment that is yet to come does not count."""
    care = Ill(collector, lambda: NOW)
    with caplog.at_level(logging.CRITICAL):
        care.look(NOW + 9 * DAY)
        care.look(NOW)
        care.look(NOW + REST - 1)
    assert care.tries == 2


def test_the_end_of_the_server_is_no_fault(collector: Collector) -> None:
    """A look that is under way when the server ends meets closed databases: nothing is said or noted of that."""
    care = Ill(collector, lambda: NOW)
    care._ending = True
    care.look(NOW)
    assert care.tries == 1
    assert notes(collector) == []


def test_a_renamed_backup_is_left_alone(tmp_path: Path) -> None:
    """A directory beside the backups whose name is no moment, as of one that somebody kept, is none of them."""
    kept = tmp_path / "trekvart-before-christmasZ"
    kept.mkdir()
    (kept / backup.LIST).write_text("{}")
    assert backup.backups(tmp_path) == []
    assert backup.rotate(tmp_path, 1) == []
    assert backup.backups(tmp_path / ("x" * 300)) == []  # no such name can be, and no error comes of it
    assert kept.is_dir()
