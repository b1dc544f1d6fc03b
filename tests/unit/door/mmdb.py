"""A writer of small MMDB files (MaxMind DB format 2.0), enough to give each of a few networks a record."""

from ipaddress import ip_network
from pathlib import Path
from typing import Any

_MARK = b"\xab\xcd\xefMaxMind.com"
_SEPARATOR = bytes(16)


def write_mmdb(path: Path, records: dict[str, Any], *, ip_version: int = 6) -> Path:
    """Write a file in which each network (IPv4 too, in a tree of IPv6) has its record."""
    tree: list[list[Any]] = [[None, None]]
    data = b""
    for text, record in records.items():
        network = ip_network(text)
        bits, length = int(network[0]), network.prefixlen
        if ip_version == 6 and network.version == 4:
            length += 96
        width = 128 if ip_version == 6 else 32
        node = 0
        for depth in range(length - 1):
            branch = bits >> (width - 1 - depth) & 1
            if tree[node][branch] is None:
                tree.append([None, None])
                tree[node][branch] = len(tree) - 1
            node = tree[node][branch]
        tree[node][bits >> (width - length) & 1] = ("data", len(data))
        data += _field(record)
    nodes = len(tree)
    body = b"".join(_pointer(side, nodes) for node in tree for side in node)
    metadata = {
        "node_count": _number(6, nodes),
        "record_size": _number(5, 24),
        "ip_version": _number(5, ip_version),
        "database_type": "Test-Country",
        "languages": ["en"],
        "binary_format_major_version": _number(5, 2),
        "binary_format_minor_version": _number(5, 0),
        "build_epoch": _number(9, 1_795_000_000),
        "description": {"en": "made by a test"},
    }
    path.write_bytes(body + _SEPARATOR + data + _MARK + _field(metadata))
    return path


def _pointer(side: Any, nodes: int) -> bytes:
    number: int = nodes if side is None else nodes + len(_SEPARATOR) + side[1] if isinstance(side, tuple) else side
    return number.to_bytes(3)


def _field(value: Any) -> bytes:
    if isinstance(value, bytes):
        return value  # made already
    if isinstance(value, str):
        return _control(2, len(value.encode())) + value.encode()
    if isinstance(value, dict):
        return _control(7, len(value)) + b"".join(_field(key) + _field(inner) for key, inner in value.items())
    if isinstance(value, list):
        return _control(11, len(value)) + b"".join(map(_field, value))
    return _number(6, value)


def _number(kind: int, value: int) -> bytes:
    """An unsigned integer of 16 bits (kind 5), 32 (6) or 64 (9)."""
    packed = value.to_bytes((value.bit_length() + 7) // 8)
    return _control(kind, len(packed)) + packed


def _control(kind: int, size: int) -> bytes:
    assert size < 29, "longer fields have another form"
    return bytes([kind << 5 | size]) if kind < 8 else bytes([size, kind - 7])
