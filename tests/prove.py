"""`make prove`: attacks each claim of claims.toml and says in plain words what held. `make prove T="R3 P5"`: some.

`python -m tests.prove --write` makes docs/privacy.md of the same file.
"""

import os
import sys
import textwrap
import tomllib
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pytest
from msgspec import Struct, convert

HERE = Path(__file__).parent
PAGE = HERE.parent / "docs" / "privacy.md"


class Claim(Struct, frozen=True, forbid_unknown_fields=True):
    """What is promised, how it is built, what attacks it. `said`: the shop's own words, where it is one of those."""

    id: str
    claim: str
    built: str
    tests: tuple[str, ...]
    said: str = ""


class Recorder:
    """A pytest plugin: how each test ended, and what it was that failed."""

    def __init__(self) -> None:
        self.ended: dict[str, str] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Hears of setup, call and teardown of every test, from all workers."""
        name, at, group = report.nodeid.rpartition("@")  # "f.py::test_x[1]@group": the worker's group is no part of it
        if not at or "]" in group:
            name = report.nodeid
        if report.failed:
            self.ended[name] = "failed"
        elif report.when == "call" or report.skipped:
            self.ended.setdefault(name, "skipped" if report.skipped else "passed")

    def of(self, test: str) -> Counter[str]:
        """How the tests of a file, or of a function with all its cases, ended."""
        mine = [how for name, how in self.ended.items() if name == test or name.startswith((f"{test}::", f"{test}["))]
        return Counter(mine)


def claims() -> tuple[Claim, ...]:
    """All of claims.toml."""
    return convert(tomllib.loads((HERE / "claims.toml").read_text("utf-8"))["claim"], tuple[Claim, ...])


def verdict(claim: Claim, recorder: Recorder) -> tuple[str, list[str]]:
    """HELD, BROKEN or NOT PROVED (a test was skipped, or did not run), and a line for each test."""
    lines, bad, short = [], False, False
    for test in claim.tests:
        ended = recorder.of(test)
        bad |= ended["failed"] > 0
        short |= not ended or ended["skipped"] > 0
        told = ", ".join(f"{n} {how}" for how, n in sorted(ended.items())) or "did not run"
        lines.append(f"{test}: {told}")
    return "BROKEN" if bad else "NOT PROVED" if short else "HELD", lines


def prove(wanted: Iterable[str]) -> int:
    """Runs the tests of the wanted claims, or of all; 0 when all held."""
    names = set(wanted)
    chosen = [claim for claim in claims() if not names or claim.id in names]
    if not chosen:
        print(f"There is no claim {' '.join(sorted(names))}; there are {' '.join(claim.id for claim in claims())}.")
        return 2
    recorder = Recorder()
    os.chdir(HERE.parent)
    pytest.main([*dict.fromkeys(test for claim in chosen for test in claim.tests)], plugins=[recorder])
    print("\nWhat was claimed, and whether the attacks on it failed:\n")
    held = True
    for claim in chosen:
        how, lines = verdict(claim, recorder)
        held &= how == "HELD"
        print(textwrap.fill(f"{how:10}  {claim.id:4}{claim.claim}", 110, subsequent_indent=" " * 16))
        print("\n".join(f"{'':16}{line}" for line in lines) + "\n")
    print("Every claim held." if held else "Not every claim held.")
    return 0 if held else 1


def page() -> str:
    """docs/privacy.md."""
    said, listed = [one for one in claims() if one.said], [one for one in claims() if not one.said]
    head = (HERE / "docs" / "privacy.md").read_text("utf-8")
    first = "".join(f"| {one.said} | {one.claim} | {one.built} | {_names(one)} |\n" for one in said)
    second = "".join(f"| {one.id} | {one.claim} | {one.built} | {_names(one)} |\n" for one in listed)
    return head.replace("SENTENCES\n", first).replace("CHECKLIST\n", second)


def _names(claim: Claim) -> str:
    return "<br>".join(f"`{test.removeprefix('tests/')}`" for test in claim.tests)


if __name__ == "__main__":
    if sys.argv[1:] == ["--write"]:
        PAGE.write_text(page(), encoding="utf-8")
    else:
        sys.exit(prove(sys.argv[1:]))
