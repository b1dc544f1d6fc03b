"""Google Analytics' files: what is read of them, what is refused, and what an import takes and leaves."""

import json
from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.errors import FileError
from collector.history import check_row
from dashboard.ga4_file import LARGEST, read_ga4
from dashboard.ga4_history import plan, totals

HEAD = """# ----------------------------------------
# Reports snapshot
# Account: Shop
# Property: shop.example
# ----------------------------------------
#
# All Users
# Start date: 20261101
# End date: 20261103
"""
SNAPSHOT = (
    HEAD
    + """Nth day,Active users,Sessions,Views
0000,80,100,300
0001,90,110,330
0002,70,90,250

# Start date: 20261101
# End date: 20261103
Page path and screen class,Views,Active users,Event count
/,500,200,900
/konto?id=7,9,4,20
(not set),12,12,12
Grand total,521,,

# Start date: 20261101
# End date: 20261103
Session source / medium,Sessions,Active users
google / organic,80,70
"""
)


def report(rows: Sequence[tuple[str, ...]], names: tuple[str, ...] = ("date",), **more: Any) -> bytes:
    metrics = ("activeUsers", "sessions", "screenPageViews")
    return json.dumps(
        {
            "dimensionHeaders": [{"name": name} for name in names],
            "metricHeaders": [{"name": name, "type": "TYPE_INTEGER"} for name in metrics],
            "rows": [
                {
                    "dimensionValues": [{"value": value} for value in row[: len(names)]],
                    "metricValues": [{"value": value} for value in row[len(names) :]],
                }
                for row in rows
            ],
            "rowCount": len(rows),
            "metadata": {"timeZone": "Europe/Stockholm"},
            "kind": "analyticsData#runReport",
        }
        | more
    ).encode()


def test_snapshot() -> None:
    """Days by their number from the start are dates; each table keeps its own dimensions; totals' rows are no rows."""
    tables = read_ga4(SNAPSHOT.encode("utf-8-sig"))
    assert totals(tables) == {
        date(2026, 11, 1): {"users": 80, "visits": 100, "pageviews": 300},
        date(2026, 11, 2): {"users": 90, "visits": 110, "pageviews": 330},
        date(2026, 11, 3): {"users": 70, "visits": 90, "pageviews": 250},
    }
    assert [line.values for line in tables[1].lines] == [("/",), ("/konto?id=7",), ("(not set)",)]
    assert tables[2].unknown == ("Session source / medium",)


def test_import_takes_days_and_large_rows_and_says_what_it_leaves() -> None:
    """Totals of every day, and rows about at least k users; everything else is left behind by a named reason."""
    made = plan(read_ga4(SNAPSHOT.encode()), k=10, taken=())
    assert [(day.day.day, day.pageviews, day.visits, day.visitors, day.k) for day in made.days] == [
        (1, 300, 100, 80, 10),
        (2, 330, 110, 90, 10),
        (3, 250, 90, 70, 10),
    ]
    assert [(row.cube, row.value, row.n, row.begins.day, row.ends.day) for row in made.rows] == [
        ("page.pageview", "/", 500, 1, 4)
    ]
    assert [(left.why, left.n) for left in made.left] == [("nameless", 1), ("small", 1)]
    for row in made.rows:
        check_row(row, {day.day: day.k for day in made.days})  # as the store does


def test_import_never_mixes() -> None:
    """A day that has data stays as it is, and rows that touch it are left behind."""
    made = plan(read_ga4(SNAPSHOT.encode()), k=10, taken={date(2026, 11, 2)})
    assert [day.day.day for day in made.days] == [1, 3]
    assert made.rows == []
    assert {left.why: left.n for left in made.left} == {"taken-day": 1, "row-of-no-day": 3}


def test_run_report() -> None:
    """The Data API's answer, alone and in a batch, with a second dimension by date."""
    days = [("20261101", "80", "100", "300"), ("20261102", "90", "110", "330")]
    devices = [("20261101", "Mobile", "50", "60", "1"), ("20261101", "tablet", "3", "4", "1")]
    batch = b'{"reports":[%s,%s]}' % (report(days), report(devices, ("date", "deviceCategory")))
    tables = read_ga4(batch)
    assert tables[0].zone == "Europe/Stockholm"
    assert totals(tables) == totals(read_ga4(report(days)))
    made = plan(tables, k=5, taken=())
    assert [(row.cube, row.value, row.n) for row in made.rows] == [("device.visit_start", "mobile", 60)]
    assert {left.why: left.n for left in made.left} == {"small": 1}


REFUSED = {
    "foreign": (b"date;visits\n2026-11-01;5\n", "no table"),
    "picture": (b"\x89PNG\r\n\x1a\n\xff\xfe", "no text"),
    "empty": (b"", "no table"),
    "no days": (b"Nth day,Sessions\n0000,5\n", "of which days"),
    "torn row": ((HEAD + "Nth day,Sessions,Views\n0000,5,6\n0001,7\n").encode(), "torn"),
    "torn quotes": ((HEAD + 'Page path,Views\n"/a,5\n').encode(), "torn"),
    "no number": ((HEAD + "Nth day,Sessions\n0000,many\n").encode(), "number"),
    "negative": ((HEAD + "Nth day,Sessions\n0000,-5\n").encode(), "number"),
    "another day": ((HEAD + "Nth day,Sessions\n0009,5\n").encode(), "no day"),
    "backwards": (HEAD.replace("20261103", "20261001").encode() + b"Nth day,Sessions\n0000,5\n", "before it begins"),
    "torn JSON": (report([("20261101", "1", "2", "3")])[:-9], "torn"),
    "other JSON": (b'{"rows":[1],"metricHeaders":[1]}', "runReport"),
    "without date": (report([("/", "1", "2", "3")], ("pagePath",)), "dimension date"),
    "huge": (b"x" * (LARGEST + 1), "larger"),
}


@pytest.mark.parametrize(("content", "says"), REFUSED.values(), ids=REFUSED.keys())
def test_refused(content: bytes, says: str) -> None:
    """What is torn, huge or something else is one sentence."""
    with pytest.raises(FileError, match=says):
        read_ga4(content)


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode), st.integers(0, 400))
def test_anything(noise: bytes, at: int) -> None:
    """Whatever is in a file, it is read or refused."""
    for content in (noise, SNAPSHOT.encode()[:at] + noise + SNAPSHOT.encode()[at:], b"{" + noise):
        try:
            plan(read_ga4(content), 5, ())
        except FileError:
            continue
