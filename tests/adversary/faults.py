"""Faults planted in the real code, each with the attacks that must notice it.

A fault is a change of one or two names of the product, for as long as its `with` lasts.
"""

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import NamedTuple

import msgspec

from collector.day import release
from collector.day.cells import Cells
from collector.day.cubes import Dimension, Unit
from collector.day.fold import Fold
from collector.day.groups import Group, Key, Table
from collector.day.held import Held
from collector.day.lots import LOTS_BYTES, Draws, Lots
from collector.day.release import Release, Row, Totals, Wall
from collector.day.waiting import Values, Waiting
from tests.adversary.worlds import Live, put

Change = tuple[object, str, object]


class Fault(NamedTuple):
    """What is planted, and what must catch it."""

    what: str
    changes: Callable[[], list[Change]]
    caught_by: tuple[str, ...]


@contextmanager
def planted(fault: Fault) -> Iterator[None]:
    with ExitStack() as stack:
        for change in fault.changes():
            stack.enter_context(put(*change))
        yield


def _no_lots() -> list[Change]:
    return [(Draws, "lot", lambda *_: 0), (Draws, "late_lot", lambda *_: 0)]


def _bounded_lots() -> list[Change]:
    lot = Draws.lot
    return [(Draws, "lot", lambda self, lots, place: min(lot(self, lots, place), 1))]


def _one_lot() -> list[Change]:
    lots = Draws.lots

    def same(self: Draws, entry: int, index: int, extra: int = 0) -> Lots:
        return lots(self, entry, index)[:1] * LOTS_BYTES

    return [(Draws, "lots", same)]


def _lots_drawn_again() -> list[Change]:
    """As from a generator that is seeded when the process starts."""
    begin, starts = Draws.__init__, itertools.count()

    def started(self: Draws, key: bytes) -> None:
        begin(self, key + next(starts).to_bytes(8, "big"))

    return [(Draws, "__init__", started)]


def _tick_not_recorded() -> list[Change]:
    return [(Live, "record", lambda *_: None)]


def _flushed_at_midnight() -> list[Change]:
    """Leftovers join the group now waiting, all of them."""
    return [(Draws, "late_lot", lambda *_: 0)]


def _folded_into_other() -> list[Change]:
    """What has expired is told as "(other)"."""
    destroy, late = Waiting._destroy, Wall.close_late
    expired: list[Row] = []

    def keep(self: Waiting, cube: str, values: Values, number: int) -> None:
        group = self.cells[cube][values][number]
        expired.append(Row(cube, ("(other)",) * len(values), group.n, group.seconds))
        destroy(self, cube, values, number)

    def tell(self: Wall, waiting: Waiting, unpublished: dict[str, int]) -> tuple[Row, ...]:
        rows = release.in_order([*late(self, waiting, unpublished), *expired])
        expired.clear()
        return rows

    return [(Waiting, "_destroy", keep), (Wall, "close_late", tell)]


def _no_keep_back() -> list[Change]:
    return [(Wall, "leaves_some", lambda *_: True)]


def _nothing_held() -> list[Change]:
    """No visit waits in all cubes at once, and releases do not ask for one."""

    def covered(self: Held) -> None:
        self.any = self.published = True

    return [(Held, "__init__", covered), (Held, "holds", lambda *_: False)]


def _keep_back_on_secrets() -> list[Change]:
    """At midnight keep-back counts on facts whose totals are not out yet."""
    close = Wall.close

    def all_public(
        self: Wall, tables: Sequence[Table], waiting: Waiting, *, totals: bool, covered: bool
    ) -> tuple[Row, ...]:
        return close(self, tables, waiting, totals=True, covered=covered or not totals)

    return [(Wall, "close", all_public)]


def _networks_of_hits() -> list[Change]:
    add, fresh = Cells.add, itertools.count()

    def counted(self: Cells, unit: Unit, values: list[str | None], lots: Lots, _network: int, *told: int) -> None:
        add(self, unit, values, lots, next(fresh), *told)

    return [(Cells, "add", counted)]


def _network_days() -> list[Change]:
    """A network counts once a day in the map, not once."""
    bits = itertools.count()
    return [(release, "map_bit", lambda *_: 1 << next(bits) % 64)]


