"""Backups of a running server, and the way back: the drill of docs/operations.md."""

import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from collector.control import Control, copy_database
from collector.store import Store
from dashboard import backup
from dashboard.accounts import Accounts
from dashboard.shares import Shares
from tests.app.test_disk import FLAGS, SITE, Sender, counted
from tests.running import RunningServer, add_site

NOW = 1_795_521_600_000
Done = subprocess.CompletedProcess[str]


def trekvart(server: RunningServer, *words: str | Path, **environ: str) -> Done:
    """The command, beside the server or without it."""
    command = [sys.executable, "-m", "dashboard.cli", *map(str, words), "--data-directory", str(server.data)]
    where, more = server.directory, {**os.environ, **environ}
    return subprocess.run(command, cwd=where, env=more, capture_output=True, text=True, start_new_session=True)


@pytest.mark.timeout(300)
def test_the_drill(tmp_path: Path) -> None:
    """Backed up while beacons come, by hand and by schedule; the disk is lost; figures and log-in are restored."""
    into = tmp_path / "backups"
    server = RunningServer(tmp_path / "old", *FLAGS, "--backup-directory", str(into), "--backup-hour", "0")
    server.directory.mkdir()
    add_site(server, SITE, demo=True, publish_seconds=1)
    with server:
        sender = Sender(server)
        server.login()
        server.wait_for(lambda: sender.one().status == 202 and server.pageviews(SITE) > 0)
        server.wait_for(lambda: len(backup.backups(into)) == 1)  # by schedule, at the first look after its hour
        before = server.pageviews(SITE)
        by_hand = tmp_path / "by hand"
        done = trekvart(server, "backup", by_hand)
        assert done.returncode == 0, done.stderr
        assert "verified" in done.stdout
        after = server.pageviews(SITE)
        assert trekvart(server, "restore", by_hand).returncode == 1, "a running server's data is not replaced"
        killed = trekvart(server, "backup", tmp_path / "killed", TREKVART_FAULT="backup.written")
        assert killed.returncode == -signal.SIGKILL
        assert backup.backups(tmp_path / "killed") == []
        assert server.stop() == 0, "".join(server.output)
    (made,) = backup.backups(by_hand)
    assert sorted(path.name for path in made.iterdir()) == ["backup.json", "control.db", "store.duckdb"]
    keys = [path.read_bytes() for path in (server.directory / "keys").glob("*.key")]
    assert keys
    assert not any(key in path.read_bytes() for key in keys for path in made.iterdir())
    with closing(sqlite3.connect(made / "control.db")) as control:
        assert control.execute("select count(*) from session").fetchall() == [(0,)]

    shutil.rmtree(server.directory)
    new = RunningServer(tmp_path / "new", *FLAGS)
    new.directory.mkdir()
    restored = trekvart(new, "restore", made)
    assert restored.returncode == 0, restored.stderr
    with new:
        new.login()
        assert before <= new.pageviews(SITE) <= after
        had, sender = new.pageviews(SITE), Sender(new)
        new.wait_for(lambda: sender.one().status == 202 and new.pageviews(SITE) > had)
        for _ in range(8):  # at the end too, only what at least k networks sent is published
            sender.one()
        assert new.stop() == 0
    assert counted(new) == had + sender.acknowledged


def prepared(directory: Path) -> tuple[RunningServer, Path]:
    """Data that no server runs on, and a backup of it."""
    server = RunningServer(directory)
    add_site(server, SITE)
    return server, backup.make(server.data, directory / "backups", 1_795_521_600_000)


def opened_doors(file: Path) -> dict[str, int]:
    """How many sessions, invitations, unlocked browsers and links to figures a control database holds."""
    with closing(sqlite3.connect(file)) as control:
        tables = ("session", "invitation", "share_pass", "share")
        return {name: control.execute(f"select count(*) from {name}").fetchone()[0] for name in tables}


