"""All that is drawn by lot on one day: keyed functions of what is drawn for, so that a replay draws the same again.

Every draw is blake2b under one key derived from the day's; what a draw is for stands in blake2b's own `person`
field, so two kinds of draw never share a byte. Messages are MessagePack of a tuple, which no two tuples share.
When the day's key is destroyed, nobody can tell any more how anything was drawn.
"""

import hashlib
import struct
from collections.abc import Callable, Sequence

import msgspec

# What one hit, or one further fact of it, drew: byte i belongs to the cube whose place is i.
Lots = bytes
LOTS_BYTES = 64  # blake2b's longest digest; so at most 63 cubes
HELD_BYTE = LOTS_BYTES - 1  # no cube's: whether the visit that the hit begins is held (held.py)

HELD: Lots = bytes(LOTS_BYTES)  # in place of the lots of a visit that is held (held.py); told by identity
PAIR = b"\x92"  # an array of two in MessagePack
NEVER = 2**40  # the group it joins, which comes no nearer: no cell releases so many

CAP_SECONDS = 1800  # a longer visit counts as 30 minutes: a rare length would mark its group
STEP_SECONDS = 30

_identity = struct.Struct("<QII").pack
_words = struct.Struct("<16I").unpack
_bytes = [bytes((number,)) for number in range(256)]
_pack = msgspec.msgpack.Encoder().encode


def _step(bits: int) -> int:
    """How many times three coins in a row came up zero, from the low end: P(>= g) = 8^-g."""
    return ((bits & -bits).bit_length() - 1) // 3


class Draws:
    """The draws of one site and day, under the day's 32-byte key."""

    def __init__(self, key: bytes) -> None:
        own = hashlib.blake2b(key=key, person=b"tv draws", digest_size=32).digest()

        def kind(person: bytes, size: int = 8) -> hashlib.blake2b:
            return hashlib.blake2b(key=own, person=person, digest_size=size)

        # Hashed ahead up to the message: a copy of these costs 0.6 us where a fresh one costs 0.8.
        self._lots = kind(b"tv lots", LOTS_BYTES)
        self._further = kind(b"tv further")
        self._seconds = kind(b"tv seconds", LOTS_BYTES)
        self._coin = kind(b"tv coin")
        self._rank = kind(b"tv rank")
        self._late_lot = kind(b"tv late lot")
        self._late_coin = kind(b"tv late coin")
        self._salt = kind(b"tv salt")

    def lots(self, entry: int, index: int, extra: int = 0) -> Lots:
        """Draw for the hit at (entry, index) of the spool, for every cube at once.

        One identity is used for one fact in a cube, never two: `extra` 1, 2, ... are the further facts that one hit
        has in the same cube (its event's properties).
        """
        draw = self._lots.copy()
        draw.update(_identity(entry, index, extra))
        return draw.digest()

    def lot(self, lots: Lots, place: int) -> int:
        """Which group of its cell the fact joins in the cube at `place`: 0 the one now filling; P(G >= g) = 8^-g.

        Two steps are in the byte (its low six bits); one fact in 64 goes on in a hash of its own, without bound.
        """
        if lots is HELD:
            return NEVER
        bits = lots[place] & 63
        return _step(bits) if bits else 2 + self._on(self._further, lots + _bytes[place])

    def half_minutes(self, seconds: int, lots: Lots, unit: int, count: int) -> list[int]:
        """Round `seconds` to multiples of 30 s, once for each of `count` cubes (at most 16) of the unit, by lot.

        Unbiased (to 2^-32): 40 s become 60 s one time in three. Capped at 30 minutes before. Drawn apart per cube,
        or equal sums would re-join rows of different cubes.
        """
        below, rest = divmod(min(seconds, CAP_SECONDS), STEP_SECONDS)
        if not rest:
            return [below * STEP_SECONDS] * count
        draw = self._seconds.copy()
        draw.update(lots + _bytes[unit])
        share = (rest << 32) // STEP_SECONDS
        down = below * STEP_SECONDS
        up = down + STEP_SECONDS
        return [up if word < share else down for word in _words(draw.digest())[:count]]

    def coin(self, cube: str, values: Sequence[str], number: int, time: int) -> bool:
        """Whether the cell's full group `number` (how many the cell released today) may go at this tick: 1 in 2."""
        return self._drawn(self._coin, (cube, values, number, time)) & 1 == 1

    def ranks(self, cube: str) -> Callable[[Sequence[str]], int]:
        """Of a cell's values: its place in the order in which cells give way in a full cube, the highest first."""
        begun = self._rank.copy()
        begun.update(PAIR + _pack(cube))  # what _pack((cube, values)) begins with: a full cube draws for every new cell

        def rank(values: Sequence[str]) -> int:
            draw = begun.copy()
            draw.update(_pack(values))
            return int.from_bytes(draw.digest(), "little")

        return rank

    def late_lot(self, cube: str, values: Sequence[str], number: int) -> int:
        """At midnight: which of its cell's waiting groups the day's group `number` joins; as `lot`."""
        return self._on(self._late_lot, _pack((cube, values, number)))

    def late_coin(self, cube: str, values: Sequence[str]) -> bool:
        """At midnight: whether the cell's full waiting group may go tonight: 1 in 2."""
        return self._drawn(self._late_coin, (cube, values)) & 1 == 1

    def salt(self, cube: str, values: Sequence[str], number: int) -> bytes:
        """The salt (8 bytes) of a waiting group that begins tonight."""
        return self._digest(self._salt, _pack((cube, values, number)))

    @staticmethod
    def _digest(kind: hashlib.blake2b, message: bytes) -> bytes:
        draw = kind.copy()
        draw.update(message)
        return draw.digest()

    def _drawn(self, kind: hashlib.blake2b, message: tuple[object, ...]) -> int:
        return int.from_bytes(self._digest(kind, _pack(message)), "little")

    def _on(self, kind: hashlib.blake2b, message: bytes) -> int:
        """Steps of 8^-1 without bound: 21 in each 63 bits, block after block for as long as all are "go on"."""
        block = 0
        while True:
            digest = self._digest(kind, message + block.to_bytes(8, "little"))
            bits = int.from_bytes(digest, "little") & (2**63 - 1)
            if bits:
                return 21 * block + _step(bits)
            block += 1


def map_bit(salt: bytes, network: int) -> int:
    """The bit of a waiting group's 64-bit map that a network sets.

    Two networks may share a bit, one never sets two: the number of bits set never exceeds the number of different
    networks, over however many days. That is all the map is for; about one network in six, asked of a map of ten
    bits, would seem to be in it.
    """
    digest = hashlib.blake2b(network.to_bytes(8, "little"), key=salt, person=b"tv map", digest_size=1).digest()
    return 1 << (digest[0] & 63)
