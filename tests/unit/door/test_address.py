"""The address wall: which address counts, and that no more than its network comes out."""

import gc
import ipaddress

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from collector.door.address import HOPS, UNKNOWN, Trusted, network_of
from collector.errors import SettingsError
from tests.unit.door.samples import v4, v6

NOBODY = Trusted.parse([])
PROXIES = Trusted.parse(["127.0.0.0/8", "10.0.0.0/8", "::1", "2001:db8:face::/48"])
SOCKET = Trusted.parse(["unix", "10.0.0.0/8"])

XFF, FORWARDED, REAL = b"x-forwarded-for", b"forwarded", b"x-real-ip"
CLIENT = v4("203.0.113")
CLIENT6 = v6("2001:db8:1")
PROXY = v4("127.0.0")


def lines(name: bytes, *values: str) -> list[tuple[bytes, bytes]]:
    return [(name, value.encode("latin-1")) for value in values]


PEERS = {
    "plain IPv4": ("203.0.113.217", CLIENT),
    "plain IPv6": ("2001:db8:1:2:3:4:5:6", CLIENT6),
    "IPv6 in capitals": ("2001:DB8:1::5", CLIENT6),
    "IPv6 written out": ("2001:0db8:0001:0000:0000:0000:0000:0005", CLIENT6),
    "IPv4-mapped, as a dual-stack socket has it": ("::ffff:203.0.113.217", CLIENT),
    "IPv4-mapped in hexadecimal": ("::ffff:cb00:71d9", CLIENT),
    "6to4, whose first three groups are the whole IPv4 address": ("2002:cb00:71d9::1", CLIENT),
    "behind a NAT64 translator": ("64:ff9b::203.0.113.217", CLIENT),
    "NAT64 of local use is a network of its own": ("64:ff9b:1::203.0.113.217", v6("64:ff9b:1")),
    "IPv4-compatible, long forbidden, is no IPv4": ("::203.0.113.217", v6("0:0:0")),
    "with a zone": ("fe80::1%eth0", v6("fe80:0:0")),
    "mapped with a zone": ("::ffff:203.0.113.217%eth0", CLIENT),
    "with a port": ("203.0.113.217:443", CLIENT),
    "IPv6 with a port": ("[2001:db8:1::5]:443", CLIENT6),
    "the first network of IPv6": ("::1", v6("0:0:0")),
    "the last of IPv4": ("255.255.255.255", v4("255.255.255")),
    "the last of IPv6": ("ffff:ffff:ffff::1", v6("ffff:ffff:ffff")),
    "no address at all": ("testclient", UNKNOWN),
    "a Unix socket": ("", UNKNOWN),
    "a Unix socket, as ASGI says it": (None, UNKNOWN),
    "a number": ("3405803993", UNKNOWN),
    "octal": ("0313.0.0161.0331", UNKNOWN),
    "three groups": ("203.0.113", UNKNOWN),
    "five groups": ("203.0.113.217.1", UNKNOWN),
    "a NUL": ("203.0.113.217\0", UNKNOWN),
    "a lone surrogate": ("203.0.113.\ud800", UNKNOWN),
    "digits of another script": ("٢٠٣.0.113.217", UNKNOWN),
}


@pytest.mark.parametrize(("peer", "expected"), PEERS.values(), ids=PEERS)
def test_peer(peer: str | None, expected: int) -> None:
    """The peer's address, in whatever spelling, is one network: IPv4's /24, IPv6's /48."""
    assert network_of(peer, [], NOBODY) == expected


