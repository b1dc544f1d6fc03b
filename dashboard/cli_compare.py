"""The commands that lay others' figures beside ours: Google Analytics', and the server's own log."""

from contextlib import closing
from pathlib import Path

import click

from collector.settings import Settings
from dashboard import audit
from dashboard.logfiles import log_lines
from dashboard.options import examples, now_ms, open_control, settings_options


@click.command(
    epilog=examples(
        "trekvart compare google-analytics.csv --site shop.example",
        "trekvart compare --fetch --site shop.example",
    )
)
@click.argument("files", metavar="FILE...", nargs=-1, type=click.Path(path_type=Path, exists=True))
@click.option("--site", "domain", required=True, metavar="DOMAIN", help="Whose figures they are.")
@click.option("--fetch", is_flag=True, help="Fetch the last days from Google now, as the server does every six hours.")
@settings_options("data_directory", "google_key_file", "google_properties", "google_api")
def compare(settings: Settings, files: tuple[Path, ...], domain: str, *, fetch: bool) -> None:
    """Lay Google Analytics' figures beside ours, day by day.

    FILE is the CSV that its interface downloads, or the JSON of the Data API's runReport: by date, with sessions,
    views and active users. The page "Beside Google Analytics" shows both, and why they differ. A running server knows
    them at once. With --fetch they come from Google itself, which the server asks every six hours when
    google_key_file and google_properties are set.
    """
    from dashboard import elsewhere
    from dashboard.ga4_fetch import fetched
    from dashboard.ga4_file import read_ga4
    from dashboard.ga4_history import days_of, shift

    if fetch == bool(files):
        raise click.UsageError("Name files of Google's, or say --fetch.")
    with closing(open_control(settings)) as control:
        site = control.site(domain)
        if fetch:
            tables = fetched(control, settings, site, now_ms())
        else:
            tables = [table for file in files for table in read_ga4(file.read_bytes())]
        days = days_of(tables)
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
