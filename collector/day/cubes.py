"""The cubes: which dimensions may be asked together, and what is counted there. The one list of them.

Source: the design's section 5. At most two dimensions, one unit each: a second counter in one group would rest on
fewer networks than the group does.
"""

from enum import IntEnum, StrEnum
from typing import NamedTuple


class Unit(StrEnum):
    """What a cube counts, one each."""

    PAGEVIEW = "pageview"
    REACH = "reach"  # a visit saw this page, or made this event, at least once
    VISIT_START = "visit_start"
    VISIT_END = "visit_end"  # with the visit's seconds
    BOUNCE = "bounce"
    TIMED_VIEW = "timed_view"  # a page's engaged seconds, once, when its visit ends
    EVENT = "event"
    EVENT_REACH = "event_reach"  # reach of an event; apart, since a hit that is both draws two lots


class Dimension(IntEnum):
    """A slot in a fact's list of values."""

    PAGE = 0
    PREVIOUS_PAGE = 1
    ENTRY_PAGE = 2
    EXIT_PAGE = 3
    SOURCE = 4
    CHANNEL = 5
    CAMPAIGN = 6
    BROWSER = 7
    SYSTEM = 8
    DEVICE = 9
    COUNTRY = 10
    DURATION = 11
    SCROLL = 12
    EVENT = 13
    PROPERTY = 14


class Cube(NamedTuple):
    """Dimensions and a unit. The store keeps the `name`: "page.pageview", "none.bounce", "page+channel.pageview"."""

    dimensions: tuple[Dimension, ...]
    unit: Unit

    @property
    def name(self) -> str:
        """The cube's name in the store, in exports and in the notice."""
        return ("+".join(d.name.lower() for d in self.dimensions) or "none") + "." + self.unit


D, U = Dimension, Unit

CUBES: tuple[Cube, ...] = (
    Cube((), U.VISIT_END),
    Cube((), U.BOUNCE),
    Cube((), U.EVENT),
    Cube((D.PAGE,), U.PAGEVIEW),
    Cube((D.PAGE,), U.REACH),
    Cube((D.PAGE,), U.TIMED_VIEW),
    Cube((D.ENTRY_PAGE,), U.VISIT_START),
    Cube((D.ENTRY_PAGE,), U.BOUNCE),
    Cube((D.EXIT_PAGE,), U.VISIT_END),
    Cube((D.SOURCE,), U.VISIT_START),
    Cube((D.SOURCE,), U.VISIT_END),
    Cube((D.SOURCE,), U.BOUNCE),
    Cube((D.CHANNEL,), U.VISIT_START),
    Cube((D.CHANNEL,), U.VISIT_END),
    Cube((D.CHANNEL,), U.BOUNCE),
    Cube((D.CAMPAIGN,), U.VISIT_START),
    Cube((D.BROWSER,), U.VISIT_START),
    Cube((D.SYSTEM,), U.VISIT_START),
    Cube((D.DEVICE,), U.VISIT_START),
    Cube((D.COUNTRY,), U.VISIT_START),
    Cube((D.DURATION,), U.VISIT_END),
    Cube((D.SCROLL,), U.TIMED_VIEW),
    Cube((D.EVENT,), U.EVENT),
    Cube((D.EVENT,), U.EVENT_REACH),
    Cube((D.EVENT, D.PROPERTY), U.EVENT),
    Cube((D.EVENT, D.PROPERTY), U.EVENT_REACH),
    # drill-down
    Cube((D.PAGE, D.CHANNEL), U.PAGEVIEW),
    Cube((D.PAGE, D.DEVICE), U.PAGEVIEW),
    Cube((D.PAGE, D.COUNTRY), U.PAGEVIEW),
    Cube((D.PREVIOUS_PAGE, D.PAGE), U.PAGEVIEW),
    Cube((D.ENTRY_PAGE, D.CHANNEL), U.VISIT_START),
    Cube((D.SOURCE, D.DEVICE), U.VISIT_START),
    Cube((D.EVENT, D.CHANNEL), U.EVENT_REACH),
)

# Only where a site's totals obey the rule too (totals = groups).
TOTAL_CUBES: tuple[Cube, ...] = (Cube((), U.PAGEVIEW), Cube((), U.VISIT_START))