CHAINS: dict[str, tuple[list[tuple[bytes, bytes]], int]] = {
    "no header": ([], PROXY),
    "one client": (lines(XFF, "203.0.113.217"), CLIENT),
    "spaces and tabs": (lines(XFF, " \t203.0.113.217 "), CLIENT),
    "a client, and what it invented": (lines(XFF, "198.51.100.1, 203.0.113.217"), CLIENT),
    "over two trusted proxies": (lines(XFF, "203.0.113.217, 10.1.2.3, 127.0.0.9"), CLIENT),
    "a trusted proxy left of the client does not count": (lines(XFF, "10.1.2.3, 203.0.113.217"), CLIENT),
    "all trusted: the leftmost is the client": (lines(XFF, "10.1.2.3, 127.0.0.9"), v4("10.1.2")),
    "three lines are one list": (lines(XFF, "198.51.100.1", "203.0.113.217", "10.0.0.1"), CLIENT),
    "empty": (lines(XFF, ""), PROXY),
    "a comma": (lines(XFF, ","), PROXY),
    "empty elements": (lines(XFF, ", 203.0.113.217,, "), CLIENT),
    "garbage ends it at the peer": (lines(XFF, "203.0.113.217, rubbish"), PROXY),
    "garbage ends it at the last good hop": (lines(XFF, "203.0.113.217, rubbish, 10.1.2.3"), v4("10.1.2")),
    "garbage left of the client is never read": (lines(XFF, "rubbish, 203.0.113.217"), CLIENT),
    "unknown": (lines(XFF, "203.0.113.217, unknown"), PROXY),
    "port": (lines(XFF, "203.0.113.217:4711"), CLIENT),
    "port that is none": (lines(XFF, "203.0.113.217:x"), PROXY),
    "port left out": (lines(XFF, "203.0.113.217:"), PROXY),
    "IPv6": (lines(XFF, "2001:db8:1::5"), CLIENT6),
    "IPv6 in brackets": (lines(XFF, "[2001:db8:1::5]"), CLIENT6),
    "IPv6 with port": (lines(XFF, "[2001:db8:1::5]:4711"), CLIENT6),
    "IPv6 in an open bracket": (lines(XFF, "[2001:db8:1::5"), PROXY),
    "IPv6 and more behind the bracket": (lines(XFF, "[2001:db8:1::5]x"), PROXY),
    "IPv4 in brackets": (lines(XFF, "[203.0.113.217]"), PROXY),
    "zone": (lines(XFF, "fe80::1%eth0"), v6("fe80:0:0")),
    "mapped": (lines(XFF, "::ffff:203.0.113.217"), CLIENT),
    "a trusted proxy, mapped": (lines(XFF, "203.0.113.217, ::ffff:10.1.2.3"), CLIENT),
    "a trusted IPv6 proxy": (lines(XFF, "203.0.113.217, 2001:db8:face:1::2"), CLIENT),
    "quoted": (lines(XFF, '"203.0.113.217"'), CLIENT),
    "8 KB of one element": (lines(XFF, "203.0.113.217" + "7" * 8192), PROXY),
    "8 KB of brackets": (lines(XFF, "[" * 8192), PROXY),
    "8 KB of commas": (lines(XFF, "," * 8192), PROXY),
    "a client behind 8 KB of inventions": (lines(XFF, "198.51.100.1," * 630 + "203.0.113.217"), CLIENT),
    "more proxies than are read": (lines(XFF, "203.0.113.217" + ",10.1.2.3" * HOPS), v4("10.1.2")),
    "as many proxies as are read": (lines(XFF, "203.0.113.217" + ",10.1.2.3" * (HOPS - 1)), CLIENT),
    "bytes that are no text": ([(XFF, b"\xff\xfe203.0.113.217")], PROXY),
    "X-Real-IP": (lines(REAL, "203.0.113.217"), CLIENT),
    "X-Real-IP twice: the last is the proxy's": (lines(REAL, "198.51.100.1", "203.0.113.217"), CLIENT),
    "X-Forwarded-For goes first": (
        lines(REAL, "198.51.100.1") + lines(FORWARDED, "for=198.51.100.2") + lines(XFF, "203.0.113.217"),
        CLIENT,
    ),
    "also when it ends in garbage": (lines(FORWARDED, "for=198.51.100.2") + lines(XFF, "_hidden"), PROXY),
    "Forwarded": (lines(FORWARDED, "for=203.0.113.217"), CLIENT),
    "Forwarded in full": (lines(FORWARDED, "by=10.0.0.1; For=203.0.113.217 ;proto=https;host=shop.example"), CLIENT),
    "Forwarded chain": (lines(FORWARDED, "for=198.51.100.1, for=203.0.113.217, for=10.1.2.3"), CLIENT),
    "Forwarded on two lines": (lines(FORWARDED, "for=203.0.113.217", "for=10.1.2.3"), CLIENT),
    "Forwarded IPv6": (lines(FORWARDED, 'for="[2001:db8:1::5]"'), CLIENT6),
    "Forwarded IPv6 and port": (lines(FORWARDED, 'for="[2001:db8:1::5]:4711"'), CLIENT6),
    "Forwarded with an obfuscated port": (lines(FORWARDED, 'for="203.0.113.217:_p"'), CLIENT),
    "Forwarded obfuscated": (lines(FORWARDED, "for=203.0.113.217, for=_hidden"), PROXY),
    "Forwarded unknown": (lines(FORWARDED, "for=unknown"), PROXY),
    "Forwarded without for": (lines(FORWARDED, "for=203.0.113.217, proto=https"), PROXY),
    "Forwarded with an empty for": (lines(FORWARDED, "for="), PROXY),
    "Forwarded with two": (lines(FORWARDED, "for=198.51.100.1;for=203.0.113.217"), PROXY),
    "Forwarded empty": (lines(FORWARDED, " , "), PROXY),
    "Forwarded with a host the client made up, a comma in it": (
        lines(FORWARDED, 'for=203.0.113.217;host="x, for=198.51.100.1"'),
        PROXY,
    ),
    "the same, with a semicolon": (lines(FORWARDED, 'host="x;for=198.51.100.1;y=";for=203.0.113.217'), PROXY),
    "the same, and no other for": (lines(FORWARDED, 'host="x;for=198.51.100.1;y="'), PROXY),
    "the same, with escaped quotes": (lines(FORWARDED, 'for=203.0.113.217;host="x,for=198.51.100.1;y=\\""'), PROXY),
    "Forwarded with an open quote of the client's": (lines(FORWARDED, 'for="198.51.100.1, for=203.0.113.217'), CLIENT),
}


