"""The guesser: how sure can he be of what one visit looked at, whom he saw come and who is in no group yet?

A cube of two categories, both as likely, whose shares he knows. He watched a visit come since the last publish, sees
all rows of the cube with their publishes and all totals, knows the rule and k, and is told that the visit waits. His
posterior is exact up to sampling: of all played worlds with the same rows and totals, the share of the newest waiting
visits that are A.

The lots bound it by 8/9. Take any outcome in which the visit is B and waits; let it be A and draw a later lot, and the
same is published. So A is at least an eighth as likely as B, whatever was published: 88.9 % at most. The one exception
is a full group of B that keep-back holds: it says that all that waits is this group, and it would go if the visit were
A. With a coin before it the bound is 16/17; with k = 2 91 % was measured, with k = 5 and more nothing above 8/9.

It holds for a visit since the last publish. One that is known to have waited through m releases of A would be B with
8^m to 1; but which visits wait is not known.
"""

import random
from collections import Counter
from collections.abc import Sequence
from math import sqrt
from typing import NamedTuple

from collector.day.cells import PLACES
from collector.day.cubes import Cube, Dimension, Unit
from collector.day.groups import Table, Tally
from collector.day.lots import Draws
from collector.day.release import Wall

CUBE = Cube((Dimension.DEVICE,), Unit.VISIT_START)
CERTAINTY = 0.9
DEVIATIONS = 4  # standard errors: of a few hundred posteriors none is past it by chance

Seen = tuple[tuple[tuple[str, int], ...], ...]  # publish by publish: the rows


class Posterior(NamedTuple):
    """What he knows of the newest waiting visits where he saw the same."""

    a: int
    all: int

    @property
    def sure(self) -> float:
        """How sure he is of the likelier category, less the sampling error (Wilson's bound, 4 standard errors)."""
        share, z2 = max(self.a, self.all - self.a) / self.all, DEVIATIONS**2
        middle = share + z2 / (2 * self.all)
        half = DEVIATIONS * sqrt(share * (1 - share) / self.all + z2 / (4 * self.all**2))
        return (middle - half) / (1 + z2 / self.all)


def posteriors(k: int, visits: Sequence[int], worlds: int, seed: int = 1) -> dict[Seen, Posterior]:
    """Play so many worlds, with so many visits before each publish, through the real groups, lots and wall."""
    r = random.Random(seed)
    a: Counter[Seen] = Counter()
    every: Counter[Seen] = Counter()
    for _ in range(worlds):
        for seen, newest in _play(r, k, visits):
            a[seen] += newest.count("A")
            every[seen] += len(newest)
    return {seen: Posterior(a[seen], n) for seen, n in every.items() if n}


def _play(r: random.Random, k: int, visits: Sequence[int]) -> list[tuple[Seen, list[str]]]:
    """After each publish: all that was seen so far, and the categories of the newest visits that wait."""
    draws, tally = Draws(r.randbytes(32)), Tally()
    table = Table(CUBE, tally, draws, k, cap=10)
    wall = Wall(k, draws, 1, keep_back=True)
    place, number = PLACES.index(CUBE), 0
    seen: Seen = ()
    out = []
    for time, count in enumerate(visits):
        newest = []
        for _ in range(count):
            number += 1
            value = r.choice("AB")
            lot = draws.lot(draws.lots(number, 0), place)
            group = table.group(value, lot)
            group.n += 1
            tally.facts += 1
            if group.short and group.take(number, k):
                table.filled(group)
            newest.append((value, table.released.get(value, 0) + lot))
        seen = (*seen, tuple((row.values[0], row.n) for row in wall.publish([table], time)))
        out.append((seen, [value for value, group in newest if group >= table.released.get(value, 0)]))
    return out
