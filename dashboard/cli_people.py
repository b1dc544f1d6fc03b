"""The commands about sites."""

import sys
from contextlib import closing

import click

from collector.settings import Settings
from collector.site import K_USUAL, SMALL_SITE, TIME_ZONE, Site, suggest_k
from dashboard import audit
from dashboard.cli_script import change, short, show_snippet, token
from dashboard.options import examples, now_ms, open_control, settings_options


@click.group()
def site() -> None:
    """The sites that are counted."""


@site.command(
    "add",
    epilog=examples(
        "trekvart site add shop.example", "trekvart site add shop.example --visits-per-day 80 --host shop.example.net"
    ),
)
@click.argument("domain")
@click.option("--name", default="", help="What staff call it.  [default: the domain]")
@click.option("--host", "hosts", multiple=True, help="Another host whose pages belong to it; may be given again.")
@click.option("--time-zone", default=TIME_ZONE, show_default=True, help="Where its midnight is.")
@click.option("--visits-per-day", type=click.IntRange(0), help="About how many, to choose k by.")
@click.option("--k", type=int, help="The least number of networks in a group; 5 or more.")
@click.option("--yes", is_flag=True, help="Ask nothing.")
@settings_options("data_directory", "public_url")
def add_site(
    settings: Settings,
    *,
    domain: str,
    name: str,
    hosts: tuple[str, ...],
    time_zone: str,
    visits_per_day: int | None,
    k: int | None,
    yes: bool,
) -> None:
    """Add a site, and show what its pages need."""
    if k is None and visits_per_day is None and not yes and sys.stdin.isatty():
        visits_per_day = click.prompt("About how many visits a day does it have?", type=click.IntRange(0), default=500)
    if k is None:
        k = K_USUAL if visits_per_day is None else suggest_k(visits_per_day)
    new = Site(domain=domain, name=name, hosts=hosts, time_zone=time_zone, k=k)
    with closing(open_control(settings, make=True)) as control:
        added = control.add_site(new, now_ms())
        audit.note(control, audit.COMMAND_LINE, audit.Act.SITE_ADDED, added.domain, now_ms())
    click.echo(
        f"{added.domain} is counted from now on, in groups of at least {added.k} networks "
        f"(5 suits a site under some {SMALL_SITE} visits a day, else {K_USUAL}). Put this on its pages:\n"
    )
    click.echo(short(settings, added))


@site.command("list")
@settings_options("data_directory")
def list_sites(settings: Settings) -> None:
    """List the sites."""
    with closing(open_control(settings)) as control:
        rows = [("DOMAIN", "K", "PUBLISHES", "TIME ZONE", "NAME"), *map(_row, control.sites())]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        click.echo("  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip())


site.add_command(show_snippet)
site.add_command(change)
site.add_command(token)


def _row(shown: Site) -> tuple[str, ...]:
    return shown.domain, str(shown.k), f"{shown.publish_seconds} s", shown.time_zone, shown.name
