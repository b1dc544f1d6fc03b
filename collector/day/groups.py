"""The numbered groups of one cube's cells, within their day. Counting only: which of them go is `release.py`.

A cell's group 0 is the one now filling. When it is released the cell moves on: 1 becomes 0, 2 becomes 1, ...
"""

import heapq
from collections.abc import Iterator

from collector.day.cubes import Cube
from collector.day.lots import NEVER, Draws

# A cell's values; one value stands bare, since a one-tuple for each fact would cost more than the counting.
Key = str | tuple[str, ...]
OTHER = "(other)"
_LINEAR = 16  # up to here a scan of a tuple is as fast as a set's probe, in a seventh of the memory


def values_of(key: Key) -> tuple[str, ...]:
    """The cell's values, one per dimension of its cube."""
    return (key,) if isinstance(key, str) else key


class Group:
    """Facts of one cell that wait to be released together."""

    __slots__ = ("cell", "n", "networks", "seconds", "short")

    def __init__(self, cell: Key) -> None:
        self.cell = cell
        self.n = 0
        self.seconds = 0
        self.networks: tuple[int, ...] | set[int] = ()  # different ones; only until there are k
        self.short = True  # fewer than k networks so far

    def take(self, network: int, k: int) -> bool:
        """Note a network that is not yet in `networks`, while the group is short. Whether it is full now."""
        networks = self.networks
        count = len(networks)
        if count < _LINEAR:
            self.networks = (*networks, network)
        elif isinstance(networks, set):
            networks.add(network)
        else:
            self.networks = {*networks, network}
        if count + 1 < k:
            return False
        self.short = False
        return True

    def join(self, other: "Group", k: int) -> bool:
        """Take in another group of the same number, whose cell gave way. Whether it has become full by that."""
        self.n += other.n
        self.seconds += other.seconds
        return any(self.short and network not in self.networks and self.take(network, k) for network in other.networks)


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
        self.full: set[Key] = set()  # cells whose group 0 has k networks: few, where a cube may have 20,000
        self.released: dict[Key, int] = {}  # how many groups each cell released
        self._rank_of = draws.ranks(cube.name)
        self._k = k
        self._cap = cap
        self._other: Key = OTHER if len(cube.dimensions) == 1 else (OTHER,) * len(cube.dimensions)
        self._giving_way: list[tuple[int, Key]] | None = None  # a heap by falling rank, once the cube is full
        self._gave_way: set[Key] = set()  # some of the cells that did: once they do, they do all day

    def group(self, key: Key, lot: int) -> Group:
        """Find or begin the cell's group number `lot`; of "(other)", when the cell has to give way."""
        group = self.filling.get(key)
        if group is None:
            if len(self.filling) >= self._cap:
                key = self._contend(key)
                group = self.filling.get(key)
            if group is None:
                group = self.filling[key] = Group(key)
        if lot == 0:
            return group
        later = self.later.get(key)
        if later is None:
            later = self.later[key] = {}
        group = later.get(lot)
        if group is None:
            group = later[lot] = Group(key)
        return group

    def filled(self, group: Group) -> None:
        """The group has k networks now."""
        if self.filling[group.cell] is group:
            self.full.add(group.cell)

    def move_on(self, key: Key) -> None:
        """The cell's group 0 is released: every later group comes one nearer, but the one of what is held."""
        group = self.filling[key]
        self.named += group.n
        self.released[key] = self.released.get(key, 0) + 1
        # Held facts stay in one group: in one for each release they filled 36 MB in half an hour of load.
        later = {n if n == NEVER else n - 1: waiting for n, waiting in self.later.pop(key, {}).items()}
        group = self.filling[key] = later.pop(0) if 0 in later else Group(key)
        if later:
            self.later[key] = later
        if group.short:
            self.full.discard(key)

    def forgo(self) -> None:
        """All that waits is held: of none of it is it known whether it was released."""
        for key, group in self.filling.items():
            held = Group(key)
            for each in (group, *self.later.pop(key, {}).values()):
                held.join(each, self._k)
            if held.n:
                self.later[key] = {NEVER: held}
            self.filling[key] = Group(key)
        self.full.clear()

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
        if key == self._other or key in self._gave_way:
            return self._other
        if self._giving_way is None:
            self._giving_way = [(-self._rank(cell), cell) for cell in self.filling if cell != self._other]
            heapq.heapify(self._giving_way)
        rank = self._rank(key)
        while self._giving_way:
            highest, cell = self._giving_way[0]
            if cell in self.released:
                heapq.heappop(self._giving_way)
            elif rank >= -highest:
                break
            else:
                heapq.heapreplace(self._giving_way, (-rank, key))
                self._give_way(cell)
                return key
        self._remember(key)
        return self._other

    def _give_way(self, key: Key) -> None:
        """What waits in the cell waits on in "(other)", in groups of the same numbers: the lots stay as drawn."""
        leaving = {0: self.filling.pop(key), **self.later.pop(key, {})}
        self.full.discard(key)
        self._remember(key)
        for number, group in leaving.items():
            other = self.group(self._other, number)
            if other.join(group, self._k):
                self.filled(other)

    def _remember(self, key: Key) -> None:
        """Its rank need not be drawn again. At most as many as cells are kept, or a flood would fill memory."""
        if len(self._gave_way) >= self._cap:
            self._gave_way.clear()
        self._gave_way.add(key)

    def _rank(self, key: Key) -> int:
        return self._rank_of(values_of(key))
