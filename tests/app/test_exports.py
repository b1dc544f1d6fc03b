"""Exports as people and machines meet them: by command, with and without a running server, by schedule, and back in."""

import json
import os
import signal
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import pytest

from collector.control import Control
from collector.store import Store
from dashboard import exports
from dashboard.cli import run
from dashboard.export_task import Directory, Task
from dashboard.runs import Runs
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
