"""A disk that is full, refuses writes or is slow: beacons are told so, nothing acknowledged is lost, and it goes on."""

import os
import resource
import signal
import sqlite3
import subprocess
import threading
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import duckdb
import pytest

from collector.disk import Disk
from collector.errors import ExportError
from dashboard.cli import run
from dashboard.unpacked import unpacked
from tests.running import Reply, RunningServer, add_site

SITE = "shop.example"
FLAGS = ("--trusted-proxies", "127.0.0.0/8")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 24 MB."""
    place = tmp_path / "small"
    place.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m", "none", place], capture_output=True).returncode:
        if os.environ.get("CI") == "true":
            pytest.fail("CI must be allowed to mount a tmpfs")
        pytest.skip("a small disk needs root")
    yield place
    subprocess.run(["umount", "-l", place], check=True)


class Sender:
    """Sends beacons from ever new networks and remembers how many were acknowledged."""

    def __init__(self, server: RunningServer) -> None:
        self.server = server
        self.acknowledged = 0
        self._number = 0

    def one(self) -> Reply:
        self._number += 1
        reply = self.server.beacon(SITE, f"198.18.{self._number % 250}.1", u=f"https://{SITE}/p{self._number % 7}")
        self.acknowledged += reply.status == 202
        return reply

    def until(self, status: int) -> Reply:
        """Sends until the answer is this one."""
        found: list[Reply] = []

        def asked() -> bool:
            found.append(self.one())
            return found[-1].status == status

        self.server.wait_for(asked)
        return found[-1]


def fill(path: Path) -> None:
    """Writes until the disk takes no more."""
    with path.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(4096))


def counted(server: RunningServer) -> int:
    """All pageviews in the totals, from the file of a server that has ended."""
    with duckdb.connect(str(server.data / "store.duckdb"), read_only=True) as store:
        return int(store.execute("select sum(pageviews)::bigint from totals").fetchall()[0][0])


@pytest.mark.timeout(300)
def test_a_full_disk_costs_nothing_acknowledged(small_disk: Path) -> None:
    """Full, then writes refused: 503 with reason and Retry-After, staff read on; afterwards all goes on by itself."""
    server = RunningServer(small_disk, *FLAGS, "--free-space-floor", "0")
    add_site(server, SITE, demo=True, publish_seconds=1)
    with server:
        sender = Sender(server)
        server.login()
        for _ in range(12):
            sender.one()
        server.wait_for(lambda: sender.one().status == 202 and server.pageviews(SITE) > 0)
        ballast = small_disk / "ballast"
        fill(ballast)
        refused = sender.until(503)
        assert refused.headers["x-trekvart"] == "overloaded; disk-full"
        assert int(refused.headers["retry-after"]) > 0
        before = server.pageviews(SITE)
        assert server.page(f"/site/{SITE}?period=today").status == 200
        ballast.unlink()
        sender.until(202)
        server.wait_for(lambda: sender.one().status == 202 and server.pageviews(SITE) > before + 5)
        limits = resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
        refused = sender.until(503)  # every write refused, as when a permission is lost
        assert refused.headers["x-trekvart"].startswith("overloaded; disk-")
        assert server.page(f"/site/{SITE}?period=today").status == 200
        resource.prlimit(server.pid, resource.RLIMIT_FSIZE, limits)
        for _ in range(12):
            sender.until(202)
        assert server.stop() == 0, "".join(server.output)
    assert counted(server) == sender.acknowledged


@pytest.mark.timeout(120)
def test_a_slow_disk_is_told_and_answered_when_it_wakes(tmp_path: Path) -> None:
    """While a write takes seconds as many beacons wait as may, the next is refused, and all that waited count."""
    server = RunningServer(tmp_path, *FLAGS, "--waiting-limit", "6")
    add_site(server, SITE)
    with server:
        slow = sqlite3.connect(server.data / "spool.db", isolation_level=None)
        slow.execute("begin immediate")  # whoever writes now waits for us, as for a disk
        answers: list[Reply] = []
        threads = [
            threading.Thread(target=lambda n=n: answers.append(server.beacon(SITE, f"198.18.{n}.1"))) for n in range(6)
        ]
        for thread in threads:
            thread.start()
        server.wait_for(lambda: server.request("GET", "/health").status == 503)
        told = server.beacon(SITE)
        assert (told.status, told.headers["x-trekvart"]) == (503, "overloaded; queue-full")
        assert int(told.headers["retry-after"]) > 0
        slow.execute("commit")
        slow.close()
        for thread in threads:
            thread.join()
        assert {reply.status for reply in answers} == {202}


def test_a_floor_of_free_space_is_kept(small_disk: Path) -> None:
    """With less free than the floor no beacon is taken, with more they are, and a disk that is gone is an error."""
    assert Disk([small_disk], 1).why == ""
    disk = Disk([small_disk], 20)
    assert disk.why == ""
    (small_disk / "ballast").write_bytes(bytes(8_000_000))
    disk.look()
    assert disk.why == "disk-full"
    (small_disk / "ballast").unlink()
    disk.look()
    assert disk.why == ""
    assert Disk([small_disk / "nowhere"], 1).why == "disk-error"


def test_a_read_only_file_system_is_one_sentence_at_the_start(
    small_disk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Data, or keys alone, on a file system that has become read-only: the server does not start, and says which place.

    Under a running server the kernel refuses the remounting while files are open for writing; what a failing disk then
    answers is tried above, by refusing every write.
    """
    here = RunningServer(small_disk)
    add_site(here, SITE)
    elsewhere = RunningServer(small_disk.parent / "elsewhere")
    elsewhere.directory.mkdir()
    add_site(elsewhere, SITE)
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    for data in (here.data, elsewhere.data):
        words = ["serve", "--port", "0", "--data-directory", str(data), "--key-directory", str(small_disk / "keys")]
        assert run(words) == 1
        told = capsys.readouterr().err
        assert told.count("\n") == 1, told
        assert str(small_disk) in told
        assert "Traceback" not in told


@pytest.mark.timeout(120)
def test_a_keeper_that_hangs_does_not_keep_the_server(tmp_path: Path) -> None:
    """SIGTERM ends the server although its keeper does not answer; the next one counts what was acknowledged."""
    server = RunningServer(tmp_path, *FLAGS)
    add_site(server, SITE)
    with server:
        sender = Sender(server)
        for _ in range(12):
            sender.until(202)
        keeper = int(Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split()[0])
        os.kill(keeper, signal.SIGSTOP)
        assert server.stop() == 0, "".join(server.output)
        server.start()
        assert server.stop() == 0, "".join(server.output)
    assert counted(server) == sender.acknowledged


def test_a_disk_that_fills_while_history_is_unpacked(
    small_disk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody else takes the room that was there: the sentence names the disk, not the archive, and nothing stays."""
    monkeypatch.setattr("dashboard.unpacked.SPARE", -(1 << 30))  # as if there had been room
    with zipfile.ZipFile(tmp_path / "x.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("imported_pages.csv", bytes(30_000_000))
    with (
        pytest.raises(ExportError, match="No space left on device"),
        unpacked(tmp_path / "x.zip", small_disk / "aside"),
    ):
        pass
    assert list(small_disk.iterdir()) == []
