"""The keys of the days, and what they seal."""

import stat
from pathlib import Path

import pytest

from collector.day.keys import Keys
from collector.day.seal import Seal, derive
from collector.errors import PlaceError


def test_a_key_survives_and_is_for_the_owner_only(tmp_path: Path) -> None:
    """A made key can be read by a later process; no other user can read it or list the directory."""
    keys = Keys(tmp_path / "keys")
    key = keys.make(7)
    assert Keys(tmp_path / "keys").read(7) == key
    assert stat.S_IMODE((tmp_path / "keys").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "keys" / "7.key").stat().st_mode) == 0o600
    assert keys.days() == {7}


def test_a_destroyed_key_is_gone(tmp_path: Path) -> None:
    """After destroy nothing in the directory holds the key, and destroying twice is fine."""
    keys = Keys(tmp_path)
    key = keys.make(1)
    keys.destroy(1)
    keys.destroy(1)
    assert keys.read(1) is None
    assert all(key not in path.read_bytes() for path in tmp_path.iterdir())


def test_a_torn_key_counts_as_gone(tmp_path: Path) -> None:
    """A key file that is not 32 bytes opens nothing, so it is reported as missing."""
    keys = Keys(tmp_path)
    keys.make(1)
    (tmp_path / "1.key").write_bytes(b"short")
    assert keys.read(1) is None


def test_a_key_directory_that_is_a_file_is_one_sentence(tmp_path: Path) -> None:
    """A key directory that cannot be used says so and what to do."""
    (tmp_path / "keys").write_text("")
    with pytest.raises(PlaceError, match="--key-directory"):
        Keys(tmp_path / "keys")


@pytest.mark.parametrize(
    "harm",
    [
        pytest.param(lambda s: s[:-1], id="torn"),
        pytest.param(lambda s: bytes([s[0] ^ 1]) + s[1:], id="nonce bit"),
        pytest.param(lambda s: s[:20] + bytes([s[20] ^ 128]) + s[21:], id="text bit"),
        pytest.param(lambda _: b"", id="empty"),
    ],
)
def test_what_was_altered_does_not_open(harm: object) -> None:
    """One changed or missing byte, another place, another purpose or another key: the text does not open."""
    assert callable(harm)
    seal = Seal(b"k" * 32, "hits")
    sealed = seal.close(b"three groups", b"place")
    assert seal.open(sealed, b"place") == b"three groups"
    assert seal.open(harm(sealed), b"place") is None
    assert seal.open(sealed, b"other") is None
    assert Seal(b"k" * 32, "waiting").open(sealed, b"place") is None
    assert Seal(b"K" * 32, "hits").open(sealed, b"place") is None


def test_purposes_have_keys_of_their_own() -> None:
    """The keys of two purposes, and of two days, differ."""
    assert len({derive(b"a" * 32, "hits"), derive(b"a" * 32, "waiting"), derive(b"b" * 32, "hits")}) == 3
