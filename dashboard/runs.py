"""The runs: what has been exported and what waits to be, kept in the control database.

It is also how a command asks a running server: the command adds a run, the server does it, the command reads what
became of it. So there is one way to do an export, whoever asks.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any, Final, Literal

import msgspec
from msgspec import Struct

from collector.control import Control
from dashboard.export_task import Task, decode, encode
from dashboard.exports import Manifest
from dashboard.period import ONE, Span

KEPT: Final = 2 * 366 * 86_400_000  # milliseconds that finished runs stay on the list

State = Literal["waiting", "running", "done", "failed"]


class Result(Struct, frozen=True):
    """What came of a run so far."""

    manifest: Manifest | None = None  # of the last export that was made
    delivered: tuple[int, ...] = ()  # destinations that have it, by their place in the task
    error: str = ""  # a sentence
    code: str = ""  # the same, for the screens
    told: str = ""  # for commands: what there is to say


class Run(Struct, frozen=True):
    """One run. Moments are milliseconds UTC."""

    id: int
    schedule: int | None
    site: int
    begins: date
    ends: date
    task: Task
    state: State
    asked: int
    due: int  # not before
    attempt: int  # tries that have failed
    begun: int | None
    ended: int | None
    progress: float  # 0..1
    result: Result

    @property
    def span(self) -> Span:
        """Its days, half-open."""
        return self.begins, self.ends

    @property
    def last(self) -> date:
        """Its last day."""
        return self.ends - ONE


class Runs:
    """The runs of one control database. From any thread."""

    def __init__(self, control: Control) -> None:
        self._control = control

    def ask(self, site: int, span: Span, task: Task, now: int, schedule: int | None = None) -> int | None:
        """Adds a run; its id. None: the schedule has one for this period already.

        One that was asked for later than now is of a clock that was ahead; where it came to nothing or to a period
        that was not over, it is asked for anew.
        """
        period = {"schedule": schedule, "begins": span[0].isoformat(), "ends": span[1].isoformat()}
        with self._control.writing():
            added = self._control.write("add_run", site=site, task=encode(task), now=now, **period)
            return int(self._control.read("last_run", **period)[0][0]) if added else None

    def get(self, number: int) -> Run | None:
        """A run, or None."""
        return next((_run(row) for row in self._control.read("run", id=number)), None)

    def of_site(self, site: int, most: int = 100) -> list[Run]:
        """A site's runs, newest first."""
        return [_run(row) for row in self._control.read("runs", site=site, most=most)]

    def due(self, now: int) -> Run | None:
        """The run that is to be done now. Some 30 us, so it can be asked every second."""
        return next((_run(row) for row in self._control.read("due_run", now=now)), None)

    def put(self, run: Run, **changes: Any) -> Run:
        """Keeps what has changed of a run."""
        changed = msgspec.structs.replace(run, **changes)
        self._control.write(
            "put_run",
            id=run.id,
            state=changed.state,
            due=changed.due,
            attempt=changed.attempt,
            begun=changed.begun,
            ended=changed.ended,
            progress=changed.progress,
            result=msgspec.json.encode(changed.result).decode(),
        )
        return changed

    def again(self, run: Run, now: int) -> Run:
        """Asks for a run once more: everything is delivered again, as a new revision only where something changed."""
        result = Result(manifest=run.result.manifest)
        return self.put(run, state="waiting", due=now, attempt=0, begun=None, ended=None, progress=0.0, result=result)

    def progressed(self, run: Run, progress: float) -> None:
        """Keeps how far a run has come."""
        self._control.write("progress_run", id=run.id, progress=progress)

    def begin_anew(self, now: int) -> int:
        """At start: what a dead server left under way waits again; how many. Runs of long ago are forgotten."""
        self._control.write("forget_runs", before=now - KEPT)
        return self._control.write("stopped_runs", now=now)


def _run(row: Sequence[Any]) -> Run:
    values = dict(zip(Run.__struct_fields__, row, strict=True))
    values |= {"begins": date.fromisoformat(values["begins"]), "ends": date.fromisoformat(values["ends"])}
    values |= {"task": decode(values["task"]), "result": msgspec.json.decode(values["result"], type=Result)}
    return Run(**values)
