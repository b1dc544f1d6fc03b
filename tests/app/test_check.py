"""`trekvart check`, the health page and /metrics: all well is told as such, and each fault with what to do about it."""

import os
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from collector.day.keys import Keys
from collector.day.notes import SENTENCES, Note
from collector.day.spool import Spool
from collector.store import Store
from dashboard import backup
from dashboard.cli import run
from tests.app.test_backup import trekvart
from tests.app.test_disk import FLAGS, Sender
from tests.running import RunningServer, add_site
from tests.unit.day.spooling import SITE as MADE

SITE = "shop.example"
Captured = pytest.CaptureFixture[str]


def checked(server: RunningServer, capsys: Captured, *flags: str) -> tuple[int, str]:
    """Exit code and output of a check in this process."""
    capsys.readouterr()
    words = ["check", "--data-directory", str(server.data), "--free-space-floor", "1", *flags]
    return run(words), capsys.readouterr().out


@pytest.fixture
def server(tmp_path: Path) -> RunningServer:
    """Data in order, with a backup of a moment ago, and no server running."""
    server = RunningServer(tmp_path, *FLAGS, "--free-space-floor", "1")
    add_site(server, SITE, demo=True, publish_seconds=1)
    Spool(server.data, Keys(tmp_path / "keys")).close()
    server.data.chmod(0o700)
    backup.make(server.data, tmp_path / "backups", time.time_ns() // 1_000_000)
    return server


def test_all_is_well(server: RunningServer, tmp_path: Path, capsys: Captured) -> None:
    """On data in order nothing is bad, the exit code is 0, and only that no server runs is remarked on."""
    code, told = checked(server, capsys, "--backup-directory", str(tmp_path / "backups"))
    assert code == 0, told
    assert [line[:60] for line in told.splitlines() if not line.startswith("ok ")] == [
        "warn No server runs on this data.",
        "     -> Start it with: trekvart serve.",
    ]


def damage_store(server: RunningServer) -> None:
    path = server.data / "store.duckdb"
    if not path.exists():
        Store.open(path).close()
    content = bytearray(path.read_bytes())
    for place in range(len(content) // 3, len(content), 65_536):
        content[place] ^= 4
    path.write_bytes(content)


def lose_key(server: RunningServer) -> None:
    with closing(Spool(server.data, Keys(server.directory / "keys"))) as spool:
        day = spool.open_day(MADE, time.time_ns() // 1_000_000)
        spool.keys.destroy(day.number)


def leave_a_day_open(server: RunningServer) -> None:
    with closing(Spool(server.data, Keys(server.directory / "keys"))) as spool:
        spool.open_day(MADE, time.time_ns() // 1_000_000 - 3 * 86_400_000)


def age_backups(server: RunningServer) -> None:
    (made,) = backup.backups(server.directory / "backups")
    made.rename(made.with_name("trekvart-20260101T020000Z"))


def leave_a_file(server: RunningServer) -> None:
    path = server.data / "spool.db.aside-1"
    path.touch(0o600)
    os.utime(path, (0, 0))


FAULTS = [
    pytest.param(lambda s: s.data.chmod(0o755), (), "warn", "chmod go-rwx", id="readable by others"),
    pytest.param(lose_key, (), "bad", "key directory", id="key lost"),
    pytest.param(leave_a_day_open, (), "bad", "keeper", id="day left open"),
    pytest.param(age_backups, (), "bad", "trekvart backup", id="old backup"),
    pytest.param(leave_a_file, (), "warn", "trekvart purge", id="set aside long ago"),
    pytest.param(lambda _: None, ("--free-space-floor", "100000000"), "bad", "Make room", id="disk full"),
    pytest.param(lambda _: None, ("--key-directory", "data/keys"), "bad", "key_directory", id="keys in the data"),
    pytest.param(
        lambda _: None, ("--public-url", "https://s.example"), "bad", "trusted_proxies", id="proxy without a name"
    ),
]


@pytest.mark.parametrize(("harm", "flags", "state", "act"), FAULTS)
def test_each_fault_is_found(
    *,
    server: RunningServer,
    capsys: Captured,
    monkeypatch: pytest.MonkeyPatch,
    harm: Callable[[RunningServer], object],
    flags: tuple[str, ...],
    state: str,
    act: str,
) -> None:
    """The fault is one line with its state, and one that says what to do; bad ones give exit code 1."""
    monkeypatch.chdir(server.directory)
    harm(server)
    code, told = checked(server, capsys, "--backup-directory", str(server.directory / "backups"), *flags)
    lines = told.splitlines()
    found = [n for n, line in enumerate(lines) if line.startswith(state + " ") and "No server" not in line]
    assert found, told
    assert any(act in lines[n + 1] for n in found), told
    assert code == (state == "bad")


def test_what_went_wrong_is_told_until_it_was_seen(server: RunningServer, capsys: Captured) -> None:
    """Each kind of note fails the check, in a sentence of its own; after --seen it does not."""
    with closing(Spool(server.data, Keys(server.directory / "keys"))) as spool:
        for what in SENTENCES:
            spool.note(Note(1_795_521_600_000, what, 1, "2026-11-24", 1_795_521_600_000, f"file-{what}"))
    code, told = checked(server, capsys)
    assert code == 1
    assert len([line for line in told.splitlines() if line.startswith("bad ")]) == len(SENTENCES)
    assert checked(server, capsys, "--seen")[0] == 0
    assert checked(server, capsys)[0] == 0


def test_a_damaged_store_is_found(server: RunningServer, capsys: Captured) -> None:
    """A store whose rows cannot be read is told with the way back, whether it opens or not."""
    damage_store(server)
    code = run(["check", "--data-directory", str(server.data)])
    said = capsys.readouterr()
    assert code == 1
    assert "trekvart restore" in said.out + said.err


@pytest.mark.timeout(180)
def test_a_running_server_is_asked(tmp_path: Path) -> None:
    """Check, page, line and metrics of one server: well, then with a note; metrics are for the token only."""
    server = RunningServer(tmp_path, *FLAGS, "--free-space-floor", "1", "--metrics-token", "a-token")
    add_site(server, SITE, demo=True, publish_seconds=1)
    with server:
        server.login()
        sender = Sender(server)
        server.wait_for(lambda: sender.one().status == 202 and server.pageviews(SITE) > 0)
        server.wait_for(lambda: trekvart(server, "check").returncode == 0)
        assert "The group store is whole" in server.page("/health/page?lang=en").text
        assert 'class="unwell"' not in server.page("/?lang=en").text
        token = {"Authorization": "Bearer a-token"}
        assert server.request("GET", "/metrics").status == 404
        assert server.request("GET", "/metrics", headers={"Authorization": "Bearer other"}).status == 404
        first = server.request("GET", "/metrics", headers=token)
        assert f'trekvart_pageviews_total{{site="{SITE}"}} ' in first.text
        assert "trekvart_up 1" in first.text
        with closing(Spool(server.data, Keys(tmp_path / "keys"))) as spool:
            spool.note(Note(1_795_521_600_000, "torn", 1, "2026-11-24"))
        done = trekvart(server, "check")
        assert (done.returncode, "torn or altered" in done.stdout) == (1, True)
        # Another account's page is ten minutes old at most; here the operator has just said that notes were seen.
        assert trekvart(server, "check", "--seen").returncode == 0
        assert server.request("GET", "/health").text == '{"status":"ok"}'
        assert server.stop() == 0, "".join(server.output)


@pytest.mark.timeout(120)
def test_an_untrusted_proxy_is_noticed(tmp_path: Path) -> None:
    """A proxy on this machine that passes addresses on, and is in no setting, is found after one beacon."""
    server = RunningServer(tmp_path, "--free-space-floor", "1")
    add_site(server, SITE)
    with server:
        assert server.beacon(SITE).status == 202
        done = trekvart(server, "check")
        assert (done.returncode, "trusted_proxies" in done.stdout) == (1, True)
