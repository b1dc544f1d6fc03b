"""The address wall: the only place where a client's full address is ever in a variable.

In: the peer of the connection and the request's headers. Out: the network, a number that says the first three groups
and no more (`collector.door.hit.Hit`). Nothing here caches, logs or raises, so nothing keeps what it has seen.
"""

from collections.abc import Iterable, Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from socket import AF_INET, AF_INET6, inet_pton

from collector.errors import SettingsError

UNKNOWN = 0
"""The network of a client without a readable address. All of them are one network: they never fill a group together."""

IPV6 = 1 << 48
"""Set in the number of an IPv6 network; the 48 bits below are its first three groups."""

Headers = Sequence[tuple[bytes, bytes]]

GIVEN = b"x-trekvart-address"  # where a server with a token says whom it sends for

# 32 hops are many times any real chain (RFC 7239 shows 2). It bounds the work a header of many proxies can cause.
HOPS = 32
# "[" + 45 characters of address + "%" + a zone + "]" + ":" + a port; anything longer is no address.
LONGEST = 120

_MAPPED = bytes(10) + b"\xff\xff"  # ::ffff:0:0/96, RFC 4291 2.5.5.2
_TRANSLATED = bytes.fromhex("0064ff9b") + bytes(8)  # 64:ff9b::/96, RFC 6052: a translator in front of IPv6-only servers
_6TO4 = b"\x20\x02"  # 2002::/16, RFC 3056: groups two and three are the whole IPv4 address


class Trusted:
    """The proxies whose word about the client's address is taken: networks, and "unix" for a Unix socket's peer."""

    __slots__ = ("_four", "_six", "_unix")

    def __init__(self, four: tuple[tuple[int, int], ...], six: tuple[tuple[int, int], ...], *, unix: bool) -> None:
        self._four = four
        self._six = six
        self._unix = unix

    @classmethod
    def parse(cls, texts: Iterable[str]) -> "Trusted":
        """Read settings such as `["127.0.0.0/8", "2001:db8::1", "unix"]`. Raises SettingsError."""
        four: list[tuple[int, int]] = []
        six: list[tuple[int, int]] = []
        unix = False
        for text in texts:
            if text == "unix":
                unix = True
                continue
            try:
                network = ip_network(text, strict=False)
            except ValueError:
                raise SettingsError(
                    f'trusted_proxies must name networks like "10.0.0.0/8" or "::1", or "unix", not {text!r}.'
                ) from None
            (four if network.version == 4 else six).append((int(network[0]), int(network[-1])))
        return cls(tuple(four), tuple(six), unix=unix)

    def covers(self, packed: bytes | None) -> bool:
        """Whether the address (4 or 16 bytes; None is a Unix socket) is one of these proxies."""
        if packed is None:
            return self._unix
        number = int.from_bytes(packed)
        for first, last in self._four if len(packed) == 4 else self._six:  # noqa: SIM110 - any() costs 0.3 us here
            if first <= number <= last:
                return True
        return False


def network_of(peer: str | None, headers: Headers, trusted: Trusted, *, vouched: bool = False) -> int:
    """The client's network, UNKNOWN when nobody can tell. Header names in lower case; never raises.

    `vouched`: the sender is a server that may say whom it sends for, in a header of its own (GIVEN). Without that
    header the hit is the server's own.

    Headers are read only when the peer is a trusted proxy. Their chain is read from the right, over trusted proxies, to
    the first hop that is not one: that is the client. An element that is no address (`unknown`, `_hidden`, garbage)
    ends the reading, and the hop to its right is taken: what stands further left, anybody may have written, and made-up
    networks could fill a group, while a proxy's own is only ever one.
    """
    if vouched:
        given = [value for name, value in headers if name == GIVEN]
        if given:
            return _network(_packed(given[0].decode("latin-1").strip())) if len(given) == 1 else UNKNOWN
    return _network(_client(peer, headers, trusted)[0])


def network_at(address: str) -> int:
    """The network of an address that stands in a log, UNKNOWN when it is none; never raises."""
    return _network(_packed(address))


def proxies_of(peer: str | None, headers: Headers, trusted: Trusted) -> int:
    """Through how many trusted proxies the request came: what a self-check tells, for a proxy that nobody named."""
    return _client(peer, headers, trusted)[1]


