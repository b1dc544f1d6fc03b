"""The screen of a site's exports: every run and what became of it, the schedules, and a form for a new one."""

from collections.abc import Mapping
from typing import Any, Final

from msgspec.structs import replace
from starlette.exceptions import HTTPException
from starlette.responses import Response

from dashboard.audit import Act
from dashboard.audit_screen import moment
from dashboard.export_form import KINDS, OFTEN, SECRETS, Wrong, as_form, read_form, with_kept_secrets
from dashboard.export_period import Length, last_whole
from dashboard.export_task import place_of
from dashboard.exports import Format
from dashboard.frame import Ask, Screen
from dashboard.period import today
from dashboard.runs import Run, Runs
from dashboard.schedule import next_run
from dashboard.schedules import Schedule, Schedules
from dashboard.site_frame import number_of, surroundings

CODES: Final = ("full", "no_data", "unreachable", "refused", "forbidden", "no_mail", "lasting", "other")
FIELDS: Final = (
    "kind",
    "length",
    "timing",
    "formats",
    "destinations",
    "folder",
    "bucket",
    "sftp",
    "hook",
    "mails",
    "tell",
)
NEW: Final = {"often": "month", "time": "07:00", "length": "month", "kind": "export", "format_csv": "on"}
STATES: Final = ("waiting", "running", "done", "failed")


def show(ask: Ask, status: int = 200, wrong: str = "") -> Response:
    """GET /site/{domain}/exports: runs, schedules and the form. Of what was typed no secret comes back."""
    runs = Runs(ask.deps.control).of_site(ask.site.id)
    return ask.render(
        "exports.html",
        status,
        **surroundings(ask, ask.site),
        runs=[_run(ask, run) for run in runs],
        busy=any(run.state == "running" or (run.state == "waiting" and run.due <= ask.now) for run in runs),
        schedules=[_schedule(ask, each) for each in Schedules(ask.deps.control).of_site(ask.site.id)],
        **_fields(ask, ask.form or NEW, wrong),
        kept=False,
        back=ask.link("overview", domain=ask.site.domain),
    )


def show_one(ask: Ask, status: int = 200, wrong: str = "") -> Response:
    """GET /site/{domain}/exports/{schedule}: the form, filled in but for its secrets."""
    schedule = _mine(ask)
    form = as_form(schedule.name, schedule.timing, schedule.task)
    if not _editable(schedule):
        raise HTTPException(404)
    return ask.render(
        "export.html",
        status,
        **surroundings(ask, ask.site),
        **_fields(ask, ask.form or form, wrong),
        kept=True,
        number=str(schedule.id),
        back=ask.link("exports", domain=ask.site.domain) + "#schedules",
    )


def change(ask: Ask) -> Response:
    """POST /site/{domain}/exports/{schedule}: as the form says now. A new time counts from now on."""
    schedule = _mine(ask)
    if not _editable(schedule):
        raise HTTPException(404)
    before = as_form(schedule.name, schedule.timing, schedule.task)
    try:
        name, timing, task = read_form(with_kept_secrets(ask.form, before), schedule.task.language)
    except Wrong as error:
        return show_one(ask, 422, str(error))
    seen = schedule.seen if timing == schedule.timing else ask.now
    name = name or schedule.name
    Schedules(ask.deps.control).put(replace(schedule, name=name, timing=timing, task=task, seen=seen))
    places = ", ".join(place_of(each) for each in task.destinations)
    ask.note(Act.EXPORT_CHANGED, f"{ask.site.domain}: {name}: {places}")
    return ask.redirect(ask.link("exports", domain=ask.site.domain) + "#schedules")


def pause(ask: Ask) -> Response:
    """POST /site/{domain}/exports/{schedule}/pause: rests, or with `active` goes on from now, making up for nothing."""
    schedule = _mine(ask)
    active = bool(ask.form.get("active"))
    Schedules(ask.deps.control).rest(schedule, ask.now, active=active)
    ask.note(Act.EXPORT_RESUMED if active else Act.EXPORT_PAUSED, f"{ask.site.domain}: {schedule.name}")
    return ask.redirect(ask.link("exports", domain=ask.site.domain) + "#schedules")


def add(ask: Ask) -> Response:
    """POST /site/{domain}/exports: a new schedule."""
    try:
        name, timing, task = read_form(ask.form, ask.words.language)
    except Wrong as error:
        return show(ask, 422, str(error))
    name = name or ask.words(f"exports.kind_{ask.form['kind']}")
    Schedules(ask.deps.control).add(ask.site.id, name, timing, task, ask.now)
    places = ", ".join(place_of(each) for each in task.destinations)
    ask.note(Act.EXPORT_SCHEDULED, f"{ask.site.domain}: {name}: {places}")
    return ask.redirect(ask.link("exports", domain=ask.site.domain) + "#schedules")


