"""The commands that keep an installation safe: backup, restore, purge, and the end of a site."""

from contextlib import ExitStack, closing
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from collector.errors import PlaceError
from collector.hotline import ask
from collector.settings import Settings
from dashboard import audit
from dashboard.options import examples, now_ms, open_control, settings_options

if TYPE_CHECKING:
    from collector.control import Control
    from collector.store import Store
    from dashboard.finding import Finding


@click.command(epilog=examples("trekvart backup /mnt/backup", "trekvart backup /mnt/backup --rotate --backup-keep 30"))
@click.argument("directory", type=click.Path(path_type=Path, file_okay=False))
@click.option("--rotate", is_flag=True, help="Afterwards remove all but the newest --backup-keep of them.")
@settings_options("data_directory", "backup_keep")
def backup(settings: Settings, directory: Path, *, rotate: bool) -> None:
    """Make a backup in DIRECTORY, whether the server runs or not, and verify it.

    It holds the groups, the sites and the accounts: no hits of today, no keys. Every row of it has been read.
    """
    from dashboard import backup as backups  # late: DuckDB is for these commands only

    done = backups.make(settings.data_directory, directory, now_ms())
    _note(settings, audit.Act.BACKED_UP, done.name)
    for path in backups.rotate(directory, settings.backup_keep) if rotate else []:
        click.echo(f"Removed {path.name}.")
    click.echo(f"{done} is complete and verified.")


@click.command(epilog=examples("trekvart restore /mnt/backup/trekvart-20261125T020000Z"))
@click.argument("source", metavar="BACKUP", type=click.Path(path_type=Path, file_okay=False))
@settings_options("data_directory")
def restore(settings: Settings, source: Path) -> None:
    """Put a backup in the place of the data directory's groups, sites and accounts.

    The server must be stopped. What was there is kept beside it; today's hits stay and are counted on.
    """
    from dashboard import backup as backups

    before = backups.restore(source, settings.data_directory, now_ms())
    _note(settings, audit.Act.RESTORED, source.name)
    click.echo(
        f"{source.name} is restored in {settings.data_directory}."
        + (f" What was there is in {before}." if before else "")
    )
    click.echo("What was published after the backup was made is not in it. Start the server, then run: trekvart check")


@click.command(epilog=examples("trekvart purge", "trekvart purge --yes"))
@click.option("--yes", is_flag=True, help="Do it; without, it is only told.")
@settings_options("data_directory", "retention_months")
def purge(settings: Settings, *, yes: bool) -> None:
    """Tell, or with --yes remove, what is older than it may be.

    Groups older than --retention-months are removed from the database's file, bytes and all; a running server does that
    every day by itself. Files that were set aside or copied before an upgrade are removed 30 days later, only here.
    """
    from dashboard import retention

    with ExitStack() as stack:
        control = stack.enter_context(closing(open_control(settings)))
        sites, now = control.sites(), now_ms()
        before = retention.limits(sites, settings.retention_months, now)
        if _alone(settings, stack):
            groups = _store(settings, stack)
            found = retention.old_rows(groups, sites, before)
            if yes:
                groups.remove_before(before)
        else:
            found = ask(settings.data_directory, "purge", do=yes)
        files = retention.left_over(settings.data_directory, now)
        done = "removed" if yes else "may go"
        for site in sites:
            rows = found.get(site.domain, 0)
            click.echo(f"{site.domain}: {rows} rows from before {before[site.id]} {done}.")
        for path in files:
            click.echo(f"{path.name}: set aside more than {retention.LEFT_DAYS} days ago, {done}.")
        if yes:
            retention.take_away(files)
            audit.note(control, audit.COMMAND_LINE, audit.Act.PURGED, "-", now)
    if not yes:
        click.echo("Nothing was changed; remove it with: trekvart purge --yes")


