"""The rows of a dataset, piece by piece, as reports give them: however long the period, a piece fits in memory."""

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import accumulate
from typing import Final

import polars as pl

from collector.site import Site
from collector.store import Store
from dashboard import reports
from dashboard.datasets import DATASETS, TOTALS, Dataset
from dashboard.period import ONE, Span
from dashboard.totals import read_days

PIECE: Final = 50_000  # rows: some 5 MB
DAYS: Final = 366  # days of totals at once


Volume = list[tuple[date | None, int]]  # rows by day; None: late ones, at most


class Rows:
    """The rows of a period, dataset after dataset, in DATASETS' order.

    Small cubes that follow each other are read together, as many as have PIECE rows: a query costs 20 ms whatever it
    finds, and one a cube was most of a month's export.
    """

    def __init__(self, store: Store, site: Site, span: Span) -> None:
        self._store = store
        self._site = site
        self._span = span
        self._volume = reports.volume(store, site, span)
        self._held: dict[str, list[pl.DataFrame]] = {}

    def pieces(self, dataset: Dataset) -> Iterator[pl.DataFrame]:
        """A dataset's rows, sorted by day and values, late ones last."""
        if dataset.cube is None:
            yield from _totals(self._store, self._site, self._span)
            return
        name = dataset.cube.name
        if name not in self._volume:
            return
        if name not in self._held and self._rows(name) <= PIECE:
            self._read_from(name)
        if name in self._held:
            yield from (_shaped(dataset, piece) for piece in self._held.pop(name))
            return
        days = [(day, rows) for day, rows in self._volume[name] if day]
        for part in cut(days):
            yield _shaped(dataset, reports.cube_rows(self._store, self._site, [name], part))
        yield _shaped(dataset, reports.late_rows(self._store, self._site, [name], self._span))

    def _rows(self, name: str) -> int:
        return sum(rows for _, rows in self._volume[name])

    def _read_from(self, name: str) -> None:
        """Reads this cube and those after it, up to PIECE rows together."""
        names = [dataset.cube.name for dataset in DATASETS if dataset.cube and dataset.cube.name in self._volume]
        sums = accumulate(map(self._rows, names[names.index(name) :]))
        together = [each for each, rows in zip(names[names.index(name) :], sums, strict=True) if rows <= PIECE]
        self._held = {each: [] for each in together}
        for read in (reports.cube_rows, reports.late_rows):
            for (cube,), frame in (
                read(self._store, self._site, together, self._span)
                .partition_by("cube", as_dict=True, maintain_order=True)
                .items()
            ):
                self._held[cube].append(frame)


def cut(volume: Sequence[tuple[date, int]]) -> Iterator[Span]:
    """Days one after the other, so many together that they have about PIECE rows."""
    begin, rows = None, 0
    for day, count in volume:
        if begin is not None and rows + count > PIECE:
            yield begin, day
            begin, rows = None, 0
        begin, rows = begin or day, rows + count
    if begin is not None:
        yield begin, volume[-1][0] + ONE


def _shaped(dataset: Dataset, rows: pl.DataFrame) -> pl.DataFrame:
    assert dataset.cube is not None
    names = [dimension.name.lower() for dimension in dataset.cube.dimensions]
    renamed = rows.rename(dict(zip(("value", "value2"), names, strict=False)))
    return renamed.with_columns(late=pl.col("date").is_null()).select(
        pl.col(name).cast(kind) for name, kind in dataset.schema.items()
    )


def _totals(store: Store, site: Site, span: Span) -> Iterator[pl.DataFrame]:
    begin = span[0]
    while begin < span[1]:
        end = min(begin + DAYS * ONE, span[1])
        figures = read_days(store, [site.id], begin, end)[site.id]
        sources = {day.day: day.source for day in reports.day_settings(store, site, (begin, end))}
        rows = [
            (
                *(day.date, day.pageviews, day.visits, day.visitors),
                *(day.k, "groups" if day.in_groups else "exact", sources.get(day.date, "live")),
            )
            for day in figures.values()
        ]
        yield pl.DataFrame(rows, schema=TOTALS.schema, orient="row")
        begin = end
