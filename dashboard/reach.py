"""Which addresses an export may be sent to: the internet's, and the networks that the operator names.

A destination is somebody's text in a form. It must not become a way to this machine's own services, to others in its
network or to a cloud's metadata address: so a name is looked up once, every address it has must be allowed, and
the connection goes to the address that was looked at, never to the name again.
"""

import socket
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final

from collector.errors import ExportError

SECONDS: Final = 20.0  # for a connection, and for each answer
# Addresses that carry another one inside: what they reach cannot be seen from them.
TUNNELS: Final = tuple(map(ip_network, ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32", "::/96")))


def is_allowed(address: str, networks: Sequence[str]) -> bool:
    """Whether an address may be reached: in one of the networks, or of the internet at large."""
    ip = ip_address(address.partition("%")[0])
    if isinstance(ip, IPv6Address) and ip.ipv4_mapped:
        ip = ip.ipv4_mapped
    if is_named(ip, networks):
        return True
    if ip.is_multicast or any(ip.version == net.version and ip in net for net in TUNNELS):
        return False
    return ip.is_global


def is_named(ip: IPv4Address | IPv6Address, networks: Sequence[str]) -> bool:
    """Whether the operator has named the address's network."""
    return any(ip.version == net.version and ip in net for net in (ip_network(text, strict=False) for text in networks))


def look_up(host: str, port: int, networks: Sequence[str]) -> str:
    """An address of the host that may be reached. Raises ExportError: unknown, or one of its addresses may not."""
    try:
        found = {str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)}
    except (OSError, UnicodeError) as error:  # the latter: a name that no host can have (a label of 64 letters, none)
        raise ExportError(f"{host[:100]} cannot be found; check its name.", "unreachable") from error
    if not all(is_allowed(address, networks) for address in found):
        raise ExportError(
            f"{host} is an address of this machine's own networks, where exports are not sent; "
            "if it shall be, the operator names it in destination_networks.",
            "forbidden",
        )
    return min(found)


def connect(host: str, port: int, networks: Sequence[str]) -> socket.socket:
    """A connection to an allowed address of the host. Raises ExportError."""
    address = look_up(host, port, networks)
    try:
        return socket.create_connection((address, port), timeout=SECONDS)
    except OSError as error:
        raise ExportError(f"{host} does not answer on port {port}.", "unreachable") from error
