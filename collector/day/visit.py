"""One visit: what is kept of its hits until it ends, in memory only."""

from collector.day.lots import Lots

CLASS_BITS = 15  # with the 49 bits of a network a key fits 64
CLASSES = 1 << CLASS_BITS  # classes past this many share the last number, so that made-up agents cost no memory


class Seen:
    """A page within a visit: what its TIME hits told, and the lots of the hit that first saw it."""

    __slots__ = ("engaged", "lots", "scroll")

    engaged: int  # milliseconds, summed
    scroll: int  # per cent, the deepest
    lots: Lots

    def __init__(self, lots: Lots) -> None:
        self.engaged = 0
        self.scroll = 0
        self.lots = lots


class Visit:
    """Hits linked. `values` is one list for all its facts, a slot per Dimension; the entry hit fills what stays."""

    __slots__ = (
        "events",
        "held",
        "key",
        "latest",
        "lots",
        "network",
        "open",
        "page",
        "seen",
        "started",
        "values",
        "viewed",
        "views",
    )

    key: int
    network: int
    started: int  # milliseconds UTC, of the entry hit
    latest: int  # of the last activity; never before `started`
    page: str  # the last one viewed
    viewed: int  # when that was
    views: int
    seen: dict[str, Seen]
    events: set[tuple[str, ...]] | None  # (event,) and (event, property) made so far; None until the first
    values: list[str | None]
    lots: Lots  # of the entry hit
    open: bool
    held: bool  # it waits in every cube, and is never released (held.py)

    def __init__(self, key: int, time: int, values: list[str | None], lots: Lots) -> None:
        self.key = key
        self.network = key >> CLASS_BITS
        self.started = time
        self.latest = time
        self.page = ""
        self.viewed = time
        self.views = 0
        self.seen = {}
        self.events = None
        self.values = values
        self.lots = lots
        self.open = True
        self.held = False

    @property
    def seconds(self) -> int:
        """The visit's duration so far: last activity minus first hit, in whole seconds, never negative."""
        return (self.latest - self.started) // 1000

    @property
    def bounced(self) -> bool:
        """One pageview and no event."""
        return self.views == 1 and self.events is None
