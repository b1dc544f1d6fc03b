"""The country of a network, from the built-in table or a file."""

import gc
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.door.address import IPV6, UNKNOWN
from collector.door.country import REMEMBERED, Countries
from collector.errors import SettingsError
from tests.unit.door.mmdb import write_mmdb
from tests.unit.door.samples import v4, v6

BUILT_IN = Countries()

# Old allocations that do not move: SUNET, RIPE NCC, MIT, Telia, DFN.
KNOWN = {
    "SUNET": (v4("130.237.0"), "SE"),
    "RIPE NCC": (v4("193.0.6"), "NL"),
    "MIT": (v4("18.9.22"), "US"),
    "SUNET IPv6": (v6("2001:6b0:1"), "SE"),
    "DFN IPv6": (v6("2001:638:0"), "DE"),
    "documentation": (v4("203.0.113"), ""),
    "documentation IPv6": (v6("2001:db8:1"), ""),
    "private": (v4("192.168.1"), ""),
    "loopback": (v4("127.0.0"), ""),
    "no address was readable": (UNKNOWN, ""),
}


@pytest.mark.parametrize(("network", "country"), KNOWN.values(), ids=KNOWN)
def test_built_in_table(network: int, country: str) -> None:
    """Out of the box both families are known; what is nobody's has no country."""
    assert BUILT_IN.of(network) == country


@given(st.integers(0, 2**24 - 1) | st.integers(IPV6, 2 * IPV6 - 1))
def test_two_letters_or_nothing(network: int) -> None:
    """Every network has an ISO code or none, and regions such as EU are none."""
    country = BUILT_IN.of(network)
    assert country == "" or (len(country) == 2 and country.isascii() and country.isupper() and country.isalpha())
    assert country not in {"EU", "AP", "ZZ"}


SHAPES: dict[str, tuple[Any, str]] = {
    "GeoLite2, DB-IP": ({"country": {"iso_code": "SE"}, "registered_country": {"iso_code": "DK"}}, "SE"),
    "IPinfo, ip-location-db": ({"country_code": "SE", "country": "Sweden"}, "SE"),
    "IPinfo, older": ({"country": "SE"}, "SE"),
    "lower case": ({"country_code": "se"}, "SE"),
    "a region": ({"country": {"iso_code": "EU"}}, ""),
    "a name only": ({"country": "Sweden"}, ""),
    "empty": ({}, ""),
    "a number": ({"country_code": 46}, ""),
    "a text": ("SE", ""),
}


@pytest.mark.parametrize(("record", "country"), SHAPES.values(), ids=SHAPES)
def test_file(tmp_path: Path, record: Any, country: str) -> None:
    """The records of the usual files are understood, and no other is taken for one."""
    file = write_mmdb(tmp_path / "c.mmdb", {"203.0.113.0/24": record, "2001:db8:1::/48": record})
    countries = Countries(file)
    assert countries.of(v4("203.0.113")) == countries.of(v6("2001:db8:1")) == country
    assert countries.of(v4("203.0.114")) == countries.of(v6("2001:db8:2")) == ""


def test_file_of_ipv4_only(tmp_path: Path) -> None:
    """IPv6 has no country there, and is no error."""
    countries = Countries(write_mmdb(tmp_path / "c.mmdb", {"203.0.113.0/24": {"country": "SE"}}, ip_version=4))
    assert countries.of(v4("203.0.113")) == "SE"
    assert countries.of(v6("2001:db8:1")) == ""


def test_damaged_record_has_no_country(tmp_path: Path) -> None:
    """A file whose tree points outside its data says nothing, rather than stopping a beacon."""
    file = write_mmdb(tmp_path / "c.mmdb", {"203.0.113.0/24": {"country": "SE"}})
    content = file.read_bytes()
    key = content.index(b"country")
    file.write_bytes(content[: key - 1] + b"\x3f\xff" + content[key + 1 :])  # a pointer into nowhere
    assert Countries(file).of(v4("203.0.113")) == ""


@pytest.mark.parametrize("content", [None, b"", b"not a database"], ids=["missing", "empty", "other"])
def test_unreadable_file_is_one_sentence(tmp_path: Path, content: bytes | None) -> None:
    """The server does not start without the table it was told to use."""
    file = tmp_path / "c.mmdb"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(
        SettingsError, match=r"The country file .*c\.mmdb (cannot be read|is not an MMDB file)"
    ) as caught:
        Countries(file)
    assert "\n" not in str(caught.value)


def test_directory_is_no_file(tmp_path: Path) -> None:
    """A directory in place of the file is the same error."""
    with pytest.raises(SettingsError):
        Countries(tmp_path)


def test_memory_is_bounded(tmp_path: Path) -> None:
    """Networks that were looked up are remembered, but only so many: the oldest is asked again."""
    countries = Countries(write_mmdb(tmp_path / "c.mmdb", {"203.0.113.0/24": {"country": "SE"}}))
    for network in range(REMEMBERED + 100):
        countries.of(network)
    caches = [thing for thing in gc.get_referents(countries.__dict__) if hasattr(thing, "cache_info")]
    assert [cache.cache_info().currsize for cache in caches] == [REMEMBERED]
