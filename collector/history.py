"""History that was counted elsewhere, as the store takes it (`Store.add_imported`): days with totals, and rows. Pure.

It stands in tables of its own, is shown as imported, and is never mixed into a day that has data of its own.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from msgspec import Struct

from collector.day.cubes import CUBES, TOTAL_CUBES
from collector.errors import StoreError

CUBE_NAMES = frozenset(cube.name for cube in (*CUBES, *TOTAL_CUBES))


class ImportedDay(Struct, frozen=True):
    """An imported day's totals. `visitors` is None where the source does not tell."""

    day: date
    pageviews: int
    visits: int
    visitors: int | None
    k: int  # the least number of visitors behind every row of the day


class ImportedRow(Struct, frozen=True):
    """An imported row: what a group of ours would say. `ends` is `begins` + 1 but for late groups, summed."""

    cube: str  # the name of one of the cubes of collector/day/cubes.py
    begins: date
    ends: date
    value: str  # "" where the cube has no dimensions
    value2: str
    n: int
    seconds: int


def check_row(row: ImportedRow, days: Mapping[date, int]) -> None:
    """The group wall holds for imports too: nothing that counts fewer than k, nothing of a day that is not theirs."""
    if row.ends == row.begins + timedelta(days=1):
        k = days.get(row.begins)
    else:
        inside = row.begins < row.ends and any(row.begins <= day < row.ends for day in days)
        k = min(days.values()) if inside else None
    if k is None or row.cube not in CUBE_NAMES:
        raise StoreError(f"An imported row of {row.cube} on {row.begins} is of no day or cube of its import.")
    # Of the whole site there is nothing smaller to be told apart, as with totals.
    if row.n < k and not row.cube.startswith("none."):
        raise StoreError(f"An imported row of {row.cube} on {row.begins} counts fewer than {k}; leave it out.")


def day_columns(days: Sequence[ImportedDay]) -> dict[str, list[Any]]:
    """Days as the lists that sql/write/put_imported_days takes."""
    return {
        "days": [day.day for day in days],
        "ks": [day.k for day in days],
        "pageviews": [day.pageviews for day in days],
        "visits": [day.visits for day in days],
        "visitors": [day.visitors for day in days],
    }


def row_columns(rows: Sequence[ImportedRow]) -> dict[str, list[Any]]:
    """Rows as the lists that sql/write/put_imported takes."""
    return {
        "cubes": [row.cube for row in rows],
        "begins": [row.begins for row in rows],
        "ends": [row.ends for row in rows],
        "values": [row.value for row in rows],
        "values2": [row.value2 for row in rows],
        "counts": [row.n for row in rows],
        "seconds": [row.seconds for row in rows],
    }
