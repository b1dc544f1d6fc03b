"""The visitors of the day: the quiet-key estimate, against its formula written out plainly and against known days."""

from collections import Counter
from collections.abc import Iterable
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from collector.day.visit import CLASS_BITS
from collector.day.visitors import GROWN, Visitors
from tests.unit.day.made import law

Key = tuple[int, int]  # network, class


def pack(key: Key) -> int:
    return key[0] << CLASS_BITS | key[1]


def counted(keys: Iterable[Key]) -> Visitors:
    visitors = Visitors()
    for key in keys:
        visitors.add(pack(key))
    return visitors


def by_the_formula(keys: list[Key]) -> int:
    """As the facts say it, in fractions."""
    visits, of_key = len(keys), Counter(keys)
    of_network, of_class = Counter(network for network, _ in keys), Counter(number for _, number in keys)

    def quiet(key: Key) -> bool:
        p = Fraction(of_class[key[1]], visits)
        others = of_network[key[0]] - of_key[key]
        crowd = others * p / (1 - p) if others else Fraction(0)
        return crowd <= Fraction(1, 10) and of_key[key] <= 8

    chosen = [key for key in of_key if quiet(key)]
    quiet_visits = sum(of_key[key] for key in chosen)
    return int(Fraction(visits * len(chosen), quiet_visits) + Fraction(1, 2)) if quiet_visits >= 30 else len(of_key)


keys = st.tuples(st.one_of(st.integers(0, 40), st.integers(1 << 48, (1 << 48) + 3)), st.integers(0, 5))


@law
@given(st.lists(keys, max_size=250))
def test_it_is_the_formula(of_visits: list[Key]) -> None:
    """It is visits * quiet keys / visits of quiet keys; distinct keys where fewer than 30 visits are quiet."""
    assert counted(of_visits).estimate(fresh=True) == by_the_formula(of_visits)


def test_a_day_without_visits_has_no_visitors() -> None:
    """And asking does not break the counting."""
    visitors = Visitors()
    assert visitors.estimate() == 0
    visitors.add(pack((1, 1)))
    assert visitors.estimate() == 1


def test_an_office_is_more_than_its_keys() -> None:
    """40 people at home make 60 visits; the 60 visits of one crowded office key are then 40 people, not one."""
    home = [(network, network % 4) for network in range(40)]
    office = [(1000, 0)] * 60
    assert counted(home + home[:20] + office).estimate() == 80


def test_few_quiet_visits_are_no_measure() -> None:
    """29 quiet visits: distinct keys. 30: the estimate."""
    office = [(1000, 0)] * 50
    assert counted([(network, 1) for network in range(29)] + office).estimate() == 30
    assert counted([(network, 1) for network in range(30)] + office).estimate() == 80


def test_a_class_is_measured_against_the_others() -> None:
    """With p = 0.1 one other visit is a crowd of 0.11: such keys are not quiet, and do not tell how often one comes."""
    homes = [(network, 0) for network in range(10, 50)] * 2
    shared = [(network, number) for network in range(10) for number in (0, 1)]
    assert counted(homes + shared).estimate() == 50


def test_a_robot_is_not_quiet() -> None:
    """A key with nine visits, alone in its network, does not make others look loyal; one with eight counts."""
    home = [(network, 0) for network in range(40)]
    assert counted([*home, *[(99, 1)] * 8]).estimate() == 41
    assert counted([*home, *[(99, 1)] * 9]).estimate() == 49


@law
@given(st.lists(keys, min_size=1, max_size=250), st.sets(st.integers(0, 250)))
def test_between_counts_the_share_is_a_sixteenth_old_at_most(of_visits: list[Key], asked: set[int]) -> None:
    """Asking often costs little: the share of quiet keys in their visits is of when there were 15/16 of the visits."""
    visitors, last = Visitors(), 0
    for number, key in enumerate(of_visits, 1):
        visitors.add(pack(key))
        if number in asked:
            if number - last >= max(1, last // GROWN):
                last = number
            then = counted(of_visits[:last])
            then.estimate(fresh=True)
            expected = Fraction(number * then._visitors, then._of_visits)
            assert visitors.estimate() == int(expected + Fraction(1, 2))


def test_keys_are_counted_again_after_a_sixteenth_more() -> None:
    """160 visitors of one visit; when they begin to come again, the tenth of these visits brings a new count."""
    visitors = counted((network, network % 4) for network in range(160))
    assert visitors.estimate() == 160
    for network in range(9):
        visitors.add(pack((network, network % 4)))
    assert visitors.estimate() == 169
    visitors.add(pack((9, 1)))
    assert visitors.estimate() == 160


def test_asking_changes_nothing() -> None:
    """The day's last figure is the same however often it was asked for before."""
    quiet, asked = Visitors(), Visitors()
    for number in range(3000):
        key = pack((number * 7 % 900, number % 5))
        quiet.add(key)
        asked.add(key)
        if number % 10 == 0:
            asked.estimate()
    assert quiet.estimate(fresh=True) == asked.estimate(fresh=True)
