"""Retention and the end of a site: what is gone is gone from every byte of every file."""

from collections.abc import Mapping
from contextlib import closing, suppress
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from collector.control import Control
from collector.day.release import Release, Row, Totals
from collector.site import Site
from collector.store import Store
from dashboard import audit, backup
from dashboard.audit import Act
from dashboard.cli import run
from dashboard.retention import months_before
from tests.app.test_backup import trekvart
from tests.app.test_disk import FLAGS
from tests.running import RunningServer, add_site
from tests.shop import day_of

OLD, NEW = "/sida/mycket-gammal", "/sida/ganska-ny"
SITE, OTHER = "borttagen.example", "behalls.example"

NOTED = (
    (Act.SITE_ADDED, SITE),
    (Act.SITE_SHARED, f"{SITE}: Kunden Bergström"),
    (Act.SITE_SHARED, f"{SITE}: https://stats.example/public/{SITE}/"),
    (Act.ROLE_CHANGED, f"bo: {OTHER} viewer, {SITE} analyst"),
    (Act.ROLE_CHANGED, "eva: " + ", ".join([f"{OTHER} viewer"] * 19 + [f"{SITE} analyst"] * 9)),
    (Act.SITE_ADDED, OTHER),
)


def released(store: Store, site: Site, day: date, page: str) -> None:
    """A day's release with one page."""
    bounds = day_of(site, day)
    rows = (Row("page.pageview", (page,), 7, 0),)
    release = Release(bounds.date, bounds.ends, Totals(9, 7, 6, {}), rows, (), closes=True)
    store.add(site.id, store.mark(site.id) + 1, release, bounds)


def holding(directory: Path, text: str) -> list[str]:
    """The files below a directory that have the text in them or in their name."""
    found = []
    for path in directory.rglob("*"):
        with suppress(FileNotFoundError):  # a running server takes a file away
            if path.is_file() and (text.encode() in path.read_bytes() or text in path.name):
                found.append(path.name)
    return sorted(found)


@pytest.mark.parametrize(
    ("day", "months", "first"),
    [
        ("2026-11-25", 25, "2024-10-25"),
        ("2026-03-31", 1, "2026-02-28"),
        ("2028-03-31", 1, "2028-02-29"),
        ("2026-01-15", 1, "2025-12-15"),
        ("2028-02-29", 12, "2027-02-28"),
        ("2026-12-31", 120, "2016-12-31"),
    ],
)
def test_months_before(day: str, months: int, first: str) -> None:
    """The first day that is kept is the same day of its month, or that month's last."""
    assert months_before(date.fromisoformat(day), months) == date.fromisoformat(first)


def here(server: RunningServer, capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """What a command says that succeeds, in this process."""
    assert run([*words, "--data-directory", str(server.data)]) == 0, capsys.readouterr().err
    return capsys.readouterr().out


def aged(directory: Path) -> tuple[RunningServer, Mapping[str, Site]]:
    """Two sites with a day far beyond the retention and one of last month."""
    server = RunningServer(directory, *FLAGS)
    sites = {domain: add_site(server, domain) for domain in (SITE, OTHER)}
    with closing(Control.open(server.data / "control.db")) as control:
        for act, what in NOTED:
            audit.note(control, "anna", act, what, round(datetime.now(tz=UTC).timestamp() * 1000))
    store = Store.open(server.data / "store.duckdb")
    today = datetime.now(tz=UTC).date()
    for domain, site in sites.items():
        released(store, site, today - timedelta(days=3 * 366), f"{OLD}/{domain}")
        released(store, site, today - timedelta(days=30), f"{NEW}/{domain}")
    store.close()
    return server, sites


@pytest.mark.timeout(120)
def test_purge_tells_then_removes_every_byte(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without --yes nothing changes and the rows are told; with it no byte of the old page is left, and the new is."""
    server, _ = aged(tmp_path)
    before = (server.data / "store.duckdb").read_bytes()
    told = here(server, capsys, "purge")
    assert f"{SITE}: 4 rows" in told
    assert "Nothing was changed" in told
    assert (server.data / "store.duckdb").read_bytes() == before
    assert holding(tmp_path, OLD)
    here(server, capsys, "purge", "--yes")
    assert holding(tmp_path, OLD) == []
    assert holding(tmp_path, NEW) == ["store.duckdb"]
    assert f"{SITE}: 0 rows" in here(server, capsys, "purge")


def test_deleting_alone_leaves_the_bytes(tmp_path: Path) -> None:
    """Without the rewriting the deleted page still stands in the file: the test above would see it."""
    server, sites = aged(tmp_path)
    store = Store.open(server.data / "store.duckdb")
    store.write_anew = lambda: None  # type: ignore[method-assign]  # the planted fault
    store.remove_before({site.id: date(2025, 1, 1) for site in sites.values()})
    store.close()
    assert holding(tmp_path, OLD)


@pytest.mark.timeout(180)
def test_a_running_server_purges_by_itself_and_removes_a_site_everywhere(tmp_path: Path) -> None:
    """The old days go at start. A removed site is in no file, backups included; the other site counts on."""
    server, sites = aged(tmp_path)
    into = tmp_path / "backups"
    made = backup.make(server.data, into, 1_795_521_600_000)
    server.flags = (*FLAGS, "--backup-directory", str(into))
    with server:
        server.wait_for(lambda: holding(server.data, OLD) == [])
        for n in range(8):
            assert server.beacon(SITE, f"198.18.{n}.1").status == 202
            assert server.beacon(OTHER, f"198.18.{n}.1").status == 202
        refused = trekvart(server, "site", "remove", SITE)
        assert refused.returncode != 0  # not asked on a terminal, and no --yes
        assert server.beacon(SITE).status == 202
        done = trekvart(server, "site", "remove", SITE, "--yes")
        assert done.returncode == 0, done.stderr
        assert server.beacon(SITE).status == 404
        assert server.beacon(OTHER).status == 202
        assert server.stop() == 0, "".join(server.output)
    assert holding(tmp_path, SITE) == []
    assert holding(server.data, OTHER) == ["control.db", "control.db.copy", "store.duckdb"]
    store = Store.open(server.data / "store.duckdb")
    assert {site for site, _ in store.days()} == {sites[OTHER].id}
    assert [site for site, _ in store.marks()] == [sites[OTHER].id]
    store.close()
    assert backup.check(made)["rows"]["groups"] == 2
    assert len(list((tmp_path / "keys").glob("*.key"))) == 2  # the other site's, and that of beacons without a site


@pytest.mark.timeout(60)
def test_a_site_is_removed_without_a_server(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With no server running the command does it all itself; every table of control that names sites is clean."""
    server, sites = aged(tmp_path)
    here(server, capsys, "site", "remove", SITE, "--yes")
    assert holding(tmp_path, SITE) == []
    assert holding(tmp_path, "Bergström") == []
    control = Control.open(server.data / "control.db")
    number = f"#{sites[SITE].id}"
    log = [(entry.act, entry.object) for entry in reversed(audit.entries(control, 99))]
    assert (Act.SITE_ADDED, number) in log
    assert (Act.SITE_SHARED, number) in log
    assert (Act.ROLE_CHANGED, f"bo: {OTHER} viewer, {number} analyst") in log
    assert (Act.SITE_ADDED, OTHER) in log
    assert log[-1] == (Act.SITE_REMOVED, number)  # that there was one, and when it went
    for table, column in control.read("site_columns"):
        rows = control._db.execute(f'select "{column}" from "{table}"').fetchall()
        assert {value for (value,) in rows}.isdisjoint({SITE, sites[SITE].id}), (table, column)
    control.close()
