"""What goes on over midnight."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.day.waiting import Count, Waiting, WaitingGroup

CUBE = "page.pageview"


def waiting(**firsts: int) -> Waiting:
    """One group of n = 3 for each page, begun on the day given."""
    out = Waiting(salt=b"sixteen bytes...")
    for page, first in firsts.items():
        out.groups(CUBE, (page,))[0] = WaitingGroup(first, b"saltsalt", 3, 60, 0b111)
        out.count(CUBE).add(Count(3, 3))
    return out


groups = st.builds(
    WaitingGroup,
    st.integers(1, 10**6),
    st.binary(min_size=8, max_size=8),
    st.integers(0, 2**40),
    st.integers(0, 2**40),
    st.integers(0, 2**64 - 1),
)
cells = st.dictionaries(
    st.text(max_size=20),
    st.dictionaries(st.tuples(st.text(max_size=9)) | st.just(()), st.dictionaries(st.integers(0, 99), groups)),
    max_size=5,
)


@given(cells, st.dictionaries(st.text(max_size=9), st.integers(0, 2**40)))
def test_encoding_and_back(
    cells: dict[str, dict[tuple[str, ...], dict[int, WaitingGroup]]], drops: dict[str, int]
) -> None:
    """Everything comes back as it was."""
    before = Waiting(cells, {"x": Count(4, 3, 2, 1)}, 7, b"salt", 5, 6, drops)
    assert Waiting.decode(before.encode()) == before


def test_what_is_none_of_ours_is_refused() -> None:
    """Bytes that are no Waiting raise, so a broken file is never taken for an empty one."""
    with pytest.raises(msgspec.DecodeError):
        Waiting.decode(b"\x93\x01\x02")


def test_a_copy_shares_nothing() -> None:
    """Closing a day twice begins twice from the same: what is done to a copy is not seen in the first."""
    first = waiting(a=1)
    before = first.encode()
    copy = first.copy()
    copy.groups(CUBE, ("a",))[0].n += 1
    copy.groups(CUBE, ("b",))[0] = WaitingGroup(1, b"")
    copy.count(CUBE).named += 1
    copy.drops["bot"] = 1
    assert first.encode() == before


def test_networks_is_the_number_of_bits() -> None:
    """The number of bits of the map, which is at most that of the networks."""
    assert WaitingGroup(1, b"", map=0b1011).networks == 3


def test_expired_groups_are_counted_and_gone() -> None:
    """Those begun before the day named are destroyed and stand in `expired`; nothing else has changed."""
    out = waiting(old=9, young=10)
    out.expire(CUBE, 10)
    assert list(out.cells[CUBE]) == [("young",)]
    assert out.counts[CUBE] == Count(6, 6, 0, 3)
    assert out.counts[CUBE].waiting == 3


def test_the_same_cells_give_way_whatever_their_order() -> None:
    """With room for two of five cells the same two stay, in what order ever they came; the others are expired."""
    pages = {f"p{i}": i for i in range(5)}
    one, two = waiting(**pages), waiting(**dict(reversed(pages.items())))
    for each in (one, two):
        each.give_way(CUBE, 2)
    assert set(one.cells[CUBE]) == set(two.cells[CUBE])
    assert len(one.cells[CUBE]) == 2
    assert one.counts[CUBE].expired == 9


def test_moving_on_brings_every_group_one_nearer() -> None:
    """Group 0 comes out; 2 becomes 1; a cell with nothing left is gone."""
    out = waiting(a=1, b=1)
    out.groups(CUBE, ("a",))[2] = WaitingGroup(4, b"saltsalt", 1)
    assert out.move_on(CUBE, ("a",)).n == 3
    out.move_on(CUBE, ("b",))
    assert {values: list(each) for values, each in out.cells[CUBE].items()} == {("a",): [1]}


def test_in_order_no_arrival_shows() -> None:
    """Put in order, two with the same content are the same bytes, whatever came first."""
    one, two = waiting(a=1, b=2), waiting(b=2, a=1)
    two.counts = dict(reversed(two.counts.items()))
    for each in (one, two):
        each.put_in_order()
    assert one.encode() == two.encode()
