"""The self-check: who opens a page with `?ref=trekvart-check` is told, in the answer to that beacon, what became of it.

Only the sender's browser gets that answer, and nothing of it is kept. There is nothing secret in asking: everybody may
know what is made of their own beacon.
"""

from typing import Final

from collector.door.address import UNKNOWN
from collector.door.networks import network_text
from collector.door.work import Work

MARK: Final = "trekvart-check"
_PARTS: Final = (f"ref={MARK}", f"ref%3D{MARK}")
_FEW: Final = ("directly", "through one trusted proxy", "through two trusted proxies")


def asks(body: bytes, query: bytes) -> bool:
    """Whether a beacon may ask. Cheap, for it is asked of every one: 0.1 us."""
    return MARK.encode() in body or MARK.encode() in query


def unmarked(address: str) -> str:
    """The page's address without the mark: the check is no source of visits."""
    for part in _PARTS:
        address = address.replace(part, "")
    return address


def told(work: Work, verdict: str) -> str:
    """In words, ASCII: "203.0.113.0/24, through one trusted proxy, Firefox 153, Windows, desktop, SE, counted".

    Of a beacon that was refused early the later parts are not known. The network is all that is known of the address.
    """
    network = "no readable address" if work.network == UNKNOWN else network_text(work.network)
    way = _FEW[work.proxies] if work.proxies < len(_FEW) else f"through {work.proxies} trusted proxies"
    agent = getattr(work, "agent", None)
    parts = (
        network,
        way,
        *((agent.browser, agent.system, agent.device) if agent else ()),
        getattr(work, "country", ""),
    )
    return ", ".join([*(part for part in parts if part), verdict]).encode("ascii", "replace").decode()
