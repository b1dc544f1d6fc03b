"""The command that tells how other tools' clients call a site."""

from contextlib import closing

import click

from collector.aliases import NAMES, add_alias, aliases, remove_alias
from collector.settings import Settings
from dashboard import audit
from dashboard.options import examples, now_ms, open_control, settings_options


@click.command(
    "alias",
    epilog=examples(
        "trekvart site alias shop.example",
        "trekvart site alias shop.example matomo 3",
        "trekvart site alias shop.example ga4 G-ABC1234567",
        "trekvart site alias shop.example matomo 3 --remove",
    ),
)
@click.argument("domain")
@click.argument("tool", required=False, type=click.Choice(tuple(NAMES)))
@click.argument("name", required=False)
@click.option("--remove", is_flag=True, help="Take the name away again.")
@settings_options("data_directory")
def alias(settings: Settings, domain: str, tool: str | None, name: str | None, *, remove: bool) -> None:
    """Let another tool's name mean a site, or list the names.

    So a page that has another tool's script is counted here when only the script's address changes: NAME is what that
    script calls the site. A running server knows it within a second. See docs/switching.md.
    """
    with closing(open_control(settings)) as control:
        if tool is not None and name is not None:
            (remove_alias if remove else add_alias)(control, domain, tool, name)
            act = audit.Act.ALIAS_REMOVED if remove else audit.Act.ALIAS_ADDED
            audit.note(control, audit.COMMAND_LINE, act, f"{control.site(domain).domain}: {tool} {name}", now_ms())
        elif tool is not None or remove:
            raise click.UsageError("Name the tool and what it calls the site, like: matomo 3")
        site = control.site(domain)
        for (known, called), means in aliases(control).items():
            if means == site.domain:
                click.echo(f"{known}  {called}")
