"""The package as it is shipped: built, installed where nothing else is, and working."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.running import RunningServer

ROOT = Path(__file__).parents[2]


def run(*command: str | Path, cwd: Path) -> str:
    done = subprocess.run([*map(str, command)], cwd=cwd, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.timeout(900)
def test_the_wheel_works_in_an_empty_environment(tmp_path: Path) -> None:
    """`trekvart` from the built wheel adds a site, and serves demo, script and screens, away from the checkout."""
    quiet = ("--quiet", "--disable-pip-version-check")
    run(
        sys.executable,
        "-m",
        "pip",
        "wheel",
        *quiet,
        "--no-deps",
        "--no-build-isolation",
        "-w",
        tmp_path,
        ROOT,
        cwd=tmp_path,
    )
    (wheel,) = tmp_path.glob("trekvart-*.whl")
    run(sys.executable, "-m", "venv", "--without-pip", tmp_path / "empty", cwd=tmp_path)
    python = tmp_path / "empty" / "bin" / "python"
    requirements = ROOT / "requirements" / "run.txt"
    # By this environment's pip; compiled when imported, which most modules never are.
    install = (sys.executable, "-m", "pip", "--python", python, "install", *quiet, "--no-compile")
    run(*install, "--require-hashes", "-r", requirements, cwd=tmp_path)
    run(*install, "--no-deps", wheel, cwd=tmp_path)
    trekvart = tmp_path / "empty" / "bin" / "trekvart"
    assert run(trekvart, "--version", cwd=tmp_path).startswith("trekvart ")
    run(trekvart, "site", "add", "shop.example", "--visits-per-day", "50", cwd=tmp_path)
    assert "t.js" in run(trekvart, "site", "snippet", "shop.example", cwd=tmp_path)
    with RunningServer(tmp_path, "--demo", command=(trekvart,)) as server:
        assert server.request("GET", "/t.js").status == 200
        assert server.request("GET", "/demo").status == 200
        assert server.request("GET", "/login").status == 200
        assert server.beacon("demo.localhost", u="http://127.0.0.1/demo").headers["x-trekvart"] == "counted"