@click.command(epilog=examples("trekvart check", "trekvart check --seen"))
@click.option("--seen", is_flag=True, help="What went wrong has been seen: tell it no more.")
@settings_options()
def check(settings: Settings, *, seen: bool) -> None:
    """Tell whether all is well, and what to do where it is not.

    Looks at settings, places and permissions, keys, spool, store (every row is read), disk, time zones and backups, and
    tells what was set aside or lost since it was last seen. Works with the server running and without. The exit code is
    1 when something has to be done. Give it the settings that the server has: --settings, or its TREKVART_ variables.
    """
    from dashboard.checkup import is_bad, unpacked
    from dashboard.health import ACTS
    from dashboard.words import words

    with ExitStack() as stack:
        control = stack.enter_context(closing(open_control(settings)))
        if not _alone(settings, stack):
            if seen:
                ask(settings.data_directory, "seen")
            found = unpacked(ask(settings.data_directory, "check"))
        else:
            found = _examined(settings, control, stack, seen=seen)
    english = words("en")
    for finding in found:
        click.echo(f"{finding.state:5}{english('health.' + finding.what, **finding.parts)}")
        if finding.what in ACTS:
            click.echo(f"     -> {english('health.do_' + finding.what, **finding.parts)}")
    if is_bad(found):
        raise click.exceptions.Exit(1)


def _examined(settings: Settings, control: "Control", stack: ExitStack, *, seen: bool) -> "list[Finding]":
    """The findings where no server runs."""
    from collector.day.keys import Keys
    from collector.day.spool import Spool
    from dashboard.checkup import examine

    spool = stack.enter_context(closing(Spool(settings.data_directory, Keys(settings.keys))))
    if seen:
        spool.see_notes()
    return examine(settings, control, _store(settings, stack), spool, now=now_ms(), live=None)


@click.command(
    "remove", epilog=examples("trekvart site remove shop.example", "trekvart site remove shop.example --yes")
)
@click.argument("domain")
@click.option("--yes", is_flag=True, help="Do it; without, you are asked.")
@settings_options("data_directory", "key_directory", "backup_directory")
def remove_site(settings: Settings, domain: str, *, yes: bool) -> None:
    """Remove a site and everything about it: figures, today's hits and their keys, what waits, backups.

    Backups are looked for in --backup-directory; others are yours to remove. It cannot be undone.
    """
    from collector.day.keys import Keys
    from collector.day.spool import Spool
    from dashboard import retention

    with ExitStack() as stack:
        control = stack.enter_context(closing(open_control(settings)))
        site = control.site(domain)
        if not yes:
            click.confirm(f"Remove {site.domain} and all its figures for good?", abort=True)
        if _alone(settings, stack):
            control.remove_site(site)
            with closing(Spool(settings.data_directory, Keys(settings.keys))) as spool:
                spool.remove_site(site.id)
            _store(settings, stack).remove_before({site.id: date.max})
            control.keep_copy()
            retention.remove_elsewhere(site, settings.data_directory, settings.backup_directory, now_ms())
        else:
            ask(settings.data_directory, "remove_site", domain=domain)
        # Its number: nothing is to hold the name any more.
        audit.note(control, audit.COMMAND_LINE, audit.Act.SITE_REMOVED, f"#{site.id}", now_ms())
        control.keep_copy()
    click.echo(f"{site.domain} is removed: from the database, the spool, its keys, and what had been set aside.")
    click.echo("Exports that were delivered are where they were delivered to; remove them there.")
    if settings.backup_directory is None:
        click.echo("Backups elsewhere may still hold its figures; remove those, or name them with --backup-directory.")


def _note(settings: Settings, act: audit.Act, what: str) -> None:
    with closing(open_control(settings)) as control:
        audit.note(control, audit.COMMAND_LINE, act, what, now_ms())


def _alone(settings: Settings, stack: ExitStack) -> bool:
    """Whether no server runs; then the data directory is held until the stack ends."""
    from dashboard.place import data_directory

    try:
        stack.enter_context(data_directory(settings.data_directory))
    except PlaceError:
        return False
    return True


def _store(settings: Settings, stack: ExitStack) -> "Store":
    from collector import store

    return stack.enter_context(closing(store.Store.open(settings.data_directory / store.FILE)))
