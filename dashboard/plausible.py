"""Plausible's CSV set, the field's interchange format: written from an export's datasets.

Left out is what it has no place for: late groups (a row there has a date), campaigns (there a source's row has them,
here they are a cube of their own and would be counted twice), pairs of dimensions, and visitors of anything but the
whole site, which nobody here can know.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Final, NamedTuple

import polars as pl

from collector.site import Site
from dashboard.export_rows import cut
from dashboard.period import ONE, Span
from dashboard.writers import guarded

VERSION: Final = r"^(.*\S) ([0-9][0-9.]*)$"  # "Safari 19": what is after the last space is the version


class Part(NamedTuple):
    """A column of a file: the dataset it is from, that one's column, and its name there."""

    dataset: str
    column: str
    name: str


class Table(NamedTuple):
    """A file of the set: the dimension that its rows are of, and its columns."""

    name: str
    dimension: str  # of the datasets; "" for the whole site
    key: str  # what it is called there
    parts: tuple[Part, ...]


TABLES: Final = (
    Table(
        "imported_visitors",
        "",
        "",
        (
            Part("totals", "visitors", "visitors"),
            Part("totals", "pageviews", "pageviews"),
            Part("none.bounce", "n", "bounces"),
            Part("totals", "visits", "visits"),
            Part("none.visit_end", "seconds", "visit_duration"),
        ),
    ),
    Table(
        "imported_sources",
        "source",
        "source",
        (
            Part("source.visit_start", "n", "visits"),
            Part("source.visit_end", "seconds", "visit_duration"),
            Part("source.bounce", "n", "bounces"),
        ),
    ),
    Table(
        "imported_pages", "page", "page", (Part("page.reach", "n", "visits"), Part("page.pageview", "n", "pageviews"))
    ),
    Table(
        "imported_entry_pages",
        "entry_page",
        "entry_page",
        (Part("entry_page.visit_start", "n", "entrances"), Part("entry_page.bounce", "n", "bounces")),
    ),
    Table("imported_exit_pages", "exit_page", "exit_page", (Part("exit_page.visit_end", "n", "exits"),)),
    Table("imported_custom_events", "event", "name", (Part("event.event", "n", "events"),)),
    Table("imported_locations", "country", "country", (Part("country.visit_start", "n", "visits"),)),
    Table("imported_devices", "device", "device", (Part("device.visit_start", "n", "visits"),)),
    Table("imported_browsers", "browser", "browser", (Part("browser.visit_start", "n", "visits"),)),
    Table("imported_operating_systems", "system", "operating_system", (Part("system.visit_start", "n", "visits"),)),
)
VERSIONED: Final = {"browser": "browser_version", "operating_system": "operating_system_version"}


def write(folder: Path, staged: Mapping[str, Path], site: Site, span: Span) -> Iterator[tuple[Path, int]]:
    """Writes the set; each file, and how many rows it has. `staged`: the datasets' Parquet files by name."""
    days = f"{span[0]:%Y%m%d}_{span[1] - ONE:%Y%m%d}"
    for table in TABLES:
        path, rows = folder / f"{table.name}_{days}.csv", 0
        with path.open("wb") as file:
            # Some days at a time, and no days first, for the heading: ten years of pages are a gigabyte at once.
            for part in ((span[0], span[0]), *cut(_volume(table, staged))):
                frame = guarded(_shaped(table, _joined(table, staged, part), site))
                frame.write_csv(file, include_header=part[0] == part[1])
                rows += frame.height
        yield path, rows


def _volume(table: Table, staged: Mapping[str, Path]) -> list[tuple[date, int]]:
    """How many rows each day has, of all datasets that the table is joined from."""
    sides = [pl.scan_parquet(staged[name]).select("date") for name in {part.dataset for part in table.parts}]
    counted = pl.concat(sides).drop_nulls().group_by("date").len().sort("date")
    return list(counted.collect(engine="streaming").iter_rows())


def _joined(table: Table, staged: Mapping[str, Path], days: Span) -> pl.DataFrame:
    """The table's columns side by side, a row a day and value; 0 where one has no group."""
    on = ["date", table.dimension] if table.dimension else ["date"]
    together: pl.LazyFrame | None = None
    for part in table.parts:
        # Late rows have no date, so no day is theirs.
        rows = pl.scan_parquet(staged[part.dataset])
        rows = rows.filter(pl.col("date") >= days[0], pl.col("date") < days[1])
        side = rows.select(*on, pl.col(part.column).alias(part.name))
        together = side if together is None else together.join(side, on=on, how="full", coalesce=True)
    assert together is not None
    return together.with_columns(pl.col(pl.Int64).fill_null(0)).sort(on).collect()


def _shaped(table: Table, rows: pl.DataFrame, site: Site) -> pl.DataFrame:
    """The columns in Plausible's order and spelling."""
    if table.key:
        rows = rows.rename({table.dimension: table.key})
    if table.key == "page":
        rows = rows.insert_column(1, pl.lit(site.domain).alias("hostname"))
    if table.key == "device":
        rows = rows.with_columns(pl.col("device").str.to_titlecase())
    if table.key in VERSIONED:
        name = pl.col(table.key)
        version = name.str.extract(VERSION, 2).fill_null("").alias(VERSIONED[table.key])
        rows = rows.with_columns(name.str.extract(VERSION, 1).fill_null(name), version)
        rows = rows.select("date", table.key, VERSIONED[table.key], "visits")
    return rows