@pytest.mark.parametrize(("headers", "expected"), CHAINS.values(), ids=CHAINS)
def test_chain(headers: list[tuple[bytes, bytes]], expected: int) -> None:
    """Behind a trusted proxy the client is the first hop from the right that is not trusted."""
    noise = [(b"host", b"shop.example"), (b"cf-connecting-ip", b"198.51.100.3"), (b"true-client-ip", b"198.51.100.4")]
    assert network_of("127.0.0.1", noise + headers, PROXIES) == expected


@pytest.mark.parametrize(("headers", "_expected"), CHAINS.values(), ids=CHAINS)
def test_untrusted_peer_is_the_client(headers: list[tuple[bytes, bytes]], _expected: int) -> None:
    """A spoofed header from a peer that is no trusted proxy changes nothing."""
    assert network_of("192.0.2.7", headers, PROXIES) == v4("192.0.2")
    assert network_of("127.0.0.1", headers, NOBODY) == PROXY


@pytest.mark.parametrize("peer", ["", None])
def test_unix_socket(peer: str | None) -> None:
    """The peer of a Unix socket has no address, and is believed only when the settings say "unix"."""
    headers = lines(XFF, "203.0.113.217, 10.0.0.1")
    assert network_of(peer, headers, SOCKET) == CLIENT
    assert network_of(peer, headers, PROXIES) == UNKNOWN
    assert network_of(peer, lines(XFF, "rubbish"), SOCKET) == UNKNOWN


def test_unreadable_peer_is_no_unix_socket() -> None:
    """A peer that is no address is not taken for the socket, so its headers are not read."""
    assert network_of("testclient", lines(XFF, "203.0.113.217"), SOCKET) == UNKNOWN


@pytest.mark.parametrize("text", ["", "localhost", "10.0.0.0/33", "10.0.0", "unix:/run/x"])
def test_trusted_proxies_must_be_networks(text: str) -> None:
    """A setting that is no network is an error in one sentence, and not a proxy that is never recognised."""
    with pytest.raises(SettingsError, match="trusted_proxies must name networks"):
        Trusted.parse([text])


def test_trusted_proxies_take_host_bits() -> None:
    """A network may be named by any address in it."""
    assert network_of("10.9.9.9", lines(XFF, "203.0.113.217"), Trusted.parse(["10.1.2.3/8"])) == CLIENT


def test_ipv4_and_ipv6_numbers_are_apart() -> None:
    """Trusting ::/96 does not trust all of IPv4, whose numbers are the same."""
    assert network_of("203.0.113.217", lines(XFF, "198.51.100.1"), Trusted.parse(["::/64"])) == CLIENT


texts = st.one_of(
    st.ip_addresses().map(str),
    st.ip_addresses().map(lambda a: f'for="[{a}]:80"'),
    st.ip_addresses(v=4).map(lambda a: f"for={a}"),
    st.sampled_from(
        ["10.0.0.1", "127.0.0.1", "::1", "unknown", "_hidden", ",", ";", '"', "\\", "[", "]", "%", "", " "]
    ),
    st.text(max_size=40),
)
values = st.one_of(
    st.lists(texts, max_size=6).map(lambda parts: ",".join(parts).encode("utf-8", "surrogatepass")),
    st.binary(max_size=60),
)
headers = st.lists(st.tuples(st.sampled_from([XFF, FORWARDED, REAL, b"host"]), values), max_size=5)
peers = st.one_of(st.none(), st.ip_addresses().map(str), st.text(max_size=20))


