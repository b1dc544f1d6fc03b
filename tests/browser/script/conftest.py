"""The two browsers and the shop. A browser is started once a worker; each test is a new visitor in it."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.script.browsers import BROWSERS
from tests.browser.script.driven import Browser, Tab
from tests.browser.script.shop import Shop


@pytest.fixture(scope="session", params=[pytest.param(name, marks=pytest.mark.xdist_group(name)) for name in BROWSERS])
def driven(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """Chromium, and then Firefox."""
    kind = BROWSERS[request.param]
    if not Path(kind.binary).exists():
        assert not os.environ.get("CI"), f"{kind.binary} is missing"
        pytest.skip(f"{kind.binary} is missing: run make test once")
    with kind(tmp_path_factory.mktemp("browser") / request.param) as running:
        yield running


@pytest.fixture
def person(driven: Browser) -> Iterator[str]:
    """A visitor who has never been here."""
    person = driven.person()
    yield person
    driven.forget(person)


@pytest.fixture
def tab(driven: Browser, person: str) -> Tab:
    """The visitor's tab."""
    return driven.tab(person)


@pytest.fixture
def shop(driven: Browser) -> Iterator[Shop]:
    """The shop, counted. Firefox says that it is automated, so it has to be asked for there."""
    with Shop() as shop:
        shop.tag = "data-test=on" if driven.says_webdriver else ""
        yield shop