def test_no_old_invitation_opens_a_restored_server(tmp_path: Path) -> None:
    """Sessions, invitations and unlocked browsers are in no backup, and of an older version's they do not come back.

    The links to figures do.
    """
    server = RunningServer(tmp_path)
    site = add_site(server, SITE)
    with closing(Control.open(server.data / "control.db")) as control:
        accounts, shares = Accounts(control), Shares(control)
        account, token = accounts.invite("bo", NOW)
        accounts.begin_session(account, NOW)
        shares.add(site, "board", "tre fjärdedelar", NOW)
        (share,) = control.read("shares", site=site.id)
        control.write("add_share_pass", token=b"x" * 32, share=share[0], begun=NOW)
        assert accounts.invited(token, NOW)
    before = opened_doors(server.data / "control.db")
    assert before == {"session": 1, "invitation": 1, "share_pass": 1, "share": 1}
    Store.open(server.data / "store.duckdb").close()
    made = backup.make(server.data, tmp_path / "backups", NOW)
    after = {"session": 0, "invitation": 0, "share_pass": 0, "share": 1}
    assert opened_doors(made / "control.db") == after
    copy_database(server.data / "control.db", made / "control.db")  # as a version before this one made them
    backup.write_list(made, datetime.now(tz=UTC))
    backup.restore(made, server.data, NOW)
    assert opened_doors(server.data / "control.db") == after
    with closing(Control.open(server.data / "control.db")) as control:
        assert Accounts(control).invited(token, NOW) is None


def test_a_damaged_backup_is_refused_and_changes_nothing(tmp_path: Path) -> None:
    """One byte altered, or a file that is missing: a sentence, and the data directory is as it was."""
    server, made = prepared(tmp_path)
    before = {path.name: path.read_bytes() for path in server.data.iterdir() if path.name != "server.lock"}
    content = bytearray((made / "store.duckdb").read_bytes())
    content[len(content) // 2] ^= 1
    (made / "store.duckdb").write_bytes(content)
    done = trekvart(server, "restore", made)
    assert (done.returncode, "older backup" in done.stderr) == (1, True)
    (made / "backup.json").unlink()
    done = trekvart(server, "restore", made)
    assert (done.returncode, "is no backup" in done.stderr) == (1, True)
    assert {p.name: p.read_bytes() for p in server.data.iterdir() if p.name != "server.lock"} == before


def test_what_was_there_is_kept(tmp_path: Path) -> None:
    """A restore keeps what it replaces, and says where; the restored sites are the backup's."""
    server, made = prepared(tmp_path)
    add_site(server, "later.example")
    done = trekvart(server, "restore", made)
    assert done.returncode == 0, done.stderr
    found = re.search(r"before-restore-\w+", done.stdout)
    assert found
    with closing(Control.open(server.data / "control.db")) as control:
        assert [site.domain for site in control.sites()] == [SITE]
    with closing(Control.open(server.data / found[0] / "control.db")) as control:
        assert [site.domain for site in control.sites()] == [SITE, "later.example"]


def test_a_full_disk_leaves_no_half_backup(tmp_path: Path) -> None:
    """A backup that cannot be written is one sentence, and nothing that looks like a backup stays."""
    server, _ = prepared(tmp_path)
    (tmp_path / "file").write_text("")
    done = trekvart(server, "backup", tmp_path / "file" / "below")
    assert (done.returncode, "did not succeed" in done.stderr) == (1, True)


def test_the_oldest_go(tmp_path: Path) -> None:
    """Rotation keeps the newest and takes what a kill left; what is not a backup stays."""
    for day in range(1, 6):
        made = tmp_path / f"trekvart-2026110{day}T020000Z"
        made.mkdir()
        (made / "backup.json").write_text("{}")
    (tmp_path / "trekvart-20261106T020000Z.part").mkdir()
    (tmp_path / "trekvart-notes").mkdir()
    backup.rotate(tmp_path, 2)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "trekvart-20261104T020000Z",
        "trekvart-20261105T020000Z",
        "trekvart-notes",
    ]


def test_a_backup_beside_no_server_has_what_the_log_held(tmp_path: Path) -> None:
    """After kill -9 with a write-ahead log, a backup without a server has the log's rows."""
    server, _ = prepared(tmp_path)
    with duckdb.connect(str(server.data / "store.duckdb")) as database:
        database.execute("pragma disable_checkpoint_on_shutdown")
        database.execute("insert into names values (7, 'in the log')")
    made = backup.make(server.data, tmp_path / "more", 1_795_521_700_000)
    with duckdb.connect(str(made / "store.duckdb"), read_only=True) as database:
        assert database.execute("select number from names where value = 'in the log'").fetchall() == [(7,)]
