"""Google Analytics' files in a folder, taken as imported history: what `trekvart import` does with them."""

from pathlib import Path

from collector.errors import ExportError, FileError
from collector.site import Site
from collector.store import Store
from dashboard.ga4_file import LARGEST, Table, read_ga4
from dashboard.ga4_history import plan, span


def files(place: Path) -> list[Path]:
    """What may be Google's in a folder."""
    return sorted(path for path in place.iterdir() if path.suffix.lower() in {".csv", ".json"})


def take(store: Store, site: Site, place: Path, now: int) -> str:
    """Imports what is in a folder; what there is to say. Raises ExportError (nothing to take), StoreError."""
    tables: list[Table] = []
    for path in files(place):
        try:
            with path.open("rb") as file:
                tables += read_ga4(file.read(LARGEST + 1))
        except FileError as error:
            raise ExportError(f"{path.name}: {error}", "lasting") from error
    if not tables:
        raise ExportError("No file of Google Analytics (.csv, .json) is in it; nothing was imported.", "lasting")
    begins, ends = span(tables)
    taken = {day for (day,) in store.read("taken", site=site.id, begin=begins, end=ends)}
    made = plan(tables, site.k, taken)
    if not made.days:
        raise ExportError("No day of it can be taken: each needs views and sessions, and no data yet.", "lasting")
    store.add_imported(site.id, now, "ga4", made.days, [made.rows])
    first, last = made.days[0].day, made.days[-1].day
    left = ", ".join(f"{one.n:,} {one.why}" for one in made.left) or "nothing"
    return (
        f"{site.domain}: {len(made.days)} days from {first} to {last} and {len(made.rows):,} rows were imported. "
        f"Left behind: {left}; docs/differences.md says why."
    )
