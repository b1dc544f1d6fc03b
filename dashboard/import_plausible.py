"""Plausible's CSV set, read: whichever of its files are there, whichever of their columns.

A row is taken where it rests on at least k visitors by its own `visitors`. A file without that column cannot show it,
so none of its rows is taken, unless the set is an export of ours, whose manifest says which k it was released under.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
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
# What `collector.door.scrub.clean` takes out of a hit: an override (U+202E) would turn what stands after it.
UNSEEN: Final = r"\p{C}"
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


def _scan(file: Path) -> pl.LazyFrame:
    """A file's columns that we know: dates, texts and counters; a counter that is not there is absent."""
    found = pl.scan_csv(file, infer_schema=False)
    counters = [name for name in COUNTERS if name in found.collect_schema().names()]
    numbers = [pl.col(name).replace("", None).cast(pl.Int64).fill_null(0) for name in counters]
    return unguarded(found.with_columns(pl.col(pl.String).fill_null(""))).with_columns(
        pl.col("date").str.to_date("%Y-%m-%d"), *numbers
    )


@contextmanager
def _told(file: Path) -> Iterator[None]:
    """What polars says of a file, as a sentence."""
    try:
        yield
    except (pl.exceptions.PolarsError, OSError) as error:
        raise ExportError(f"{file} cannot be read as a file of Plausible's set.", "lasting") from error


def _days(files: list[Path], site: Site, manifest: Manifest | None) -> list[ImportedDay]:
    if not files:
        raise ExportError("There is no imported_visitors_*.csv in it; name the set's folder or its .zip.", "lasting")
    groups = manifest.groups if manifest else ()
    k_of = {day: each.k for each in groups for day in _each(each.first_day, each.last_day)}
    wanted = ("pageviews", "visits", "visitors")
    sums: dict[date, Counter[str]] = defaultdict(Counter)
    for file in files:
        with _told(file):
            scan = _scan(file)
            known = [name for name in wanted if name in scan.collect_schema().names()]
            for row in scan.group_by("date").agg(pl.col(known).sum()).collect(engine="streaming").iter_rows(named=True):
                sums[row["date"]].update({name: row[name] for name in known})
    return [
        ImportedDay(day, counts["pageviews"], counts["visits"], counts["visitors"], k_of.get(day, site.k))
        for day, counts in sorted(sums.items())
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
        """A piece a file and year, so that ten years take no more memory than one."""
        for file in files:
            name = _table(file)
            with _told(file):
                scan = _scan(file)
                whole = name == "imported_visitors"
                if not whole and (name not in SOURCES or SOURCES[name].key not in scan.collect_schema().names()):
                    continue
                for year in sorted({day.year for day in self._k}):
                    days = [day for day in self._k if day.year == year]
                    k = pl.LazyFrame({"date": days, "k": [self._k[day] for day in days]})
                    rows = scan.join(k, on="date", how="inner")
                    piece = list(self._whole_site(rows) if whole else self._of(SOURCES[name], rows))
                    self.count += len(piece)
                    yield piece

    def _whole_site(self, rows: pl.LazyFrame) -> Iterator[ImportedRow]:
        for row in rows.collect(engine="streaming").iter_rows(named=True):
            for cube, n, seconds in (
                ("none.visit_end", row.get("visits", 0), row.get("visit_duration", 0)),
                ("none.bounce", row.get("bounces", 0), 0),
            ):
                if n:
                    yield ImportedRow(cube, row["date"], row["date"] + ONE, "", "", n, seconds)

    def _of(self, source: Source, rows: pl.LazyFrame) -> Iterator[ImportedRow]:
        names = rows.collect_schema().names()
        counters = [name for name in COUNTERS if name in names]
        # At least k visitors stand behind a row, by its own word; a group of ours need not say it.
        large = pl.lit(value=True) if self._whole else pl.lit(value=False)
        if "visitors" in names and not self._whole:
            large = pl.col("visitors") >= pl.col("k")
        of_value = (
            rows.with_columns(value=_value(source, names).str.replace_all(UNSEEN, ""), large=large)
            .group_by("date", "k", "value")
            .agg(pl.col(counters).filter(pl.col("large")).sum(), small=(~pl.col("large")).sum())
            .collect(engine="streaming")
            .sort("date", "value")
        )
        self.small += int(of_value["small"].sum())
        for row in of_value.iter_rows(named=True):
            day, value = row["date"], row["value"]
            for cube, counter, seconds in source.cubes:
                n, spent = row.get(counter, 0), row.get(seconds, 0)
                if seconds and not spent:
                    continue
                if n >= row["k"]:
                    yield ImportedRow(cube, day, day + ONE, value, "", n, spent)
                elif n:
                    self.small += 1


def _value(source: Source, names: list[str]) -> pl.Expr:
    value = pl.col(source.key)
    if source.key == "device":
        return value.str.to_lowercase()
    if source.version in names:
        version = pl.col(source.version)
        return pl.when((version != "") & (value != "")).then(value + " " + version).otherwise(value)
    return value
