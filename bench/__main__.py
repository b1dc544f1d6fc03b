"""`make bench`: prints one line per figure and writes bench/results.json. `make bench T=name` runs one."""

import json
import sys
from collections.abc import Callable
from pathlib import Path

from bench import crash, export, fold, ingest, memory, overview, replay, script, soak, start, wall
from bench.figure import Figure

RESULTS = Path(__file__).with_name("results.json")

# group -> (its figures' names, what measures them)
GROUPS: dict[str, tuple[tuple[str, ...], Callable[[], list[Figure]]]] = {
    "script": (("script_gzip_bytes", "script_cpu_ms", "script_time_share"), script.figures),
    "fold": (("fold_hits_per_s", "publish_100k_s"), fold.figures),
    "replay": (("replay_lines_per_s",), replay.figures),
    "overview": (("overview_1m_ms", "mb_per_million"), overview.figures),
    "billion": (("overview_1g_ms", "page_1g_ms"), overview.billion),
    "export": (("export_rows_per_s", "export_peak_mb", "export_growth"), export.figures),
    "start": (("start_s",), start.figures),
    "memory": (("rss_idle_mb", "rss_1m_mb"), memory.figures),
    "crash": (("crash_wrong", "crash_lost"), crash.figures),
    "soak": (("soak_growth_mb", "soak_drift", "soak_page_s"), soak.figures),
    "ingest": (("ingest_ratio", "ingest_p99_ms", "ingest_vs_runlight", "fold_lag_s"), ingest.figures),
    "wall": (wall.names(), wall.figures),
}

LONG = {"billion", "crash", "soak", "wall"}  # minutes to a quarter of an hour each: only when they are named


def main(wanted: list[str]) -> int:
    """Runs the groups asked for, by their name or a figure's. 0 whether or not targets are met, 2: no such name."""
    known = set(GROUPS) | {name for names, _ in GROUPS.values() for name in names}
    if unknown := set(wanted) - known:
        print(f"There is no benchmark named {', '.join(sorted(unknown))}; there are: {', '.join(sorted(known))}.")
        return 2
    results = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    for group, (names, measure) in GROUPS.items():
        if not {group, *names} & set(wanted) and (wanted or group in LONG):
            continue
        for figure in measure():
            print(figure.line(), flush=True)
            results[figure.name] = {
                "value": round(figure.value, 3),
                "unit": figure.unit,
                "target": figure.target,
                "against": figure.against,
                "ok": figure.ok,
            }
            RESULTS.write_text(json.dumps(results, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
