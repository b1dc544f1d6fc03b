"""Every administrative act leaves a line in the audit log: by its place in the program, and by doing them."""

import ast
import inspect
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import click
import pytest

from collector.control import Control
from dashboard import audit, pages
from dashboard.cli import cli, run
from dashboard.frame import Screen

# POSTs that change nothing that belongs to others, each with why it is none of the log's business.
NO_ACT = {
    "make_extract": "a search: changes nothing, and must leave no trace of whom it is about",
    "begin_factor": "counts for nothing until confirm_factor, which notes",
    "end_session": "one's own",
    "log_in": "Accounts.login notes it, and what was wrong",
    "log_in_code": "the same",
    "logout": "the same",
    "accept": "the password of who was invited; the link's making is noted",
    "api-query": "a question",
    "unlock": "a guest's; wrong passwords are counted",
    "crowd": "made-up visitors of the demo",
    "health_seen": "takes a message off the page",
}
# Commands that change nothing, or whose change is the running of the server itself.
NO_ACT_OF_COMMANDS = {
    "site list",
    "site snippet",
    "user list",
    "token list",
    "export list",
    "check",
    "notice",
    "extract",
}


def commands(group: click.Group, name: str = "") -> Iterator[tuple[str, click.Command]]:
    """Every command with its full name."""
    for part, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, f"{name}{part} ")
        else:
            yield name + part, command


def notes(function: Callable[..., object], seen: frozenset[str] = frozenset()) -> bool:
    """Whether the function, or one of its module that it calls, writes into the audit log."""
    module = inspect.getmodule(function)
    tree = ast.parse(inspect.cleandoc("\n" + inspect.getsource(function)))
    called = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
    if any(isinstance(one, ast.Attribute) and one.attr == "note" for one in called):
        return True
    names = {one.id for one in called if isinstance(one, ast.Name)} - seen
    ours = [found for name in names if inspect.isfunction(found := getattr(module, name, None))]
    return any(notes(one, seen | names) for one in ours if inspect.getmodule(one) is module)


@pytest.mark.parametrize("screen", [one for one in pages.SCREENS if one.method == "POST"], ids=lambda one: one.name)
def test_every_post_notes_or_says_why_not(screen: Screen) -> None:
    """A form that is taken writes a line, or stands in NO_ACT with a reason; and nothing stands there that writes."""
    assert notes(screen.endpoint) != (screen.name in NO_ACT)


@pytest.mark.parametrize(("name", "command"), list(commands(cli)), ids=lambda one: one if isinstance(one, str) else "")
def test_every_command_notes_or_changes_nothing(name: str, command: click.Command) -> None:
    """The same of the command line."""
    assert command.callback is not None
    assert notes(inspect.unwrap(command.callback)) != (name in NO_ACT_OF_COMMANDS)


def test_what_the_command_line_does_is_in_the_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A site's life by commands, line for line; no line holds an address."""
    monkeypatch.chdir(tmp_path)
    ga4 = tmp_path / "ga4.csv"
    ga4.write_text(
        "# Start date: 20261101\n# End date: 20261102\n"
        "Nth day,Active users,Sessions,Views\n0000,80,100,300\n0001,90,110,330\n"
    )
    log = tmp_path / "access.log"
    log.write_bytes(
        b'198.18.0.7 - - [20/Nov/2025:12:00:00 +0000] "GET / HTTP/1.1" 200 9 "-" "Mozilla/5.0 Firefox/153.0"\n'
    )
    acts = [
        ("site add shop.example --yes", "site-added"),
        ("site change shop.example --property plan", "site-changed"),
        ("site alias shop.example matomo 3", "alias-added"),
        ("site alias shop.example matomo 3 --remove", "alias-removed"),
        ("site token shop.example", "site-changed"),
        ("site token shop.example --revoke", "site-changed"),
        ("user add anna", "account-added"),
        ("user add bo --role viewer --site shop.example", "account-added"),
        ("user role bo --role analyst --site shop.example", "role-changed"),
        ("user password bo", "password-changed"),
        ("token add bo shop.example --name monthly", "token-added"),
        ("token revoke 1", "token-revoked"),
        ("user remove bo", "account-removed"),
        (f"compare {ga4} --site shop.example", "compared"),
        (f"coverage {log} --site shop.example", "compared"),
        (f"replay {log} --site shop.example", "log-replayed"),
        ("export schedule shop.example 0\u00a07\u00a0*\u00a0*\u00a01", "export-scheduled"),
        ("export schedule shop.example --remove 1", "export-unscheduled"),
        (f"export run shop.example 2025-11-20 --directory {tmp_path / 'out'}", "export-asked"),
        ("purge --yes", "purged"),
        (f"backup {tmp_path / 'backups'}", "backed-up"),
        ("restore BACKUP", "restored"),
        ("site remove shop.example --yes", "site-removed"),
    ]
    for words, act in acts:
        made = next(iter((tmp_path / "backups").glob("trekvart-*Z")), None)
        assert run([str(made) if one == "BACKUP" else one.replace("\u00a0", " ") for one in words.split(" ")]) == 0, (
            words
        )
        with closing(Control.open(Path("data/control.db"))) as control:
            line = audit.entries(control, 1)[0]
        assert (line.who, line.act) == (audit.COMMAND_LINE, act), words
        assert "198.18" not in line.object
