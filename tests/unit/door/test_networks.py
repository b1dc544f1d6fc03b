"""Networks as people write and read them."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.door.address import Trusted, network_of
from collector.door.networks import Networks, first_address, network_text, parse_network
from collector.errors import SiteError
from tests.unit.door.samples import v4, v6

NOBODY = Trusted.parse([])


@given(st.ip_addresses())
def test_text_and_number_are_the_same_network(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> None:
    """What is written of a network reads back as it, and its first address lies in it."""
    network = network_of(str(address), [], NOBODY)
    text = network_text(network)
    assert (parse_network(text).first, parse_network(text).last, parse_network(text).widened) == (network,) * 2 + (
        False,
    )
    assert ipaddress.ip_address(first_address(network)) == ipaddress.ip_network(text)[0]


@pytest.mark.parametrize(
    ("network", "text"),
    [(v4("203.0.113"), "203.0.113.0/24"), (v6("2001:db8:1"), "2001:db8:1::/48"), (v6("2001:0:0"), "2001:0:0::/48")],
    ids=["IPv4", "IPv6", "IPv6 with zeros"],
)
def test_network_text(network: int, text: str) -> None:
    """A network is shown with its length, so that nobody takes it for an address."""
    assert network_text(network) == text


RANGES = {
    "address": ("203.0.113.217", v4("203.0.113"), v4("203.0.113"), "203.0.113.0/24", True),
    "finer": ("203.0.113.128/25", v4("203.0.113"), v4("203.0.113"), "203.0.113.0/24", True),
    "exact": (" 203.0.113.0/24 ", v4("203.0.113"), v4("203.0.113"), "203.0.113.0/24", False),
    "wider": ("10.0.0.0/8", v4("10.0.0"), v4("10.255.255"), "10.0.0.0/8", False),
    "all of IPv4": ("0.0.0.0/0", v4("0.0.0"), v4("255.255.255"), "0.0.0.0/0", False),
    "mapped": ("::ffff:203.0.113.217", v4("203.0.113"), v4("203.0.113"), "203.0.113.0/24", True),
    "mapped network": ("::ffff:10.0.0.0/104", v4("10.0.0"), v4("10.255.255"), "10.0.0.0/8", False),
    "IPv6 address": ("2001:db8:1::5", v6("2001:db8:1"), v6("2001:db8:1"), "2001:db8:1::/48", True),
    "IPv6 subnet": ("2001:db8:1:2::/64", v6("2001:db8:1"), v6("2001:db8:1"), "2001:db8:1::/48", True),
    "IPv6 provider": ("2001:db8::/32", v6("2001:db8:0"), v6("2001:db8:ffff"), "2001:db8::/32", False),
}


@pytest.mark.parametrize(("text", "first", "last", "kept", "widened"), RANGES.values(), ids=RANGES)
def test_parse_network(text: str, first: int, last: int, kept: str, widened: bool) -> None:
    """An entry finer than a network is widened to it, and says so."""
    assert parse_network(text) == (first, last, kept, widened)


@pytest.mark.parametrize("text", ["", "office", "198.51.100", "198.51.100.0/33", "2001:db8::/129"])
def test_what_is_no_network_is_an_error_that_does_not_repeat_it(text: str) -> None:
    """The sentence says how a network is written, and not what was: it may be somebody's address with a slip."""
    with pytest.raises(SiteError, match="An excluded network is written like") as caught:
        parse_network(text)
    assert not text or text not in str(caught.value)


def test_networks_contain_whole_ranges_and_nothing_beside_them() -> None:
    """A list answers for each network between the first and the last of an entry, both included."""
    networks = Networks.parse(["10.0.0.0/8", "2001:db8:1::5"])
    assert all(n in networks for n in (v4("10.0.0"), v4("10.9.9"), v4("10.255.255"), v6("2001:db8:1")))
    assert not any(n in networks for n in (v4("9.255.255"), v4("11.0.0"), v6("2001:db8:0"), v6("2001:db8:2"), 0))
    assert networks
    assert not Networks()
