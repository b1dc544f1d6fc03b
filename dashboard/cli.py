"""The command `trekvart`. Whatever goes wrong for a reason is one sentence on stderr, and exit code 1."""

import signal
import sys
from contextlib import closing
from typing import NoReturn

import click

from collector.errors import TrekvartError
from collector.settings import Settings
from collector.site import Site
from dashboard import audit, cli_alias, cli_care, cli_compare, cli_export, cli_people, cli_replay, cli_staff
from dashboard.cli_privacy import extract, notice
from dashboard.options import examples, now_ms, open_control, settings_options

DEMO = Site(
    domain="demo.localhost",  # RFC 6761: nobody's, and every browser takes it for this machine
    name="Demo",
    hosts=("127.0.0.1", "localhost"),
    k=5,
    publish_seconds=5,  # so that a newcomer need not wait ten minutes to see anything
    demo=True,
)
ADMIN = "admin"


@click.group(
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=examples("trekvart site add shop.example", "trekvart user add anna", "trekvart serve"),
)
@click.version_option(None, "-V", "--version", package_name="trekvart", message="trekvart %(version)s")
def cli() -> None:
    """Trekvart counts a web site's visits without watching its visitors."""


cli_people.site.add_command(cli_alias.alias)
cli.add_command(cli_people.site)
cli.add_command(cli_staff.user)
cli.add_command(cli_staff.token)
cli.add_command(cli_replay.replay)
cli.add_command(cli_compare.compare)
cli.add_command(cli_compare.coverage)
for _command in (cli_care.backup, cli_care.restore, cli_care.purge, cli_care.check):
    cli.add_command(_command)
cli_people.site.add_command(cli_care.remove_site)
cli.add_command(cli_export.export)
cli.add_command(cli_export.import_history)
cli.add_command(notice)
cli.add_command(extract)


@cli.command(
    epilog=examples(
        "trekvart serve",
        "trekvart serve --port 9000 --data-directory /var/lib/trekvart",
        "TREKVART_TRUSTED_PROXIES=127.0.0.0/8 trekvart serve --public-url https://stats.shop.example",
    )
)
@click.option("--demo", is_flag=True, help="Make a demo site and, if there is none, a first account.")
@settings_options()
def serve(settings: Settings, demo: bool) -> None:
    """Take beacons and show the dashboard."""
    # Late: the other commands need not wait for the web server, DuckDB and the charts (0.7 s).
    from dashboard.app import serve as run

    _prepare(settings, demo=demo)
    # uvicorn raises the signal again when it has ended: the server then leaves by its own door, files closed.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    run(settings, lambda port: _tell(settings, port, demo=demo))


def _prepare(settings: Settings, *, demo: bool) -> None:
    """The demo's site and first account; without the demo a word when nobody could sign in."""
    from collector.day.keys import Keys
    from collector.mend import mend
    from dashboard.accounts import Accounts
    from dashboard.passwords import generate_password
    from dashboard.place import data_directory

    with data_directory(settings.data_directory):
        for note in mend(settings.data_directory, Keys(settings.keys), now_ms()):
            click.echo(f"trekvart: {note.sentence}", err=True)
    with closing(open_control(settings, make=True)) as control:
        accounts = Accounts(control)
        if demo and not any(site.demo for site in control.sites()):
            control.add_site(DEMO, now_ms())
            audit.note(control, audit.COMMAND_LINE, audit.Act.SITE_ADDED, DEMO.domain, now_ms())
        if demo and not accounts.any():
            password = generate_password()
            accounts.add(ADMIN, password, now_ms())
            audit.note(control, audit.COMMAND_LINE, audit.Act.ACCOUNT_ADDED, ADMIN, now_ms())
            click.echo(f"Sign in as {ADMIN} with the password {password}  (shown only this once)")
        elif not accounts.any():
            click.echo("Nobody can sign in yet; make an account with: trekvart user add NAME", err=True)


def _tell(settings: Settings, port: int, *, demo: bool) -> None:
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(settings.host, settings.host)  # noqa: S104 - read, not bound
    address = f"http://{f'[{host}]' if ':' in host and not host.startswith('[') else host}:{port}{settings.base_path}"
    click.echo(f"Trekvart is at {address}/")
    if demo:
        click.echo(f"The demo is at {address}/demo")
    click.echo("Stop it with Ctrl-C.")


def run(arguments: list[str]) -> int:
    """Run a command; its exit code. 0: done, 1: one sentence on stderr says why not, 2: usage, 130: Ctrl-C."""
    try:
        return cli.main(arguments, prog_name="trekvart", standalone_mode=False) or 0
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except click.Abort:  # Ctrl-C and Ctrl-D
        click.echo("Stopped.", err=True)
        return 130
    except TrekvartError as error:
        click.echo(f"trekvart: {error}", err=True)
        return 1
    except OSError as error:  # of a pipe whose reader has left, click has taken care
        click.echo(f"trekvart: {error.filename or 'The system'}: {error.strerror}.", err=True)
        return 1


def main() -> NoReturn:
    """The entry point."""
    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
