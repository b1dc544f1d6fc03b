"""What went wrong, as the operator is told it: a sentence each, in the log, from `trekvart check`, on the health page.

A note never says how many beacons something was, for that would be a count below k. What is lost is told by its day and
by the publish after which it came: everything published before is in the store.
"""

from datetime import UTC, datetime
from typing import Final, NamedTuple

SENTENCES: Final = {
    "torn": "Hits of {date} could not be opened (torn or altered on the disk); they are set aside in the spool and not "
    "counted.",
    "release-torn": "A publish of {date} was altered on the disk before the store had it; it is set aside in the "
    "spool, and its figures are missing.",
    "key-lost": "The key of {date} is gone: the hits since {since} are lost. The day goes on under a new key.",
    "waiting-lost": "What waited for its groups before {date} cannot be opened, its key is gone: it is lost.",
    "spool-damaged": "The spool was damaged; it is set aside as {name}, and all of it that could be read goes on.",
    "control-damaged": "The control database was damaged; it is set aside as {name}. Its copy of {since} goes on.",
    "control-lost": "The control database was damaged and had no copy; it is set aside as {name}. Add the sites and "
    "accounts anew, or restore a backup.",
    "log-damaged": "The group store's write-ahead log did not replay; it is set aside as {name}, and what it held is "
    "applied again.",
    "store-damaged": "The group store was damaged; it is set aside as {name}, and a new one has begun. Restore a "
    "backup: trekvart restore.",
    "backup-failed": "The backup did not succeed: {name}",
    "care-failed": "Part of the daily care (old figures, backups, Google's figures) failed and is tried again every "
    "hour: {name}",
    "google-failed": "Google Analytics' figures were not fetched. {name}",
}


class Note(NamedTuple):
    """A line of the spool's table `note`. `time` and `since` in milliseconds UTC; 0 and "" where they do not apply."""

    time: int
    what: str  # of SENTENCES
    site: int = 0
    date: str = ""
    since: int = 0  # the last publish before; 0: the day's beginning
    name: str = ""  # a file that was set aside
    seen: int = 0

    @property
    def sentence(self) -> str:
        """For the log and the command line."""
        return SENTENCES[self.what].format(date=self.date, name=self.name, since=moment(self.since))


def moment(milliseconds: int) -> str:
    """A moment as the log writes it; 0 is a day's beginning."""
    if not milliseconds:
        return "its beginning"
    return datetime.fromtimestamp(milliseconds / 1000, tz=UTC).strftime("%Y-%m-%d %H:%M UTC")
