"""Imported history: marked, apart, never in a day that has data of its own, never about fewer than k."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from collector.errors import DayTaken, StoreError
from collector.history import ImportedDay, ImportedRow
from collector.store import Store
from dashboard import period, reports
from dashboard.period import ONE, Period
from tests import shop

SITE = shop.site(k=10)
OWN = date(2026, 10, 20)  # the first day with data of its own
FIRST = date(2026, 10, 10)
NOW = 1_795_474_800_000


@pytest.fixture
def store(tmp_path: Path) -> Store:
    opened = Store.open(tmp_path / "store.duckdb")
    shop.fill(opened, SITE, date(2026, 10, 22), days=3)
    return opened


def days(first: date = FIRST, last: date = OWN - ONE) -> list[ImportedDay]:
    return [ImportedDay(first + timedelta(n), 300, 100, 80, 10) for n in range((last - first).days + 1)]


def row(day: date, n: int = 20, cube: str = "page.pageview", value: str = "/gammal", **more: date) -> ImportedRow:
    return ImportedRow(cube, day, more.get("ends", day + ONE), value, "", n, 0)


def chosen(first: date, last: date) -> Period:
    return period.parse({"period": "custom", "from": str(first), "to": str(last)}, date(2026, 10, 28))


def test_imports_are_shown_marked_and_beside_own_days(store: Store) -> None:
    """A period over both has the sum of own and imported days, and says that some are imported; own days do not."""
    rows = [row(day.day) for day in days()] + [row(FIRST, 15, value="/sen", ends=OWN)]
    store.add_imported(SITE.id, NOW, "plausible", days(), [rows[:4], rows[4:]])
    both = reports.overview(store, SITE, chosen(FIRST, date(2026, 10, 22)), NOW)
    own = reports.overview(store, SITE, chosen(OWN, date(2026, 10, 22)), NOW)
    assert (both.imported, own.imported) == (True, False)
    assert both.headline.pageviews == own.headline.pageviews + 300 * len(days())
    assert {r.values[0]: r.n for r in reports.panel(store, SITE, chosen(FIRST, OWN), "pages").rows}["/gammal"] == 200
    named = {r.values[0] for r in reports.panel(store, SITE, chosen(FIRST, OWN - 2 * ONE), "pages").rows}
    assert "/sen" not in named, "late rows count only where all their days are asked for"
    assert "/sen" in {r.values[0] for r in reports.panel(store, SITE, chosen(FIRST, OWN - ONE), "pages").rows}


def test_imports_keep_their_words_through_the_night(store: Store) -> None:
    """The nightly merge of own days sorts the words, and forgets only those that neither own nor imported rows use."""
    store.add_imported(SITE.id, NOW, "plausible", days(), [[row(day.day) for day in days()]])
    before = reports.panel(store, SITE, chosen(FIRST, OWN - ONE), "pages").rows
    assert [row.values[0] for row in before] == ["/gammal"]
    assert store.merge_closed() > 0
    assert reports.panel(store, SITE, chosen(FIRST, OWN - ONE), "pages").rows == before


def test_a_day_that_has_data_is_not_imported(store: Store) -> None:
    """Own days and days imported before refuse an import whole; taken out, the days are free again."""
    with pytest.raises(DayTaken):
        store.add_imported(SITE.id, NOW, "ga4", days(last=OWN), [[row(FIRST)]])
    assert store.read("imports", site=SITE.id) == []
    number = store.add_imported(SITE.id, NOW, "ga4", days(), [[row(FIRST)]])
    with pytest.raises(DayTaken):
        store.add_imported(SITE.id, NOW, "ga4", days(FIRST, FIRST), [])
    store.drop_import(SITE.id, number)
    assert store.read("taken", site=SITE.id, begin=FIRST, end=OWN) == []
    store.add_imported(SITE.id, NOW, "ga4", days(), [])


def test_own_data_that_comes_later_takes_the_imports_place(store: Store) -> None:
    """A log replayed onto imported days: what is shown there is own, and no late row of the import."""
    other = shop.site(2, "annan.example", k=10)
    rows = [row(day.day) for day in days()] + [row(FIRST, 15, value="/sen", ends=OWN)]
    store.add_imported(2, NOW, "trekvart", days(), [rows])
    shop.fill(store, other, FIRST + 2 * ONE, days=3)
    found = reports.overview(store, other, chosen(FIRST, FIRST + 2 * ONE), NOW)
    assert not found.imported
    everything = reports.panel(store, other, chosen(FIRST, OWN), "pages")
    assert {r.values[0]: r.n for r in everything.rows}["/gammal"] == 20 * (len(days()) - 3)
    assert "/sen" not in {r.values[0] for r in everything.rows}


@pytest.mark.parametrize(
    "wrong",
    [
        row(FIRST, 9),
        row(FIRST - ONE),
        row(FIRST, cube="page+browser.pageview"),
        row(FIRST, 9, ends=OWN),
        row(FIRST, ends=FIRST),
    ],
    ids=["fewer than k", "another day", "no cube", "late and fewer", "no day"],
)
def test_the_wall_holds_for_imports(store: Store, wrong: ImportedRow) -> None:
    """A row that counts fewer than k, or that is of no day or cube, is refused, and then nothing is there."""
    with pytest.raises(StoreError):
        store.add_imported(SITE.id, NOW, "ga4", days(), [[row(FIRST)], [wrong]])
    assert store.read("imports", site=SITE.id) == []
    assert store.read("volume", site=SITE.id, begin=FIRST, end=OWN) == []