def remove(ask: Ask) -> Response:
    """POST /site/{domain}/exports/{schedule}/remove."""
    schedule = _mine(ask)
    Schedules(ask.deps.control).drop(schedule.id)
    ask.note(Act.EXPORT_UNSCHEDULED, f"{ask.site.domain}: {schedule.name}")
    return ask.redirect(ask.link("exports", domain=ask.site.domain) + "#schedules")


def run_now(ask: Ask) -> Response:
    """POST /site/{domain}/exports/{schedule}/run: the latest whole period, now, unless the schedule has had it."""
    schedule = _mine(ask)
    span = last_whole(schedule.task.length, today(ask.now, ask.site.time_zone))
    runs = Runs(ask.deps.control)
    if runs.ask(ask.site.id, span, schedule.task, ask.now, schedule.id) is None:
        for run in runs.of_site(ask.site.id):
            if (run.schedule, run.span) == (schedule.id, span) and run.state != "running":
                runs.again(run, ask.now)
    ask.note(Act.EXPORT_ASKED, f"{ask.site.domain}: {schedule.name}")
    return ask.redirect(ask.link("exports", domain=ask.site.domain))


def run_again(ask: Ask) -> Response:
    """POST /site/{domain}/exports/runs/{run}: once more."""
    runs = Runs(ask.deps.control)
    run = runs.get(number_of(ask.request.path_params["run"]))
    if run is None or run.site != ask.site.id or run.state == "running":
        raise HTTPException(404)
    runs.again(run, ask.now)
    ask.note(Act.EXPORT_ASKED, f"{ask.site.domain}: {run.begins} {run.last}")
    return ask.redirect(ask.link("exports", domain=ask.site.domain))


def _fields(ask: Ask, form: Mapping[str, str], wrong: str) -> dict[str, Any]:
    """What the form's fields need."""
    return {
        "wrong": wrong,
        "form": {name: text for name, text in form.items() if name not in SECRETS},
        "kinds": KINDS,
        "often": OFTEN,
        "lengths": list(Length),
        "formats": list(Format),
        "clock": ask.words.zone(ask.site.time_zone),
        "no_mail": not ask.deps.settings.mail_server,
    }


def _editable(schedule: Schedule) -> bool:
    """Whether the form can say all that the schedule is."""
    form = as_form(schedule.name, schedule.timing, schedule.task)
    try:
        return read_form(form, schedule.task.language) == (schedule.name, schedule.timing, schedule.task)
    except Wrong:
        return False


def _mine(ask: Ask) -> Schedule:
    number = number_of(ask.request.path_params["schedule"])
    for schedule in Schedules(ask.deps.control).of_site(ask.site.id):
        if schedule.id == number:
            return schedule
    raise HTTPException(404)


def _run(ask: Ask, run: Run) -> dict[str, Any]:
    """A line of the list of runs."""
    manifest, t = run.result.manifest, ask.words
    seconds = ((run.ended or ask.now) - run.begun) / 1000 if run.begun and run.ended else None
    made = [_size(ask, manifest.bytes)] if manifest else []
    made += [] if seconds is None else [t("exports.took", time=t.duration(seconds))]
    return {
        "id": str(run.id),
        "days": t.days(run.begins, run.ends),
        "state": run.state,
        "progress": round(run.progress * 100),
        "made": ", ".join(made),
        "revision": manifest.revision if manifest else 0,
        "at": moment(ask, run.begun or run.asked, ask.site.time_zone),
        "again": moment(ask, run.due, ask.site.time_zone) if run.state == "waiting" and run.due > ask.now else "",
        "error": run.result.code if run.result.code in CODES else "other" if run.result.error else "",
        "places": ", ".join(place_of(each) for each in run.task.destinations),
    }


def _schedule(ask: Ask, schedule: Schedule) -> dict[str, Any]:
    following = next_run(schedule.timing, ask.site.time_zone, ask.now)
    return {
        "id": str(schedule.id),
        "name": schedule.name,
        "next": moment(ask, following, ask.site.time_zone) if following else "",
        "active": schedule.active,
        "editable": _editable(schedule),
        "length": schedule.task.length,
        "places": ", ".join([*map(place_of, schedule.task.destinations)] or schedule.task.tell),
    }


def _size(ask: Ask, size: int) -> str:
    """Bytes as people write them."""
    for unit, one in (("MB", 1_000_000), ("kB", 1000)):
        if size >= one:
            return f"{ask.words.decimal(size / one)} {unit}"
    return f"{size} B"


SCREENS: Final = (
    Screen("/site/{domain}/exports", "exports", show),
    Screen("/site/{domain}/exports", "add_export", add, method="POST"),
    Screen("/site/{domain}/exports/{schedule}", "export", show_one),
    Screen("/site/{domain}/exports/{schedule}", "change_export", change, method="POST"),
    Screen("/site/{domain}/exports/{schedule}/pause", "pause_export", pause, method="POST"),
    Screen("/site/{domain}/exports/{schedule}/remove", "remove_export", remove, method="POST"),
    Screen("/site/{domain}/exports/{schedule}/run", "run_export", run_now, method="POST"),
    Screen("/site/{domain}/exports/runs/{run}", "run_again", run_again, method="POST"),
)
