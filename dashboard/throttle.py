"""How often a login may be tried: after some failures each next try has to wait, twice as long every time.

In memory only: from which network somebody tried is written nowhere.
"""

import threading
from collections import OrderedDict
from collections.abc import Iterator
from typing import Final, NamedTuple

QUIET: Final = 3_600_000  # milliseconds without a try after which failures are forgotten
MOST: Final = 10_000  # counts remembered, some 2 MB; the longest untouched go first


class Limit(NamedTuple):
    """Failures that cost nothing, and the longest wait that later ones cost, in seconds."""

    free: int
    longest: int


# One person who mistypes meets the first only. A whole network is let try for more names, since an office is one. All
# networks together may try one name 1,440 times a day, which does not find a password of 12 characters; a longer wait
# would let anyone lock staff out.
BOTH: Final = Limit(5, 900)
NETWORK: Final = Limit(20, 900)
NAME: Final = Limit(20, 60)


class _Count:
    """Failures, and the milliseconds UTC of the last one."""

    __slots__ = ("failures", "last")

    def __init__(self) -> None:
        self.failures = 0
        self.last = 0

    def wait(self, limit: Limit, now: int) -> int:
        """Seconds until the next try, rounded up."""
        if self.failures < limit.free or now < self.last:  # the clock was set back
            return 0
        pause = min(1 << min(self.failures - limit.free, 20), limit.longest)
        return max(0, -((now - self.last - pause * 1000) // 1000))


class Throttle:
    """Counts failed logins by name and network, by network, and by name. From any thread."""

    def __init__(self) -> None:
        self._counts: OrderedDict[tuple[str, str, int], _Count] = OrderedDict()
        self._lock = threading.Lock()

    def begin(self, name: str, network: int, now: int) -> int:
        """Seconds to wait. 0: the try may be made, and counts as failed until `succeeded` says otherwise.

        Counted before the password is looked at, or a hundred tries at the same moment would all be the first.
        """
        with self._lock:
            counts = [(self._count(key, now), limit) for key, limit in _keys(name, network)]
            wait = max(count.wait(limit, now) for count, limit in counts)
            if not wait:
                for count, _ in counts:
                    count.failures += 1
                    count.last = now
            return wait

    def succeeded(self, name: str, network: int) -> None:
        """The last try was right: the name starts anew; the network's failures with other names stay."""
        with self._lock:
            for key, limit in _keys(name, network):
                if limit is not NETWORK:
                    self._counts.pop(key, None)
                elif (count := self._counts.get(key)) is not None:
                    count.failures -= 1

    def _count(self, key: tuple[str, str, int], now: int) -> _Count:
        count = self._counts.setdefault(key, _Count())
        self._counts.move_to_end(key)
        if now - count.last > QUIET:
            count.failures = 0
        while len(self._counts) > MOST:
            self._counts.popitem(last=False)
        return count


def _keys(name: str, network: int) -> Iterator[tuple[tuple[str, str, int], Limit]]:
    yield ("both", name, network), BOTH
    yield ("network", "", network), NETWORK
    yield ("name", name, 0), NAME
