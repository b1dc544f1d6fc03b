"""Why another tool's number is not ours: each cause, which way it goes, and how much of it our ledger knows. Pure."""

from collections.abc import Mapping
from typing import Final, Literal, NamedTuple

Way = Literal["more", "fewer", "either"]  # what the other tool counts because of it

MACHINES: Final = ("bot", "prefetch", "referrer-spam")
REFUSED: Final = ("excluded-network", "foreign-origin", "rate-limited", "unsupported")


class Cause(NamedTuple):
    """A cause. `n` pageviews of ours or requests in the ledger; None: nobody can know it here."""

    name: str  # its texts stand under [beside.cause.NAME]
    way: Way
    n: int | None = None
    share: float | None = None  # of our pageviews


def causes(pageviews: int, drops: Mapping[str, int], log_pageviews: int | None) -> list[Cause]:
    """All of them, in the order in which they are worth looking at. `log_pageviews`: of the server's own log."""
    machines = sum(drops.get(name, 0) for name in MACHINES)
    refused = sum(drops.get(name, 0) for name in REFUSED)
    missing = None if log_pageviews is None else max(0, log_pageviews - pageviews)
    return [
        Cause("consent", "fewer"),
        Cause("blockers", "fewer", missing, _share(missing, log_pageviews)),
        Cause("bots", "more", machines, _share(machines, pageviews)),
        Cause("refused", "more", refused, _share(refused, pageviews)),
        Cause("objections", "more"),
        Cause("networks", "more"),
        Cause("visits", "either"),
        Cause("bounce", "either"),
        Cause("users", "either"),
        Cause("zone", "either"),
        Cause("thresholds", "fewer"),
        Cause("late", "either"),
    ]


def _share(n: int | None, of: int | None) -> float | None:
    return n / of if n is not None and of else None
