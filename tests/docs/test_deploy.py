"""What is shipped in deploy/ works: settings load, systemd takes the unit, and the server lives within its limits."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from collector.settings import load
from dashboard.notice import ASKED, missing
from tests.proxies import DEPLOY
from tests.proxies import missing as absent
from tests.running import RunningServer, add_site

UNIT = (DEPLOY / "trekvart.service").read_text("utf-8")
SYSTEMD = pytest.mark.skipif(absent("systemd-analyze"), reason="needs systemd-analyze")


def test_the_settings_file_is_one() -> None:
    """deploy/trekvart.toml loads, keeps the keys in memory, and leaves open what only the operator knows."""
    settings = load(DEPLOY / "trekvart.toml", {}, {})
    assert settings.keys == Path("/run/trekvart/keys")
    assert missing(settings) == ASKED


@SYSTEMD
def test_systemd_takes_the_unit(tmp_path: Path) -> None:
    """`systemd-analyze verify` has nothing to say, and `security` rates the exposure below 2 of 10."""
    unit = tmp_path / "trekvart.service"
    unit.write_text(re.sub(r"^ExecStart=\S+", "ExecStart=/bin/true", UNIT, flags=re.MULTILINE))
    verified = subprocess.run(["systemd-analyze", "verify", str(unit)], capture_output=True, text=True)
    assert (verified.returncode, verified.stdout + verified.stderr) == (0, "")
    command = ["systemd-analyze", "security", "--offline=true", "--threshold=20", str(unit)]
    rated = subprocess.run(command, capture_output=True, text=True)
    assert rated.returncode == 0, rated.stdout


@pytest.mark.parametrize(
    "line",
    [
        "LimitCORE=0",
        "MemorySwapMax=0",
        "RuntimeDirectoryPreserve=yes",
        "ProtectSystem=strict",
        "IPAddressDeny=any",
        "IPAddressAllow=localhost",
        "NoNewPrivileges=yes",
        "UMask=0077",
    ],
)
def test_the_unit_promises(line: str) -> None:
    """Each of these is a promise of docs/proxy.md."""
    assert f"\n{line}\n" in UNIT


WITHIN = """
import ctypes, os, sys
PR_SET_MDWE = 65
done = ctypes.CDLL(None).prctl(PR_SET_MDWE, 1, 0, 0, 0)  # Linux 6.3: MemoryDenyWriteExecute, kept over exec
os.execv(sys.executable, [sys.executable, "-m", "dashboard.cli", *sys.argv[1:]])
"""


@pytest.mark.skipif(sys.platform != "linux", reason="a limit of Linux")
def test_the_server_needs_no_memory_to_write_and_run(tmp_path: Path) -> None:
    """Under the unit's MemoryDenyWriteExecute the server counts a beacon and shows a chart."""
    server = RunningServer(tmp_path, "--trusted-proxies", "127.0.0.1/32", command=(sys.executable, "-c", WITHIN))
    server.environment = dict(re.findall(r"^Environment=(\w+)=(.*)$", UNIT, flags=re.MULTILINE))
    add_site(server, "shop.example")
    with server:
        assert server.beacon("shop.example").status == 202
        server.login()
        assert server.page("/site/shop.example").status == 200
