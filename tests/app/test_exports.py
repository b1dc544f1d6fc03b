"""Exports as people and machines meet them: by command, with and without a running server, by schedule, and back in."""

import json
import os
import shutil
import signal
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import pytest
from msgspec.structs import replace

from collector.control import Control
from collector.store import Store
from dashboard import audit, exports, reports
from dashboard.cli import run
from dashboard.export_task import Directory, Task, Webhook
from dashboard.runs import Runs
from dashboard.schedules import Schedules
from tests import shop
from tests.running import RunningServer, add_site

OCTOBER = "2026-10-01_2026-10-31"
NOW = round(datetime(2026, 11, 3, 12, tzinfo=UTC).timestamp() * 1000)


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A data directory with a site and its October, without settings from outside."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("TREKVART_")]:
        monkeypatch.delenv(name)
    site = add_site(RunningServer(tmp_path), "butiken.example", time_zone="Europe/Stockholm")
    with closing(Store.open(Path("data/store.duckdb"))) as store:
        shop.fill(store, site, date(2026, 10, 31), days=40)


def tree(place: Path) -> dict[str, bytes]:
    """Every file below, with what is in it."""
    return {path.relative_to(place).as_posix(): path.read_bytes() for path in place.rglob("*") if path.is_file()}


def test_run_gives_checkable_files_with_and_without_a_server(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The command alone and a running server give the same bytes; a second run finds them there and adds nothing."""
    every = [word for each in exports.Format for word in ("--format", each.value)]
    command = ["export", "run", "butiken.example", "2026-10", *every, "--directory"]
    assert run([*command, "alone"]) == 0
    alone = tree(Path("alone"))
    assert run([*command, "alone"]) == 0
    assert tree(Path("alone")) == alone
    with RunningServer(tmp_path):
        assert run([*command, "served"]) == 0
        assert run(["export", "run", "butiken.example", "2026-12-24", "--directory", "served"]) == 1
        assert run(["export", "run", "butiken.example", "2025", "--directory", "served"]) == 1
    assert tree(Path("served")) == alone
    said = capsys.readouterr()
    assert "has not begun" in said.err
    assert "has no data" in said.err
    place = Path("served/butiken.example") / OCTOBER / "revision-1"
    manifest = json.loads((place / "manifest.json").read_text())
    assert manifest["complete"] is True
    total = duckdb.execute(f"select sum(visits)::bigint from '{place}/parquet/totals.parquet'").fetchall()
    assert total == duckdb.execute(f"select sum(visits)::bigint from read_csv('{place}/csv/totals.csv')").fetchall()
    assert sorted(path.name for path in Path("data").iterdir() if path.name == "exports") == ["exports"]
    assert not list(Path("data/exports").iterdir())


def test_a_schedule_is_changed_and_rests_by_command(capsys: pytest.CaptureFixture[str]) -> None:
    """It keeps its number and what has secrets; paused it says so; a number that is not there is one sentence."""
    command = ["export", "schedule", "butiken.example"]
    assert run([*command, "every Monday 07:00", "--period", "week", "--directory", "a"]) == 0
    with closing(Control.open(Path("data/control.db"))) as control:
        made = Schedules(control).all()[0]
        hook = Webhook("https://shop.example/hook", "0123456789abcdef")
        task = replace(made.task, destinations=(*made.task.destinations, hook))
        Schedules(control).put(replace(made, task=task))
    assert run([*command, "every day 06:30", "--period", "day", "--directory", "b", "--change", str(made.id)]) == 0
    assert run([*command, "--pause", str(made.id)]) == 0
    assert run([*command, "--resume", "99"]) == 1
    assert run([*command, "--resume", "1", "--remove", "1"]) == 2
    with closing(Control.open(Path("data/control.db"))) as control:
        now = Schedules(control).all()[0]
        acts = [entry.act for entry in audit.entries(control, 9)]
    assert (now.timing, now.active, now.task.destinations) == ("30 6 * * *", False, (Directory("b"), hook))
    assert acts[:3] == [audit.Act.EXPORT_PAUSED, audit.Act.EXPORT_CHANGED, audit.Act.EXPORT_SCHEDULED]
    capsys.readouterr()
    assert run(["export", "list", "butiken.example"]) == 0
    assert "paused" in capsys.readouterr().out


def test_export_import_export_is_the_same_but_for_the_mark(capsys: pytest.CaptureFixture[str]) -> None:
    """In every format that can be read back: the same rows, k, visitors and seconds, with the source "import"."""
    every = [word for name in ("csv", "jsonl", "parquet", "plausible") for word in ("--format", name)]
    assert run(["export", "run", "butiken.example", "2026-10", "--directory", "out", *every]) == 0
    first = Path("out/butiken.example") / OCTOBER / "revision-1"
    for ending in ("csv", "jsonl", "parquet"):
        alone = Path(f"only-{ending}")
        manifest = exports.read_manifest(first)
        files = [file for file in manifest.files if file.path.startswith(f"{ending}/")]
        (alone / ending).mkdir(parents=True)
        for file in files:
            (alone / file.path).write_bytes((first / file.path).read_bytes())
        text = json.loads((first / "manifest.json").read_text())
        text["files"] = [file for file in text["files"] if file["path"].startswith(f"{ending}/")]
        (alone / "manifest.json").write_text(json.dumps(text))
        site = f"{ending}.example"
        assert run(["site", "add", site, "--k", "5"]) == 0
        assert run(["import", str(alone), "--site", site]) == 0, capsys.readouterr()
        assert (
            run(
                [
                    "export",
                    "run",
                    site,
                    "2026-10",
                    "--directory",
                    "again",
                    "--format",
                    "parquet",
                    "--format",
                    "plausible",
                ]
            )
            == 0
        )
        second = Path("again") / site / OCTOBER / "revision-1"
        for path in sorted((first / "parquet").iterdir()):
            mark = "source" if path.name == "totals.parquet" else "imported"
            query = f"select * exclude ({mark}) from '{{}}'"
            sides = (side / "parquet" / path.name for side in (first, second))
            before, after = (duckdb.execute(query.format(side)).fetchall() for side in sides)
            assert before == after, path
            marks = duckdb.execute(f"select distinct {mark} from '{second / 'parquet' / path.name}'").fetchall()
            assert marks in ([], [("import",)], [(True,)])
        for path in (first / "plausible").iterdir():
            assert path.read_text().replace("butiken.example", site) == (second / "plausible" / path.name).read_text()
        assert run(["import", str(alone), "--site", site]) == 1
        assert "has data already" in capsys.readouterr().err
    with closing(Control.open(Path("data/control.db"))) as control:
        assert len(control.sites()) == 4


def test_killed_in_mid_export_the_next_start_does_it_once(tmp_path: Path) -> None:
    """SIGKILL just before the files get their name: nothing is seen there; after a start the same run ends, whole."""
    above = tmp_path / "out/butiken.example" / OCTOBER
    server = RunningServer(tmp_path)
    with closing(Control.open(server.data / "control.db")) as control:
        runs, site = Runs(control), control.site("butiken.example")
        task = Task(destinations=(Directory(str(tmp_path / "out")),))
        number = runs.ask(site.id, (date(2026, 10, 1), date(2026, 11, 1)), task, NOW)
        assert number is not None
        server.environment = {"TREKVART_FAULT": "export.copied"}
        server.start()
        assert server.wait_for_end() == -signal.SIGKILL
        assert [path.name[:6] for path in above.iterdir()] == [".part-"]
        assert [run.state for run in runs.of_site(site.id)] == ["running"]
        server.environment = {}
        with server:
            server.wait_for(lambda: [run.state for run in runs.of_site(site.id)] == ["done"])
    assert [path.name for path in above.iterdir()] == ["revision-1"]
    exports.check(exports.read_manifest(above / "revision-1"), above / "revision-1")
    assert list((server.data / "exports").iterdir()) == []


# As Plausible documents its set; two days of a site elsewhere.
FOREIGN = {
    "imported_visitors": """date,visitors,pageviews,bounces,visits,visit_duration
2025-01-01,40,120,12,50,3000
2025-01-02,3,4,1,3,60
""",
    "imported_sources": """date,source,referrer,utm_source,utm_medium,utm_campaign,utm_content,utm_term,\
pageviews,visitors,visits,visit_duration,bounces
2025-01-01,Google,,,,,,,30,10,12,600,6
2025-01-01,Google,,google,cpc,rea,,,20,5,6,300,1
2025-01-01,Bing,bing.com,,,,,,90,4,44,900,9
""",
    "imported_pages": """date,hostname,page,visits,visitors,pageviews
2025-01-01,butik.example,/,12,10,20
2025-01-01,www.butik.example,/,8,7,9
2025-01-01,butik.example,/liten,30,4,50
2025-01-02,butik.example,/,3,3,4
""",
    "imported_entry_pages": """date,entry_page,visitors,entrances,visit_duration,bounces,pageviews
2025-01-01,/,9,11,500,3,30
""",
    "imported_exit_pages": """date,exit_page,visitors,visit_duration,exits,bounces,pageviews
2025-01-01,/kassa,6,300,7,1,20
""",
    "imported_custom_events": """date,name,link_url,path,visitors,events
2025-01-01,Outbound Link: Click,https://x.example,/,6,8
""",
    "imported_locations": """date,country,region,city,visitors,visits,visit_duration,bounces,pageviews
2025-01-01,SE,SE-AB,2673730,20,22,1000,5,60
2025-01-01,SE,SE-O,2711537,9,10,1000,5,20
""",
    "imported_devices": """date,device,visitors,visits,visit_duration,bounces,pageviews
2025-01-01,Mobile,30,36,1000,5,60
""",
    "imported_browsers": """date,browser,browser_version,visitors,visits,visit_duration,bounces,pageviews
2025-01-01,Safari,18.2,20,22,1000,5,60
""",
    "imported_operating_systems": """date,operating_system,operating_system_version,\
visitors,visits,visit_duration,bounces,pageviews
2025-01-01,iOS,18.2,19,21,1000,5,60
""",
}


def test_a_set_that_plausible_made_is_taken(capsys: pytest.CaptureFixture[str]) -> None:
    """All ten tables: rows of at least k visitors, summed over what has no place here; of every day the totals."""
    Path("set").mkdir()
    for name, text in FOREIGN.items():
        (Path("set") / f"{name}_20250101_20250102.csv").write_text(text)
    packed = shutil.make_archive("plausible-export", "zip", "set")  # as Plausible hands it out
    assert run(["import", packed, "--site", "butiken.example"]) == 0
    assert "2 days from 2025-01-01 to 2025-01-02" in capsys.readouterr().out
    span = (date(2025, 1, 1), date(2025, 1, 3))
    with closing(Control.open(Path("data/control.db"))) as control:
        site = control.site("butiken.example")
    with closing(Store.open(Path("data/store.duckdb"))) as store:
        found = {
            (cube, value): (n, seconds)
            for cube in reports.volume(store, site, span)
            for _, day, value, _, n, seconds, imported in reports.cube_rows(store, site, [cube], span).iter_rows()
            if imported and day == span[0]
        }
        days = [(each.source, each.k) for each in reports.day_settings(store, site, span)]
        small = reports.cube_rows(store, site, ["page.pageview"], (date(2025, 1, 2), span[1]))
    assert found == {
        ("none.visit_end", ""): (50, 3000),
        ("none.bounce", ""): (12, 0),
        ("source.visit_start", "Google"): (18, 0),
        ("source.visit_end", "Google"): (18, 900),
        ("source.bounce", "Google"): (7, 0),
        ("page.pageview", "/"): (29, 0),
        ("page.reach", "/"): (20, 0),
        ("entry_page.visit_start", "/"): (11, 0),
        ("exit_page.visit_end", "/kassa"): (7, 0),
        ("event.event", "Outbound Link: Click"): (8, 0),
        ("country.visit_start", "SE"): (32, 0),
        ("device.visit_start", "mobile"): (36, 0),
        ("browser.visit_start", "Safari 18.2"): (22, 0),
        ("system.visit_start", "iOS 18.2"): (21, 0),
    }
    assert days == [("import", 5)] * 2
    assert small.height == 0


def test_our_own_plausible_set_comes_back_equal() -> None:
    """Exported, imported into another site and exported again: the same set, byte for byte but for the host's name."""
    command = ["export", "run", "butiken.example", "2026-10", "--directory", "out", "--format", "plausible"]
    assert run(command) == 0
    first = Path("out/butiken.example") / OCTOBER / "revision-1"
    assert run(["site", "add", "annan.example", "--k", "5"]) == 0
    assert run(["import", str(first), "--site", "annan.example"]) == 0
    assert run([*(word.replace("butiken", "annan") for word in command)]) == 0
    second = tree(Path("out/annan.example") / OCTOBER / "revision-1/plausible")
    assert len(second) == len(FOREIGN)
    wanted = {name: text.replace(b"butiken.", b"annan.") for name, text in tree(first / "plausible").items()}
    assert {name for name in wanted if wanted[name] != second[name]} == set()
