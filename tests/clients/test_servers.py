"""Clients that shops' servers use, unmodified: they send, and the numbers are what they sent."""

import json
import os
import shutil
import subprocess
import threading
from pathlib import Path
from typing import Any

import ga4mp
import pytest
from asgi_matomo import MatomoMiddleware
from plausible_events import PlausibleEvents

from tests import own_loop
from tests.clients.conftest import HERE, IDSITE, MEASUREMENT, SITE, WEBSITE, Counted
from tests.running import FIREFOX

pytestmark = [pytest.mark.xdist_group("clients"), pytest.mark.timeout(240)]


def test_node(counted: Counted, modules: Path) -> None:
    """@umami/node and matomo-tracker: totals, pages, events and what was refused are exactly what they sent."""
    shutil.copy(HERE / "send.js", modules.parent)
    command = ["node", "send.js", counted.address, WEBSITE, IDSITE, counted.token, FIREFOX]
    ran = subprocess.run(command, cwd=modules.parent, capture_output=True, timeout=60, text=True)
    assert ran.returncode == 0, ran.stderr
    told = json.loads(ran.stdout)
    empty = {"cache": "", "sessionId": "", "visitId": ""}
    assert told["umami"] == [
        [200, "counted", empty],
        [200, "counted; undeclared-property", empty],
        [200, "unsupported; only the type event is counted", empty],
    ]
    assert told["matomo"]["wrong"] == []
    assert told["matomo"]["views"] == told["matomo"]["events"] == {"status": "success", "tracked": 23, "invalid": 0}
    counted.wait_for(lambda: counted.pageviews == 1 + 24)
    assert counted.visits == 1 + 24
    assert counted.drops() == {"unsupported": 1}

    def named() -> bool:
        counted.crowd()
        return counted.panel("pages").get("/matomo", 0) >= 5 and counted.panel("events").get("Video: Play", 0) >= 5

    counted.wait_for(named)
    assert counted.panel("pages")["/matomo"] <= 24
    assert counted.panel("events")["Video: Play"] <= 23
    assert "/umami" not in counted.panel("pages")  # one network: it waits for others, as it should


def test_plausible_events(counted: Counted) -> None:
    """plausible-events, with the visitor's address and User-Agent and our token in the headers that it lets one set."""

    class Events(PlausibleEvents):  # type: ignore[misc]  # it has no types
        """Asks no stranger for its own address."""

        def _get_ip(self) -> str:
            return "127.0.0.1"

    events = Events(SITE, api=f"{counted.address}/api/event", timeout=1)
    events.worker.daemon = True  # it has no end of its own
    for n in range(12):
        headers = {
            "X-Trekvart-Token": counted.token,
            "X-Trekvart-Address": f"198.19.{n}.9",
            "User-Agent": FIREFOX,
        }
        events.pageview("/app", utm={"source": "brev"} if n == 0 else None, headers=headers)
        events.event("Order", props={"plan": "year"}, path="/app", headers=headers)
    done = threading.Event()
    events._enqueue_task(done.set)
    assert done.wait(60)
    counted.wait_for(lambda: counted.pageviews == 12)
    assert counted.visits == 12
    assert counted.drops() == {}

    def named() -> bool:
        counted.crowd()
        return counted.panel("events").get("Order", 0) >= 5

    counted.wait_for(named)


def test_ga4mp(counted: Counted) -> None:
    """ga4mp with our token as its secret: views and events count, what is about a person and what is old does not."""
    client = ga4mp.GtagMP(api_secret=counted.token, measurement_id=MEASUREMENT, client_id="1234567890.1700000000")
    client._base_domain = f"{counted.address}/mp/collect"  # it has no option for it
    for name in ("page_view", "page_view", "buy", "session_start"):
        event = client.create_new_event(name)
        event.set_event_param("page_location", f"http://{SITE}/ga4")
        client.send([event])
    counted.wait_for(lambda: counted.pageviews == 2)
    assert counted.visits == 1
    assert counted.drops() == {"unsupported": 1}


def test_asgi_matomo(counted: Counted) -> None:
    """asgi-matomo in front of an application: each page its visitors see is a view from their own network."""

    async def application(_: Any, __: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"ok"})

    async def browse() -> None:
        tracked: Any = MatomoMiddleware(
            application,
            matomo_url=counted.address,
            idsite=int(IDSITE),
            access_token=counted.token,
            assume_https=False,
        )
        for n in range(12):
            scope = {
                "type": "http",
                "method": "GET",
                "path": "/asgi",
                "query_string": b"",
                "scheme": "http",
                "server": (SITE, 80),
                "client": (f"198.19.{n}.9", 1),
                "headers": [(b"host", SITE.encode()), (b"user-agent", FIREFOX.encode())],
            }

            async def receive() -> dict[str, Any]:
                return {"type": "http.request", "body": b"", "more_body": False}

            async def send(_: Any) -> None:
                """The visitor's browser."""

            await tracked(scope, receive, send)
        await tracked.shutdown()

    os.environ.pop("HTTP_PROXY", None)
    own_loop.run(browse())
    counted.wait_for(lambda: counted.pageviews == 12)
    assert counted.visits == 12
    assert counted.drops() == {}

    def named() -> bool:
        counted.crowd()
        return counted.panel("pages").get("/asgi", 0) >= 5

    counted.wait_for(named)
