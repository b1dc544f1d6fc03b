"""A newcomer's own visit to the demo, with a real browser and the real server."""

import os
from itertools import count
from pathlib import Path

import pytest

from tests.browser.script.browsers import BROWSERS
from tests.running import RunningServer


@pytest.mark.timeout(120)
def test_a_visit_to_the_demo_arrives_in_the_totals(tmp_path: Path) -> None:
    """Two pages of /demo seen in Firefox are two page views of one visit in the totals, once others have come too."""
    firefox = BROWSERS["firefox"]
    if not Path(firefox.binary).exists():
        assert not os.environ.get("CI"), f"{firefox.binary} is missing"
        pytest.skip(f"{firefox.binary} is missing: run make test once")
    with RunningServer(tmp_path, "--demo", "--trusted-proxies", "127.0.0.0/8") as server:
        printed = "".join(server.output)
        server.login(password=printed.split("password")[1].split()[0])
        with firefox(tmp_path / "firefox") as browser:
            tab = browser.tab(browser.person())
            tab.go(f"http://127.0.0.1:{server.port}/demo")
            tab.go(f"http://127.0.0.1:{server.port}/demo/skor")
            networks = count()

            def other() -> None:
                address = f"198.18.{next(networks)}.1"
                reply = server.beacon("demo.localhost", address, u=f"http://127.0.0.1:{server.port}/demo")
                assert reply.headers["x-trekvart"] == "counted"

            server.wait_for(lambda: server.pageviews("demo.localhost") >= 7, meanwhile=other)
            headline = server.overview("demo.localhost")["headline"]
            assert headline["pageviews"] - headline["visits"] == 1  # all others are a visit of one page each