def is_untrusted_proxy(peer: str | None, headers: Headers, trusted: Trusted) -> bool:
    """Whether the peer passes a client's address on from a private network and is not trusted to: a setting is missing.

    It says how the server is set up, and nothing of who came.
    """
    hop = _packed(peer) if peer else None
    if hop is None or trusted.covers(hop) or not ip_address(hop).is_private:
        return False
    return any(name in (b"x-forwarded-for", b"forwarded", b"x-real-ip") for name, _ in headers)


def _client(peer: str | None, headers: Headers, trusted: Trusted) -> tuple[bytes | None, int]:
    """The client's address as `network_of` reads it, and the number of trusted hops before it."""
    hop = _packed(peer) if peer else None
    proxies = 0
    if (hop is not None or not peer) and trusted.covers(hop):
        proxies = 1
        for element in _chain(headers):
            further = _packed(element)
            if further is None:
                break
            hop = further
            if not trusted.covers(hop):
                break
            proxies += 1
    return hop, proxies


def _network(packed: bytes | None) -> int:
    """The first three groups. Where IPv6 carries an IPv4 address inside its first 48 bits or as itself, that one's."""
    if packed is None:
        return UNKNOWN
    if len(packed) == 4:
        return int.from_bytes(packed[:3])
    if packed[:2] == _6TO4:
        return int.from_bytes(packed[2:5])
    if packed[:12] == _TRANSLATED:
        return int.from_bytes(packed[12:15])
    return IPV6 | int.from_bytes(packed[:6])


def _packed(text: str) -> bytes | None:
    """The address as 4 or 16 bytes, or None. An IPv4-mapped IPv6 address counts as IPv4."""
    packed: bytes | None
    try:
        # 0.3 us where the general reader below takes 3 us
        packed = inet_pton(AF_INET6, text) if ":" in text else inet_pton(AF_INET, text)
    except (OSError, ValueError):
        packed = _uncommon(text)
    if packed is not None and len(packed) == 16 and packed[:12] == _MAPPED:
        return packed[12:]
    return packed


def _uncommon(text: str) -> bytes | None:
    """An address in quotes or brackets, with a port or a zone."""
    text = text.strip(' \t"')
    if len(text) > LONGEST:
        return None
    if text.startswith("["):
        text, bracket, port = text[1:].partition("]")
        if not bracket or not _is_port(port):
            return None
        kind: type[IPv4Address | IPv6Address] | None = IPv6Address
    elif text.count(":") == 1:
        text, _, port = text.partition(":")
        if not _is_port(":" + port):
            return None
        kind = IPv4Address
    else:
        kind = None
    try:
        return (kind(text) if kind else ip_address(text)).packed
    except ValueError:
        return None


def _is_port(text: str) -> bool:
    """Nothing, or a colon and a port; RFC 7239 6 lets a port be obfuscated too."""
    return not text or (text[0] == ":" and (text[1:].isdigit() or text[1:2] == "_"))


def _chain(headers: Headers) -> list[str]:
    """The elements of the chain, the nearest hop first, at most HOPS.

    X-Forwarded-For goes before Forwarded and X-Real-IP, whatever they say: most proxies write it, and pass on what a
    client wrote in the others. Several lines of one name are one list (RFC 9110 5.3), which may have empty elements
    (5.6.1).
    """
    for name in (b"x-forwarded-for", b"forwarded", b"x-real-ip"):
        lines = [value for key, value in headers if key == name]
        if lines:
            elements = b",".join(lines).decode("latin-1").rsplit(",", HOPS)[-HOPS:]
            elements.reverse()
            if name == b"forwarded":
                elements = [_forwarded_for(element) for element in elements]
            return [element for element in map(str.strip, elements) if element]
    return []


def _forwarded_for(element: str) -> str:
    """The `for` of one element of Forwarded (RFC 7239 4); "?" when it has none, or two, or is cut.

    List and element are split at every comma and semicolon: no address has one. What a client chose, like a host, may
    have them inside quotes; then a piece has half a pair of quotes, or a backslash, and the element is none at all.
    """
    if not element.strip():
        return ""
    pairs = element.split(";")
    if "\\" in element or any(pair.count('"') % 2 for pair in pairs):
        return "?"
    names_and_values = [pair.partition("=")[::2] for pair in pairs]
    nodes = [value for name, value in names_and_values if name.strip().lower() == "for"]
    return nodes[0] or "?" if len(nodes) == 1 else "?"
