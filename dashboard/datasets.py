"""What an export holds: a dataset per cube and unit, and the totals. Names, columns and types are a promise. Pure.

docs/exports.md is made from this table, and a test holds the two equal: a column is never renamed, retyped or taken
out under the same SCHEMA number.
"""

from typing import Final, NamedTuple

import polars as pl

from collector.day.cubes import CUBES, TOTAL_CUBES, Cube, Unit

SCHEMA: Final = 1
TIMED: Final = frozenset({Unit.VISIT_END, Unit.TIMED_VIEW})  # units that carry seconds


class Column(NamedTuple):
    """A column: its name, its type in Parquet, and what it says."""

    name: str
    type: type[pl.DataType]
    meaning: str


class Dataset(NamedTuple):
    """A table of an export. `cube`: None for the totals."""

    name: str  # the file's name, without its ending
    cube: Cube | None
    columns: tuple[Column, ...]
    meaning: str

    @property
    def schema(self) -> dict[str, type[pl.DataType]]:
        """Columns and types as polars has them."""
        return {column.name: column.type for column in self.columns}


MEANINGS: Final = {
    Unit.PAGEVIEW: "pageviews",
    Unit.REACH: "visits that saw the page at least once",
    Unit.VISIT_START: "visits that began",
    Unit.VISIT_END: "visits that ended",
    Unit.BOUNCE: "bounces",
    Unit.TIMED_VIEW: "visits that had the page open, once each",
    Unit.EVENT: "events",
    Unit.EVENT_REACH: "visits in which the event happened at least once",
}

DATE: Final = Column("date", pl.Date, "the day, by the site's clock; empty in late rows")
TOTALS: Final = Dataset(
    "totals",
    None,
    (
        DATE._replace(meaning="the day, by the site's clock"),
        Column("pageviews", pl.Int64, "all of the day; exact, or what is in groups where `totals` says so"),
        Column("visits", pl.Int64, "all that began; exact in the same way"),
        Column("visitors", pl.Int64, "the day's estimate; empty where there is none"),
        Column("k", pl.Int64, "the least number of networks in every group of the day"),
        Column("totals", pl.String, "exact or groups"),
        Column("source", pl.String, "live, replay (from an access log) or import"),
    ),
    "the site's days, one row each",
)


def _dataset(cube: Cube) -> Dataset:
    dimensions = [Column(d.name.lower(), pl.String, "") for d in cube.dimensions]
    seconds = [Column("seconds", pl.Int64, "of all of them together, each rounded to half minutes")]
    columns = (
        DATE,
        *dimensions,
        Column("n", pl.Int64, MEANINGS[cube.unit]),
        *(seconds if cube.unit in TIMED else []),
        Column("late", pl.Boolean, "groups that filled over several days, summed over the whole period"),
        Column("imported", pl.Boolean, "counted elsewhere"),
    )
    of = " and ".join(d.name.lower().replace("_", " ") for d in cube.dimensions) or "the whole site"
    return Dataset(cube.name.replace("+", "-"), cube, columns, f"{MEANINGS[cube.unit]}, by {of}")


DATASETS: Final = (TOTALS, *(_dataset(cube) for cube in (*TOTAL_CUBES, *CUBES)))
BY_NAME: Final = {dataset.name: dataset for dataset in DATASETS}
