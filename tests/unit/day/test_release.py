"""The rule's small parts; the whole of it is attacked in tests/adversary."""

import pytest

from collector.day.lots import Draws
from collector.day.release import Row, Wall, in_order


def wall(*, keep_back: bool) -> Wall:
    return Wall(10, Draws(bytes(32)), 1, keep_back=keep_back)


@pytest.mark.parametrize(("networks", "enough"), [(0, False), (9, False), (10, True), (11, True)])
def test_enough_is_k(networks: int, *, enough: bool) -> None:
    """A group, and a publish, pass with k different networks and not with one fewer."""
    assert wall(keep_back=True).enough(networks) == enough


@pytest.mark.parametrize(
    ("keep_back", "unnamed", "n", "passes"),
    [
        pytest.param(True, 12, 10, True, id="two stay unnamed"),
        pytest.param(True, 11, 10, True, id="one stays unnamed"),
        pytest.param(True, 10, 10, False, id="none would"),
        pytest.param(True, 8, 10, False, id="fewer are public than would be named"),
        pytest.param(False, 10, 10, True, id="nothing to subtract from where totals are groups"),
    ],
)
def test_keep_back(unnamed: int, n: int, *, keep_back: bool, passes: bool) -> None:
    """Where totals are exact, a release leaves at least one public fact unnamed."""
    assert wall(keep_back=keep_back).leaves_some(unnamed, n) == passes


def test_rows_are_sorted_and_one_per_cell() -> None:
    """How many groups a cell released, and in what order cells came, is not in the rows."""
    rows = [Row("b", ("/",), 11, 30), Row("a", ("z",), 10, 0), Row("b", ("/",), 12, 60), Row("a", (), 13, 0)]
    assert in_order(rows) == (Row("a", (), 13, 0), Row("a", ("z",), 10, 0), Row("b", ("/",), 23, 90))
