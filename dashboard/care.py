"""What the server does for itself beside counting, by schedule, and what commands ask of it.

Backups, retention, and Google Analytics' figures where they are to be fetched.
"""

import asyncio
import logging
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from datetime import UTC, datetime
from typing import Any, Final

from collector.app import Collector
from collector.day.notes import Note
from collector.errors import TrekvartError
from collector.hotline import Hotline
from dashboard import backup, checkup, retention
from dashboard.checkup import Live
from dashboard.finding import Finding
from dashboard.ga4_fetch import fetch_all

log = logging.getLogger("trekvart.care")

LOOK_SECONDS: Final = 60.0  # between looks whether something is due
BACKUP_SECONDS: Final = 3600  # after which a backup that does not end is given up
DAY: Final = 86_400_000  # milliseconds
FETCH_EVERY: Final = 6 * 3_600_000  # milliseconds: Google goes on counting a day while and after it lasts
REST: Final = 3_600_000  # milliseconds until what failed is tried again
FRESH: Final = 600_000  # milliseconds that findings are shown before everything is looked at again


class Care:
    """Started and stopped with the server, on its event loop; the work is done in threads and a child process."""

    def __init__(self, collector: Collector, clock: Callable[[], int]) -> None:
        self._collector = collector
        self._clock = clock
        self._expired = 0  # the day, counted from 1970 in UTC, of which old groups have been removed
        self._started = False
        self._ending = False
        self._examining = threading.Lock()
        self._found: list[Finding] = []
        self._looked = 0  # when, in milliseconds UTC
        self._tried = 0  # the same of the backup, whether it succeeded or not
        self._failed_at: dict[str, int] = {}  # the same of what failed, by the method's name
        self._fetched = 0  # when Google's figures were asked for, in milliseconds UTC

    def start(self) -> None:
        """Answers commands from now on, and looks after what is due."""
        self._loop = asyncio.get_running_loop()
        self._started = True
        answers = {
            "purge": self._purge,
            "remove_site": self._remove_site,
            "check": lambda _: checkup.packed(self.examine()),
            "seen": lambda _: self.see_notes(),
        }
        self._hotline = Hotline(self._collector.settings.data_directory, answers, self._collector.store.still)
        self._task = asyncio.create_task(self._look())

    def stop(self) -> None:
        """Ends both. What a thread of it meets from now on is that its databases are being closed: no fault."""
        self._ending = True
        self._task.cancel()
        self._hotline.close()

    async def _look(self) -> None:
        while True:
            await self._loop.run_in_executor(None, self.look, self._clock())
            await asyncio.sleep(LOOK_SECONDS)

    def look(self, now: int) -> None:
        """Does what is due. What fails is said, rests for an hour, and keeps nothing else from being done."""
        for duty in (self._expire, self._back_up, self._fetch):
            name = duty.__name__
            if 0 <= now - self._failed_at.get(name, -REST) < REST:
                continue
            try:
                duty(now)
            except Exception as error:  # noqa: BLE001 - a loop that ends here would take no backup ever again
                if self._ending:
                    return
                self._failed_at[name] = now
                self._failed(now, "care-failed", str(error) if isinstance(error, TrekvartError) else repr(error))

    def _expire(self, now: int) -> None:
        """Removes groups older than they may be, once a day."""
        if self._expired != now // DAY:
            self._collector.store.remove_before(self._limits(now))
            self._expired = now // DAY

    def _limits(self, now: int) -> dict[int, Any]:
        settings = self._collector.settings
        return dict(retention.limits(self._collector.control.sites(), settings.retention_months, now))

    def _backup_due(self, now: int) -> bool:
        """Past the hour, and today's has been neither made nor tried."""
        into = self._collector.settings.backup_directory
        moment = datetime.fromtimestamp(now / 1000, tz=UTC)
        if into is None or self._tried == now // DAY or moment.hour < self._collector.settings.backup_hour:
            return False
        there = backup.backups(into)
        return not there or backup.made(there[-1]).date() < moment.date()

    def _back_up(self, now: int) -> None:
        """In a process of its own: closing a copy's source here would drop DuckDB's lock on it (POSIX fcntl)."""
        if not self._backup_due(now):
            return
        self._tried = now // DAY
        settings = self._collector.settings
        command = [sys.executable, "-P", "-m", "dashboard.cli", "backup", str(settings.backup_directory), "--rotate"]
        command += ["--data-directory", str(settings.data_directory), "--backup-keep", str(settings.backup_keep)]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=BACKUP_SECONDS, check=False)  # noqa: S603 - our own command
            said = done.stderr.strip().removeprefix("trekvart: ") if done.returncode else ""
        except (OSError, subprocess.TimeoutExpired) as error:
            said = str(error)
        if said:
            self._failed(now, "backup-failed", said)

    def _fetch(self, now: int) -> None:
        """Google's figures of the last days, laid beside ours."""
        if 0 <= now - self._fetched < FETCH_EVERY:
            return
        self._fetched = now
        for site, said in fetch_all(self._collector.control, self._collector.settings, now):
            self._failed(now, "google-failed", said, site)

    def _failed(self, now: int, what: str, said: str, site: int = 0) -> None:
        day = datetime.fromtimestamp(now / 1000, tz=UTC).date()
        note = Note(now, what, site, date=day.isoformat(), name=said)
        log.error("%s", note.sentence)
        with suppress(TrekvartError):  # a disk that is full has its own finding
            self._collector.note(note)  # once a day, however often it is tried: the table's key is the note itself

    # -- is all well? --------------------------------------------------------------------------------------------

    def findings(self) -> tuple[list[Finding], int]:
        """What is found, at most ten minutes old, and when (milliseconds UTC)."""
        with self._examining:
            if not self._started:
                return [], self._clock()
            if self._clock() - self._looked > FRESH:
                self._found, self._looked = self.examine(), self._clock()
            return self._found, self._looked

    def examine(self) -> list[Finding]:
        """Looks at everything now."""
        collector = self._collector
        live = Live(collector.supervisor.ready.is_set(), collector.untrusted_proxy)
        with closing(collector.open_spool()) as spool:
            return checkup.examine(
                collector.settings, collector.control, collector.store, spool, now=self._clock(), live=live
            )

    def see_notes(self) -> None:
        """The operator has seen what went wrong."""
        with closing(self._collector.open_spool()) as spool:
            spool.see_notes()
        self._looked = 0

    # -- what commands ask ---------------------------------------------------------------------------------------

    def _purge(self, asked: Mapping[str, Any]) -> dict[str, int]:
        """Rows older than they may be, by domain; with `do` they are gone now."""
        sites, now, store = self._collector.control.sites(), self._clock(), self._collector.store
        found = retention.old_rows(store, sites, self._limits(now))
        if asked["do"]:
            store.remove_before(self._limits(now))
        return found

    def _remove_site(self, asked: Mapping[str, Any]) -> bool:
        control = self._collector.control
        site = control.site(asked["domain"])
        control.remove_site(site)
        asyncio.run_coroutine_threadsafe(self._collector.forget_site(site), self._loop).result()
        control.keep_copy()
        settings = self._collector.settings
        retention.remove_elsewhere(site, settings.data_directory, settings.backup_directory, self._clock())
        return True
