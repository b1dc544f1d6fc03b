"""The exporter: does the runs that are due, one after the other, in a thread of the server, or in a command.

A run that fails waits longer and longer (PAUSES) and is then given up, and the staff it names are told. One that was
under way when the server ended is begun anew at the next start: files are made aside and renamed, so nothing half
made is ever seen.
"""

import errno
import logging
import shutil
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final

from collector.control import Control
from collector.errors import ExportError, TrekvartError
from collector.settings import Settings
from collector.site import Site
from collector.store import Store
from dashboard import deliver, exports, imports, reports, traffic
from dashboard.exports import Manifest
from dashboard.rounding import round_figures
from dashboard.runs import Result, Run, Runs
from dashboard.schedules import Schedules
from dashboard.unpacked import unpacked

log = logging.getLogger("trekvart.exports")

PAUSES: Final = (1, 5, 15, 60, 180)  # minutes before each next try
CLOSING: Final = 60_000  # milliseconds until a day that is over is asked again whether it is closed
PATIENCE: Final = 6 * 3_600_000  # then the export goes on, and says that it is not complete
LOOK: Final = 1.0  # seconds between looks for what is due
FOLDER: Final = "exports"


class Stopped(Exception):  # noqa: N818 - reads as the state it names
    """The server is to end: the run begins anew at the next start."""


