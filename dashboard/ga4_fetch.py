"""Laying Google's figures beside ours without a hand: each property's last days are fetched and kept.

Google goes on counting a day for up to three days, so the last days are fetched again each time; the first fetch takes
a quarter of a year.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from collector.control import Control
from collector.errors import FileError
from collector.settings import Settings
from collector.site import Site
from dashboard import elsewhere
from dashboard.ga4_api import fetch, read_key
from dashboard.ga4_file import Table, read_ga4
from dashboard.ga4_history import days_of

AGAIN: Final = 5  # days
FIRST: Final = 90  # days


def properties(settings: Settings) -> dict[str, str]:
    """Domain -> the number of its property."""
    return dict(named.split("=", 1) for named in settings.google_properties)


def fetched(control: Control, settings: Settings, site: Site, now: int) -> list[Table]:
    """The site's last whole days, as its own clock has them, as Google counts them now. Raises FileError."""
    number = properties(settings).get(site.domain)
    if number is None or settings.google_key_file is None:
        raise FileError(
            f"No property of {site.domain} is named; set google_key_file and google_properties ({site.domain}=NUMBER)."
        )
    today = datetime.fromtimestamp(now / 1000, tz=ZoneInfo(site.time_zone)).date()
    known = elsewhere.kept(control, site.id, "ga4", today - timedelta(days=FIRST), today)
    begin = today - timedelta(days=AGAIN if known else FIRST)
    report = f"{settings.google_api}/v1beta/properties/{number}:runReport"
    return read_ga4(fetch(read_key(settings.google_key_file), report, (begin, today - timedelta(days=1)), now))


def fetch_all(control: Control, settings: Settings, now: int) -> Iterator[tuple[int, str]]:
    """Fetch and keep the days of every site whose property is named. What went wrong: a site and a sentence each."""
    sites = {site.domain: site for site in control.sites()}
    for domain in properties(settings):
        site = sites.get(domain)
        if site is None:
            yield 0, f"{domain}, named in google_properties, is no site here; mend the setting."
            continue
        try:
            elsewhere.keep(control, site.id, "ga4", days_of(fetched(control, settings, site, now)))
        except FileError as error:
            yield site.id, f"{domain}: {error}"
