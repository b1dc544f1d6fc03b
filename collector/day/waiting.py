"""What goes on over midnight: counts, never a network. The keeper seals it anew each night under a new key.

In place of its networks a waiting group has a 64-bit map (`lots.map_bit`). A cell's groups are numbered as within the
day: 0 is the one now filling, and when it is released the others come one nearer.
"""

import hashlib

import msgspec
from msgspec import Struct, field

Values = tuple[str, ...]


class WaitingGroup(Struct, array_like=True, gc=False):
    """Facts of one cell, of one day or of several."""

    first: int  # the first day that is in it, as date.toordinal()
    salt: bytes  # keys the map
    n: int = 0
    seconds: int = 0
    map: int = 0
    k: int = 0  # the highest k of the days in it: who was counted under that is not shown with fewer

    @property
    def networks(self) -> int:
        """At least so many different networks are in it."""
        return self.map.bit_count()


class Count(Struct, array_like=True):
    """One cube's sums over all days closed so far: facts = named + waiting + expired, always."""

    unit: int = 0  # facts of the cube's unit, whether they have its dimensions or not
    facts: int = 0  # those that do
    named: int = 0  # released
    expired: int = 0  # destroyed unreleased; of pairs, also what rested on one network at midnight

    @property
    def waiting(self) -> int:
        """Facts that wait on."""
        return self.facts - self.named - self.expired

    def add(self, day: "Count") -> None:
        """Add one day's sums."""
        self.unit += day.unit
        self.facts += day.facts
        self.named += day.named
        self.expired += day.expired


Groups = dict[int, WaitingGroup]


class Waiting(Struct):
    """All that one site carries from day to day."""

    cells: dict[str, dict[Values, Groups]] = field(default_factory=dict)  # by Cube.name, then the cell's values
    counts: dict[str, Count] = field(default_factory=dict)  # by Cube.name
    networks: int = 0  # that reached the site since waiting groups were last judged, counted day by day
    salt: bytes = b""  # keys the order in which cells give way; set on the first midnight
    # Totals of fewer than k networks, left over at midnight; they join the next day's first publish (day/fold.py).
    pageviews: int = 0
    visits: int = 0
    drops: dict[str, int] = field(default_factory=dict)  # Drop -> count
    covered: bool = False  # some day's published totals have a visit in them that was held in all cubes (held.py)

    def encode(self) -> bytes:
        """As MessagePack."""
        return _encoder.encode(self)

    @classmethod
    def decode(cls, data: bytes) -> "Waiting":
        """From MessagePack; raises msgspec.DecodeError when it is none of ours."""
        return _decoder.decode(data)

    def copy(self) -> "Waiting":
        """Copy all of it: a day that is closed twice (after a failed commit) must begin from the same."""
        cells = {
            cube: {
                values: {number: msgspec.structs.replace(group) for number, group in groups.items()}
                for values, groups in table.items()
            }
            for cube, table in self.cells.items()
        }
        counts = {cube: msgspec.structs.replace(count) for cube, count in self.counts.items()}
        return msgspec.structs.replace(self, cells=cells, counts=counts, drops=dict(self.drops))

    def count(self, cube: str) -> Count:
        """The cube's sums, to be added to."""
        return self.counts.setdefault(cube, Count())

    def groups(self, cube: str, values: Values) -> Groups:
        """The cell's waiting groups by number, to be added to."""
        return self.cells.setdefault(cube, {}).setdefault(values, {})

    def move_on(self, cube: str, values: Values) -> WaitingGroup:
        """Take the cell's group 0 out: every other comes one nearer."""
        groups = self.cells[cube].pop(values)
        released = groups.pop(0)
        if groups:
            self.cells[cube][values] = {number - 1: group for number, group in groups.items()}
        return released

    def expire(self, cube: str, began_before: int) -> None:
        """Destroy the cube's groups with a first day before `began_before` (an ordinal); they are only counted.

        Folding them into "(other)" instead would publish counts of fewer than k networks.
        """
        for values, groups in list(self.cells.get(cube, {}).items()):
            for number in [number for number, group in groups.items() if group.first < began_before]:
                self._destroy(cube, values, number)

    def give_way(self, cube: str, cap: int) -> None:
        """Destroy whole cells until the cube has at most `cap`: those of the highest keyed rank, night for night.

        Not by age or arrival, which a flood of made-up pages could use to push the shop's out.
        """
        table = self.cells.get(cube, {})
        if len(table) <= cap:
            return
        for values in sorted(table, key=self._rank)[cap:]:
            for number in list(table[values]):
                self._destroy(cube, values, number)

    def put_in_order(self) -> None:
        """Sort everything, so that not even who came first is in the sealed file."""
        self.counts = dict(sorted(self.counts.items()))
        self.drops = dict(sorted(self.drops.items()))
        self.cells = {
            cube: {values: dict(sorted(groups.items())) for values, groups in sorted(table.items())}
            for cube, table in sorted(self.cells.items())
            if table
        }

    def _destroy(self, cube: str, values: Values, number: int) -> None:
        groups = self.cells[cube][values]
        self.count(cube).expired += groups.pop(number).n
        if not groups:
            del self.cells[cube][values]

    def _rank(self, values: Values) -> bytes:
        message = msgspec.msgpack.encode(values)
        return hashlib.blake2b(message, key=self.salt, person=b"tv give way", digest_size=8).digest()


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Waiting)
