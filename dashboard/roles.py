"""Who may do what, where. Pure: the database of accounts is `dashboard.accounts`.

A site's figures are for its viewers; what takes them out of the house for its analysts; what changes the site for its
administrators. An administrator of the server is one of every site, also of sites that come later, and the only one
who may do what belongs to no site. Whoever has no role at a site does not learn that it is there.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from msgspec import Struct


class Role(StrEnum):
    """What an account may do at a site, least first: each may do what those before it may."""

    VIEWER = "viewer"  # read the screens
    ANALYST = "analyst"  # export, and make tokens for the API
    ADMINISTRATOR = "administrator"  # change the site; of the server: accounts, new sites, everything

    @property
    def rank(self) -> int:
        """Its place, from 0."""
        return _ORDER.index(self)


_ORDER: Final = tuple(Role)
NOWHERE: Final[Mapping[int, Role]] = MappingProxyType({})


class Account(Struct, frozen=True):
    """A person of the staff. Or a token of theirs: then `sites` is what both may see."""

    id: int
    name: str
    administrator: bool  # of the server
    last_login: int | None  # milliseconds UTC
    sites: Mapping[int, Role] = NOWHERE  # by the site's id; an administrator of the server needs none

    def role(self, site: int) -> Role | None:
        """Its role at a site. None: the site is not there for it."""
        return Role.ADMINISTRATOR if self.administrator else self.sites.get(site)

    def may(self, needed: Role, site: int | None = None) -> bool:
        """Whether it may do what `needed` may, at a site; without one, at the server.

        At the server an administrator is one of the server, an analyst one of any site, and everybody is a viewer.
        """
        if site is not None:
            role = self.role(site)
            return role is not None and role.rank >= needed.rank
        if self.administrator or needed is Role.VIEWER:
            return True
        return needed is Role.ANALYST and any(role.rank >= needed.rank for role in self.sites.values())
