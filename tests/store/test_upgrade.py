"""From every schema there was, and from a file that an older DuckDB wrote; with a copy, and not from the future."""

import lzma
import sqlite3
from contextlib import closing
from pathlib import Path

import duckdb
import pytest

from collector.control import SCHEMA as CONTROL_SCHEMA
from collector.control import Control
from collector.day.spool import SCHEMA as SPOOL_SCHEMA
from collector.day.spool import Spool
from collector.errors import PlaceError
from collector.store import Store
from tests.store.test_store import DAY, TABLES, release
from tests.unit.day.spooling import Machine

SQL = Path(__file__).parents[2] / "sql"
SCHEMA = sorted((SQL / "schema").glob("*.sql"))
OLD = Path(__file__).with_name("duckdb-1.5.5.duckdb.xz")  # tests/store/write_old.py made it


@pytest.mark.parametrize("schema", range(1, len(SCHEMA)))
def test_every_schema_upgrades(tmp_path: Path, schema: int) -> None:
    """A store of any earlier schema opens, takes releases, keeps its rows, and has a copy from before beside it."""
    path = tmp_path / "store.duckdb"
    with duckdb.connect(str(path)) as database:
        for file in SCHEMA[:schema]:
            database.execute(file.read_text())
        database.execute(f"insert into version values ({schema})")
        if schema >= 3:
            database.execute("insert into totals values (1, '2026-11-01', '2026-11-01 12:00:00', 41, 7)")
    store = Store.open(path)
    assert store.add(1, 1, release(1), DAY)
    store.close()
    with duckdb.connect(str(path), read_only=True) as database:
        found = database.execute("select distinct table_name from duckdb_tables() where not internal").fetchall()
        assert {name for (name,) in found} == set(TABLES)
        if schema >= 3:
            assert database.execute("select pageviews from totals where day < '2026-11-24'").fetchall() == [(41,)]
    with duckdb.connect(str(tmp_path / f"store.duckdb.schema-{schema}"), read_only=True) as database:
        assert database.execute("select number from version").fetchall() == [(schema,)]


def test_a_file_of_duckdb_1_5_opens(tmp_path: Path) -> None:
    """A store that DuckDB 1.5.5 wrote is read and written on."""
    path = tmp_path / "store.duckdb"
    path.write_bytes(lzma.decompress(OLD.read_bytes()))
    store = Store.open(path)
    assert store.read("published_totals") == [(1, 4100, 700)]
    assert store.add(1, 1, release(1), DAY)
    store.close()
    store = Store.open(path)
    assert store.scan()["totals"] == 101
    store.close()


def old_database(path: Path, folder: str, names: tuple[str, ...], schema: int) -> None:
    with closing(sqlite3.connect(path)) as database, database:
        for name in names[:schema]:
            database.execute((SQL / folder / f"{name}.sql").read_text())
        database.execute(f"pragma user_version = {schema}")


@pytest.mark.parametrize("schema", range(1, len(SPOOL_SCHEMA)))
def test_every_spool_upgrades(tmp_path: Path, schema: int) -> None:
    """A spool of any earlier schema opens and takes hits, with a copy from before beside it."""
    old_database(tmp_path / "spool.db", "spool", SPOOL_SCHEMA, schema)
    spool: Spool = Machine(tmp_path).spool
    assert spool.notes() == []
    with closing(sqlite3.connect(tmp_path / f"spool.db.schema-{schema}")) as copy:
        assert copy.execute("pragma user_version").fetchone() == (schema,)


@pytest.mark.parametrize("schema", range(1, len(CONTROL_SCHEMA)))
def test_every_control_database_upgrades(tmp_path: Path, schema: int) -> None:
    """The same for sites and accounts."""
    old_database(tmp_path / "control.db", "control", CONTROL_SCHEMA, schema)
    with closing(Control.open(tmp_path / "control.db")) as control:
        assert control.sites() == ()
    with closing(sqlite3.connect(tmp_path / f"control.db.schema-{schema}")) as copy:
        assert copy.execute("pragma user_version").fetchone() == (schema,)


def test_a_control_database_of_the_future_is_refused(tmp_path: Path) -> None:
    """One sentence that says which version to install, and nothing is changed."""
    path = tmp_path / "control.db"
    Control.open(path).close()
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("pragma user_version = 999")
    with pytest.raises(PlaceError, match="newer version"):
        Control.open(path)
