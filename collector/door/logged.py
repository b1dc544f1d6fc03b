"""A page that an access log says was shown, through those of the door's steps that a log has something to say to.

Most lines have an agent, and a page with its referrer, that others have too. So those steps are taken once for each of
the latest, and a line costs 2 us instead of 9. What is remembered is what the log itself holds; of an address, nothing.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from collector.door.address import network_at
from collector.door.agent import Agent
from collector.door.beacon import Beacon
from collector.door.door import Door, Step
from collector.door.hit import Drop, Hit
from collector.door.page import Page
from collector.door.referrer import Referrer
from collector.door.work import Gate, Request, Work

# No origin, no prefetch headers, no properties stand in a log, and no rate limit holds: one network asks for years of
# pages within seconds. The network is put first, and the first of these reasons that fits is told.
EACH_LINE: Final[tuple[Step, ...]] = (Door.drop_excluded_network,)
AGENT_STEPS: Final[tuple[Step, ...]] = (Door.put_agent, Door.drop_bot)
PAGE_STEPS: Final[tuple[Step, ...]] = (
    Door.put_page,
    Door.drop_foreign_page,
    Door.put_referrer,
    Door.drop_referrer_spam,
)
LAST_STEPS: Final[tuple[Step, ...]] = (Door.put_country, Door.put_hit)

AGENTS: Final = 4096  # remembered, as the door does
PAGES: Final = 16_384  # with their referrers; at most 1,000 characters each


class Logged:
    """The door as one site's log comes to it."""

    def __init__(self, door: Door, domain: str) -> None:
        self._door = door
        self._gate: Gate = door.gates[domain]
        self._excluded = bool(self._gate.excluded)
        self._work = self._begun()  # of all lines, one after the other
        self._agent = lru_cache(AGENTS)(self._read_agent)
        self._page = lru_cache(PAGES)(self._read_page)

    def read(self, url: str, referrer: str, agent: bytes, address: str, now: int) -> Hit | Drop:
        """Make a hit, or say why there is none. `now`: the line's time, milliseconds UTC."""
        work = self._work
        work.now = now
        work.network = network_at(address)
        if self._excluded and (reason := self._taken(EACH_LINE, work)):
            return reason
        told = self._agent(agent)
        if isinstance(told, Drop):
            return told
        place = self._page(url, referrer)
        if isinstance(place, Drop):
            return place
        work.agent = told
        work.page, work.referrer = place
        self._taken(LAST_STEPS, work)
        return work.hit

    def _read_agent(self, agent: bytes) -> Agent | Drop:
        work = self._begun(agent=agent)
        return self._taken(AGENT_STEPS, work) or work.agent

    def _read_page(self, url: str, referrer: str) -> tuple[Page, Referrer] | Drop:
        work = self._begun(url, referrer)
        return self._taken(PAGE_STEPS, work) or (work.page, work.referrer)

    def _begun(self, url: str = "", referrer: str = "", agent: bytes = b"") -> Work:
        work = Work(Request("GET", ((b"user-agent", agent),), None), 0)
        work.gate = self._gate
        work.beacon = Beacon(self._gate.site.domain, url, "v", referrer)
        return work

    def _taken(self, steps: Sequence[Step], work: Work) -> Drop | None:
        """The reason of the first step that has one."""
        for step in steps:
            reason = step(self._door, work)
            if reason is not None:
                return reason
        return None
