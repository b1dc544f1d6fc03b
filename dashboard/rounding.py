"""Rounding to tens, for sites that follow the French authority's advice (CNIL) on audience measurement.

One place: whatever is read of the store passes here, so that a page, the API, a file, a letter and a shared link have
the same rounded figures, and what is computed of them (sums, shares, means) is computed of rounded ones. A statement
that is not in this table cannot be read: nobody forgets to say which of its columns count visits.

- Counts become the nearest ten, halves up: 4 is 0, 5 is 10.
- Seconds become the mean in whole seconds times the rounded count, or sum and count would give the count away.
- Days are rounded first and then added, so that a period is the sum of its days; it can be 5 off for each of them.
"""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import polars as pl

from collector.control import Control
from collector.store import Store

TEN: Final = 10
Rows = list[tuple[Any, ...]]


class Counts(NamedTuple):
    """Which columns of a statement's rows count visits, or what visits did."""

    columns: tuple[int, ...] = ()
    seconds: tuple[int, int] | None = None  # the column of a sum of seconds, and of the count that it is of
    sites: bool = False  # the first column is the row's site; else the statement is asked about one site


NONE: Final = Counts()
STATEMENTS: Final[Mapping[str, Counts]] = {
    "alone": Counts((1,)),
    "crossed": Counts((3, 4)),
    "drops": Counts((2,)),
    "figures": Counts((5, 6, 7), sites=True),
    "group_rows": Counts((4,), seconds=(5, 4)),
    "hours": Counts((1, 2)),
    "late_rows": Counts((4,), seconds=(5, 4)),
    "panels": Counts((3, 4)),
    "published_drops": Counts((2,), sites=True),
    "published_totals": Counts((1, 2), sites=True),
    "publishes": Counts((1, 2)),
    "values": Counts((2,)),
    "whole_site": Counts((4,), seconds=(5, 4), sites=True),
    # No visits in these: days, moments, settings, marks, numbers of rows.
    **dict.fromkeys(("columns", "day", "days", "has_version", "imports", "mark", "marks", "next_import"), NONE),
    **dict.fromkeys(("published", "settings_of_days", "span", "taken", "text_columns", "unmerged", "version"), NONE),
    "volume": NONE,
    # Whole tables, for the verification of a backup's copy; no screen has them.
    **dict.fromkeys(("rows_days", "rows_drops", "rows_groups", "rows_imported", "rows_imported_days"), NONE),
    **dict.fromkeys(("rows_imports", "rows_totals", "rows_visitors"), NONE),
}


def tens(n: int | None) -> int | None:
    """The nearest ten, halves up. None stays."""
    return None if n is None else (n + TEN // 2) // TEN * TEN


def round_figures(store: Store, control: Control) -> None:
    """From now on the store's figures of the sites that want it are rounded. Asked at each reading: it may change."""
    store.shape = Rounding(control)


class Rounding:
    """What `Store.read` and `Store.frame` pass their answers through."""

    def __init__(self, control: Control) -> None:
        self._control = control
        self._known: tuple[int, frozenset[int]] = (-1, frozenset())

    def rows(self, name: str, asked: Mapping[str, object], rows: Rows) -> Rows:
        """The rows of a statement. KeyError: one that is not in the table."""
        counts, rounded = STATEMENTS[name], self._rounded()
        if not rounded or not counts.columns:
            return rows
        if counts.sites:
            return [_rounded(row, counts) if row[0] in rounded else row for row in rows]
        return [_rounded(row, counts) for row in rows] if asked["site"] in rounded else rows

    def frame(self, name: str, asked: Mapping[str, object], frame: pl.DataFrame) -> pl.DataFrame:
        """The same of a frame."""
        counts = STATEMENTS[name]
        if not counts.columns or asked["site"] not in self._rounded():
            return frame
        before = {number: frame.columns[number] for number in range(frame.width)}
        n = [_tens(pl.col(before[number])) for number in counts.columns]
        if counts.seconds:
            seconds, of = (pl.col(before[number]) for number in counts.seconds)
            mean = (seconds / of).round(0).fill_nan(0)
            n.append((mean * _tens(of)).cast(pl.Int64).alias(before[counts.seconds[0]]))
        return frame.with_columns(n)

    def _rounded(self) -> frozenset[int]:
        """The sites that round. Read anew when any site has changed: 10 us, where reading the sites takes 100."""
        version = self._control.version()
        if self._known[0] != version:
            self._known = version, frozenset(site.id for site in self._control.sites() if site.rounded)
        return self._known[1]


def _tens(column: pl.Expr) -> pl.Expr:
    return (column + TEN // 2) // TEN * TEN


def _rounded(row: tuple[Any, ...], counts: Counts) -> tuple[Any, ...]:
    new = list(row)
    if counts.seconds:
        seconds, n = row[counts.seconds[0]], row[counts.seconds[1]]
        new[counts.seconds[0]] = round(seconds / n) * tens(n) if n else 0
    for number in counts.columns:
        new[number] = tens(row[number])
    return tuple(new)
