"""The commands that lay others' figures beside ours: Google Analytics', and the server's own log."""

from contextlib import closing
from pathlib import Path

import click

from collector.settings import Settings
from dashboard import audit
from dashboard.logfiles import log_lines
from dashboard.options import examples, now_ms, open_control, settings_options


@click.command(epilog=examples("trekvart compare google-analytics.csv --site shop.example"))
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True))
@click.option("--site", "domain", required=True, metavar="DOMAIN", help="Whose figures they are.")
@settings_options("data_directory")
def compare(settings: Settings, files: tuple[Path, ...], domain: str) -> None:
    """Lay Google Analytics' figures beside ours, day by day.

    FILE is the CSV that its interface downloads, or the JSON of the Data API's runReport: by date, with sessions,
    views and active users. The page "Beside Google Analytics" shows both, and why they differ. A running server knows
    them at once. To repeat it, let a scheduler fetch the report and call this.
    """
    from dashboard import elsewhere
    from dashboard.ga4_file import read_ga4
    from dashboard.ga4_history import shift, totals
    from dashboard.side_by_side import day_of

    tables = [table for file in files for table in read_ga4(file.read_bytes())]
    days = {day: day_of(found) for day, found in totals(tables).items()}
    with closing(open_control(settings)) as control:
        site = control.site(domain)
        elsewhere.keep(control, site.id, "ga4", days)
        audit.note(control, audit.COMMAND_LINE, audit.Act.COMPARED, f"{domain}: ga4", now_ms())
    if shifted := shift(tables, site.time_zone):
        click.echo(f"The property's clock is {shifted[0]}, {shifted[1]:g} hours from the site's: its days are shifted.")
    if days:
        click.echo(
            f"{domain}: {len(days)} days of Google Analytics from {min(days)} to {max(days)} are laid beside ours."
        )
    else:
        click.echo("No table of the files is by date alone, so nothing was laid beside ours.", err=True)


@click.command(epilog=examples("trekvart coverage access.log --site shop.example"))
@click.argument("logs", metavar="LOG...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--site", "domain", required=True, metavar="DOMAIN", help="Whose log it is.")
@settings_options("data_directory", "country_file")
def coverage(settings: Settings, logs: tuple[Path, ...], domain: str) -> None:
    """Count the page requests of a log, to see what share of them sent a beacon.

    The logs are read as by "replay", and nothing of them is kept but a number for each finished day: page requests
    that were no bot's and no file's. The page "Beside Google Analytics" shows the share; what is missing is what
    blockers cost. Pages that a router shows, or the browser's cache, are in no log, so it can be more than all.
    """
    from dashboard import elsewhere
    from dashboard.coverage import count

    with closing(open_control(settings)) as control:
        site = control.site(domain)
        days = count(log_lines(logs), site, settings, now_ms())
        elsewhere.keep(control, site.id, "log", {day: elsewhere.Day(pageviews=n) for day, n in days.items()})
        audit.note(control, audit.COMMAND_LINE, audit.Act.COMPARED, f"{domain}: log", now_ms())
    for day, n in days.items():
        click.echo(f"{day}  {n:,} page requests")
    if not days:
        click.echo("No day of the log is over and has page requests.", err=True)
