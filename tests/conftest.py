"""For all tests: what is slow begins first, what is built once is built once; busy machines fail no property."""

from collections.abc import Iterator

import pytest
from _pytest.nodeid import NodeId
from hypothesis import HealthCheck, settings

settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")


@pytest.hookimpl(wrapper=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> Iterator[None]:
    """Hands out the tests to several workers.

    A module that builds something for all its tests stays with one worker, which then builds it once. Whoever asks for
    a timeout of its own is slow: those come first, so that at the end no core waits for one of them.
    """
    if not hasattr(config, "workerinput"):
        return (yield)
    for item in items:
        if isinstance(item, pytest.Function) and item.get_closest_marker("xdist_group") is None and _shares(item):
            item.add_marker(pytest.mark.xdist_group(item.module.__name__))
    items.sort(key=_timeout, reverse=True)
    yield
    # xdist 3.8 writes the group where pytest 9.2 no longer reads it, and groups nothing:
    # https://github.com/pytest-dev/pytest-xdist/issues/1386. A xdist that is mended leaves nothing to do here.
    for item in items:
        if written := getattr(item, "_nodeid", ""):
            item._id = NodeId.parse(written)
    return None


def _shares(item: pytest.Function) -> bool:
    """Whether a fixture of the test's module serves the whole module."""
    found = item._fixtureinfo.name2fixturedefs.values()
    return any(one.scope == "module" and one.func.__module__ == item.module.__name__ for each in found for one in each)


def _timeout(item: pytest.Item) -> float:
    mark = item.get_closest_marker("timeout")
    return float(mark.args[0]) if mark else 0.0
