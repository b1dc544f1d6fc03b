"""The door as a log comes to it: what is remembered of earlier lines changes no answer, and is never an address."""

from datetime import date

import pytest

from bench import madeup_log
from collector.door.country import Countries
from collector.door.door import BEACON_STEPS, Door
from collector.door.hit import Drop, Hit
from collector.door.logged import AGENT_STEPS, EACH_LINE, LAST_STEPS, PAGE_STEPS, Logged
from collector.logfile import Shown, read_line
from collector.settings import Settings
from collector.site import Site, checked

SITE = checked(Site(id=1, domain="shop.example", excluded_networks=("198.18.7.0/24",)))
FIREFOX = b"Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0"
PAGE = "https://shop.example/"


def logged() -> Logged:
    return Logged(Door((SITE,), Settings(), Countries()), SITE.domain)


def test_what_is_remembered_changes_no_answer() -> None:
    """2,000 lines of a shop's log: each as if it were the first, in hits of their own."""
    warm, seen = logged(), set[type]()
    for text in madeup_log.lines(2000, 7, date(2026, 11, 23), SITE.domain, 1):
        entry = read_line(text.encode(), SITE.domain)
        if entry is None or isinstance(entry.what, Drop):
            continue
        shown = entry.what
        assert isinstance(shown, Shown)
        first = warm.read(*shown[:4], entry.time)
        assert warm.read(*shown[:4], entry.time) == first
        seen.add(type(first))
        assert logged().read(*shown[:4], entry.time) == first
    assert seen == {Hit, Drop}
    one, other = (warm.read(PAGE, "", FIREFOX, f"198.18.{network}.9", 5) for network in (8, 9))
    assert isinstance(one, Hit)
    assert isinstance(other, Hit)
    assert (one.network, other.network) == (198 << 16 | 18 << 8 | 8, 198 << 16 | 18 << 8 | 9)


@pytest.mark.parametrize(
    ("url", "referrer", "agent", "address", "reason"),
    [
        (PAGE, "", b"curl/8", "198.18.7.9", Drop.EXCLUDED_NETWORK),
        ("https://other.example/", "", b"curl/8", "198.18.8.9", Drop.BOT),
        ("https://other.example/", "", FIREFOX, "198.18.8.9", Drop.FOREIGN_ORIGIN),
    ],
)
def test_the_first_reason_that_fits(url: str, referrer: str, agent: bytes, address: str, reason: Drop) -> None:
    """Network before agent before page, the second time too."""
    door = logged()
    assert [door.read(url, referrer, agent, address, 5) for _ in range(2)] == [reason, reason]


def test_the_steps_are_the_doors() -> None:
    """In the door's own order, none twice."""
    steps = [*EACH_LINE, *AGENT_STEPS, *PAGE_STEPS, *LAST_STEPS]
    assert steps == [step for step in BEACON_STEPS if step in steps]
