"""Reports under a filter: the lists that are counted together with its dimension.

Beside the sum of groups of the pair stands the whole: what the cube of the filter's dimension alone says of its value.
That too is a sum of groups, so it is the least there can be; and lots are drawn apart for each cube, so the pair may
say more than the value alone. The whole is the greater of the two: no row shows more than its whole, and no share is
more than 1. `waiting` is what is known to be there and in no group of the pair.
"""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from collector.site import Site
from collector.store import Store
from dashboard.filters import Crossing, Filter
from dashboard.period import Period
from dashboard.reports import PANELS, TOP, WEEK, Panel, PanelRow


class Drill(Struct, frozen=True):
    """The lists under a filter, and the names of those that cannot be shown under it."""

    dimension: str  # a Dimension, in small letters
    value: str
    panels: dict[str, Panel]  # `whole` is the least there can be, None where no cube counts it
    apart: list[str]  # keys of PANELS: not counted together with this dimension


def drill(store: Store, site: Site, period: Period, chosen: Filter) -> Drill:
    """All lists that there are under a filter, the first rows of each."""
    found = _panels(store, site, period, chosen, chosen.crossings, TOP)
    apart = [name for name in PANELS if name not in chosen.crossings and name != chosen.list]
    return Drill(chosen.dimension.name.lower(), chosen.value, found, apart)


def panel(store: Store, site: Site, period: Period, chosen: Filter, name: str) -> Panel:
    """One list with all its rows. KeyError: it cannot be crossed with the filter."""
    return _panels(store, site, period, chosen, {name: chosen.crossings[name]}, None)[name]


def _panels(  # noqa: PLR0917 - a question's five parts and its limit
    store: Store, site: Site, period: Period, chosen: Filter, crossings: Mapping[str, Crossing], limit: int | None
) -> dict[str, Panel]:
    asked = {
        "site": site.id,
        "begin": period.begin,
        "end": period.end,
        "late": period.days >= WEEK,
        "value": chosen.value,
    }
    # The least first, then the pairs: what is released between the two can only be named more.
    alone = dict(store.read("alone", cubes=[c.whole.name for c in crossings.values() if c.whole], **asked))
    rows: dict[tuple[int, str], list[tuple[Any, ...]]] = {}
    sides = {side: [c.cube.name for c in crossings.values() if c.side == side] for side in (0, 1)}
    for side, cube, *row in store.read("crossed", firsts=sides[0], seconds=sides[1], limit=limit, **asked):
        rows.setdefault((side, cube), []).append(tuple(row))
    for found in rows.values() if site.rounded else ():
        found.sort(key=lambda row: (-row[1], row[0]))  # as it is shown
    return {
        name: _panel(name, crossing, rows.get((crossing.side, crossing.cube.name), []), alone)
        for name, crossing in crossings.items()
    }


def _panel(name: str, crossing: Crossing, rows: list[tuple[Any, ...]], alone: Mapping[str, int]) -> Panel:
    """A list out of rows (value, n, named, cells)."""
    named, cells = (rows[0][2], rows[0][3]) if rows else (0, 0)
    whole = None if crossing.whole is None else max(named, alone.get(crossing.whole.name, 0))
    most = named if whole is None else whole
    return Panel(
        name=name,
        cube=crossing.cube.name,
        unit=str(crossing.cube.unit),
        rows=[PanelRow((value,), n, n / most if most else 0.0) for value, n, *_ in rows],
        more=cells - len(rows),
        named=named,
        whole=whole,
        waiting=None if whole is None else whole - named,
    )
