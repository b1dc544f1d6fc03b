"""Exports: the files hold what the screens show, twice the same bytes, and read back with other readers."""

import csv
import hashlib
import json
from datetime import date, timedelta
from pathlib import Path

import duckdb
import openpyxl
import pytest

from collector.day.release import Release, Row, Totals
from collector.errors import ExportError
from collector.store import Store
from dashboard import exports, period, reports
from dashboard.datasets import DATASETS
from dashboard.exports import Format, Manifest
from dashboard.period import ONE
from tests import shop
from tests.docs import write_datasets

SITE = shop.site(k=5, name="Butiken")
LAST = date(2026, 10, 31)
OCTOBER = (date(2026, 10, 1), date(2026, 11, 1))
FORMULAS = ('=HYPERLINK("http://x")', "+1", "-1", "@SUM(1)", "\t=1", "'=1", "\uff1d1")
NASTY = (*FORMULAS, 'a "quoted", one', "rad\nbrytning", "'kl")


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """October of a shop, with nasty names in it and late groups."""
    opened = Store.open(tmp_path_factory.mktemp("store") / "store.duckdb")
    shop.fill(opened, SITE, LAST, days=31, visits=400)
    rows = tuple(Row("source.visit_start", (name,), 7, 0) for name in sorted(NASTY))
    late = (Row("page.pageview", ("/sen",), 6, 0), Row("page.pageview", ("/",), 9, 0))
    day = shop.day_of(SITE, LAST)
    opened.add(
        SITE.id, opened.mark(SITE.id) + 1, Release(str(LAST), day.ends, Totals(70, 70, 60, {}), rows, late, True), day
    )
    return opened


def made(store: Store, place: Path, *formats: Format, language: str = "sv") -> Manifest:
    place.mkdir(parents=True)
    manifest = exports.build(store, SITE, OCTOBER, formats or list(Format), place, language=language)
    exports.write_manifest(manifest, place)
    return manifest


def test_twice_gives_the_same_bytes(store: Store, tmp_path: Path) -> None:
    """Every file of every format, manifest included; and each is what the manifest says."""
    one, two = made(store, tmp_path / "one"), made(store, tmp_path / "two")
    assert one == two
    files = sorted(path.relative_to(tmp_path / "one") for path in (tmp_path / "one").rglob("*") if path.is_file())
    assert [str(file) for file in files if file.name != exports.MANIFEST] == [file.path for file in one.files]
    for file in files:
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes(), file
    for told in one.files:
        assert hashlib.sha256((tmp_path / "one" / told.path).read_bytes()).hexdigest() == told.sha256
    exports.check(exports.read_manifest(tmp_path / "two"), tmp_path / "two")
    (tmp_path / "two" / one.files[0].path).write_bytes(b"x")
    with pytest.raises(ExportError):
        exports.check(one, tmp_path / "two")


def test_the_files_have_the_numbers_of_the_screen(store: Store, tmp_path: Path) -> None:
    """Read by DuckDB, each list of the screen is the sum of its dataset in CSV, Parquet and JSON Lines alike."""
    made(store, tmp_path / "x", Format.CSV, Format.PARQUET, Format.JSONL)
    october = period.parse({"period": "custom", "from": "2026-10-01", "to": "2026-10-31"}, LAST)
    shown = reports.overview(store, SITE, october, shop.day_of(SITE, LAST).ends)
    database = duckdb.connect()
    readers = {"csv": "read_csv('{}', quote='\"')", "parquet": "read_parquet('{}')", "jsonl": "read_json('{}')"}
    for ending, reader in readers.items():
        path = reader.format(tmp_path / "x" / ending / f"page.pageview.{ending}")
        found = dict(database.execute(f"select page, sum(n)::bigint from {path} group by page").fetchall())
        assert found == {row.values[0]: row.n for row in reports.panel(store, SITE, october, "pages").rows}, ending
        path = reader.format(tmp_path / "x" / ending / f"totals.{ending}")
        columns = "sum(pageviews)::bigint, sum(visits)::bigint, count(*), min(date)::varchar"
        told = database.execute(f"select {columns} from {path}").fetchone()
        assert told == (shown.headline.pageviews, shown.headline.visits, 31, "2026-10-01")
    # The late groups have no day, and only they.
    late = database.execute(
        f"select distinct date is null, late from '{tmp_path}/x/parquet/page.pageview.parquet' order by all"
    ).fetchall()
    assert late == [(False, False), (True, True)]


