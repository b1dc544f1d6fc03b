"""Visits and visitors against days whose truth is known: the simulator's mixes, at the sizes that matter."""

import pytest

from collector.day.cubes import Dimension
from collector.day.visit import Visit
from collector.day.visitors import Visitors
from collector.day.visits import Visits
from collector.door.hit import Kind
from tests.unit.day.simulator import Mix, Simulator, Truth

MIXES = {
    "1,000 a day": Mix(1000),
    "10,000 a day": Mix(10_000),
    "1,000 and an office of 300 with one browser": Mix(1000, offices=(300,)),
    "mobile only": Mix(10_000, home=0, own_six=0, mobile=1, carriers=60),
    "no referrers at all": Mix(10_000, referrers=False),
}


class Counted:
    """What the linking and the estimate make of a day."""

    def __init__(self, truth: Truth) -> None:
        self.ended: list[Visit] = []
        self.views = self.right = 0
        visits, visitors = Visits(self.ended.append), Visitors()
        for hit, number in zip(truth.hits, truth.visit_of, strict=True):
            if hit.kind == Kind.VIEW:
                visit = visits.view(hit, b"")
                if visit.views == 1:
                    visitors.add(visit.key)
                self.views += 1
                self.right += visit.values[Dimension.SOURCE] == truth.sources[number]
            else:
                visits.time(hit)
        visits.close()
        self.visitors = visitors.estimate()


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("mix", MIXES.values(), ids=MIXES)
def test_a_known_day(mix: Mix, seed: int) -> None:
    """Visits within 5 % (at 1,000 one day's luck is 1 %), visitors within 10 %, 9 of 10 views to the right source."""
    truth = Simulator(mix, seed).day()
    counted = Counted(truth)
    assert len(counted.ended) == pytest.approx(truth.visits, rel=0.05)
    assert counted.visitors == pytest.approx(truth.visitors, rel=0.1)
    assert counted.right >= 0.9 * counted.views


def test_the_simulator_is_hard_enough() -> None:
    """Linking by key and 30 minutes alone misses a third of a mobile day's visits: the mixes tell rules apart."""
    truth = Simulator(MIXES["mobile only"], 1).day()
    latest: dict[tuple[int, str, str, str], int] = {}
    starts = 0
    for hit in truth.hits:
        key = (hit.network, hit.browser, hit.system, hit.device)
        starts += hit.kind == Kind.VIEW and hit.time - latest.get(key, 0) >= 30 * 60_000
        latest[key] = hit.time
    assert starts < 0.67 * truth.visits
