"""The rate limit: a bucket of tokens for each network."""

from hypothesis import given
from hypothesis import strategies as st

from collector.door.rate import Rate

NOW = 1_795_000_000_000


def taken(rate: Rate, network: int, moments: list[int]) -> list[bool]:
    return [rate.take(network, moment) == 0 for moment in moments]


def test_a_burst_passes_and_then_the_limit_holds() -> None:
    """60 a minute with a burst of 3: three at once, the fourth is refused, and one more each second."""
    rate = Rate(60, 3)
    assert taken(rate, 1, [NOW] * 4) == [True, True, True, False]
    assert taken(rate, 1, [NOW + 999, NOW + 1000, NOW + 1000]) == [False, True, False]


def test_networks_have_buckets_of_their_own() -> None:
    """What one network spends is not missing from another's."""
    rate = Rate(60, 1)
    assert taken(rate, 1, [NOW, NOW]) == [True, False]
    assert taken(rate, 2, [NOW]) == [True]


def test_the_wait_is_whole_seconds_and_long_enough() -> None:
    """Whoever waits as long as the refusal says gets a token."""
    rate = Rate(7, 2)
    assert taken(rate, 1, [NOW, NOW]) == [True, True]
    wait = rate.take(1, NOW + 10)
    assert wait == 9  # a token takes 8.57 s
    assert rate.take(1, NOW + 10 + 1000 * wait) == 0


def test_a_clock_set_back_refuses_nobody() -> None:
    """After the clock was corrected by an hour, networks that were known before are not shut out for that hour."""
    rate = Rate(60, 3)
    assert taken(rate, 1, [NOW, NOW - 3_600_000]) == [True, True]


@given(st.integers(1, 6), st.integers(1, 5), st.lists(st.integers(0, 40_000), min_size=1, max_size=60))
def test_law_of_the_bucket(limit: int, burst: int, steps: list[int]) -> None:
    """In any stretch of time no more pass than the burst and what the limit gives in it, whenever tables turn."""
    rate, moment, passed = Rate(limit, burst), NOW, []
    for step in steps:
        moment += step
        if rate.take(1, moment) == 0:
            passed.append(moment)
    for i, first in enumerate(passed):
        for j, last in enumerate(passed[i:]):
            assert j + 1 <= burst + (last - first) * limit / 60_000 + 1e-6


@given(st.lists(st.integers(0, 8_000), min_size=1, max_size=40))
def test_forgetting_forgets_only_full_buckets(steps: list[int]) -> None:
    """A bucket counts tokens as one that is never forgotten does."""
    rate, moment, tokens, before = Rate(30, 4), NOW, 4.0, NOW
    for step in steps:
        moment += step
        tokens = min(4.0, tokens + (moment - before) / 2000)
        before = moment
        allowed = tokens > 1 - 1e-9
        assert (rate.take(7, moment) == 0) is allowed
        tokens -= allowed
        rate.take(moment, moment)  # others come and go


def test_a_bucket_is_not_forgotten_before_it_is_full() -> None:
    """Others who come and go while a network is quiet do not fill its bucket."""
    rate = Rate(30, 4)  # full again after 8 s
    assert taken(rate, 1, [NOW] * 4) == [True] * 4
    for passed in range(0, 6001, 500):
        rate.take(2, NOW + passed)
    assert taken(rate, 1, [NOW + 6000] * 4) == [True, True, True, False]


def test_memory_is_bounded() -> None:
    """However many networks come, two tables of `size` are all there is."""
    rate = Rate(120, 1200, size=100)
    for network in range(10_000):
        rate.take(network, NOW + network)
    assert len(rate._young) + len(rate._old) <= 200
