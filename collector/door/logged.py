"""A page that an access log says was shown, through those of the door's steps that a log has something to say to."""

from collections.abc import Callable
from typing import Final

from collector.door.beacon import Beacon
from collector.door.door import Door, Step
from collector.door.hit import Drop, Hit
from collector.door.work import Gate, Request, Work

# No origin, no prefetch headers, no properties stand in a log, and no rate limit holds: one network asks for years of
# pages within seconds.
LOGGED_STEPS: Final[tuple[Step, ...]] = (
    Door.put_network,
    Door.drop_excluded_network,
    Door.put_agent,
    Door.drop_bot,
    Door.put_page,
    Door.drop_foreign_page,
    Door.put_referrer,
    Door.drop_referrer_spam,
    Door.put_country,
    Door.put_hit,
)


class Logged:
    """The door as one site's log comes to it."""

    def __init__(self, door: Door, domain: str) -> None:
        self._door = door
        self._gate: Gate = door.gates[domain]
        self._steps: tuple[Callable[[Door, Work], Drop | None], ...] = LOGGED_STEPS

    def read(self, url: str, referrer: str, agent: bytes, address: str, now: int) -> Hit | Drop:
        """Make a hit, or say why there is none. `now`: the line's time, milliseconds UTC."""
        work = Work(Request("GET", ((b"user-agent", agent),), address), now)
        work.gate = self._gate
        work.beacon = Beacon(self._gate.site.domain, url, "v", referrer)
        door = self._door
        for step in self._steps:
            reason = step(door, work)
            if reason is not None:
                return reason
        return work.hit
