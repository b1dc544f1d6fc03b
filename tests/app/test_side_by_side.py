"""Google's figures beside ours, by command and by screen, and a log's coverage: the page says what was put in."""

import json
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode

import pytest
from starlette.testclient import TestClient

from bench import madeup_log
from collector.errors import ExportError
from dashboard import elsewhere, imports
from dashboard.cli import run
from dashboard.side_by_side import Row, coverage, sums
from tests import shop
from tests.running import PASSWORD
from tests.staff import NOW, TODAY, World

SITE = "butiken.example"
OWN_FORM = {"Sec-Fetch-Site": "same-origin"}
DAYS = [TODAY - timedelta(days=back) for back in (3, 2, 1)]
FILE = (
    f"# Start date: {DAYS[0]:%Y%m%d}\n# End date: {DAYS[-1]:%Y%m%d}\n"
    "Nth day,Active users,Sessions,Views\n0000,80,100,300\n0001,90,110,330\n0002,70,90,250\n"
)


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = World.build(tmp_path)
    shop.fill(world.store, world.site(SITE), TODAY, days=20)
    return world


def client(world: World) -> TestClient:
    asking = TestClient(world.app(), base_url="https://stats.example", follow_redirects=False)
    answer = asking.post("/login", data={"name": "anna", "password": PASSWORD}, headers=OWN_FORM)
    assert answer.status_code == 303
    return asking


def send(asking: TestClient, site: str = SITE, **form: str) -> str:
    headers = {**OWN_FORM, "Content-Type": "application/x-www-form-urlencoded"}
    return asking.post(f"/site/{site}/beside?lang=en&period=7d", content=urlencode(form), headers=headers).text


def test_laid_beside_ours(world: World) -> None:
    """The page and its file tell both sides' figures of each day, the ratio, and every cause."""
    asking = client(world)
    assert "3 days are laid beside ours." in send(asking, act="lay", content=FILE)
    page = asking.get(f"/site/{SITE}/beside?lang=en&period=7d").text
    assert ">300<" in page
    assert "Consent banners" in page
    assert "cannot be known" in page
    file = asking.get(f"/site/{SITE}/beside.csv?lang=en&period=7d").content.decode("utf-8-sig").splitlines()
    assert len(file) == 1 + 3
    day, own_views, views, own_visits, sessions, _, users, log = file[1].split(",")
    assert (day, views, sessions, users, log) == (DAYS[0].isoformat(), "300", "100", "80", "")
    assert int(own_views) > int(own_visits) > 0
    assert "Googles siffror" in asking.get(f"/site/{SITE}/beside?lang=sv&period=7d").text
    assert "are forgotten" in send(asking, act="forget")
    assert ">300<" not in asking.get(f"/site/{SITE}/beside?lang=en&period=7d").text
    world.close()


def test_a_foreign_file_changes_nothing(world: World) -> None:
    """A file that is none is told in a sentence, and what was there stays."""
    asking = client(world)
    send(asking, act="lay", content=FILE)
    before = elsewhere.kept(world.control, world.control.site(SITE).id, "ga4", DAYS[0], TODAY)
    for act in ("lay", "preview", "import"):
        assert "no table of Google Analytics" in send(asking, act=act, content="date;visits\n1;2")
    assert elsewhere.kept(world.control, world.control.site(SITE).id, "ga4", DAYS[0], TODAY) == before
    world.close()


def test_preview_and_import_of_history(world: World) -> None:
    """A preview changes nothing; an import takes the days a site has no data of, marked, and never twice."""
    new = world.site("ny.example", k=5)
    asking = client(world)
    assert "An import takes 3 days with their totals" in send(asking, "ny.example", act="preview", content=FILE)
    assert world.store.read("imports", site=new.id) == []
    assert "3 days are imported" in send(asking, "ny.example", act="import", content=FILE)
    assert len(world.store.read("imports", site=new.id)) == 1
    overview = asking.get("/api/sites/ny.example/overview?period=7d").json()
    assert (overview["headline"]["pageviews"], overview["headline"]["visits"]) == (880, 300)
    again = send(asking, "ny.example", act="import", content=FILE)
    assert "3 days are left behind: they have data already." in again
    assert len(world.store.read("imports", site=new.id)) == 1
    assert "3 days are left behind" in send(asking, act="preview", content=FILE)  # the shop has its own
    world.close()


