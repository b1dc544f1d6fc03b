"""The filter of a screen: one value of one dimension, and which lists can be crossed with it. Pure.

One filter at a time, by design: a cube has at most two dimensions, so of two filters nothing could be answered. The
address has it as `only=channel:search`.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from collector.day.cubes import CUBES, Cube, Dimension, Unit


class Crossing(NamedTuple):
    """Where the rows of one list under a filter are."""

    cube: Cube
    own: int  # the place, 0 or 1, of the list's own dimension; the filter's is the other
    whole: Cube | None  # the cube that counts the filter's value alone, one of which each of these facts is; or none

    @property
    def side(self) -> int:
        """The place of the filter's dimension."""
        return 1 - self.own


# Which dimension a list's rows are values of: those that can be clicked.
DIMENSIONS: Final[Mapping[str, Dimension]] = MappingProxyType(
    {
        "pages": Dimension.PAGE,
        "previous": Dimension.PAGE,
        "next": Dimension.PAGE,
        "entry": Dimension.ENTRY_PAGE,
        "sources": Dimension.SOURCE,
        "channels": Dimension.CHANNEL,
        "devices": Dimension.DEVICE,
        "countries": Dimension.COUNTRY,
        "events": Dimension.EVENT,
    }
)
# The list that a dimension's values are the rows of, without a filter.
LISTS: Final[Mapping[Dimension, str]] = MappingProxyType(
    {dimension: name for name, dimension in DIMENSIONS.items() if name not in {"previous", "next"}}
)
LONGEST: Final = 1000  # characters of a value that is looked up; the door lets in far fewer


def _cross(dimension: Dimension, own: Dimension, unit: Unit, *, whole: bool) -> Crossing:
    """The crossing in the cube of the two, in whichever order it has them."""
    cube = next(cube for cube in CUBES if set(cube.dimensions) == {dimension, own} and cube.unit == unit)
    return Crossing(cube, cube.dimensions.index(own), Cube((dimension,), unit) if whole else None)


_D, _U = Dimension, Unit
_STEPS: Final = Cube((_D.PREVIOUS_PAGE, _D.PAGE), _U.PAGEVIEW)

# By the filter's dimension, then by list, in the order in which they are shown.
CROSSINGS: Final[Mapping[Dimension, Mapping[str, Crossing]]] = MappingProxyType(
    {
        # What comes before and after a page has no whole: some views have none before, and some have two after.
        _D.PAGE: {
            "previous": Crossing(_STEPS, 0, None),
            "next": Crossing(_STEPS, 1, None),
            "channels": _cross(_D.PAGE, _D.CHANNEL, _U.PAGEVIEW, whole=True),
            "devices": _cross(_D.PAGE, _D.DEVICE, _U.PAGEVIEW, whole=True),
            "countries": _cross(_D.PAGE, _D.COUNTRY, _U.PAGEVIEW, whole=True),
        },
        _D.ENTRY_PAGE: {"channels": _cross(_D.ENTRY_PAGE, _D.CHANNEL, _U.VISIT_START, whole=True)},
        _D.SOURCE: {"devices": _cross(_D.SOURCE, _D.DEVICE, _U.VISIT_START, whole=True)},
        # No cube counts page views by channel, device or country alone.
        _D.CHANNEL: {
            "pages": _cross(_D.CHANNEL, _D.PAGE, _U.PAGEVIEW, whole=False),
            "entry": _cross(_D.CHANNEL, _D.ENTRY_PAGE, _U.VISIT_START, whole=True),
            "events": _cross(_D.CHANNEL, _D.EVENT, _U.EVENT_REACH, whole=False),
        },
        _D.DEVICE: {
            "pages": _cross(_D.DEVICE, _D.PAGE, _U.PAGEVIEW, whole=False),
            "sources": _cross(_D.DEVICE, _D.SOURCE, _U.VISIT_START, whole=True),
        },
        _D.COUNTRY: {"pages": _cross(_D.COUNTRY, _D.PAGE, _U.PAGEVIEW, whole=False)},
        _D.EVENT: {
            "channels": _cross(_D.EVENT, _D.CHANNEL, _U.EVENT_REACH, whole=True),
            "properties": _cross(_D.EVENT, _D.PROPERTY, _U.EVENT, whole=False),  # an event may have several
        },
    }
)


class Filter(NamedTuple):
    """Only what has this value in this dimension. "" is a value too: a source of "" is no source."""

    dimension: Dimension
    value: str

    @property
    def crossings(self) -> Mapping[str, Crossing]:
        """The lists that can be shown under it."""
        return CROSSINGS[self.dimension]

    @property
    def list(self) -> str:
        """The list whose row it is."""
        return LISTS[self.dimension]

    def query(self) -> dict[str, str]:
        """The query that parses to this filter."""
        return {"only": f"{self.dimension.name.lower()}:{self.value}"}


def parse(query: Mapping[str, str]) -> Filter | None:
    """The filter that a query asks for; None without one. Raises ValueError for one that there is not."""
    text = query.get("only")
    if not text:
        return None
    name, colon, value = text.partition(":")
    dimension = next((each for each in CROSSINGS if each.name.lower() == name), None)
    if dimension is None or not colon or len(value) > LONGEST:
        raise ValueError(text)
    return Filter(dimension, value)
