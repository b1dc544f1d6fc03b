"""The command that replays access logs: folding what is read, and handing the days over."""

import contextlib
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import click

from collector.day.day import Day
from collector.day.release import Release
from collector.errors import PlaceError
from collector.settings import Settings
from dashboard import audit
from dashboard.options import examples, now_ms, open_control, settings_options

PORTION = 2_000_000  # lines: what is read again, at most, when a replay that may be resumed was stopped


@click.command(
    epilog=examples(
        "trekvart replay access.log --site shop.example",
        "trekvart replay access.log.3.gz access.log.2.gz access.log.1 --site shop.example",
    )
)
@click.argument("logs", metavar="LOG...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--site", "domain", required=True, metavar="DOMAIN", help="Whose log it is.")
@click.option("--resume", is_flag=True, help="Leave out days that have data, and write the others as they close.")
@settings_options("data_directory", "key_directory", "country_file", "cells_per_cube")
def replay(settings: Settings, logs: tuple[Path, ...], domain: str, *, resume: bool) -> None:
    """Count old days from a web server's access log.

    The log is in the combined format, as Apache and nginx write it, in Caddy's JSON, or in IIS's or CloudFront's; which
    one, and whether it is compressed (gzip), is found out. - is standard input. Name several files from the oldest to
    the newest. Each finished day of the log is counted once: when a day has data already, nothing is changed, unless
    --resume goes on where an earlier run stopped. Today is left out. But for Caddy's, a log does not say who objects
    (Sec-GPC, DNT), so a replay counts them like others. A running server takes the days over; without one the command
    writes them itself.
    """
    # Late: the door, the fold and the store are not for the other commands to wait for.
    from dashboard.reckoning import reckon
    from dashboard.replay import Replay
    from dashboard.replay_reader import Job, no_search_for_cycles, read_apart

    with closing(open_control(settings)) as control:
        counted = control.site(domain)
    taken = _taken(settings, counted.id) if resume else frozenset[str]()
    result = Replay(counted, settings)
    handed = 0
    with no_search_for_cycles():
        for portion in read_apart(Job(logs, counted, settings, now_ms(), taken)):
            result.take(portion)
            if resume and portion.lines - handed >= PORTION:
                handed = portion.lines
                if fresh := result.fresh():
                    _hand_over(settings, fresh)
        result.finish(resumed=bool(taken))
    running = not _hand_over(settings, result.fresh())
    with closing(open_control(settings)) as control:
        audit.note(control, audit.COMMAND_LINE, audit.Act.LOG_REPLAYED, counted.domain, now_ms())
    click.echo(reckon(result, counted.domain, rounded=counted.rounded))
    if running:
        click.echo("The running server has the days now, and shows them within seconds.")


def _taken(settings: Settings, site: int) -> frozenset[str]:
    """The days of a site that have data, in the spool or in the store."""
    from collector.day.keys import Keys
    from collector.day.spool import Spool

    with closing(Spool(settings.data_directory, Keys(settings.keys))) as spool:
        return frozenset(spool.dates(site))


def _hand_over(settings: Settings, days: Sequence[tuple[Day, Sequence[Release]]]) -> bool:
    """Put the days in the outbox, all or none; without a running server, bring them into the store too.

    True when they are there now. Raises DayTaken when one of the days has data.
    """
    from collector.day.keys import Keys
    from collector.day.outbox import apply
    from collector.day.spool import Spool
    from collector.store import Store
    from dashboard.place import data_directory

    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(data_directory(settings.data_directory))
            alone = True
        except PlaceError:  # held by a running server: the control database has just been read, so it is usable
            alone = False
        store = stack.enter_context(closing(Store.open(settings.data_directory / "store.duckdb"))) if alone else None
        spool = stack.enter_context(closing(Spool(settings.data_directory, Keys(settings.keys))))
        if store is not None:
            spool.match_store(store.marks(), store.days())
        spool.hand_over(days)
        if store is not None:
            apply(spool, store, now_ms())
    return alone
