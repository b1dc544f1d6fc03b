"""The commands about staff accounts and tokens. Everything they do is in the audit log as "(command line)"."""

import sys
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

import click

from collector.control import Control
from collector.errors import AccountError
from collector.settings import Settings
from dashboard import audit
from dashboard.audit import COMMAND_LINE, Act
from dashboard.options import examples, now_ms, open_control, settings_options
from dashboard.roles import Account, Role

Decorated = Callable[[Callable[..., Any]], Callable[..., Any]]
NONE = "none"  # what takes a role away


@click.group()
def user() -> None:
    """The staff accounts."""


def _role(*, required: bool) -> Decorated:
    # Their values: of an enumeration click takes the names, "VIEWER".
    names = [*(role.value for role in Role), *([NONE] if required else [])]
    return click.option("--role", type=click.Choice(names), required=required, help="See docs/accounts.md.")


_sites = click.option("--site", "domains", multiple=True, help="At this site only; may be given again.")
_stdin = click.option("--password-stdin", is_flag=True, help="Read the password from a line of standard input.")


@user.command(
    "add",
    epilog=examples(
        "trekvart user add anna",
        "trekvart user add bo --role viewer --site shop.example",
        "trekvart user add anna --password-stdin < password.txt",
    ),
)
@click.argument("name")
@_role(required=False)
@_sites
@_stdin
@settings_options("data_directory")
def add_user(
    settings: Settings, *, name: str, role: str | None, domains: tuple[str, ...], password_stdin: bool
) -> None:
    """Add an account: of an administrator of the server, or with a role at some sites.

    Its password is made up and shown once, unless you give one.
    """
    with closing(open_control(settings, make=True)) as control:
        administrator, sites = _access(control, role or Role.ADMINISTRATOR, domains)
        _give(control, name, given=password_stdin, new=(administrator, sites))


@user.command("password")
@click.argument("name")
@_stdin
@settings_options("data_directory")
def give_password(settings: Settings, name: str, password_stdin: bool) -> None:
    """Give an account another password, and end its sessions."""
    with closing(open_control(settings)) as control:
        _give(control, name, given=password_stdin, new=None)


@user.command("list")
@settings_options("data_directory")
def list_users(settings: Settings) -> None:
    """List the accounts and their roles."""
    from dashboard.accounts import Accounts  # late: argon2 is for these commands only

    with closing(open_control(settings)) as control:
        accounts = Accounts(control)
        domains = {site.id: site.domain for site in control.sites()}
        factors = accounts.second_factor.accounts()
        rows: list[tuple[str, ...]] = [("NAME", "ROLE", "SECOND FACTOR", "LAST LOGIN")]
        rows += [
            (one.name, _roles(one, domains), "on" if one.id in factors else "off", _date(one.last_login))
            for one in accounts.all()
        ]
    _table(rows)


@user.command(
    "role",
    epilog=examples(
        "trekvart user role bo --role analyst --site shop.example",
        "trekvart user role bo --role none --site shop.example",
        "trekvart user role bo --role administrator",
    ),
)
@click.argument("name")
@_role(required=True)
@_sites
@settings_options("data_directory")
def set_role(settings: Settings, name: str, role: str, domains: tuple[str, ...]) -> None:
    """Change an account's role at some sites, or make it an administrator of the server. Ends its sessions.

    With --site it is no administrator of the server any more; its roles at other sites stay.
    """
    from dashboard.accounts import Accounts

    with closing(open_control(settings)) as control:
        accounts = Accounts(control)
        before = accounts.account(name)
        administrator, sites = _access(control, role, domains)
        kept = {site: had for site, had in before.sites.items() if domains and site not in _ids(control, domains)}
        changed = accounts.set_access(name, administrator=administrator, sites={**kept, **sites})
        shown = _roles(changed, {site.id: site.domain for site in control.sites()})
        audit.note(control, COMMAND_LINE, Act.ROLE_CHANGED, f"{changed.name}: {shown}", now_ms())
    click.echo(f"{changed.name}: {shown}")


@user.command("remove")
@click.argument("name")
@settings_options("data_directory")
def remove_user(settings: Settings, name: str) -> None:
    """Remove an account, its sessions, roles and tokens."""
    from dashboard.accounts import Accounts

    with closing(open_control(settings)) as control:
        accounts = Accounts(control)
        account = accounts.account(name)
        accounts.remove(name)
        audit.note(control, COMMAND_LINE, Act.ACCOUNT_REMOVED, account.name, now_ms())
    click.echo(f"{account.name} is removed.")


