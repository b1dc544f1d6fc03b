"""A dataset to a file: Parquet, CSV, JSON Lines, XLSX. The same rows give the same bytes, and memory stays flat.

Every dataset is written to Parquet first, from the database; the other formats are written from that file, so that
they hold the same rows whatever is published meanwhile.

What a spreadsheet would take for a formula is neutralised in CSV and XLSX (ASVS 5.0, 1.2.10): a value that begins with
one of = + - @, their full-width twins, a tab, a line break or NUL gets an apostrophe before it; so does one that begins
with apostrophes and then one of these. Taking one apostrophe away (`unguarded`) gives the value back.
"""

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final, TypeVar

import polars as pl
from polars.io.plugins import register_io_source

from dashboard.datasets import Dataset

Frame = TypeVar("Frame", pl.DataFrame, pl.LazyFrame)
BATCH: Final = 50_000  # rows read back at once
GROUP: Final = 100_000  # rows of a Parquet row group
SHEET_ROWS: Final = 1_048_575  # of a worksheet, beside its heading; Excel has no more
DANGEROUS: Final = r"('*[=+\-@\t\r\n\x00\x{FF1D}\x{FF0B}\x{FF0D}\x{FF20}])"  # the last four are full-width = + - @


def write_parquet(path: Path, dataset: Dataset, pieces: Callable[[], Iterator[pl.DataFrame]]) -> int:
    """Writes the pieces, one after the other; how many rows there were."""
    rows = 0

    def source(*_: object) -> Iterator[pl.DataFrame]:
        nonlocal rows
        for piece in pieces():
            if piece.height:
                rows += piece.height
                yield piece

    frame = register_io_source(source, schema=dataset.schema, is_pure=True)
    frame.sink_parquet(path, row_group_size=GROUP, maintain_order=True)
    return rows


def batches(path: Path) -> Iterator[pl.DataFrame]:
    """The rows of a Parquet file again, in order, a piece at a time."""
    yield from pl.scan_parquet(path).collect_batches(chunk_size=BATCH, maintain_order=True)


def guarded(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with nothing in it that a spreadsheet would calculate."""
    return frame.with_columns(pl.col(pl.String).str.replace(f"^{DANGEROUS}", "'${1}"))


def unguarded(frame: Frame) -> Frame:
    """What `guarded` was given."""
    return frame.with_columns(pl.col(pl.String).str.replace(f"^'{DANGEROUS}", "${1}"))


def write_csv(path: Path, staged: Path, dataset: Dataset) -> None:
    """RFC 4180, UTF-8, a heading, line feeds; dates as 2026-10-31, true and false, nothing for not known."""
    with path.open("wb") as file:
        pl.DataFrame(schema=dataset.schema).write_csv(file)
        for frame in batches(staged):
            # An empty text is quoted and nothing is not, so that a reader can tell "none" from "not known".
            guarded(frame).write_csv(file, include_header=False, quote_style="necessary")


def write_jsonl(path: Path, staged: Path, _: Dataset) -> None:
    """An object a line."""
    with path.open("wb") as file:
        for frame in batches(staged):
            frame.write_ndjson(file)


def write_workbook(path: Path, staged: Sequence[tuple[Dataset, Path]]) -> None:
    """A workbook with a sheet a dataset; one with more rows than a sheet holds goes on in sheets "(2)", "(3)"."""
    import xlsxwriter  # late: 20 ms that only those pay who want a workbook

    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(path, {**options, "default_date_format": "yyyy-mm-dd"}) as book:
        book.set_properties({"created": dt.datetime(2000, 1, 1)})  # noqa: DTZ001 - the same bytes whenever written
        bold = book.add_format({"bold": True})
        for dataset, file in staged:
            _write_sheets(book, bold, dataset, file)


def _write_sheets(book: Any, bold: Any, dataset: Dataset, file: Path) -> None:
    number, row, sheet = 1, SHEET_ROWS + 1, None
    for frame in map(guarded, batches(file)):
        for values in frame.iter_rows():
            if sheet is None or row > SHEET_ROWS:
                sheet, row = _sheet(book, bold, dataset, number), 1
                number += 1
            sheet.write_row(row, 0, values)
            row += 1
    if sheet is None:
        _sheet(book, bold, dataset, number)


def _sheet(book: Any, bold: Any, dataset: Dataset, number: int) -> Any:
    sheet = book.add_worksheet(dataset.name if number == 1 else f"{dataset.name} ({number})")  # at most 31 characters
    for place, column in enumerate(dataset.columns):
        sheet.set_column(place, place, {pl.String: 40, pl.Date: 11}.get(column.type, 9))
    sheet.write_row(0, 0, [column.name for column in dataset.columns], bold)
    sheet.freeze_panes(1, 0)
    return sheet