def test_a_folder_of_googles_files_is_imported(world: World, tmp_path: Path) -> None:
    """What `trekvart import` does with one: the same days as the page takes, once; a torn file changes nothing."""
    site, folder = world.site("ny.example", k=5), tmp_path / "ga4"
    folder.mkdir()
    (folder / "report.csv").write_text(FILE, "utf-8")
    assert "3 days from" in imports.take(world.store, site, folder, NOW)
    assert [tuple(row)[1] for row in world.store.read("imports", site=site.id)] == ["ga4"]
    with pytest.raises(ExportError, match="No day of it"):
        imports.take(world.store, site, folder, NOW)
    (folder / "torn.csv").write_text(FILE + "0001,\n", "utf-8")
    with pytest.raises(ExportError, match="torn"):
        imports.take(world.store, world.site("nyare.example", k=5), folder, NOW)
    assert len(world.store.read("imports", site=site.id)) == 1
    world.close()


def test_ratios_only_over_days_that_both_know() -> None:
    """A day that one side does not know is in neither sum."""
    none = dict.fromkeys(("pageviews", "visits", "visitors"))
    rows = [
        Row(DAYS[0], {"pageviews": 90, "visits": 9, "visitors": None}, {**none, "pageviews": 100}, 120),
        Row(DAYS[1], {"pageviews": 50, "visits": 5, "visitors": 4}, none, None),
        Row(DAYS[2], none, {"pageviews": 70, "visits": 7, "visitors": 6}, 80),
    ]
    assert [(one.metric, one.ours, one.theirs, one.days) for one in sums(rows)] == [
        ("pageviews", 90, 100, 1),
        ("visits", 0, 0, 0),
        ("visitors", 0, 0, 0),
    ]
    assert coverage(rows) == (90, 120)


@pytest.mark.parametrize(("zone", "hours"), [("America/New_York", "5"), ("Asia/Kolkata", "4.5"), ("Europe/Paris", "")])
def test_a_property_by_another_clock_is_named(world: World, zone: str, hours: str) -> None:
    """Its time zone and by how much its days are shifted, where it is not the site's (before America's DST ends)."""
    report = {
        "dimensionHeaders": [{"name": "date"}],
        "metricHeaders": [{"name": "sessions"}],
        "rows": [{"dimensionValues": [{"value": f"{DAYS[0]:%Y%m%d}"}], "metricValues": [{"value": "7"}]}],
        "metadata": {"timeZone": zone},
    }
    page = send(client(world), act="lay", content=json.dumps(report))
    assert (f"The property&#39;s clock is {zone}, {hours} hours from" in page) is bool(hours)


def test_by_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """`compare` and `coverage` keep a number a day; the log's is what `replay` counts as page views."""
    monkeypatch.chdir(tmp_path)
    assert run(["site", "add", "shop.example", "--k", "5"]) == 0
    Path("ga4.csv").write_text(FILE, "utf-8")
    assert run(["compare", "ga4.csv", "--site", "shop.example"]) == 0
    lines = list(madeup_log.lines(1500, 2, TODAY, "shop.example", 1))
    Path("log").write_text("".join(f"{line}\n" for line in lines), "utf-8")
    capsys.readouterr()
    assert run(["coverage", "log", "--site", "shop.example"]) == 0
    told = capsys.readouterr().out
    counted = sum(int(line.split()[1].replace(",", "")) for line in told.splitlines())
    assert run(["replay", "log", "--site", "shop.example"]) == 0
    assert f"= {counted:,} page views + " in capsys.readouterr().out
    Path("bad.csv").write_text("nothing", "utf-8")
    assert run(["compare", "bad.csv", "--site", "shop.example"]) == 1
    assert "no table of Google Analytics" in capsys.readouterr().err