def _second_unit() -> list[Change]:
    """Page views that came by a campaign are counted in the page's own row."""
    add = Cells.add

    def two(self: Cells, unit: Unit, values: list[str | None], lots: Lots, network: int, *told: int) -> None:
        campaign = unit == Unit.PAGEVIEW and values[Dimension.CAMPAIGN]
        add(self, unit, values, lots, network, *((30,) if campaign else told))

    return [(Cells, "add", two)]


def _pairs_of_one() -> list[Change]:
    return [(release, "PAIR_NETWORKS", 1)]


def _pairs_too_long() -> list[Change]:
    return [(release, "EXPIRY_DAYS", {0: 30, 1: 30, 2: 30})]


def _no_coin() -> list[Change]:
    return [(Draws, "coin", lambda *_: True), (Draws, "late_coin", lambda *_: True)]


def _no_precondition() -> list[Change]:
    publish = Fold.publish

    def always(self: Fold, time: int) -> Release | None:
        self._since.update(-i for i in range(self._day.k))
        return publish(self, time)

    return [(Fold, "publish", always)]


def _insertion_order() -> list[Change]:
    def as_it_came(each: Iterable[Key], key: object = None) -> list[Key]:
        return list(each)

    return [(release, "in_order", tuple), (release, "sorted", as_it_came)]


def _when_full() -> list[Change]:
    """The usual threshold: a cell that once had k networks is told to the last visit at every publish."""
    move_on = Table.move_on

    def stay_open(self: Table, key: Key) -> None:
        move_on(self, key)
        self.filling[key].short = False
        self.full.add(key)

    return [*_no_lots(), *_no_coin(), (Table, "move_on", stay_open)]


def _exact_seconds() -> list[Change]:
    def exact(self: Draws, value: int, lots: Lots, unit: int, count: int) -> list[int]:
        return [value] * count

    return [(Draws, "half_minutes", exact)]


def _exact_total() -> list[Change]:
    """Where totals obey the rule, the exact number of page views all the same."""
    publish = Fold.publish

    def told(self: Fold, time: int) -> Release | None:
        out = publish(self, time)
        return out and msgspec.structs.replace(out, totals=Totals(self._pageviews, 0, 0, {}))

    return [(Fold, "publish", told)]


def _networks_kept() -> list[Change]:
    """The map is of the networks themselves."""
    return [(release, "map_bit", lambda _salt, network: network & (2**64 - 1))]


def _one_too_few() -> list[Change]:
    """A group is full with k - 1 networks."""
    take = Group.take

    def full(self: Group, network: int, k: int) -> bool:
        return take(self, network, k - 1)

    return [(Group, "take", full)]


FAULTS: tuple[Fault, ...] = (
    Fault("no lots", _no_lots, ("swap", "plus_one")),
    Fault("bounded lots", _bounded_lots, ("swap", "plus_one")),
    Fault("one lot per hit", _one_lot, ("independence",)),
    Fault("lots drawn again after a restart", _lots_drawn_again, ("once",)),
    Fault("a tick not recorded", _tick_not_recorded, ("once",)),
    Fault("leftovers flushed at midnight", _flushed_at_midnight, ("swap", "plus_one")),
    Fault('folding into "(other)"', _folded_into_other, ("swap", "plus_one")),
    Fault("no keep-back", _no_keep_back, ("keep",)),
    Fault("keep-back counts on unpublished facts", _keep_back_on_secrets, ("keep",)),
    Fault("k counted on hits", _networks_of_hits, ("oracle",)),
    Fault("one network too few", _one_too_few, ("oracle",)),
    Fault("network-days", _network_days, ("oracle", "insider")),
    Fault("a second unit in a group", _second_unit, ("oracle",)),
    Fault("pairs of one network wait on", _pairs_of_one, ("oracle",)),
    Fault("pairs kept too long", _pairs_too_long, ("oracle",)),
    Fault("no coin", _no_coin, ("trigger",)),
    Fault("precondition dropped", _no_precondition, ("precondition",)),
    Fault("insertion order", _insertion_order, ("no_trace",)),
    Fault("release when full", _when_full, ("nested", "swap")),
    Fault("exact seconds", _exact_seconds, ("seconds",)),
    Fault("an exact total", _exact_total, ("plus_one",)),
    Fault("networks kept over midnight", _networks_kept, ("rest",)),
)

# Caught by the exact attacker, in its own worlds (test_exact.py).
NOTHING_HELD = Fault("nothing held", _nothing_held, ())
