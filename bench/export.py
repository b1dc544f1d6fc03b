"""A year of a busy site's groups to Parquet: rows a second, and the most memory that the exporting process takes."""

import json
import subprocess
import sys
import tempfile
from datetime import date
from pathlib import Path

from bench.figure import Figure
from bench.fill import fill
from collector.store import Store

LAST = date(2026, 11, 22)
DAYS = 365
A_DAY = 33_333  # a million in 30 days

# In a process of its own: what filling the store takes is not the export's.
WORK = """
import json, resource, sys, time
from datetime import date, timedelta
from pathlib import Path
from bench.fill import site
from collector.store import Store
from dashboard import exports
last, days = date.fromisoformat(sys.argv[2]), int(sys.argv[3])
store = Store.open(Path(sys.argv[1]) / "store.duckdb")
idle = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
place = Path(sys.argv[1]) / f"out-{days}"
place.mkdir()
start = time.perf_counter()
made = exports.build(store, site(1), (last - timedelta(days - 1), last + timedelta(1)), [exports.Format.PARQUET], place)
took = time.perf_counter() - start
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps({"rows": made.rows, "bytes": made.bytes, "took": took, "idle": idle / 1e3, "peak": peak / 1e3}))
store.close()
"""


def figures() -> list[Figure]:
    """The year, and a month of it: memory must not follow the length."""
    with tempfile.TemporaryDirectory() as place:
        store = Store.open(Path(place) / "store.duckdb")
        fill(store, 1, A_DAY, DAYS, LAST, publishes=4)
        store.close()
        month, year = (_export(Path(place), days) for days in (30, DAYS))
    told = f"{year['rows']:,} rows, {year['bytes'] / 1e6:.0f} MB in {year['took']:.1f} s"
    grown = f"MB; {year['idle']:.0f} before it began, {month['peak']:.0f} for a month"
    return [
        Figure("export_rows_per_s", year["rows"] / year["took"], "rows/s", 100_000, told, at_least=True),
        Figure("export_peak_mb", year["peak"], "MB", 450, grown),
    ]


def _export(place: Path, days: int) -> dict[str, float]:
    command = [sys.executable, "-c", WORK, str(place), LAST.isoformat(), str(days)]
    found: dict[str, float] = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return found
