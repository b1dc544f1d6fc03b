"""History back in: an export of ours (a folder with manifest.json), Plausible's imported_*.csv, or Google Analytics'.

Days that have data already, own or imported, are left out, and what rests on fewer than k visitors is; the totals of
the other days are taken. An export of ours is checked against its manifest first, and says itself what k was.
"""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Final

import polars as pl

from collector.door.scrub import clean
from collector.errors import ExportError
from collector.history import ImportedDay, ImportedRow
from collector.site import K_LEAST, Site
from collector.store import Store
from dashboard import exports, import_ga4, import_plausible, writers
from dashboard.datasets import DATASETS, SCHEMA, TOTALS, Dataset
from dashboard.exports import MANIFEST, Format, Manifest
from dashboard.period import ONE

READABLE: Final = (Format.PARQUET, Format.JSONL, Format.CSV)  # in the order they are looked for


def take(store: Store, site: Site, place: Path, now: int) -> str:
    """Imports what is in a folder; what there is to say. Raises ExportError (nothing to take), StoreError."""
    if (place / MANIFEST).is_file():
        manifest = exports.read_manifest(place)
        exports.check(manifest, place)
        if any(file.path.startswith(tuple(f"{each.value}/" for each in READABLE)) for file in manifest.files):
            return _own(store, site, place, manifest, now)
        return import_plausible.take(store, site, place / Format.PLAUSIBLE.value, now, manifest)
    if import_ga4.files(place) and not any(place.glob("imported_*.csv")):
        return import_ga4.take(store, site, place, now)
    return import_plausible.take(store, site, place, now, None)


def free_days(store: Store, site: Site, days: list[ImportedDay]) -> list[ImportedDay]:
    """Those that have no data yet. Raises ExportError when there is none."""
    if not days:
        raise ExportError("There is no day in it; nothing was imported.", "lasting")
    begin, end = min(day.day for day in days), max(day.day for day in days) + ONE
    taken = {day for (day,) in store.read("taken", site=site.id, begin=begin, end=end)}
    free = [day for day in days if day.day not in taken]
    if not free:
        raise ExportError("Every day of it has data already; nothing was imported.", "lasting")
    return free


def told(site: Site, days: list[ImportedDay], left_out: int, rows: int, small: int) -> str:
    """What was imported, as a sentence."""
    first, last = min(day.day for day in days), max(day.day for day in days)
    return (
        f"{site.domain}: {len(days)} days from {first} to {last} and {rows:,} rows were imported; {left_out} days that "
        f"have data already and {small:,} rows about fewer than k were left out."
    )


def _own(store: Store, site: Site, place: Path, manifest: Manifest, now: int) -> str:
    if manifest.schema != SCHEMA or min(each.k for each in manifest.groups) < K_LEAST:
        raise ExportError("The export is of another schema, or of groups that are too small.", "lasting")
    ending = next(each for each in READABLE if any(f.path.startswith(f"{each.value}/") for f in manifest.files))
    rows = pl.concat(_read(place, ending, TOTALS)).drop_nulls("date")
    all_days = [
        ImportedDay(day, pageviews, visits, visitors, k)
        for day, pageviews, visits, visitors, k in rows.select(TOTALS_TAKEN).iter_rows()
    ]
    days = free_days(store, site, all_days)
    taker = _Taker({day.day: day.k for day in days}, (manifest.first_day, manifest.last_day + ONE), len(all_days))
    cubes = [dataset for dataset in DATASETS if dataset.cube]
    pieces = (piece for dataset in cubes for piece in taker.pieces(dataset, _read(place, ending, dataset)))
    store.add_imported(site.id, now, "trekvart", days, pieces)
    return told(site, days, len(all_days) - len(days), taker.rows, taker.small)


TOTALS_TAKEN: Final = ["date", "pageviews", "visits", "visitors", "k"]


class _Taker:
    """Picks the rows of the days that are taken, and counts."""

    def __init__(self, k: dict[date, int], span: tuple[date, date], days: int) -> None:
        self._k = k
        self._span = span
        self._whole = days == len(k)  # late rows are of all days, so they come only with all of them
        self.rows = 0
        self.small = 0

    def pieces(self, dataset: Dataset, frames: Iterator[pl.DataFrame]) -> Iterator[list[ImportedRow]]:
        """The rows of a dataset, as the store takes them."""
        assert dataset.cube is not None
        least, name = min(self._k.values()), dataset.cube.name
        width = len(dataset.cube.dimensions)
        for frame in frames:
            piece = []
            for row in frame.iter_rows():
                day, late = row[0], row[-2]
                if (late and not self._whole) or (not late and day not in self._k):
                    continue
                n, values = row[1 + width], [clean(value or "") for value in row[1 : 1 + width]]
                if n < (least if late else self._k[day]) and width:
                    self.small += 1
                    continue
                first, second = _two(values)
                begins, ends = self._span if late else (day, day + ONE)
                seconds = row[2 + width] if "seconds" in dataset.schema else 0
                piece.append(ImportedRow(name, begins, ends, first, second, n, seconds))
            self.rows += len(piece)
            yield piece


def _two(values: list[str]) -> tuple[str, str]:
    """One or two values, or none, as the store has them."""
    return (*values, "", "")[0], (*values, "", "")[1]


def _read(place: Path, ending: Format, dataset: Dataset) -> Iterator[pl.DataFrame]:
    """A dataset's rows, a piece at a time, as they were before they were written."""
    path = place / ending.value / f"{dataset.name}.{ending.value}"
    if not path.is_file():
        return
    if ending is Format.PARQUET:
        yield from writers.batches(path)
        return
    if ending is Format.JSONL:
        frame = pl.scan_ndjson(path, schema=dataset.schema)
    else:
        frame = pl.scan_csv(path, schema=dataset.schema)
    for piece in frame.collect_batches(chunk_size=writers.BATCH, maintain_order=True):
        yield writers.unguarded(piece) if ending is Format.CSV else piece
