"""What the door answers: a hit with its site, or a refusal; and the status and words of each for the sender."""

from msgspec import Struct

from collector.door.hit import Drop, Hit
from collector.site import Site

# Of every reason that a sender is told. 202 where the beacon is as it should be and only is not counted: a script has
# nothing to mend, and a bot nothing to learn. What only a replayed log has (ASSET, STATUS, ...) is answered to nobody.
STATUS: dict[Drop, int] = {
    Drop.MALFORMED: 400,
    Drop.TOO_LARGE: 413,
    Drop.UNKNOWN_SITE: 404,
    Drop.UNKNOWN_SENDER: 403,
    Drop.FOREIGN_ORIGIN: 403,
    Drop.RATE_LIMITED: 429,  # with Retry-After
    Drop.OVERLOADED: 503,  # with Retry-After; the server's own reason, the door does not know it
    Drop.BOT: 202,
    Drop.PREFETCH: 202,
    Drop.OBJECTION: 202,
    Drop.EXCLUDED_NETWORK: 202,
    Drop.REFERRER_SPAM: 202,
    Drop.UNDECLARED_PROPERTY: 202,
    Drop.UNSUPPORTED: 202,
}


class Accepted(Struct, frozen=True):
    """A beacon that became a hit. It is answered when the hit is in the spool, not before."""

    site: Site
    hit: Hit
    origin: str = ""  # for Access-Control-Allow-Origin; "" when the sender named none
    note: Drop | None = None  # what was left out of the hit: UNDECLARED_PROPERTY
    seen: str = ""  # collector.door.check: what the door made of it, for the sender alone, when it asked

    @property
    def status(self) -> int:
        """The status of the answer."""
        return 202

    @property
    def words(self) -> str:
        """What `X-Trekvart` says."""
        return f"counted; {self.note}" if self.note else "counted"


class Refusal(Struct, frozen=True):
    """A beacon that became none. It is counted by its reason, but an OBJECTION, of which nothing is known."""

    reason: Drop
    site: int = 0  # 0: it names no known site
    network: int = 0  # for the rule that a publish needs k networks
    origin: str = ""
    retry_after: int = 0  # seconds, with RATE_LIMITED
    seen: str = ""  # as of Accepted
    why: str = ""  # with OVERLOADED: queue-full, disk-full, read-only, disk-error

    @property
    def status(self) -> int:
        """The status of the answer."""
        return STATUS[self.reason]

    @property
    def words(self) -> str:
        """What `X-Trekvart` says."""
        return f"{self.reason}; {self.why}" if self.why else self.reason.value
