"""Plausible's CSV set, read: whichever of its files are there, whichever of their columns.

A row is taken where it rests on at least k visitors by its own `visitors`. A file without that column cannot show it,
so none of its rows is taken, unless the set is an export of ours, whose manifest says which k it was released under.
"""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Final, NamedTuple

import polars as pl

from collector.errors import ExportError
from collector.history import ImportedDay, ImportedRow
from collector.site import Site
from collector.store import Store
from dashboard import imports
from dashboard.exports import Manifest
from dashboard.period import ONE
from dashboard.writers import unguarded


class Source(NamedTuple):
    """A file of the set: its values, the version beside them, and its counters by cube."""

    key: str
    version: str
    cubes: tuple[tuple[str, str, str], ...]  # (cube, counter, seconds or "")


SOURCES: Final = {
    "imported_sources": Source(
        "source",
        "",
        (
            ("source.visit_start", "visits", ""),
            ("source.visit_end", "visits", "visit_duration"),
            ("source.bounce", "bounces", ""),
        ),
    ),
    "imported_pages": Source("page", "", (("page.pageview", "pageviews", ""), ("page.reach", "visits", ""))),
    "imported_entry_pages": Source(
        "entry_page", "", (("entry_page.visit_start", "entrances", ""), ("entry_page.bounce", "bounces", ""))
    ),
    "imported_exit_pages": Source("exit_page", "", (("exit_page.visit_end", "exits", ""),)),
    "imported_custom_events": Source("name", "", (("event.event", "events", ""),)),
    "imported_locations": Source("country", "", (("country.visit_start", "visits", ""),)),
    "imported_devices": Source("device", "", (("device.visit_start", "visits", ""),)),
    "imported_browsers": Source("browser", "browser_version", (("browser.visit_start", "visits", ""),)),
    "imported_operating_systems": Source(
        "operating_system", "operating_system_version", (("system.visit_start", "visits", ""),)
    ),
}
COUNTERS: Final = ("visitors", "visits", "pageviews", "bounces", "visit_duration", "entrances", "exits", "events")


def take(store: Store, site: Site, place: Path, now: int, manifest: Manifest | None) -> str:
    """Imports the set in a folder; what there is to say. Raises ExportError when there is none."""
    files = sorted(place.glob("imported_*.csv"))
    days = _days([file for file in files if _table(file) == "imported_visitors"], site, manifest)
    free = imports.free_days(store, site, days)
    rows = _Rows({day.day: day.k for day in free}, whole=manifest is not None)
    store.add_imported(site.id, now, "trekvart" if manifest else "plausible", free, rows.pieces(files))
    return imports.told(site, free, len(days) - len(free), rows.count, rows.small)


def _table(file: Path) -> str:
    """imported_pages_20260101_20260131.csv: imported_pages."""
    return "_".join(part for part in file.stem.split("_") if not part.isdecimal())


def _read(file: Path) -> pl.DataFrame:
    """A file's columns that we know: dates, texts and counters; a counter that is not there is absent."""
    try:
        found = pl.read_csv(file, infer_schema=False).with_columns(pl.col(pl.String).fill_null(""))
        counters = [name for name in COUNTERS if name in found.columns]
        numbers = [pl.col(name).replace("", None).cast(pl.Int64).fill_null(0) for name in counters]
        return unguarded(found).with_columns(pl.col("date").str.to_date("%Y-%m-%d"), *numbers)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise ExportError(f"{file} cannot be read as a file of Plausible's set.", "lasting") from error


def _days(files: list[Path], site: Site, manifest: Manifest | None) -> list[ImportedDay]:
    if not files:
        raise ExportError("There is no imported_visitors_*.csv in it; name the folder of the unpacked set.", "lasting")
    groups = manifest.groups if manifest else ()
    k_of = {day: each.k for each in groups for day in _each(each.first_day, each.last_day)}
    frame = pl.concat([_read(file) for file in files], how="diagonal")
    wanted = ("pageviews", "visits", "visitors")
    frame = frame.with_columns(pl.lit(0).alias(name) for name in wanted if name not in frame.columns)
    frame = frame.select("date", *wanted)
    return [
        ImportedDay(day, pageviews, visits, visitors, k_of.get(day, site.k))
        for day, pageviews, visits, visitors in frame.group_by("date").sum().sort("date").iter_rows()
    ]


def _each(first: date, last: date) -> Iterator[date]:
    yield from (first + number * ONE for number in range((last - first).days + 1))


class _Rows:
    """The rows of the days that are taken, and how many were too small."""

    def __init__(self, k: dict[date, int], *, whole: bool) -> None:
        """`whole`: every row is a group of at least k, whether or not it tells its visitors."""
        self._k = k
        self._whole = whole
        self.count = 0
        self.small = 0

    def pieces(self, files: list[Path]) -> Iterator[list[ImportedRow]]:
        """A piece a file."""
        for file in files:
            name, frame = _table(file), _read(file)
            if name == "imported_visitors":
                piece = list(self._whole_site(frame))
            elif name in SOURCES and SOURCES[name].key in frame.columns:
                piece = list(self._of(SOURCES[name], frame))
            else:
                continue
            self.count += len(piece)
            yield piece

    def _whole_site(self, frame: pl.DataFrame) -> Iterator[ImportedRow]:
        for row in frame.iter_rows(named=True):
            day = row["date"]
            if day not in self._k:
                continue
            for cube, n, seconds in (
                ("none.visit_end", row.get("visits", 0), row.get("visit_duration", 0)),
                ("none.bounce", row.get("bounces", 0), 0),
            ):
                if n:
                    yield ImportedRow(cube, day, day + ONE, "", "", n, seconds)

    def _of(self, source: Source, frame: pl.DataFrame) -> Iterator[ImportedRow]:
        sums: dict[tuple[date, str], dict[str, int]] = defaultdict(lambda: defaultdict(int))
        for row in frame.iter_rows(named=True):
            if row["date"] in self._k and self._large(row):
                of_value = sums[row["date"], _value(source, row)]
                for name in COUNTERS:
                    of_value[name] += row.get(name, 0)
        for (day, value), counts in sorted(sums.items()):
            for cube, counter, seconds in source.cubes:
                if seconds and not counts[seconds]:
                    continue
                if counts[counter] >= self._k[day]:
                    yield ImportedRow(
                        cube, day, day + ONE, value, "", counts[counter], counts[seconds] if seconds else 0
                    )
                elif counts[counter]:
                    self.small += 1

    def _large(self, row: dict[str, int | date]) -> bool:
        """Whether at least k visitors stand behind the row."""
        visitors, day = row.get("visitors", 0), row["date"]
        assert isinstance(day, date)
        large = self._whole or (isinstance(visitors, int) and visitors >= self._k[day])
        self.small += not large
        return large


def _value(source: Source, row: dict[str, str]) -> str:
    value = row[source.key] or ""
    version = row.get(source.version) or ""
    if source.key == "device":
        return value.lower()
    return f"{value} {version}" if version and value else value
