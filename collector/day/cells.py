"""The cells of one site and day: facts come in, groups go out by the rule in `release.py`."""

from datetime import date

from msgspec.structs import replace

from collector.day.cubes import CUBES, TOTAL_CUBES, Cube, Dimension, Unit
from collector.day.day import Day
from collector.day.groups import Group, Key, Table, Tally
from collector.day.lots import HELD_BYTE, Draws, Lots
from collector.day.release import Row, Wall
from collector.day.waiting import Count, Waiting

# A cube's place is its byte in every fact's lots. New cubes go to the end of CUBES: a place that moved while a day is
# open would draw that day's lots again.
PLACES: tuple[Cube, ...] = TOTAL_CUBES + CUBES
if len(PLACES) > HELD_BYTE:
    raise ValueError(f"{len(PLACES)} cubes, but a fact draws {HELD_BYTE} lots")

_UNIT_NUMBERS = {unit: number for number, unit in enumerate(Unit)}
_Plan = list[tuple[int, int, int, dict[Key, Group], Table]]  # place, slot or -1, second slot or -1, cells, their table


class Cells:
    """Facts of one site and day in their cells' numbered groups.

    Memory: some 300 bytes a cell and its name, at most `cells_per_cube` + 1 cells a cube. A group keeps its networks
    only until there are k different ones.
    """

    def __init__(self, day: Day, key: bytes, waiting: Waiting, cells_per_cube: int) -> None:
        """`key`: the 32-byte key of (site, day). `waiting`: from the day before; read only."""
        self.draws = Draws(key)
        today = date.fromisoformat(day.date).toordinal()
        self._wall = Wall(day.k, self.draws, today, keep_back=day.totals == "exact")
        self._waiting = waiting
        self._cap = cells_per_cube
        self._facts: dict[Unit, tuple[Tally, _Plan]] = {}
        self._properties: dict[Unit, tuple[Tally, _Plan]] = {}
        self._tables: list[Table] = []
        for unit in Unit:
            self._facts[unit], self._properties[unit] = (Tally(), []), (Tally(), [])
        for place, cube in enumerate(PLACES):
            if day.totals == "groups" or cube not in TOTAL_CUBES:
                self._open(cube, place)

    def add(self, unit: Unit, values: list[str | None], lots: Lots, network: int, seconds: int = 0) -> None:
        """Count one fact in every cube of `unit` but those with PROPERTY (`add_property`).

        `values` has a slot per Dimension; None: the fact has no such value, and is not in the cubes that ask for it.
        `lots` (`draws.lots`) belong to one fact of the unit only: of the hit itself, or of the visit's first hit, or
        of the hit that first showed the page. `seconds` are exact here, and rounded by lot in every cube.
        """
        tally, plan = self._facts[unit]
        tally.facts += 1
        if seconds:
            rounded = self.draws.half_minutes(seconds, lots, _UNIT_NUMBERS[unit], len(plan))
            self._count(plan, values, lots, network, rounded)
        else:
            self._count(plan, values, lots, network)

    def add_property(self, unit: Unit, values: list[str | None], lots: Lots, network: int) -> None:
        """Count one property of an event, in the cubes of `unit` with PROPERTY.

        An event may have several: each has `lots` of its own, `draws.lots(entry, index, extra)` with 1, 2, ...
        """
        tally, plan = self._properties[unit]
        tally.facts += 1
        self._count(plan, values, lots, network)

    def release(self, time: int, *, covered: bool = True) -> tuple[Row, ...]:
        """One publish tick. The fold has checked that k networks came since the last one.

        `covered`: a visit that is held in all cubes (held.py) is in the published totals; without one nothing goes.
        """
        return self._wall.publish(self._tables, time, covered=covered)

    def close(
        self, networks: int, *, totals: bool, covered: bool = True
    ) -> tuple[tuple[Row, ...], tuple[Row, ...], Waiting]:
        """Midnight, once, after every visit has ended and instead of a last `release`: rows, late rows, what waits on.

        `networks`: how many different ones reached the site on this day. `totals`: the day's last totals are
        published with this. `covered`: as in `release`. What waits on has no pending totals in it; those are the
        fold's to set.
        """
        waiting = self._waiting.copy()
        waiting.pageviews, waiting.visits, waiting.drops = 0, 0, {}
        waiting.salt = waiting.salt or self.draws.salt("", (), 0)
        self._wall.expire(PLACES, waiting)
        rows = self._wall.close(self._tables, waiting, totals=totals, covered=covered)
        waiting.covered = waiting.covered or covered
        waiting.networks += networks
        unpublished = {t.cube.name: 0 if totals else t.tally.facts - t.tally.published for t in self._tables}
        late = self._wall.close_late(waiting, unpublished)
        for cube in PLACES:
            waiting.give_way(cube.name, self._cap)
        waiting.put_in_order()
        return rows, late, waiting

    def forgo(self) -> None:
        """None of what waits is ever released: see `Fold.forgo`."""
        for table in self._tables:
            table.tally.published = table.tally.facts
            table.forgo()

    def count(self, cube: str) -> Count:
        """The cube's sums over all days up to now, for reconciliation in tests; never shown (it moves per hit)."""
        before = self._waiting.counts.get(cube, Count())
        for table in self._tables:
            if table.cube.name == cube:
                facts = table.named + sum(group.n for _, _, group in table.waiting())
                before = replace(before)
                before.add(Count(table.tally.facts, facts, table.named))
        return before

    def _open(self, cube: Cube, place: int) -> None:
        facts = self._properties if Dimension.PROPERTY in cube.dimensions else self._facts
        tally, plan = facts[cube.unit]
        table = Table(cube, tally, self.draws, self._wall.k, self._cap)
        first, second = (*(int(d) for d in cube.dimensions), -1, -1)[:2]
        plan.append((place, first, second, table.filling, table))
        self._tables.append(table)

    def _count(
        self,
        plan: _Plan,
        values: list[str | None],
        lots: Lots,
        network: int,
        rounded: list[int] | None = None,
    ) -> None:
        """Some 0.5 us a cube, so what is rare is a call."""
        k = self._wall.k
        for rank, (place, first, second, filling, table) in enumerate(plan):
            key: Key | None
            if second >= 0:
                one, two = values[first], values[second]
                if one is None or two is None:
                    continue
                key = (one, two)
            elif first >= 0:
                key = values[first]
                if key is None:
                    continue
            else:
                key = ()
            if lots[place] & 7:  # lot 0, seven times in eight
                group = filling.get(key)
                if group is None:
                    group = table.group(key, 0)
            else:
                group = table.group(key, self.draws.lot(lots, place))
            group.n += 1
            if rounded is not None:
                group.seconds += rounded[rank]
            if group.short and network not in group.networks and group.take(network, k):
                table.filled(group)