def test_every_dataset_has_its_documented_columns(store: Store, tmp_path: Path) -> None:
    """In every format, with or without rows: the columns of the table, in its order and types."""
    made(store, tmp_path / "x", Format.CSV, Format.PARQUET, Format.XLSX)
    kinds = {"Date": "DATE", "String": "VARCHAR", "Int64": "BIGINT", "Boolean": "BOOLEAN"}
    book = openpyxl.load_workbook(tmp_path / "x/xlsx/butiken.example.xlsx", read_only=True)
    assert book.sheetnames == [dataset.name for dataset in DATASETS]
    for dataset in DATASETS:
        names = [column.name for column in dataset.columns]
        described = duckdb.execute(f"describe select * from '{tmp_path}/x/parquet/{dataset.name}.parquet'").fetchall()
        assert [(name, kind) for name, kind, *_ in described] == [
            (column.name, kinds[str(column.type())]) for column in dataset.columns
        ]
        with (tmp_path / f"x/csv/{dataset.name}.csv").open(newline="") as file:
            assert next(csv.reader(file)) == names
        assert next(book[dataset.name].iter_rows(values_only=True)) == tuple(names)


def test_a_spreadsheet_calculates_nothing(store: Store, tmp_path: Path) -> None:
    """Names that are formulas arrive as text behind an apostrophe in CSV and XLSX; in Parquet they are as they were."""
    made(store, tmp_path / "x", Format.CSV, Format.XLSX, Format.PARQUET, Format.PLAUSIBLE)
    with (tmp_path / "x/csv/source.visit_start.csv").open(newline="") as file:
        in_csv = {row["source"] for row in csv.DictReader(file)}
    with (tmp_path / "x/plausible/imported_sources_20261001_20261031.csv").open(newline="") as file:
        in_plausible = {row["source"] for row in csv.DictReader(file)}
    sheet = openpyxl.load_workbook(tmp_path / "x/xlsx/butiken.example.xlsx")["source.visit_start"]
    cells = [row[1] for row in sheet.iter_rows(min_row=2)]
    assert {cell.data_type for cell in cells if cell.value is not None} == {"s"}
    for found in (in_csv, in_plausible, {str(cell.value) for cell in cells}):
        assert not {name for name in found if name[:1] in set("=+-@\t\uff1d")}
        assert {"'" + name for name in FORMULAS} | set(NASTY[len(FORMULAS) :]) <= found
    exact = duckdb.execute(f"select distinct source from '{tmp_path}/x/parquet/source.visit_start.parquet'").fetchall()
    assert set(NASTY) <= {name for (name,) in exact}


def test_a_new_revision_says_why(store: Store, tmp_path: Path) -> None:
    """The same groups are the same revision; when more has come, the next one, with the datasets that have changed."""
    own = Store.open(tmp_path / "store.duckdb")
    shop.fill(own, SITE, LAST, days=31, hours_today=20)
    first = made(own, tmp_path / "one", Format.CSV)
    assert not first.complete
    assert exports.seal(made(own, tmp_path / "same", Format.CSV), first) == first
    day = shop.day_of(SITE, LAST)
    late = (Row("page.pageview", ("/sen",), 6, 0),)
    own.add(SITE.id, own.mark(SITE.id) + 1, Release(str(LAST), day.ends, None, (), late, closes=True), day)
    second = exports.seal(made(own, tmp_path / "two", Format.CSV), first)
    own.close()
    assert (second.revision, second.replaces, second.complete) == (2, 1, True)
    assert {(each.what, each.name) for each in second.because} == {("days", "totals"), ("dataset", "page.pageview")}
    told = json.loads((tmp_path / "one" / exports.MANIFEST).read_text())
    assert told["groups"] == [
        {"first_day": "2026-10-01", "last_day": "2026-10-31", "k": 5, "totals": "exact", "source": "live"}
    ]


def test_the_report_is_a_page_of_its_own(store: Store, tmp_path: Path) -> None:
    """In both languages: drawn as vectors, no script, nothing loaded from anywhere, nasty names as text."""
    for language, word in (("sv", "Besök"), ("en", "Visits")):
        made(store, tmp_path / language, Format.REPORT, language=language)
        page = (tmp_path / language / f"report/butiken.example.{language}.html").read_text()
        assert page.count('<rect class="column"') == 31
        assert word in page
        assert not [word for word in ("<script", "src=", "href=", "url(", "@import") if word in page]


def test_less_than_a_week_has_no_late_groups(store: Store, tmp_path: Path) -> None:
    """Late groups are in no export of under seven days; a period without data is none."""
    (tmp_path / "x").mkdir()
    manifest = exports.build(store, SITE, (LAST - ONE, LAST + ONE), [Format.CSV], tmp_path / "x")
    assert {dataset.late_rows for dataset in manifest.datasets} == {0}
    assert "/sen" not in (tmp_path / "x/csv/page.pageview.csv").read_text()
    with pytest.raises(ExportError):
        exports.build(store, SITE, (LAST + timedelta(9), LAST + timedelta(19)), [Format.CSV], tmp_path)


def test_the_datasets_are_those_of_the_documentation() -> None:
    """docs/exports.md is what the table makes of it: a renamed column is a broken promise, seen here first."""
    assert write_datasets.PAGE.read_text("utf-8") == write_datasets.page()