class Exporter:
    """Does the runs of one data directory."""

    def __init__(self, settings: Settings, control: Control, store: Store, clock: Callable[[], int]) -> None:
        self.runs = Runs(control)
        round_figures(store, control)
        self._settings = settings
        self._control = control
        self._store = store
        self._clock = clock
        self._schedules = Schedules(control)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._loop, name="exports", daemon=True)

    def start(self) -> None:
        """Begins anew what was under way, makes up for what was missed, and looks for what is due from now on."""
        shutil.rmtree(self._folder, ignore_errors=True)
        self.runs.begin_anew(self._clock())
        self._thread.start()

    def stop(self) -> None:
        """Ends soon: a run under way is left for the next start."""
        self._stop.set()
        self._thread.join()

    def step(self) -> bool:
        """Asks for the runs whose moment has come, and does the first that is due. False: there was none."""
        now = self._clock()
        self._schedules.ask_due(self.runs, now)
        run = self.runs.due(now)
        if run is not None:
            self.do(run)
        return run is not None

    def do(self, run: Run) -> Run:
        """Does a run, whatever comes of it."""
        site = next((site for site in self._control.sites() if site.id == run.site), None)
        now = self._clock()
        if site is None:
            return self.runs.put(run, state="failed", ended=now, result=Result(error="The site is no more."))
        if run.schedule is not None and now < run.asked + PATIENCE and not self._closed(site, run):
            return self.runs.put(run, due=now + CLOSING)
        run = self.runs.put(run, state="running", begun=now, progress=0.0)
        try:
            result = self._work(site, run)
        except Stopped:
            return self.runs.put(run, state="waiting", due=now)
        except Exception as error:  # noqa: BLE001 - whatever a library raises, the run has failed, and the loop goes on
            return self._failed(site, run, error)
        return self.runs.put(run, state="done", ended=self._clock(), progress=1.0, result=result)

    # -- inside ------------------------------------------------------------------------------------------------

    @property
    def _folder(self) -> Path:
        return self._settings.data_directory / FOLDER

    def _loop(self) -> None:
        while not self._stop.is_set():
            try:
                busy = self.step()
            except TrekvartError as error:  # the control database: it may be better in a moment
                log.error("%s", error)  # noqa: TRY400 - one sentence is all there is to say
                busy = False
            except Exception as error:  # noqa: BLE001 - a loop that ends here would send no export ever again
                log.error("The exports met an error that nothing accounts for, and go on: %r", error)  # noqa: TRY400 - the same
                busy = False
            if not busy:
                self._stop.wait(LOOK)

    def _closed(self, site: Site, run: Run) -> bool:
        """Whether all the run's days that have data are over and released."""
        return all(day.closed for day in reports.day_settings(self._store, site, run.span))

    def _work(self, site: Site, run: Run) -> Result:
        if run.task.kind == "import":
            with unpacked(Path(run.task.source), self._folder / f"run-{run.id}") as folder:
                return Result(told=imports.take(self._store, site, folder, self._clock()))
        if run.task.kind == "notice":
            return Result(told=traffic.watch(self._store, site, run, self._settings))
        place = self._folder / f"run-{run.id}"
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(parents=True, mode=0o700)
        try:
            return self._export(site, run, place)
        finally:
            shutil.rmtree(place, ignore_errors=True)

    def _export(self, site: Site, run: Run, place: Path) -> Result:
        """Files made aside and checked, then delivered to each destination that does not have them yet."""
        task = run.task
        made = exports.build(
            self._store, site, run.span, task.files, place, language=task.language, told=self._told(run)
        )
        previous = deliver.latest([run.result.manifest, *deliver.found(site, run.span, task, self._settings)])
        manifest = exports.seal(made, previous)
        exports.write_manifest(manifest, place)
        exports.check(manifest, place)
        same = run.result.manifest == manifest
        result = Result(manifest=manifest, delivered=run.result.delivered if same else ())
        for number, destination in enumerate(task.destinations):
            if number not in result.delivered:
                package = deliver.Package(site, manifest, place, task.language)
                deliver.deliver(destination, package, self._settings)
                result = Result(manifest=manifest, delivered=(*result.delivered, number))
                self.runs.put(run, state="running", progress=1.0, result=result)
        return result

    def _told(self, run: Run) -> Callable[[float], None]:
        """Keeps the progress, by whole per cents, and ends the work when the server is to end."""
        last = 0

        def told(progress: float) -> None:
            nonlocal last
            if self._stop.is_set():
                raise Stopped
            if int(progress * 100) > last:
                last = int(progress * 100)
                self.runs.progressed(run, progress)

        return told

    def _failed(self, site: Site, run: Run, error: Exception) -> Run:
        """The next try, or the end of it."""
        now = self._clock()
        known = self.runs.get(run.id) or run
        sentence, code = in_words(error)
        log.warning("Run %d of %s: %s", run.id, site.domain, sentence)
        result = Result(known.result.manifest, known.result.delivered, sentence, code)
        lasting = run.schedule is None or code in {"lasting", "no_data"}
        if run.attempt < len(PAUSES) and not lasting:
            due = now + PAUSES[run.attempt] * 60_000
            return self.runs.put(run, state="waiting", due=due, attempt=run.attempt + 1, ended=now, result=result)
        failed = self.runs.put(run, state="failed", attempt=run.attempt + 1, ended=now, result=result)
        self._tell(site, failed, sentence)
        return failed

    def _tell(self, site: Site, run: Run, sentence: str) -> None:
        """Tells the staff that a run was given up; a letter that cannot be sent is only noted."""
        try:
            deliver.tell_staff(site, run.task, sentence, self._settings)
        except ExportError as error:
            log.error("Run %d of %s: %s", run.id, site.domain, error)  # noqa: TRY400 - a sentence is all


def in_words(error: Exception) -> tuple[str, str]:
    """An error as a sentence without secrets, and its code. What a library says is only named by its kind."""
    if isinstance(error, ExportError):
        return str(error), error.code
    if isinstance(error, TrekvartError):
        return str(error), "other"
    if isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return "The disk is full; make room and run it again.", "full"
    if isinstance(error, OSError) and error.strerror:
        return f"The system refused it: {error.strerror}.", "other"
    return f"It failed unexpectedly ({type(error).__name__}); the server's log may say more.", "other"


def summary(manifest: Manifest) -> str:
    """A finished export in one sentence."""
    return (
        f"{manifest.site}, {manifest.first_day} to {manifest.last_day}: {len(manifest.files)} files, "
        f"{manifest.rows:,} rows, {manifest.bytes:,} bytes, revision {manifest.revision}"
        + ("." if manifest.complete else "; not complete, for a day of it is not over.")
    )
