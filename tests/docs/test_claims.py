"""The list of claims: every test it names is there, the page is made of it, and the one command tells what broke."""

import ast
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.prove import PAGE, Claim, Recorder, claims, page, prove, verdict

ROOT = Path(__file__).parents[2]
# Those of the checklist (facts: R1 to R15) that are not claimed, with why in docs/privacy.md.
NOT_CLAIMED: frozenset[str] = frozenset()


@pytest.mark.parametrize("claim", claims(), ids=lambda claim: claim.id)
def test_every_test_that_is_named_is_there(claim: Claim) -> None:
    """A claim whose test has been renamed or removed is not proved by it."""
    assert claim.tests
    for test in claim.tests:
        file, _, name = test.partition("::")
        tree = ast.parse((ROOT / file).read_text("utf-8"))
        names = [node.name for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")]
        assert name in names if name else names, test


def test_every_line_of_the_checklist_is_claimed_or_said_not_to_be() -> None:
    """Fifteen lines: none is forgotten, none is there twice."""
    found = Counter(claim.id for claim in claims())
    assert {f"R{n}" for n in range(1, 16)} == {name for name in found if name[0] == "R"} | NOT_CLAIMED
    assert max(found.values()) == 1
    for name in NOT_CLAIMED:
        assert f"{name}, " in PAGE.read_text("utf-8")


def test_the_page_is_made_of_the_list() -> None:
    """docs/privacy.md is what the list makes of it: python -m tests.prove --write."""
    assert PAGE.read_text("utf-8") == page()


@pytest.mark.parametrize(
    ("ended", "expected"),
    [
        ({"tests/a.py::test_x[1]": "passed", "tests/a.py::test_x[2]": "passed"}, "HELD"),
        ({"tests/a.py::test_x[1]": "passed", "tests/a.py::test_x[2]": "failed"}, "BROKEN"),
        ({"tests/a.py::test_x[1]": "skipped"}, "NOT PROVED"),
        ({"tests/a.py::test_xy": "passed"}, "NOT PROVED"),
        ({}, "NOT PROVED"),
    ],
)
def test_a_verdict_is_no_better_than_its_tests(ended: dict[str, str], expected: str) -> None:
    """Held is only what ran and passed in every case; a skipped or missing test proves nothing."""
    recorder = Recorder()
    recorder.ended = ended
    assert verdict(Claim("X", "", "", ("tests/a.py::test_x",)), recorder)[0] == expected


@pytest.mark.parametrize("name", ["tests/a.py::test_x", "tests/a.py::test_x[a@b]"])
@pytest.mark.parametrize("group", ["", "@surfaces"])
def test_the_group_of_a_test_is_no_part_of_its_name(name: str, group: str) -> None:
    """Workers add it; an address in a case's name is none."""
    recorder = Recorder()
    where = ("tests/a.py", 1, name)
    recorder.pytest_runtest_logreport(pytest.TestReport(name + group, where, {}, "passed", None, "call"))
    assert recorder.ended == {name: "passed"}


def test_the_command_runs_the_tests_and_says_what_held() -> None:
    """One claim for real, in a process of its own; an unknown one is said."""
    here = {**os.environ, "PYTEST_ADDOPTS": "--numprocesses=0"}  # one test needs no workers of its own
    done = subprocess.run(
        [sys.executable, "-m", "tests.prove", "P4"], capture_output=True, text=True, cwd=ROOT, env=here
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "HELD        P4" in done.stdout
    assert "test_whatever_comes_only_list_values_come_out: 1 passed" in done.stdout
    assert prove(["X9"]) == 2
