"""Hits, sites and a spool for tests of the day's machinery; time is a number that the test moves."""

from pathlib import Path

from msgspec.structs import replace

from collector.day.keeper import Keeper
from collector.day.keys import Keys
from collector.day.spool import Batch, Spool
from collector.door.hit import Hit, Kind, Navigation
from collector.site import NO_SITE, Site

HOUR = 3_600_000
NOON = 1_795_521_600_000  # 2026-11-24 12:00 UTC, 13:00 in Stockholm
MIDNIGHT = NOON + 11 * HOUR  # in Stockholm
SITE = Site(id=1, domain="shop.example", hosts=("shop.example",), k=5, publish_seconds=600)


def hit(number: int, time: int = NOON, page: str = "/", **parts: object) -> Hit:
    """A page view from network `number`."""
    plain = Hit(
        kind=Kind.VIEW,
        time=time,
        network=number,
        page=page,
        inside="",
        source="Google",
        channel="search",
        campaign="",
        payment=False,
        navigation=Navigation.NAVIGATE,
        browser="Firefox 153",
        system="Linux",
        device="desktop",
        country="SE",
    )
    return replace(plain, **parts)


class SameKeys(Keys):
    """Keys that are the same for the same day in every directory, so that two runs draw the same lots."""

    def make(self, day: int) -> bytes:
        super().make(day)
        self._path(day).write_bytes(bytes([day]) * 32)
        return bytes([day]) * 32


class Machine:
    """Spool and keeper of one site in a directory; `restart` is what a kill -9 leaves."""

    def __init__(self, directory: Path, site: Site = SITE, keys: type[Keys] = Keys) -> None:
        self.directory = directory
        self.keys = keys
        self.sites = {0: NO_SITE, site.id: site}
        self.site = site
        self.restart()

    def restart(self) -> None:
        self.spool = self.open()
        self.keeper = Keeper(self.open(), self.sites.get, 1000, lambda: None)

    def open(self) -> Spool:
        return Spool(self.directory, self.keys(self.directory / "keys"))

    def take(self, hits: list[Hit], now: int, drops: tuple[tuple[int, str], ...] = ()) -> None:
        """One group commit."""
        self.spool.append([(self.site, Batch(hits, list(drops)))], now)

    def turn(self, now: int) -> None:
        """Lets the keeper read all there is, and do what is due."""
        while self.keeper.turn(now):
            pass

    def pageviews(self) -> int:
        """The pageviews that all releases in the outbox tell."""
        totals = [item.release.totals for item in self.spool.outbox(10_000)]
        return sum(t.pageviews for t in totals if t is not None)
