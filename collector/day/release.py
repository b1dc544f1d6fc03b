"""The group wall: the rule by which groups leave the day, in one place, and what one publish hands to the store.

Every fact has drawn by lot which group of its cell it joins: the one now filling, the next (1 in 8), the one after
(1 in 64), and so on without bound. So whatever is published, a visit that waits could have looked at something else
and every published byte would be the same. It holds because a release depends on nothing but

- the group itself, once it has k different networks: it goes whole (`Group.short` says that it has fewer);
- a coin, so that a release does not say that somebody was there just now;
- how many facts the cube's unit has (public where totals are exact), so that something stays unnamed: keep-back.
"""

from collections.abc import Iterable, Sequence

from msgspec import Struct

from collector.day.cubes import Cube
from collector.day.groups import Group, Table, values_of
from collector.day.lots import NEVER, Draws, map_bit
from collector.day.waiting import Count, Values, Waiting, WaitingGroup

EXPIRY_DAYS = {0: 30, 1: 30, 2: 7}  # by the cube's number of dimensions: how long a group may wait over midnights
PAIR_NETWORKS = 2  # of two dimensions, what rests on fewer does not wait on: page and country of one network is a track


class Row(Struct, array_like=True, frozen=True, gc=False):
    """One group: visits of one cell from at least k networks. `seconds` is 0 where the unit has none."""

    cube: str  # Cube.name
    values: tuple[str, ...]  # one per dimension of the cube; () for none
    n: int
    seconds: int


class Totals(Struct, array_like=True, frozen=True, gc=False):
    """What is exact: counts since the last publish, and the estimate of the day's visitors so far."""

    pageviews: int
    visits: int
    visitors: int  # replaces the day's earlier estimate
    drops: dict[str, int]  # Drop -> count


class Release(Struct, array_like=True, frozen=True, gc=False):
    """One publish of one site. Rows are sorted and carry no time, no order and no id."""

    day: str  # ISO date in the site's time zone
    time: int  # of the publish, milliseconds since 1970, UTC
    totals: Totals | None  # None at a midnight that publishes no totals, and where totals = groups
    rows: tuple[Row, ...]  # groups filled within their day
    late: tuple[Row, ...]  # groups that waited over at least one midnight
    closes: bool  # the day is finished


