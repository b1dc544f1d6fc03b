"""The numbered groups of one cube's cells, within their day. Counting only: which of them go is `release.py`.

A cell's group 0 is the one now filling. When it is released the cell moves on: 1 becomes 0, 2 becomes 1, ...
"""

import heapq
from collections.abc import Iterator

from collector.day.cubes import Cube
from collector.day.lots import Draws

# A cell's values; one value stands bare, since a one-tuple for each fact would cost more than the counting.
Key = str | tuple[str, ...]
OTHER = "(other)"
_LINEAR = 16  # up to here a scan of a tuple is as fast as a set's probe, in a seventh of the memory


def values_of(key: Key) -> tuple[str, ...]:
    """The cell's values, one per dimension of its cube."""
    return (key,) if isinstance(key, str) else key


class Group:
    """Facts of one cell that wait to be released together."""

    __slots__ = ("n", "networks", "seconds", "short")

    def __init__(self) -> None:
        self.n = 0
        self.seconds = 0
        self.networks: tuple[int, ...] | set[int] = ()  # different ones; only until there are k
        self.short = True  # fewer than k networks so far

    def take(self, network: int, k: int) -> None:
        """Note a network that is not yet in `networks`, while the group is short."""
        if isinstance(self.networks, set):
            self.networks.add(network)
        elif len(self.networks) < _LINEAR:
            self.networks = (*self.networks, network)
        else:
            self.networks = {*self.networks, network}
        self.short = len(self.networks) < k

    def join(self, other: "Group", k: int) -> None:
        """Take in another group of the same number, whose cell gave way."""
        self.n += other.n
        self.seconds += other.seconds
        for network in other.networks:
            if self.short and network not in self.networks:
                self.take(network, k)


class Tally:
    """How many facts of one unit there were today; shared by the tables of the unit's cubes."""

    __slots__ = ("facts", "published")

    def __init__(self) -> None:
        self.facts = 0
        self.published = 0  # at the last publish


class Table:
    """All cells of one cube on one day."""

    def __init__(self, cube: Cube, tally: Tally, draws: Draws, k: int, cap: int) -> None:
        self.cube = cube
        self.name = cube.name  # made anew at each asking, as a property is
        self.tally = tally
        self.named = 0  # facts released today
        self.filling: dict[Key, Group] = {}  # each cell's group 0; every cell is in here
        self.later: dict[Key, dict[int, Group]] = {}  # group 1 and on, of the cells that have some
        self.released: dict[Key, int] = {}  # how many groups each cell released
        self._draws = draws
        self._k = k
        self._cap = cap
        self._other: Key = OTHER if len(cube.dimensions) == 1 else (OTHER,) * len(cube.dimensions)
        self._giving_way: list[tuple[int, Key]] | None = None  # a heap by falling rank, once the cube is full

    def group(self, key: Key, lot: int) -> Group:
        """Find or begin the cell's group number `lot`; of "(other)", when the cell has to give way."""
        if key not in self.filling:
            if len(self.filling) >= self._cap:
                key = self._contend(key)
            self.filling.setdefault(key, Group())
        if lot == 0:
            return self.filling[key]
        return self.later.setdefault(key, {}).setdefault(lot, Group())

    def move_on(self, key: Key) -> None:
        """The cell's group 0 is released: every later group comes one nearer."""
        group = self.filling[key]
        self.named += group.n
        self.released[key] = self.released.get(key, 0) + 1
        later = {number - 1: waiting for number, waiting in self.later.pop(key, {}).items()}
        self.filling[key] = later.pop(0) if 0 in later else Group()
        if later:
            self.later[key] = later

    def waiting(self) -> Iterator[tuple[Key, int, Group]]:
        """Every group that holds something: cell, number, group. In no order that may be shown."""
        for key, group in self.filling.items():
            if group.n:
                yield key, 0, group
        for key, later in self.later.items():
            for number, group in later.items():
                yield key, number, group

    def _contend(self, key: Key) -> Key:
        """A new cell in a full cube: the cell of the highest rank gives way, be it this one; "(other)" never does.

        Ranks are keyed, so nobody outside can choose who stays, and a flood of made-up pages cannot push out the
        shop's: a cell with a released group stays too (that it exists is public, and that it has k networks).
        A rank above the highest kept never gets in again, so what is kept does not depend on who came first.
        """
        if key == self._other:
            return key
        if self._giving_way is None:
            self._giving_way = [(-self._rank(cell), cell) for cell in self.filling if cell != self._other]
            heapq.heapify(self._giving_way)
        rank = self._rank(key)
        while self._giving_way:
            highest, cell = self._giving_way[0]
            if cell in self.released:
                heapq.heappop(self._giving_way)
            elif rank >= -highest:
                return self._other
            else:
                heapq.heapreplace(self._giving_way, (-rank, key))
                self._give_way(cell)
                return key
        return self._other

    def _give_way(self, key: Key) -> None:
        """What waits in the cell waits on in "(other)", in groups of the same numbers: the lots stay as drawn."""
        leaving = {0: self.filling.pop(key), **self.later.pop(key, {})}
        for number, group in leaving.items():
            self.group(self._other, number).join(group, self._k)

    def _rank(self, key: Key) -> int:
        return self._draws.rank(self.name, values_of(key))
