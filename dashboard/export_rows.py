"""The rows of a dataset, piece by piece, as reports give them: however long the period, a piece fits in memory."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Final

import polars as pl

from collector.site import Site
from collector.store import Store
from dashboard import reports
from dashboard.datasets import TOTALS, Dataset
from dashboard.period import ONE, Span
from dashboard.totals import read_days

PIECE: Final = 50_000  # rows: some 5 MB
DAYS: Final = 366  # days of totals at once


def pieces(
    store: Store, site: Site, dataset: Dataset, span: Span, volume: Sequence[tuple[date, int]]
) -> Iterator[pl.DataFrame]:
    """A dataset's rows of begin <= day < end, sorted by day and values, late ones last. `volume`: of its cube."""
    if dataset.cube is None:
        yield from _totals(store, site, span)
        return
    name = dataset.cube.name
    for part in _cut(volume):
        yield _shaped(dataset, reports.cube_rows(store, site, name, part), late=False)
    yield _shaped(dataset, reports.late_rows(store, site, name, span), late=True)


def _cut(volume: Sequence[tuple[date, int]]) -> Iterator[Span]:
    """Days one after the other, so many together that they have about PIECE rows."""
    begin, rows = None, 0
    for day, count in volume:
        if begin is not None and rows + count > PIECE:
            yield begin, day
            begin, rows = None, 0
        begin, rows = begin or day, rows + count
    if begin is not None:
        yield begin, volume[-1][0] + ONE


def _shaped(dataset: Dataset, rows: pl.DataFrame, *, late: bool) -> pl.DataFrame:
    assert dataset.cube is not None
    names = [dimension.name.lower() for dimension in dataset.cube.dimensions]
    renamed = rows.rename(dict(zip(("value", "value2"), names, strict=False)))
    return renamed.with_columns(late=pl.lit(late)).select(
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
