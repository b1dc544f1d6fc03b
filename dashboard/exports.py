"""A report to files: the datasets of a period in the asked formats, and the manifest that makes them checkable.

`build` writes into an empty directory and promises the same bytes for the same groups: no clock, no host, no random
number is in any file. `seal` adds the manifest with its revision. Nobody sees the directory before it is renamed into
its place (dashboard/deliver.py).
"""

import hashlib
import shutil
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from enum import StrEnum
from itertools import groupby
from pathlib import Path
from typing import Final

import msgspec
import polars as pl
from msgspec import Struct

from collector.errors import ExportError
from collector.site import Site
from collector.store import Store
from dashboard import export_report, plausible, reports, writers
from dashboard.datasets import DATASETS, SCHEMA, TOTALS, Dataset
from dashboard.export_rows import Rows
from dashboard.period import ONE, Span

MANIFEST: Final = "manifest.json"
STAGED: Final = ".staged"


class Format(StrEnum):
    """What files an export can have; each format has a folder of its own."""

    CSV = "csv"
    PARQUET = "parquet"
    JSONL = "jsonl"
    XLSX = "xlsx"
    PLAUSIBLE = "plausible"
    REPORT = "report"


class File(Struct, frozen=True):
    """A file of an export. `rows` is None where a file has no rows of its own."""

    path: str  # below the export's directory, with slashes
    rows: int | None
    bytes: int
    sha256: str


class DatasetRows(Struct, frozen=True):
    """How much a dataset holds: what two revisions are told apart by."""

    name: str
    rows: int
    late_rows: int


class Settings(Struct, frozen=True):
    """What these days, one after the other, were released under, and where they come from."""

    first_day: date
    last_day: date
    k: int
    totals: str
    source: str


class Changed(Struct, frozen=True):
    """Why there is a new revision: a dataset that is another than it was, or days that have come or ended since."""

    what: str  # "days", "dataset" (rows before and now), "file"
    name: str
    before: int
    now: int


class Manifest(Struct, frozen=True, kw_only=True):
    """What an export is, and what must be found when it is checked."""

    format: str = "trekvart-export"
    schema: int = SCHEMA
    site: str
    time_zone: str
    first_day: date
    last_day: date
    complete: bool  # every day that has data is over
    days: int  # that have data
    groups: list[Settings]
    datasets: list[DatasetRows]
    files: list[File]
    content: str  # SHA-256 over all of the above: equal where the export is equal
    revision: int = 1
    replaces: int | None = None
    because: list[Changed] = []

    @property
    def span(self) -> Span:
        """Its days, half-open."""
        return self.first_day, self.last_day + ONE

    @property
    def bytes(self) -> int:
        """The size of all files."""
        return sum(file.bytes for file in self.files)

    @property
    def rows(self) -> int:
        """The rows of all datasets."""
        return sum(dataset.rows for dataset in self.datasets)


def build(
    store: Store,
    site: Site,
    span: Span,
    formats: Sequence[Format],
    place: Path,
    *,
    language: str = "sv",
    told: Callable[[float], None] = lambda _: None,
) -> Manifest:
    """Writes the files of a period into the empty directory `place`; what they are, as revision 1, not yet written.

    `told` hears how far it has come, 0..1, now and then; what it raises ends the work. Raises ExportError without
    data, OSError of the disk.
    """
    settings = reports.day_settings(store, site, span)
    if not settings:
        raise ExportError(
            f"{site.domain} has no data from {span[0]} to {span[1] - ONE}; nothing was exported.", "no_data"
        )
    staged = place / STAGED
    staged.mkdir()
    rows, late = _stage(store, site, span, staged, told)
    told(0.5)
    files: list[tuple[Path, int | None]] = []
    for number, each in enumerate(formats):
        folder = place / each.value
        folder.mkdir()
        files += _written(each, folder, staged, rows, (store, site, span, language))
        told(0.5 + 0.5 * (number + 1) / len(formats))
    shutil.rmtree(staged)
    described = [
        File(path.relative_to(place).as_posix(), rows, path.stat().st_size, _digest(path)) for path, rows in files
    ]
    return _manifest(site, span, settings, [DatasetRows(name, n, late[name]) for name, n in rows.items()], described)


def seal(manifest: Manifest, previous: Manifest | None) -> Manifest:
    """The manifest with its revision: the previous one where nothing has changed, the next with the reasons if not."""
    if previous is None:
        return manifest
    if previous.content == manifest.content:
        return previous
    return msgspec.structs.replace(
        manifest,
        revision=previous.revision + 1,
        replaces=previous.revision,
        because=list(_changes(previous, manifest)),
    )


def write_manifest(manifest: Manifest, place: Path) -> None:
    """Writes it beside its files, for people to read too."""
    (place / MANIFEST).write_bytes(msgspec.json.format(msgspec.json.encode(manifest), indent=1) + b"\n")


