"""The commands that export and import. A running server does the work, since it owns the store; else the command."""

import time
from collections.abc import Callable
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import click
from msgspec.structs import replace

from collector.control import Control
from collector.errors import ExportError, PlaceError
from collector.settings import Settings
from collector.site import Site
from dashboard import audit
from dashboard.audit import Act
from dashboard.options import examples, now_ms, open_control, settings_options

WAIT: Final = 0.2  # seconds between looks at a run that the server does
# By name, since the classes are read only when a command needs them: importing polars takes 0.2 s.
FORMATS: Final = ("csv", "parquet", "jsonl", "xlsx", "plausible", "report")
ACTS: Final = {
    "add": Act.EXPORT_SCHEDULED,
    "change": Act.EXPORT_CHANGED,
    "pause": Act.EXPORT_PAUSED,
    "resume": Act.EXPORT_RESUMED,
    "remove": Act.EXPORT_UNSCHEDULED,
}
LENGTHS: Final = ("day", "week", "month", "quarter", "year")


@click.group()
def export() -> None:
    """Aggregate files, checkable and never about fewer than a group."""


def _task_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """What is exported, and where to."""
    for option in reversed(
        (
            click.option(
                "--format",
                "formats",
                multiple=True,
                type=click.Choice(FORMATS),
                help="May be given again.  [default: csv]",
            ),
            click.option(
                "--language", type=click.Choice(("sv", "en")), default="sv", help="Of the report.  [default: sv]"
            ),
        )
    ):
        command = option(command)
    return command


@export.command(
    "run",
    epilog=examples(
        "trekvart export run shop.example last-month",
        "trekvart export run shop.example 2026-Q3 --format parquet --format report --directory /srv/exports",
    ),
)
@click.argument("domain")
@click.argument("period")
@_task_options
@click.option("--directory", default=Path(), type=click.Path(path_type=Path), help="Where to.  [default: here]")
@settings_options("data_directory")
def run(settings: Settings, *, domain: str, period: str, directory: Path, **chosen: Any) -> None:
    """Export a period once.

    PERIOD is a day (2026-10-31), week (2026-W44), month (2026-10), quarter (2026-Q4), year (2026), a range
    (2026-10-01..2026-10-15), yesterday, last-week, last-month, last-quarter or last-year. The files land in
    DIRECTORY/DOMAIN/FIRST-DAY_LAST-DAY/revision-N, whole or not at all. The same groups give the same bytes; when
    groups have come since, there is a new revision that says so.
    """
    from dashboard.export_period import parse_period
    from dashboard.export_task import Directory
    from dashboard.exporter import summary

    with closing(open_control(settings)) as control:
        site = control.site(domain)
        span = parse_period(period, _today(site))
        task = _task(chosen, (Directory(str(directory.absolute())),))
        audit.note(control, audit.COMMAND_LINE, audit.Act.EXPORT_ASKED, f"{site.domain}: {span[0]}", now_ms())
        manifest = _done(settings, control, site, span, task).result.manifest
    assert manifest is not None
    click.echo(summary(manifest))
    click.echo(str(directory / domain / f"{manifest.first_day}_{manifest.last_day}" / f"revision-{manifest.revision}"))


@export.command(
    "schedule",
    epilog=examples(
        'trekvart export schedule shop.example "every month on 2 07:00" --period month --format parquet',
        'trekvart export schedule shop.example "0 7 * * 1" --period week --format report --mail anna@shop.example',
        'trekvart export schedule shop.example "every Monday 06:30" --period week --change 3',
        "trekvart export schedule shop.example --pause 3",
        "trekvart export schedule shop.example --remove 3",
    ),
)
@click.argument("domain")
@click.argument("timing", default="")
@click.option(
    "--period", "length", type=click.Choice(LENGTHS), default="month", help="The latest whole one.  [default: month]"
)
@_task_options
@click.option("--directory", "folders", multiple=True, help="A directory; a relative one is below export_directory.")
@click.option("--mail", "mails", multiple=True, help="An address that gets the report and the files.")
@click.option("--tell", multiple=True, help="An address that is told when it fails for good.")
@click.option("--name", default="", help="What staff call it.")
@click.option("--change", type=int, help="Change this schedule instead; its buckets, servers and webhooks stay.")
@click.option("--pause", type=int, help="Let this schedule rest.")
@click.option("--resume", type=int, help="Let it go on, from its next time.")
@click.option("--remove", type=int, help="Take this schedule away.")
@settings_options("data_directory")
def schedule(settings: Settings, *, domain: str, timing: str, **chosen: Any) -> None:
    """Export by itself: TIMING is "every Monday 07:00" or a cron line, by the site's clock.

    Buckets, SFTP servers and webhooks have secrets, which do not belong on a command line: add those on the screen.
    """
    from dashboard.schedule import parse_timing
    from dashboard.schedules import Schedules

    with closing(open_control(settings)) as control:
        site, schedules = control.site(domain), Schedules(control)
        acts = {act: chosen[act] for act in ("change", "pause", "resume", "remove") if chosen[act] is not None}
        if len(acts) > 1:
            raise click.UsageError("Only one of --change, --pause, --resume and --remove.")
        act, number = next(iter(acts.items()), ("add", None))
        known = next((each for each in schedules.of_site(site.id) if each.id == number), None)
        if number is not None and known is None:
            raise ExportError(f"{domain} has no schedule {number}; see: trekvart export list {domain}")
        if known is not None and act != "change":
            _rest_or_remove(schedules, act, known)
            audit.note(control, audit.COMMAND_LINE, ACTS[act], f"{domain}: {known.name}", now_ms())
            return
        cron = parse_timing(timing)
        task = _task(chosen, _destinations(chosen, known))
        if known is None:
            name = chosen["name"] or timing
            schedules.add(site.id, name, cron, task, now_ms())
        else:
            name = chosen["name"] or known.name
            seen = known.seen if cron == known.timing else now_ms()
            schedules.put(replace(known, name=name, timing=cron, task=task, seen=seen))
        audit.note(control, audit.COMMAND_LINE, ACTS[act], f"{domain}: {name}", now_ms())
    click.echo(
        f"{domain}: exported at {cron!r} by the clock of {site.time_zone}, while a server runs or when it starts."
    )


