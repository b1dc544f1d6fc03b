"""Groups to Parquet: rows a second of a busy site's year, and whether ten years take more memory than one."""

import json
import subprocess
import sys
import tempfile
from datetime import date
from pathlib import Path

from bench.figure import Figure
from bench.fill import fill_closed

LAST = date(2026, 11, 22)
YEAR = 365
BUSY = 33_333  # pageviews a day: a million in 30 days
QUIET = 1_000  # for the ten years
EVERY = ("parquet", "csv", "jsonl", "xlsx", "plausible", "report")
GROWTH = 1.5  # times a year's peak; all rows held would be five times

# In a process of its own: what filling the store takes is not the export's.
WORK = """
import json, sys, time
from datetime import date, timedelta
from pathlib import Path
from bench.fill import site
from collector.store import Store
from dashboard import exports
def peak():  # MB of this program; getrusage would begin with what its parent had (it is kept over exec)
    return next(int(line.split()[1]) / 1e3 for line in open("/proc/self/status") if line.startswith("VmHWM"))
last, days, formats = date.fromisoformat(sys.argv[2]), int(sys.argv[3]), [exports.Format(each) for each in sys.argv[4:]]
store = Store.open(Path(sys.argv[1]) / "store.duckdb")
idle = peak()
place = Path(sys.argv[1]) / f"out-{days}"
place.mkdir()
start = time.perf_counter()
made = exports.build(store, site(1), (last - timedelta(days - 1), last + timedelta(1)), formats, place)
took = time.perf_counter() - start
print(json.dumps({"rows": made.rows, "bytes": made.bytes, "took": took, "idle": idle, "peak": peak()}))
store.close()
"""


def figures() -> list[Figure]:
    """A busy year to Parquet; then a quiet site's year and ten years in every format."""
    with tempfile.TemporaryDirectory() as place:
        fill_closed(Path(place), BUSY, YEAR, LAST)
        busy = _export(Path(place), YEAR, "parquet")
    with tempfile.TemporaryDirectory() as place:
        fill_closed(Path(place), QUIET, 10 * YEAR, LAST)
        one, ten = (_export(Path(place), days, *EVERY) for days in (YEAR, 10 * YEAR))
    told = f"{busy['rows']:,} rows, {busy['bytes'] / 1e6:.0f} MB in {busy['took']:.1f} s"
    grown = f"of a year's peak: {one['peak']:.0f} MB for {one['rows']:,} rows, {ten['peak']:.0f} for {ten['rows']:,}"
    return [
        Figure("export_rows_per_s", busy["rows"] / busy["took"], "rows/s", 100_000, told, at_least=True),
        Figure("export_peak_mb", busy["peak"], "MB", 450, f"MB; {busy['idle']:.0f} before it began"),
        Figure("export_growth", ten["peak"] / one["peak"], "times", GROWTH, grown),
    ]


def _export(place: Path, days: int, *formats: str) -> dict[str, float]:
    command = [sys.executable, "-c", WORK, str(place), LAST.isoformat(), str(days), *formats]
    found: dict[str, float] = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return found
