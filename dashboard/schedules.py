"""The schedules of all sites, kept in the control database, and the runs they ask for."""

from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from msgspec import Struct
from msgspec.structs import replace

from collector.control import Control
from dashboard.export_period import last_whole
from dashboard.export_task import Task, decode, encode
from dashboard.runs import Runs
from dashboard.schedule import next_run

MOST: Final = 400  # missed runs that are made up for: a year of days; what is older is asked for by hand


class Schedule(Struct, frozen=True):
    """A schedule. `seen` is the moment (milliseconds UTC) up to which its runs have been asked for."""

    id: int
    site: int
    name: str
    timing: str  # a cron line
    task: Task
    active: bool
    seen: int


class Schedules:
    """The schedules of one control database. From any thread."""

    def __init__(self, control: Control) -> None:
        self._control = control

    def all(self) -> list[Schedule]:
        """Every schedule."""
        return [
            Schedule(number, site, name, timing, decode(task), bool(active), seen)
            for number, site, name, timing, task, active, seen in self._control.read("schedules")
        ]

    def of_site(self, site: int) -> list[Schedule]:
        """A site's schedules."""
        return [schedule for schedule in self.all() if schedule.site == site]

    def add(self, site: int, name: str, timing: str, task: Task, now: int) -> None:
        """Adds a schedule; its first run is the first moment after now. `timing`: from `schedule.parse_timing`."""
        values: dict[str, Any] = {"name": name, "timing": timing, "task": encode(task), "active": 1, "seen": now}
        self._control.write("add_schedule", site=site, **values)

    def put(self, schedule: Schedule) -> None:
        """Changes a schedule, found by its id."""
        self._control.write(
            "put_schedule",
            id=schedule.id,
            name=schedule.name,
            timing=schedule.timing,
            task=encode(schedule.task),
            active=int(schedule.active),
            seen=schedule.seen,
        )

    def rest(self, schedule: Schedule, now: int, *, active: bool) -> None:
        """Pauses a schedule, or lets it go on: from the first moment after now, for what it rested through is past."""
        self.put(replace(schedule, active=active, seen=now if active else schedule.seen))

    def drop(self, number: int) -> None:
        """Takes a schedule away; what it has exported stays on the list."""
        with self._control.writing():
            self._control.write("schedule_runs_go", id=number)
            self._control.write("drop_schedule", id=number)

    def ask_due(self, runs: Runs, now: int) -> int:
        """Asks for every run whose moment has come since the last time, also while the server was down; how many."""
        zones = {site.id: site.time_zone for site in self._control.sites()}
        asked = 0
        for schedule in self.all():
            if schedule.active and schedule.site in zones:
                asked += self._ask(schedule, zones[schedule.site], runs, now)
        return asked

    def _ask(self, schedule: Schedule, zone: str, runs: Runs, now: int) -> int:
        # A clock that was ahead for a while must not silence a schedule until then; a period is asked for only once.
        seen, asked = min(schedule.seen, now), 0
        for _ in range(MOST):
            due = next_run(schedule.timing, zone, seen)
            if due is None or due > now:
                break
            on = datetime.fromtimestamp(due / 1000, tz=ZoneInfo(zone)).date()
            span = last_whole(schedule.task.length, on)
            asked += runs.ask(schedule.site, span, schedule.task, now, schedule.id) is not None
            seen = due
        if seen != schedule.seen:
            self._control.write("see_schedule", id=schedule.id, seen=seen)
        return asked