@click.group()
def token() -> None:
    """The tokens with which programs read the API (docs/api.md)."""


@token.command("add", epilog=examples("trekvart token add anna shop.example --name 'monthly report' --days 90"))
@click.argument("name")
@click.argument("domain")
@click.option("--name", "label", required=True, help="What it is for.")
@click.option("--scope", type=click.Choice(["stats", "export"]), default="stats", show_default=True)
@click.option("--days", type=click.IntRange(1, 365), default=90, show_default=True, help="How long it lives.")
@settings_options("data_directory")
def add_token(settings: Settings, *, name: str, domain: str, label: str, scope: str, days: int) -> None:
    """Make a token of the account NAME for one site, and show it once."""
    from dashboard.accounts import Accounts
    from dashboard.tokens import Scope

    with closing(open_control(settings)) as control:
        accounts, site = Accounts(control), control.site(domain)
        made = accounts.tokens.add(accounts.account(name), site.id, label, Scope(scope), now=now_ms(), days=days)
        audit.note(control, COMMAND_LINE, Act.TOKEN_ADDED, f"{site.domain} {scope} ({name})", now_ms())
    click.echo(f"{made}\n(shown only this once)")


@token.command("list")
@settings_options("data_directory")
def list_tokens(settings: Settings) -> None:
    """List the tokens."""
    from dashboard.tokens import Tokens

    with closing(open_control(settings)) as control:
        rows: list[tuple[str, ...]] = [("ID", "ACCOUNT", "SITE", "SCOPE", "UNTIL", "LAST USED", "NAME")]
        for one in Tokens(control).all():
            used = one.used.isoformat() if one.used else "never"
            rows.append((str(one.id), one.account, one.site, one.scope, _date(one.expires), used, one.name))
    _table(rows)


@token.command("revoke", epilog=examples("trekvart token revoke 3"))
@click.argument("number", metavar="ID", type=int)
@settings_options("data_directory")
def revoke_token(settings: Settings, number: int) -> None:
    """End a token at once."""
    from dashboard.tokens import Tokens

    with closing(open_control(settings)) as control:
        ended = Tokens(control).revoke(number)
        if ended is None:
            raise AccountError(f"There is no token {number}; see: trekvart token list")
        what = f"{ended.site} {ended.scope} ({ended.account})"
        audit.note(control, COMMAND_LINE, Act.TOKEN_REVOKED, what, now_ms())
    click.echo(f"The token {number} ({ended.name}) is revoked.")


def _access(control: Control, role: str, domains: tuple[str, ...]) -> tuple[bool, Mapping[int, Role]]:
    """Whether of the server, and the roles by site."""
    if not domains and role != Role.ADMINISTRATOR:
        raise AccountError(f"Say with --site at which sites the role is {role}.")
    return not domains, {} if role == NONE else dict.fromkeys(_ids(control, domains), Role(role))


def _ids(control: Control, domains: Iterable[str]) -> list[int]:
    return [control.site(domain).id for domain in domains]


def _roles(account: Account, domains: Mapping[int, str]) -> str:
    if account.administrator:
        return Role.ADMINISTRATOR
    return ", ".join(f"{role} at {domains[site]}" for site, role in account.sites.items()) or NONE


def _give(control: Control, name: str, *, given: bool, new: tuple[bool, Mapping[int, Role]] | None) -> None:
    from dashboard.accounts import Accounts
    from dashboard.passwords import generate_password

    accounts = Accounts(control)
    password = _read_password() if given else generate_password()
    act = Act.PASSWORD_CHANGED
    if new is not None:
        accounts.add(name, password, now_ms(), administrator=new[0], sites=new[1])
        act = Act.ACCOUNT_ADDED
    else:
        accounts.set_password(name, password)
    audit.note(control, COMMAND_LINE, act, accounts.account(name).name, now_ms())
    click.echo(f"{name} can sign in." if given else f"The password of {name} is {password}  (shown only this once)")


def _read_password() -> str:
    line = sys.stdin.readline()
    if not line:
        raise AccountError("There was no password on standard input; write it there as one line.")
    return line.rstrip("\r\n")


def _date(milliseconds: int | None) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, tz=UTC).date().isoformat() if milliseconds else "never"


def _table(rows: list[tuple[str, ...]]) -> None:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        click.echo("  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip())
