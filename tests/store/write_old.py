"""Write duckdb-1.5.5.duckdb.xz, a store as DuckDB 1.5.5 keeps it, by hand where that version is installed alone.

python -m venv /tmp/old && /tmp/old/bin/pip install duckdb==1.5.5 && /tmp/old/bin/python tests/store/write_old.py

Sixteen kB blocks, so that the file is small; the schema is that of the day it was written, and nothing in it is real.
"""

import lzma
import tempfile
from pathlib import Path

import duckdb

SCHEMA = 9  # the first that was ever in use


def main() -> None:
    """Writes the file beside this one."""
    here = Path(__file__)
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "store.duckdb"
        with duckdb.connect(path, config={"default_block_size": "16384"}) as database:
            for file in sorted((here.parents[2] / "sql" / "schema").glob("*.sql"))[:SCHEMA]:
                database.execute(file.read_text())
            database.execute(f"insert into version values ({SCHEMA})")
            database.execute(
                "insert into totals select 1, date '2026-11-01', timestamp '2026-11-01 00:00:00' "
                "+ to_minutes(10 * i), 41, 7 from range(100) as t (i)"
            )
            database.execute("checkpoint")
        name = f"duckdb-{duckdb.__version__}.duckdb.xz"
        here.with_name(name).write_bytes(lzma.compress(path.read_bytes(), preset=9))


if __name__ == "__main__":
    main()