def read_manifest(place: Path) -> Manifest:
    """The manifest in a directory. Raises ExportError: none, or not one of ours."""
    try:
        return msgspec.json.decode((place / MANIFEST).read_bytes(), type=Manifest)
    except OSError as error:
        raise ExportError(f"There is no readable {MANIFEST} in {place} ({error.strerror}).") from error
    except msgspec.DecodeError as error:
        raise ExportError(f"{place / MANIFEST} is no manifest of an export ({error}).") from error


def check(manifest: Manifest, place: Path) -> None:
    """Reads every file again. Raises ExportError at the first that is not what the manifest says."""
    for file in manifest.files:
        path = place / file.path
        if Path(file.path).is_absolute() or ".." in Path(file.path).parts or not path.is_file():
            raise ExportError(f"{path} is missing, though the manifest names it; export again.")
        if _digest(path) != file.sha256:
            raise ExportError(f"{path} is not what the manifest says (SHA-256); export again.")


def _stage(
    store: Store, site: Site, span: Span, staged: Path, told: Callable[[float], None]
) -> tuple[dict[str, int], dict[str, int]]:
    """Every dataset once from the database, as Parquet; rows, and late rows, of each."""
    source = Rows(store, site, span)
    rows: dict[str, int] = {}
    late: dict[str, int] = {}
    for number, dataset in enumerate(DATASETS):

        def heard(dataset: Dataset = dataset, number: int = number) -> Iterator[pl.DataFrame]:
            for piece in source.pieces(dataset):
                told(0.5 * number / len(DATASETS))
                if dataset.cube:
                    late[dataset.name] += int(piece["late"].sum())
                yield piece

        late[dataset.name] = 0
        rows[dataset.name] = writers.write_parquet(staged / f"{dataset.name}.parquet", dataset, heard)
    return rows, late


Source = tuple[Store, Site, Span, str]


def _written(
    each: Format, folder: Path, staged: Path, rows: dict[str, int], source: Source
) -> Iterator[tuple[Path, int | None]]:
    """The files of one format, and the rows of each."""
    store, site, span, language = source
    found = [(dataset, staged / f"{dataset.name}.parquet") for dataset in DATASETS]
    if each is Format.XLSX:
        path = folder / f"{site.domain}.xlsx"
        writers.write_workbook(path, found)
        yield path, sum(rows.values())
    elif each is Format.PLAUSIBLE:
        yield from plausible.write(folder, {d.name: file for d, file in found}, site, span)
    elif each is Format.REPORT:
        path = folder / f"{site.domain}.{language}.html"
        path.write_text(export_report.render(store, site, span, language), "utf-8")
        yield path, None
    else:
        for dataset, file in found:
            path = folder / f"{dataset.name}.{each.value}"
            if each is Format.PARQUET:
                shutil.copyfile(file, path)
            else:
                (writers.write_csv if each is Format.CSV else writers.write_jsonl)(path, file, dataset)
            yield path, rows[dataset.name]


def _manifest(
    site: Site,
    span: Span,
    settings: list[reports.DaySettings],
    datasets: list[DatasetRows],
    files: list[File],
) -> Manifest:
    made = Manifest(
        site=site.domain,
        time_zone=site.time_zone,
        first_day=span[0],
        last_day=span[1] - ONE,
        complete=all(day.closed for day in settings),
        days=len(settings),
        groups=list(_ranges(settings)),
        datasets=datasets,
        files=sorted(files, key=lambda file: file.path),
        content="",
    )
    return msgspec.structs.replace(made, content=hashlib.sha256(msgspec.json.encode(made)).hexdigest())


def _ranges(settings: list[reports.DaySettings]) -> Iterator[Settings]:
    """Days with the same settings as one range; days without data in between do not part it."""
    for (k, totals, source), days in groupby(settings, key=lambda day: (day.k, day.totals, day.source)):
        both = list(days)
        yield Settings(both[0].day, both[-1].day, k, totals, source)


def _changes(previous: Manifest, now: Manifest) -> Iterator[Changed]:
    if (previous.days, previous.complete) != (now.days, now.complete):
        yield Changed("days", TOTALS.name, previous.days, now.days)
    before = {dataset.name: dataset for dataset in previous.datasets}
    for dataset in now.datasets:
        was = before.get(dataset.name)
        if was != dataset:
            yield Changed("dataset", dataset.name, was.rows if was else 0, dataset.rows)
    if before == {dataset.name: dataset for dataset in now.datasets}:
        yield from _changed_files(previous, now)


def _changed_files(previous: Manifest, now: Manifest) -> Iterator[Changed]:
    """As many rows, but others: by file."""
    hashes = {file.path: file.sha256 for file in previous.files}
    for file in now.files:
        if hashes.get(file.path) != file.sha256:
            yield Changed("file", file.path, int(file.path in hashes), 1)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
