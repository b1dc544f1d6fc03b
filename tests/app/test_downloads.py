"""Downloads: the lists and the whole view as CSV, over HTTP from a real store."""

import csv
import io
from collections.abc import Iterator
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.day.release import Release, Row, Totals
from dashboard import downloads, period, present, reports
from dashboard.words import words
from tests import shop
from tests.staff import NOW, TODAY, World

SHOP = "butiken.example"
EVIL = '=HYPERLINK("https://elsewhere.example","click")'


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A shop, and a site whose names would like to be formulas."""
    made = World.build(tmp_path_factory.mktemp("downloads"))
    shop.fill(made.store, made.site(SHOP), TODAY, days=35, hours_today=14)
    evil = made.site("evil.example")
    rows = tuple(
        Row("source.visit_start", (name,), 20, 0)
        for name in sorted((EVIL, "@SUM(1)", "\u202e+1", "\uff1d1", "a;b", 'say "x"', "-2+3", "plain"))
    )
    release = Release("2026-10-27", NOW, Totals(400, 400, 90, {}), rows, (), closes=True)
    made.store.add(evil.id, 1, release, shop.day_of(evil, date(2026, 10, 27)))
    yield made
    made.close()


def rows_of(body: bytes, separator: str) -> list[list[str]]:
    text = body.decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))


@pytest.mark.parametrize(("language", "separator"), [("sv", ";"), ("en", ",")])
@pytest.mark.parametrize("name", ["pages", "durations", "campaigns"])
def test_a_list_s_file_is_the_report(world: World, name: str, language: str, separator: str) -> None:
    """Every row of the report, in order, and what waits; numbers as the language's spreadsheet reads them."""
    answer = world.anna().get(f"/site/{SHOP}/csv/{name}?period=7d&lang={language}")
    assert answer.headers["content-type"].startswith("text/csv")
    assert "attachment" in answer.headers["content-disposition"]
    found = reports.panel(world.store, world.control.site(SHOP), period.parse({"period": "7d"}, TODAY), name)
    say = words(language)
    expected = [[present.label(name, row.values, say), str(row.n)] for row in present.in_order(found)]
    if found.waiting:
        expected.append([say("panel.waiting"), str(found.waiting)])
    head, *lines = rows_of(answer.content, separator)
    assert [line[:2] for line in lines] == expected
    assert len(head) == 3
    point = "," if language == "sv" else "."
    shares = [float(line[2].replace(point, ".")) for line in lines]
    assert shares[: len(found.rows)] == pytest.approx([row.share for row in present.in_order(found)], abs=1e-4)


def test_the_whole_view_holds_every_figure_of_the_screen(world: World) -> None:
    """Headline, series and each list's every row, each line under the name of its list."""
    report = reports.overview(world.store, world.control.site(SHOP), period.parse({}, TODAY), NOW, limit=None)
    _, *lines = rows_of(world.anna().get(f"/site/{SHOP}/csv?lang=en").content, ",")
    say = words("en")
    by_list: dict[str, list[list[str]]] = {}
    for line in lines:
        by_list.setdefault(line[0], []).append(line)
    figures = {line[1]: line[2] for line in by_list[say("figure.title")]}
    assert figures["Visits"] == str(report.headline.visits)
    assert figures["Page views"] == str(report.headline.pageviews)
    days = by_list["Visits per day"]
    assert [line[2] for line in days] == [str(n) for n in report.series["visits"]]
    assert report.first is not None
    begins = [bucket >= report.first for bucket in report.series["before_bucket"]]  # before that nothing was counted
    told = zip(begins, report.series["before_visits"], strict=True)
    assert [line[4] for line in days] == [str(n) if known and n is not None else "" for known, n in told]
    for name, panel in report.panels.items():
        if name not in {"pages", "scroll", "events"}:  # "Page views" and "Events" name figures of their own
            expected = len(panel.rows) + bool(panel.waiting)
            assert len(by_list.get(say(f"panel.{name}"), [])) == expected, name


def test_no_name_becomes_a_formula(world: World) -> None:
    """What a spreadsheet could calculate is text there, and separators and quotes stay inside their cell."""
    for address, separator in (("csv/sources?lang=sv", ";"), ("csv/sources?lang=en", ","), ("csv?lang=en", ",")):
        lines = rows_of(world.anna().get(f"/site/evil.example/{address}").content, separator)
        cells = [cell for line in lines for cell in line]
        assert not [cell for cell in cells if cell[:1] in set("=+-@\uff1d")]
        for name in (EVIL, "@SUM(1)", "-2+3", "\u202e+1", "\uff1d1"):
            assert f"'{name}" in cells
        assert {"a;b", 'say "x"', "plain"} <= set(cells)


@given(st.text(max_size=30))
def test_harmless_texts_stay_as_they_are_and_no_other_begins_a_formula(text: str) -> None:
    """A text is kept, or kept behind an apostrophe; never anything else."""
    kept = downloads.harmless(text)
    assert kept in {text, f"'{text}"}
    assert kept[:1] not in set("=+-@\t\r\n") or not kept


def test_a_file_is_behind_the_login_and_of_a_known_list(world: World) -> None:
    """A stranger is sent to the login; a list that is none is no page."""
    assert world.stranger().get(f"/site/{SHOP}/csv").status_code == 303
    assert world.stranger().get(f"/site/{SHOP}/csv/pages").status_code == 303
    assert world.anna().get(f"/site/{SHOP}/csv/secrets").status_code == 404


def test_a_search_finds_in_all_lines(world: World) -> None:
    """A list is searched as people write, whole, with the share that waits still said."""
    page = world.anna().get(f"/site/{SHOP}/panel/pages?q=PRODUKT&lang=en").text
    assert page.count('<bdi class="name">/produkt/') == 3
    assert '<bdi class="name">/kassa' not in page
    assert "Not yet in a group" in page
    nothing = world.anna().get(f"/site/{SHOP}/panel/pages?q=zebra&lang=en").text
    assert "Nothing in a group has that name" in nothing
