"""Draws: what they must look like from outside, under fixed keys."""

import hashlib
from collections import Counter
from statistics import fmean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.day.cells import PLACES
from collector.day.lots import CAP_SECONDS, LOTS_BYTES, Draws, map_bit

KEY = bytes(range(32))
HITS = 40_000


def chi_square(seen: list[int], expected: list[float]) -> float:
    return sum((s - e) ** 2 / e for s, e in zip(seen, expected, strict=True))


@pytest.mark.parametrize("place", [0, 7, len(PLACES) - 1])
def test_each_further_group_is_drawn_one_time_in_eight(place: int) -> None:
    """P(G >= g) = 8^-g: over 40,000 hits chi-square of 0, 1, 2, 3 and more stays under 16.3 (p = 0.001)."""
    draws = Draws(KEY)
    seen = Counter(min(draws.lot(draws.lots(entry, 0), place), 3) for entry in range(HITS))
    expected = [HITS * 7 / 8, HITS * 7 / 64, HITS * 7 / 512, HITS / 512]
    assert chi_square([seen[lot] for lot in range(4)], expected) < 16.3


def test_lots_go_on_without_bound() -> None:
    """A fact whose 63 bits of a block all say "go on" goes on in the next block: no lot is the last."""

    class AllGoOnTwice(Draws):
        """The outcome of two blocks that comes once in 2^126 facts."""

        @staticmethod
        def _digest(kind: hashlib.blake2b, message: bytes) -> bytes:  # noqa: ARG004 - as the real one is called
            return bytes(8) if message[-8] < 2 else b"\x01" + bytes(7)

    assert AllGoOnTwice(KEY).lot(bytes(LOTS_BYTES), 3) == 2 + 21 + 21


def test_long_lots_come_as_often_as_they_should() -> None:
    """Beyond the byte's two steps P(G >= 3 | G >= 2) is 1 in 8 again (4,000 draws, four standard deviations)."""
    draws = Draws(KEY)
    further = [draws.lot(bytes(60) + entry.to_bytes(4, "big"), 5) for entry in range(4000)]
    assert min(further) == 2
    assert max(further) >= 5
    assert abs(sum(lot >= 3 for lot in further) - 500) < 4 * (4000 * 7 / 64) ** 0.5


def test_cubes_draw_independently() -> None:
    """Whether a hit joins the group now filling in one cube says nothing of any other: 2x2 chi-square under 15.1.

    595 pairs of cubes are looked at together, so the limit is that of p = 0.0001.
    """
    draws, hits = Draws(KEY), 4000
    stays = [[draws.lot(lots, p) == 0 for p in range(len(PLACES))] for lots in (draws.lots(i, 1) for i in range(hits))]
    columns = list(zip(*stays, strict=True))
    for i, one in enumerate(columns):
        for two in columns[:i]:
            both = sum(a and b for a, b in zip(one, two, strict=True))
            expected = sum(one) * sum(two) / hits
            spread = expected * (1 - sum(one) / hits) * (1 - sum(two) / hits)
            assert (both - expected) ** 2 / spread < 15.1


def test_long_lots_are_drawn_apart_in_each_cube() -> None:
    """A fact that goes on in two cubes at once goes on by two draws: they agree in 7 of 9 cases, not in all."""
    draws = Draws(KEY)
    told = [bytes(60) + entry.to_bytes(4, "big") for entry in range(2000)]
    agree = sum(draws.lot(lots, 5) == draws.lot(lots, 6) for lots in told)
    assert abs(agree - 2000 * 7 / 9) < 4 * (2000 * 14 / 81) ** 0.5


def test_an_identity_draws_the_same_again() -> None:
    """A replay under the same key draws the same lots, and another key others."""
    assert Draws(KEY).lots(7, 3, 1) == Draws(KEY).lots(7, 3, 1)
    assert Draws(KEY).lots(7, 3, 1) != Draws(bytes(32)).lots(7, 3, 1)


def test_identities_do_not_share_lots() -> None:
    """Entry, index and extra each make another draw: the further facts of a hit draw for themselves."""
    draws = Draws(KEY)
    identities = [(e, i, x) for e in (0, 1, 256, 2**40) for i in (0, 1, 256) for x in (0, 1, 2)]
    assert len({draws.lots(*identity) for identity in identities}) == len(identities)


