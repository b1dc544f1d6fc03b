"""Made-up shops for `bench/wall.py`: days of hits, one after the other, from the tests' simulator.

Assumed (trust a ranking, not the decimals): visits of 3.2 views on average, 300 pages by Zipf's law (the first has 16 %
of the views, the tenth 1.6 %, the hundredth 0.16 %), seven sources, 38 % of visitors on home lines in 40,000 networks,
17 % with an IPv6 network of their own, 45 % behind 600 networks of carriers; 86 % of networks in Sweden, campaigns with
one visit in twenty, a TIME hit for each view.
"""

from collections.abc import Iterator
from itertools import accumulate

import msgspec

from collector.door.hit import Hit
from tests.unit.day.simulator import BEGINS, DAY, Mix, Simulator

PAGES = tuple(f"/page/{rank}" for rank in range(1, 301))
WEIGHTS = tuple(accumulate(1 / rank for rank in range(1, 301)))
COUNTRIES = ("SE",) * 86 + ("NO",) * 6 + ("FI",) * 4 + ("DK",) * 3 + ("DE",)
CAMPAIGNS = ("spring", "letter", "", "")  # of visits that came by the newsletter


class Shop(Simulator):
    """The simulator, with a shop's many pages in place of a small site's few."""

    def _page(self) -> str:
        return self._random.choices(PAGES, cum_weights=WEIGHTS)[0]


def days(visits: int, count: int) -> Iterator[list[Hit]]:
    """`count` days of so many visits, each day's hits in the order of their time."""
    for day in range(count):
        hits = Shop(Mix(visits), seed=1000 * day + visits % 997).day().hits
        yield [_on(hit, day) for hit in hits]


def _on(hit: Hit, day: int) -> Hit:
    campaign = CAMPAIGNS[hit.network % 4] if hit.source == "newsletter" else ""
    country = COUNTRIES[hit.network * 2_654_435_761 % 2**32 % 100]  # Knuth's multiplicative hash
    return msgspec.structs.replace(hit, time=hit.time + day * DAY, campaign=campaign, country=country)


def begins(day: int) -> int:
    """The day's first moment, milliseconds UTC."""
    return BEGINS + day * DAY