@given(peers, headers, st.sampled_from([NOBODY, PROXIES, SOCKET]))
@example("127.0.0.1", [(FORWARDED, b"for")], PROXIES)
def test_never_raises_and_says_no_more_than_a_network(
    peer: str | None, found: list[tuple[bytes, bytes]], trusted: Trusted
) -> None:
    """Whatever arrives, the result is a number of 24 bits, or of 48 with the mark of IPv6."""
    network = network_of(peer, found, trusted)
    assert 0 <= network < 1 << 24 or network >> 48 == 1


@given(st.ip_addresses().map(str), headers)
def test_no_header_from_an_untrusted_peer_changes_the_network(peer: str, found: list[tuple[bytes, bytes]]) -> None:
    """Nothing a client writes into its own request is read."""
    assert network_of(peer, found, NOBODY) == network_of(peer, [], NOBODY)


@given(headers, st.ip_addresses(v=4))
def test_nothing_left_of_the_client_changes_its_network(
    found: list[tuple[bytes, bytes]], client: ipaddress.IPv4Address
) -> None:
    """What the proxy appends decides; what the client sent before it in the same header does not."""
    if PROXIES.covers(client.packed):
        return
    lists = [(name, value) for name, value in found if name == XFF]
    assert network_of("127.0.0.1", [*lists, (XFF, str(client).encode())], PROXIES) == int(client) >> 8


@given(st.integers(0, 2**32 - 1), st.integers(0, 255))
def test_last_group_of_ipv4_never_matters(number: int, last: int) -> None:
    """Two addresses that differ in the fourth group only are one network."""
    one, other = ipaddress.IPv4Address(number), ipaddress.IPv4Address(number >> 8 << 8 | last)
    assert network_of(str(one), [], NOBODY) == network_of(str(other), [], NOBODY) == number >> 8


@given(st.integers(0, 2**128 - 1), st.integers(0, 2**80 - 1))
def test_last_five_groups_of_ipv6_matter_only_where_they_are_ipv4(number: int, rest: int) -> None:
    """Two addresses that differ behind the third group only are one network."""
    other = ipaddress.IPv6Address(number >> 80 << 80 | rest)
    if other in ipaddress.ip_network("::ffff:0:0/96") or other in ipaddress.ip_network("64:ff9b::/96"):
        return
    one = ipaddress.IPv6Address(number >> 80 << 80)
    assert network_of(str(one), [], NOBODY) == network_of(str(other), [], NOBODY)


@given(st.ip_addresses(v=4))
def test_every_spelling_of_an_ipv4_address_is_one_network(client: ipaddress.IPv4Address) -> None:
    """IPv4 inside IPv6 is the same /24, so nobody is two networks, and 6to4 does not carry the fourth group out."""
    number = int(client)
    spellings = [
        str(client),
        f"::ffff:{client}",
        f"64:ff9b::{client}",
        f"2002:{number >> 16:x}:{number & 0xFFFF:x}::1",
        f'"{client}:80"',
    ]
    assert {network_of(text, [], NOBODY) for text in spellings} == {number >> 8}


def canaries() -> tuple[list[bytes], set[int]]:
    """Addresses that nothing else in this process has: their texts and packed bytes, and their numbers."""
    texts_ = [".".join(map(str, (198, 51, 100, 239))), ":".join(["2001", "db8", "ca", "fe", *map(str, range(4))])]
    found = [ipaddress.ip_address(text) for text in texts_]
    return [text.encode() for text in texts_] + [a.packed for a in found], {int(a) for a in found}


def use_the_wall() -> None:
    for address in canaries()[0][:2]:
        text = address.decode()
        for peer in (text, f"[{text}]:80", f"{text}%eth0", f'"{text}"', text + ".rubbish", text + ":rubbish"):
            network_of(peer, [], NOBODY)
            network_of("127.0.0.1", [(XFF, peer.encode())], PROXIES)
            network_of("127.0.0.1", [(FORWARDED, b'for="' + peer.encode() + b'"')], PROXIES)
            network_of("127.0.0.1", [(REAL, peer.encode()), (REAL, b"10.0.0.1")], PROXIES)


def test_nothing_is_kept() -> None:
    """After use nothing in the whole process holds an address the wall has seen: no cache, no exception, no object."""
    use_the_wall()
    gc.collect()
    needles, numbers = canaries()
    mine = {id(thing) for thing in (*needles, *numbers)}
    found = []
    for holder in gc.get_objects():
        for thing in gc.get_referents(holder):
            if type(thing) is int:
                if thing in numbers and id(thing) not in mine:
                    found.append(thing)
            elif type(thing) in (str, bytes, bytearray) and id(thing) not in mine:
                content = thing.encode("utf-8", "surrogatepass") if isinstance(thing, str) else thing
                found += [thing for needle in needles if needle in content]
    assert not found