def test_kinds_of_draw_are_apart() -> None:
    """The same message under two kinds of draw gives unrelated bytes, so a coin tells nothing of a lot."""
    draws = Draws(KEY)
    kinds = [draws._further, draws._coin, draws._rank, draws._late_lot, draws._late_coin, draws._salt]
    assert len({draws._digest(kind, b"message") for kind in kinds}) == len(kinds)


def test_values_are_not_glued() -> None:
    """("a", "bc") and ("ab", "c") are two cells to every draw."""
    draws = Draws(KEY)
    assert draws.ranks("c")(("a", "bc")) != draws.ranks("c")(("ab", "c"))
    assert draws.ranks("c")(("a",)) == draws._drawn(draws._rank, ("c", ("a",)))
    assert draws.salt("c", ("a",), 12) != draws.salt("c", ("a", "1"), 2)


def test_coins_are_fair() -> None:
    """Half the ticks, and half the cells, by day and at midnight (4,000 each, four standard deviations)."""
    draws = Draws(KEY)
    ticks = sum(draws.coin("page.pageview", ("/",), 0, time) for time in range(4000))
    late = sum(draws.late_coin("page.pageview", (f"/{i}",)) for i in range(4000))
    assert abs(ticks - 2000) < 4 * 4000**0.5 / 2
    assert abs(late - 2000) < 4 * 4000**0.5 / 2


@pytest.mark.parametrize("value", [1, 15, 40, 59, 1799])
def test_seconds_are_rounded_without_bias(value: int) -> None:
    """Over 20,000 roundings the mean is the value, within four standard errors (at most 0.43 s)."""
    draws = Draws(KEY)
    rounded = [s for entry in range(4000) for s in draws.half_minutes(value, draws.lots(entry, 0), 3, 5)]
    rest = value % 30
    assert abs(fmean(rounded) - value) < 4 * (rest * (30 - rest) / 20_000) ** 0.5


@given(st.integers(0, 10**6), st.integers(0, 2**64 - 1), st.integers(1, 16))
def test_seconds_become_a_neighbouring_half_minute(value: int, entry: int, count: int) -> None:
    """Each is one of the two multiples of 30 s next to the value, of at most 30 minutes."""
    draws = Draws(KEY)
    capped = min(value, CAP_SECONDS)
    rounded = draws.half_minutes(value, draws.lots(entry, 0), 3, count)
    assert len(rounded) == count
    assert all(s % 30 == 0 and abs(s - capped) < 30 and s <= CAP_SECONDS for s in rounded)


def test_seconds_are_rounded_apart_in_each_cube_and_unit() -> None:
    """The rounding of one cube, or unit, says nothing of another's: 15 s agree in half of the cases."""
    draws = Draws(KEY)
    ends = [draws.half_minutes(15, draws.lots(entry, 0), 3, 2) for entry in range(4000)]
    timed = [draws.half_minutes(15, draws.lots(entry, 0), 5, 2) for entry in range(4000)]
    assert abs(sum(a == b for a, b in ends) - 2000) < 127  # four standard deviations
    assert abs(sum(a[0] == b[0] for a, b in zip(ends, timed, strict=True)) - 2000) < 127


@given(st.binary(min_size=8, max_size=8), st.lists(st.integers(0, 2**49 - 1)))
def test_a_map_never_has_more_bits_than_networks(salt: bytes, networks: list[int]) -> None:
    """However often and in what order they come."""
    bits = 0
    for network in networks:
        bits |= map_bit(salt, network)
    assert bits.bit_count() <= len(set(networks))
    assert bits < 2**64


def test_maps_of_two_groups_cannot_be_compared() -> None:
    """Another salt sets other bits: what two groups share cannot be read from their maps."""
    networks = range(2000)
    agree = sum(map_bit(b"saltsalt", network) == map_bit(b"othersal", network) for network in networks)
    assert agree < 2000 / 64 + 4 * (2000 / 64) ** 0.5
