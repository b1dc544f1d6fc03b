"""The country of a network, from a table in memory. Nothing is asked of anybody, and no address is looked up.

Built in: iptocc (MIT or Apache-2.0), whose table comes from what the five regional registries publish about whom they
gave which addresses to. It takes 1.3 MB and 0.3 us a look-up, knows IPv6, and is made anew every week. By setting: any
MMDB file whose licence the operator accepts (GeoLite2, DB-IP, IPinfo, ip-location-db).
"""

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

from iptocc import country_code

from collector.door.networks import first_address
from collector.errors import SettingsError

# Networks remembered: 2 MB at most, and a whole day of most sites.
REMEMBERED = 16_384

# In the registries' and MaxMind's tables, but no country: the European Union, Asia/Pacific, nobody yet.
_NO_COUNTRY = frozenset({"EU", "AP", "ZZ", "XX"})


class Countries:
    """Looks networks up by their first address. One thread at a time."""

    def __init__(self, file: Path | None = None) -> None:
        """Open the MMDB file, or the built-in table when there is none. Raises SettingsError."""
        ask = country_code if file is None else _reader(file)

        def look_up(network: int) -> str:
            code = ask(first_address(network))
            if code is None or len(code) != 2 or not code.isascii() or not code.isalpha():
                return ""
            code = code.upper()
            return "" if code in _NO_COUNTRY else code

        self.of: Callable[[int], str] = lru_cache(REMEMBERED)(look_up)
        """The network's ISO 3166-1 alpha-2 code, or "" when nobody knows. Never raises."""


def _reader(file: Path) -> Callable[[str], str | None]:
    # only for those who have such a file: 1.5 MB
    import maxminddb

    try:
        database = maxminddb.open_database(file)
    except OSError as error:
        raise SettingsError(f"The country file {file} cannot be read: {error.strerror}.") from None
    except maxminddb.InvalidDatabaseError:
        raise SettingsError(f"The country file {file} is not an MMDB file.") from None

    def ask(address: str) -> str | None:
        try:
            return _code(database.get(address))
        except (maxminddb.InvalidDatabaseError, ValueError):  # a damaged record; IPv6 in a table of IPv4 only
            return None

    return ask


def _code(record: Any) -> str | None:
    """The code in a record: GeoLite2 and DB-IP nest it, IPinfo and ip-location-db do not."""
    if not isinstance(record, dict):
        return None
    code = record.get("country_code")
    if code is None:
        country = record.get("country")
        code = country.get("iso_code") if isinstance(country, dict) else country
    return code if isinstance(code, str) else None
