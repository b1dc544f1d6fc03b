"""Killed at every step of append, publish, midnight, outbox, merge, upgrade, rewriting: as if nothing had happened."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from collector.fault import POINTS, plan

ELSEWHERE = {"backup.written", "export.copied"}  # test_backup.py, test_exports.py


@pytest.mark.timeout(600)
def test_a_death_at_any_step_changes_nothing(tmp_path: Path) -> None:
    """SIGKILL at each fault point, and a start: groups, totals, days, what waits and keys are an undisturbed run's."""
    points = [name for name in POINTS if name not in ELSEWHERE]
    command = [sys.executable, "-m", "tests.crashing", str(tmp_path / "told"), *points]
    done = subprocess.run(command, cwd=Path(__file__).parents[2], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert [one["plan"] for one in told] == points
    assert [one["plan"] for one in told if not one["died"]] == []
    assert [one for one in told if one["failed"] or one["differs"]] == [], done.stderr


def test_an_unknown_point_is_refused() -> None:
    """A plan for a point that is not in the table would test nothing, so it is an error."""
    with pytest.raises(ValueError, match="no fault point"):
        plan("append.nowhere:1")
