"""A site's daily figures as others count them: Google Analytics, and the server's own log. Whole days, nothing finer.

They stand in the control database, to be laid beside ours; they are no history and are in no report.
"""

from collections.abc import Mapping
from datetime import date
from typing import Final, Literal

from msgspec import Struct

from collector.control import Control

Source = Literal["ga4", "log"]
SOURCES: Final[tuple[Source, ...]] = ("ga4", "log")


class Day(Struct, frozen=True):
    """A day's figures; None where the source does not tell."""

    pageviews: int | None = None
    visits: int | None = None
    visitors: int | None = None
    engaged: int | None = None  # sessions that Google calls engaged


def keep(control: Control, site: int, source: Source, days: Mapping[date, Day]) -> None:
    """Keep the days, in place of what was kept of them."""
    with control.writing():
        for day, found in days.items():
            control.write(
                "put_elsewhere",
                site=site,
                source=source,
                day=day.isoformat(),
                pageviews=found.pageviews,
                visits=found.visits,
                visitors=found.visitors,
                engaged=found.engaged,
            )


def forget(control: Control, site: int, source: Source) -> None:
    """Forget all that was kept of a source."""
    control.write("drop_elsewhere", site=site, source=source)


def kept(control: Control, site: int, source: Source, begin: date, end: date) -> dict[date, Day]:
    """What is kept of begin <= day < end."""
    rows = control.read("elsewhere", site=site, source=source, begin=begin.isoformat(), end=end.isoformat())
    return {date.fromisoformat(day): Day(*figures) for day, *figures in rows}
