"""Servers and apps that send for their visitors: a token of the site lets them say whose address it is.

The token is shown once; the site keeps its SHA-256. It has 256 random bits, so a plain hash cannot be turned back.
"""

import hashlib
import secrets
from collections.abc import Iterable, Sequence
from typing import Final

from collector.site import Site

TOKEN: Final = b"x-trekvart-token"  # the header


def make_token() -> str:
    """A new token."""
    return f"tv_{secrets.token_urlsafe(32)}"


def digest(token: bytes) -> str:
    """What is kept of it: 64 hexadecimal digits."""
    return hashlib.sha256(token.strip()).hexdigest()


class Senders:
    """Whose token is it?"""

    __slots__ = ("_sites",)

    def __init__(self, sites: Iterable[Site]) -> None:
        self._sites = {kept: site.id for site in sites for kept in site.senders}

    def site_of(self, headers: Sequence[tuple[bytes, bytes]]) -> int | None:
        """The id of the site whose token the request carries; 0: nobody's. None: it carries none, as all but few."""
        for name, value in headers:
            if name == TOKEN:
                return self._sites.get(digest(value), 0)
        return None
