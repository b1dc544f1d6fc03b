"""Known addresses and User-Agents, in every spelling they could leak in, and a search for them in files and texts."""

import ipaddress
import zipfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

PEER = "127.203.113.217"  # one that a test on this machine can really connect from
ADDRESSES = ("203.0.113.217", "2001:db8:77:beef:c0de:cafe:1234:5678", "::ffff:198.51.100.231")
AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0 Kanariefågel/7"


def spellings() -> dict[str, bytes]:
    """Each canary's spellings: dotted, compressed and full, integer, hexadecimal, reversed, percent-encoded, raw."""
    found: dict[str, bytes] = {"agent": b"Kanarief", "agent percent": quote(AGENT).encode()}
    for text in (*ADDRESSES, PEER):
        address = ipaddress.ip_address(text)
        mapped = getattr(address, "ipv4_mapped", None)
        for one in filter(None, (address, mapped)):
            for name, spelled in _of(one):
                found[f"{text} {name}"] = spelled
    return found


def _of(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> Iterator[tuple[str, bytes]]:
    text = str(address)
    yield "text", text.encode()
    yield "reversed", ".".join(reversed(text.split("."))).encode() if "." in text else text[::-1].encode()
    yield "percent", quote(text, safe="").replace(".", "%2E").encode()
    yield "integer", str(int(address)).encode()
    yield "hex", address.packed.hex().encode()
    yield "HEX", address.packed.hex().upper().encode()
    if address.version == 6:
        yield "full", address.exploded.encode()
        yield "raw", address.packed  # of IPv4 four bytes would turn up in random ones now and then


def leaks(content: bytes) -> list[str]:
    """Which canaries, in which spelling, are in the bytes."""
    return [name for name, spelled in spellings().items() if spelled in content]


def _unpacked(path: Path) -> bytes:
    """What is inside a workbook or archive."""
    if not zipfile.is_zipfile(path):
        return b""
    with zipfile.ZipFile(path) as archive:
        return b"".join(archive.read(name) for name in archive.namelist())


def leaks_below(directory: Path) -> list[str]:
    """The same for every file below a directory, workbooks unpacked, and for the names of the files."""
    files = [path for path in directory.rglob("*") if path.is_file()]
    found = [f"{path.name}: {name}" for path in files for name in leaks(path.read_bytes() + _unpacked(path))]
    return found + [f"{path.name}: {name}" for path in files for name in leaks(str(path).encode())]
