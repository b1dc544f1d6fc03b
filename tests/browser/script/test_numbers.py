"""A shop of ten lines and an app with a router, visited in a real browser: what the dashboard's figures say of it.

Nothing is looked at but the API of a real server, whose clock is moved on between pages and until the visits are over.
"""

from collections.abc import Iterator
from typing import Any

import pytest

from collector.script.snippet import snippet
from tests.browser.script.driven import Browser
from tests.browser.script.relay import CROWD, Relay

SHOP, APP = "shop.test", "other.test"
READING = 40  # seconds on the first page of a visit

TEN_LINES = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
TAG
<title>Lamps</title>
<a id="on" href="/lamp">A lamp</a>
<a id="buy" href="/thanks">Buy it</a>
<a id="out" href="http://stats.test/maker">Its maker</a>
<script>window.trekvart = window.trekvart || function () { (trekvart.q = trekvart.q || []).push(arguments) }</script>
<script>if (location.pathname == '/thanks') trekvart('Purchase', {value: 249})</script>
"""
ROUTED = """<!doctype html>
<meta charset="utf-8">
TAG
<a id="on" href="/lamp">A lamp</a> <a id="buy" href="/thanks">Buy it</a> <a id="out" href="http://stats.test/maker">Maker</a>
<script>
document.querySelectorAll('#on, #buy').forEach((link) => link.addEventListener('click', (event) => {
  event.preventDefault();
  history.pushState({}, '', link.href);
  if (link.id == 'buy') trekvart('Purchase', {value: 249});
}));
</script>
"""


@pytest.fixture(scope="module")
def relay(driven: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Relay]:
    """Both sites, visited: by a crowd that buys, and by a crowd that looks at one page and leaves."""
    with Relay(tmp_path_factory.mktemp("numbers"), [SHOP, APP]) as relay:
        for site, page in ((SHOP, TEN_LINES), (APP, ROUTED)):
            tag = (
                snippet(site, "/stats").split("-->\n")[2].split("\n")[0].replace("data-site", "data-test=on data-site")
            )
            for path in ("/", "/lamp", "/thanks"):
                relay.shop.served[path] = page.replace("TAG", tag).encode()
            visit(relay, driven, site)
        relay.clock.advance(31 * 60)  # every visit is over
        relay.server.login()  # and so is a session that nobody used
        yield relay


def visit(relay: Relay, driven: Browser, site: str) -> None:
    """Three pages, a purchase and a click that leads away; and another visitor's single page."""
    shop = relay.shop
    views, times, events = (len(shop.said(kind)) for kind in "vte")
    relay.crowd()
    person = driven.person()
    tab = driven.tab(person)
    tab.go(shop.at("/", site))
    shop.views(views + 1)
    relay.clock.advance(READING)
    tab.click("#on")
    shop.views(views + 2)
    tab.click("#buy")
    shop.views(views + 3)
    shop.events(events + 1)
    tab.click("#out", 1)  # in a tab of its own
    shop.events(events + 2)
    tab.close()
    shop.times(times + 3)
    driven.forget(person)
    relay.crowd()
    person = driven.person()
    tab = driven.tab(person)
    tab.go(shop.at("/", site))
    shop.views(views + 4)
    tab.close()
    driven.forget(person)


def rows(found: dict[str, Any], panel: str) -> dict[str, int]:
    return {" ".join(row["values"]): row["n"] for row in found["panels"][panel]["rows"]}


def enough(found: dict[str, Any]) -> bool:
    """Whether groups say of each list what there is to say."""
    named = {panel: rows(found, panel) for panel in ("pages", "entry", "exit", "durations", "events", "properties")}
    return (
        len(named["pages"]) >= 3
        and len(named["entry"]) == 1
        and len(named["exit"]) >= 2
        and len(named["durations"]) >= 2
        and len(named["events"]) >= 2
        and len(named["properties"]) >= 2
        and bool(found["headline"]["visit_duration"])
        and bool(found["headline"]["bounce_rate"])
    )


@pytest.mark.timeout(300)
@pytest.mark.parametrize("site", [SHOP, APP])
def test_visits_as_they_were(relay: Relay, site: str) -> None:
    """Page views and visits exactly; and of pages, entries, exits, durations, bounces and events nothing but the truth.

    A list may not have everybody yet, for a group waits for its lot; but it never has more than there were, and
    nothing that there was not.
    """
    found = relay.wait_for(site, enough)
    alone = relay.counted[site] - 3 * CROWD  # visits of one page
    headline = found["headline"]
    assert relay.answers == {"counted"}
    assert (headline["pageviews"], headline["visits"]) == (relay.counted[site], alone + CROWD)
    assert 0 < headline["bounce_rate"] < 1

    for panel, truth in {
        "pages": {"/": alone + CROWD, "/lamp": CROWD, "/thanks": CROWD},
        "entry": {"/": alone + CROWD},
        "exit": {"/": alone, "/thanks": CROWD},
        "durations": {"0": alone, "30": CROWD},
        "events": {"Purchase": CROWD, "Outbound link": CROWD},
        "properties": {"Outbound link url=http://stats.test/maker": CROWD, "Purchase value=249": CROWD},
    }.items():
        said = rows(found, panel)
        assert said.keys() <= truth.keys(), panel
        assert all(5 <= n <= truth[name] for name, n in said.items()), (panel, said)
    assert {"Purchase", "Outbound link"} == rows(found, "events").keys()
    assert {"/", "/thanks"} == rows(found, "exit").keys()
    assert {"0", "30"} == rows(found, "durations").keys()
