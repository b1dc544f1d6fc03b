"""Networks as people write and read them; inside, a network is a number (`collector.door.hit.Hit`)."""

from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import NamedTuple

from collector.door.address import IPV6
from collector.errors import SiteError


class NetworkRange(NamedTuple):
    """Neighbouring networks, as one entry of an exclusion list names them."""

    first: int
    last: int
    text: str  # as it is kept and shown: "203.0.113.0/24"
    widened: bool  # what was written was finer than a network, and so are not its neighbours' addresses left out


def network_text(network: int) -> str:
    """The network as people write it: "203.0.113.0/24", "2001:db8:1::/48"."""
    return f"{first_address(network)}/{48 if network & IPV6 else 24}"


def first_address(network: int) -> str:
    """The network's own address, the first one in it, which is no client's: "203.0.113.0", "2001:db8:1::"."""
    if network & IPV6:
        return f"{network >> 32 & 0xFFFF:x}:{network >> 16 & 0xFFFF:x}:{network & 0xFFFF:x}::"
    return f"{network >> 16}.{network >> 8 & 0xFF}.{network & 0xFF}.0"


def parse_network(text: str) -> NetworkRange:
    """Read an address or a CIDR such as "203.0.113.7", "10.0.0.0/8" or "2001:db8::/32".

    What is finer than /24 or /48 is widened to it (`widened`), since nothing finer is known of a client. Raises
    SiteError, without the text: it may be somebody's full address.
    """
    try:
        network = ip_network(text.strip(), strict=False)
    except ValueError:
        raise SiteError(
            'An excluded network is written like "203.0.113.0/24" or "2001:db8:1::/48"; one is not.'
        ) from None
    if isinstance(network, IPv6Network) and network[0].ipv4_mapped and network.prefixlen >= 96:
        network = IPv4Network((network[0].ipv4_mapped, network.prefixlen - 96))
    if isinstance(network, IPv6Network):
        finest, kept, mark = 48, 80, IPV6
    else:
        finest, kept, mark = 24, 8, 0
    widened = network.prefixlen > finest
    if widened:
        network = network.supernet(new_prefix=finest)
    return NetworkRange(mark | int(network[0]) >> kept, mark | int(network[-1]) >> kept, str(network), widened)


class Networks:
    """A list of networks that answers `network in networks`."""

    __slots__ = ("ranges",)

    def __init__(self, ranges: tuple[NetworkRange, ...] = ()) -> None:
        self.ranges = ranges

    @classmethod
    def parse(cls, texts: Iterable[str]) -> "Networks":
        """Read each text as `parse_network` does. Raises SiteError."""
        return cls(tuple(parse_network(text) for text in texts))

    def __bool__(self) -> bool:
        return bool(self.ranges)

    def __contains__(self, network: int) -> bool:
        return any(entry.first <= network <= entry.last for entry in self.ranges)