def _rest_or_remove(schedules: Any, act: str, known: Any) -> None:
    if act == "remove":
        schedules.drop(known.id)
    else:
        schedules.rest(known, now_ms(), active=act == "resume")


def _destinations(chosen: dict[str, Any], known: Any) -> tuple[Any, ...]:
    """Folders and letters as they were told, or as they were; what has secrets stays."""
    from dashboard.export_task import Directory, Mail

    mails = (Mail(chosen["mails"]),) if chosen["mails"] else ()
    told = (*(Directory(folder) for folder in chosen["folders"]), *mails)
    if known is None:
        return told or (Directory(""),)
    secret = tuple(each for each in known.task.destinations if not isinstance(each, Directory | Mail))
    return (*told, *secret) if told else known.task.destinations


@export.command("list")
@click.argument("domain")
@settings_options("data_directory")
def list_runs(settings: Settings, domain: str) -> None:
    """List a site's schedules and its latest runs."""
    from dashboard.export_task import place_of
    from dashboard.runs import Runs
    from dashboard.schedules import Schedules

    with closing(open_control(settings)) as control:
        site = control.site(domain)
        rows: list[tuple[str, ...]] = [("SCHEDULE", "AT", "STATE", "PERIOD", "TO", "NAME")]
        for each in Schedules(control).of_site(site.id):
            places = ", ".join(place_of(destination) for destination in each.task.destinations)
            state = "active" if each.active else "paused"
            rows.append((str(each.id), each.timing, state, each.task.length, places, each.name))
        _table(rows)
        click.echo()
        rows = [("RUN", "DAYS", "STATE", "BYTES", "BEGUN (UTC)", "ERROR")]
        for run in Runs(control).of_site(site.id, 20):
            size = str(run.result.manifest.bytes) if run.result.manifest else ""
            rows.append(
                (str(run.id), f"{run.begins} {run.last}", run.state, size, _moment(run.begun), run.result.error)
            )
        _table(rows)


@click.command(
    "import",
    epilog=examples(
        "trekvart import exported/shop.example/2025-01-01_2025-12-31/revision-1 --site shop.example",
        "trekvart import plausible-export.zip --site shop.example",
    ),
)
@click.argument("history", type=click.Path(path_type=Path, exists=True))
@click.option("--site", "domain", required=True, metavar="DOMAIN", help="Whose history it is.")
@settings_options("data_directory")
def import_history(settings: Settings, history: Path, domain: str) -> None:
    """Take history in: an export of ours, Plausible's CSV export as it comes (.zip), or a folder of GA4's files.

    HISTORY is a folder or a .zip. It is shown as imported, and never mixed into a day that has data of its own. What is
    about fewer than k visitors is left out.
    """
    from dashboard.export_task import Task

    with closing(open_control(settings)) as control:
        site = control.site(domain)
        today = _today(site)
        task = Task(kind="import", source=str(history.absolute()))
        click.echo(_done(settings, control, site, (today, today), task).result.told)
        audit.note(control, audit.COMMAND_LINE, audit.Act.HISTORY_IMPORTED, site.domain, now_ms())


def _task(chosen: dict[str, Any], destinations: tuple[Any, ...]) -> Any:
    from dashboard.export_period import Length
    from dashboard.export_task import Task
    from dashboard.exports import Format

    formats = tuple(Format(each) for each in dict.fromkeys(chosen["formats"] or ("csv",)))
    length = Length(chosen.get("length", "month"))
    tell = tuple(chosen.get("tell", ()))
    return Task(formats=formats, destinations=destinations, language=chosen["language"], length=length, tell=tell)


def _done(settings: Settings, control: Control, site: Site, span: Any, task: Any) -> Any:
    """The run, done: by the running server, or here. Raises ExportError when it failed."""
    from collector.store import Store
    from dashboard.exporter import Exporter
    from dashboard.place import data_directory
    from dashboard.runs import Runs

    runs = Runs(control)
    number = runs.ask(site.id, span, task, now_ms())
    assert number is not None
    with ExitStack() as stack:
        try:
            stack.enter_context(data_directory(settings.data_directory))
        except PlaceError:  # held by a running server, which sees the run within a second
            while (found := runs.get(number)) and found.state in {"waiting", "running"}:
                time.sleep(WAIT)
        else:
            store = stack.enter_context(closing(Store.open(settings.data_directory / "store.duckdb")))
            asked = runs.get(number)
            assert asked is not None
            Exporter(settings, control, store, now_ms).do(asked)
        found = runs.get(number)
    if found is None or found.state != "done":
        raise ExportError(found.result.error if found else "The run is no more; ask for it again.")
    return found


def _today(site: Site) -> Any:
    return datetime.now(ZoneInfo(site.time_zone)).date()


def _moment(at: int | None) -> str:
    return f"{datetime.fromtimestamp(at / 1000, tz=UTC):%Y-%m-%d %H:%M}" if at else ""


def _table(rows: list[tuple[str, ...]]) -> None:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        click.echo("  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip())