class Wall:
    """The rule, as one site's settings make it on one day."""

    def __init__(self, k: int, draws: Draws, today: int, *, keep_back: bool) -> None:
        """`today`: the day's ordinal. `keep_back`: totals are exact, so no cube may be named to its last fact."""
        self.k = k
        self._draws = draws
        self._today = today
        self._keep_back = keep_back

    def enough(self, networks: int) -> bool:
        """Whether so many different networks may pass: as a group, and as the precondition of a publish."""
        return networks >= self.k

    def leaves_some(self, unnamed: int, n: int) -> bool:
        """Keep-back: whether of `unnamed` facts at least one stays unnamed when `n` of them are released."""
        return not self._keep_back or unnamed - n >= 1

    def publish(self, tables: Iterable[Table], time: int, *, covered: bool = True) -> tuple[Row, ...]:
        """One tick inside the day (the fold has checked the precondition): each cell's group 0, if it is full.

        `covered`: the published totals have a visit in them that is held in all cubes (held.py); else nothing goes.
        """
        rows = []
        for table in tables:
            tally, name = table.tally, table.cube.name
            tally.published = tally.facts
            if not covered:
                continue
            for key in sorted(table.full):
                group, values = table.filling[key], values_of(key)
                coin = self._draws.coin(name, values, table.released.get(key, 0), time)
                if coin and self.leaves_some(tally.facts - table.named, group.n):
                    rows.append(Row(name, values, group.n, group.seconds))
                    table.move_on(key)
        return in_order(rows)

    def close(
        self, tables: Sequence[Table], waiting: Waiting, *, totals: bool, covered: bool = True
    ) -> tuple[Row, ...]:
        """Midnight, first half: every full group of the day goes, whatever its number; the rest joins `waiting`.

        `totals`: the day's totals are published now too. If not, the public does not know of the facts since the last
        publish, and keep-back must not count on them. `covered`: as in `publish`.
        """
        rows = []
        for table in tables:
            tally, name = table.tally, table.cube.name
            groups = [(values_of(key), number, group) for key, number, group in table.waiting()]
            count = Count(tally.facts, table.named + sum(group.n for _, _, group in groups), table.named)
            count.expired = sum(group.n for _, number, group in groups if _dies(table.cube, number, group))
            public = tally.facts if totals else tally.published
            for values, number, group in sorted(groups, key=lambda each: each[:2]):
                if _goes(number, group) and covered and self.leaves_some(public - count.named - count.expired, group.n):
                    rows.append(Row(name, values, group.n, group.seconds))
                    count.named += group.n
                elif not _dies(table.cube, number, group):
                    self._wait_on(waiting, name, values, number, group)
            waiting.count(name).add(count)
        return in_order(rows)

    def close_late(self, waiting: Waiting, unpublished: dict[str, int]) -> tuple[Row, ...]:
        """Midnight, second half: waiting groups that have become full, if k networks came since the last time.

        `unpublished`: by cube name, the facts of its unit that no published total has in it yet.
        """
        if not self.enough(waiting.networks) or (self._keep_back and not waiting.covered):
            return ()
        waiting.networks = 0
        rows = []
        for name, cells in sorted(waiting.cells.items()):
            count = waiting.count(name)
            for values in sorted(cells):
                group = cells[values].get(0)
                if group is None or not self.enough(group.networks) or group.networks < group.k:
                    continue
                if not self._draws.late_coin(name, values):
                    continue
                unnamed = count.unit - unpublished.get(name, 0) - count.named - count.expired
                if self.leaves_some(unnamed, group.n):
                    rows.append(Row(name, values, group.n, group.seconds))
                    count.named += group.n
                    waiting.move_on(name, values)
        return in_order(rows)

    def expire(self, cubes: Iterable[Cube], waiting: Waiting) -> None:
        """Destroy what has waited long enough, and all of cubes that this version no longer has."""
        days = {cube.name: EXPIRY_DAYS[len(cube.dimensions)] for cube in cubes}
        for name in list(waiting.cells):
            waiting.expire(name, self._today + 1 - days.get(name, 0))

    def _wait_on(self, waiting: Waiting, name: str, values: Values, number: int, group: Group) -> None:
        """A group of the day joins, by a lot of its own, a waiting group of its cell; its networks become bits."""
        groups = waiting.groups(name, values)
        lot = self._draws.late_lot(name, values, number)
        late = groups.get(lot)
        if late is None:
            late = groups[lot] = WaitingGroup(self._today, self._draws.salt(name, values, lot))
        late.n += group.n
        late.seconds += group.seconds
        late.k = max(late.k, self.k)
        for network in group.networks:
            late.map |= map_bit(late.salt, network)


def in_order(rows: Iterable[Row]) -> tuple[Row, ...]:
    """Sort by cube and values, with one row per cell: how many groups a cell had is nobody's business."""
    cells: dict[tuple[str, Values], Row] = {}
    for row in rows:
        before = cells.get((row.cube, row.values))
        n, seconds = (before.n, before.seconds) if before else (0, 0)
        cells[row.cube, row.values] = Row(row.cube, row.values, row.n + n, row.seconds + seconds)
    return tuple(cells[cell] for cell in sorted(cells))


def _goes(number: int, group: Group) -> bool:
    """Whether the day's last release may have the group: it is full, and no visit in it is held."""
    return not group.short and number != NEVER


def _dies(cube: Cube, number: int, group: Group) -> bool:
    """At midnight: of pairs, what rests on one network; of all, what is held."""
    if number == NEVER:
        return True
    return len(cube.dimensions) == 2 and len(group.networks) < PAIR_NETWORKS
