"""The commands about privacy: the notice and its sisters, and the register extract."""

import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from collector.control import FILE
from collector.settings import Settings
from collector.site import Site
from dashboard.options import SETTINGS_FILE, examples, now_ms, open_control, settings_options

if TYPE_CHECKING:
    from dashboard.documents import Format

KINDS: Final = ("privacy", "policy", "cookies", "record", "assessment")
# The settings that the documents speak of.
TOLD: Final = (
    "data_directory",
    "key_directory",
    "public_url",
    "country_file",
    "rate_limit",
    "retention_months",
    "language",
    "controller",
    "controller_contact",
    "data_protection_officer",
    "processor",
    "legal_basis",
    "country",
)


@click.command(
    epilog=examples(
        "trekvart notice --settings trekvart.toml",
        "trekvart notice --kind policy --language en --format html > policy.html",
        "trekvart notice --kind record --format markdown",
    )
)
@click.option(
    "--kind",
    type=click.Choice(KINDS),
    default="privacy",
    show_default=True,
    help="privacy: for visitors, as /privacy shows it. policy: a section for the site's own policy. cookies: what is "
    "stored on devices. record: of processing, GDPR 30. assessment: of the legitimate interest.",
)
@click.option("--site", "domain", help="About this site only.  [default: all]")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "markdown", "html"]),
    default="text",
    show_default=True,
    help="As what.",
)
@settings_options(*TOLD)
def notice(settings: Settings, kind: str, domain: str | None, form: "Format") -> None:
    """Print the privacy notice, made from the settings, the sites and the schema; or one of its sisters."""
    from dashboard.documents import to_page, to_text  # late: with the schema comes DuckDB
    from dashboard.notice import Kind, document, missing

    today = datetime.fromtimestamp(now_ms() / 1000, tz=UTC).date()
    text = document(Kind(kind), settings.language, settings, _sites(settings, domain), today)
    if form == "html":
        text = to_page(text, settings.language)
    click.echo(to_text(text) if form == "text" else text, nl=False)
    for name in missing(settings):
        click.echo(f"Not filled in: the setting {name}; the text says so where it belongs.", err=True)


def _sites(settings: Settings, domain: str | None) -> tuple[Site, ...]:
    if domain is None and not (settings.data_directory / FILE).exists():
        return ()  # the text is then about a site as it would be made now
    with closing(open_control(settings)) as control:
        return control.sites() if domain is None else (control.site(domain),)


@click.command(
    epilog=examples(
        "trekvart extract --settings trekvart.toml --also /var/log/nginx < address.txt",
        "trekvart extract --staff anna --language en",
    )
)
@click.option(
    "--also", multiple=True, type=click.Path(exists=True, path_type=Path), help="Search here too: logs, backups."
)
@click.option("--staff", help="Not an address: all that is kept about this account.")
@click.option(
    "--format", "form", type=click.Choice(["text", "markdown", "html"]), default="text", show_default=True, help="How."
)
@settings_options(*TOLD)
@click.pass_context
def extract(
    context: click.Context, settings: Settings, also: tuple[Path, ...], staff: str | None, form: "Format"
) -> None:
    """Answer somebody who asks what is kept about them (GDPR 15): a letter, and what was searched as its appendix.

    The address is read from standard input, one line, so that it is in no list of processes and no shell's history. It
    is written nowhere. Exit code 3: it was found, which it should not be.
    """
    from dashboard.documents import to_page, to_text  # late: with the schema comes DuckDB
    from dashboard.extract import about_address, about_staff
    from dashboard.search import Needles

    def show(text: str) -> None:
        shown = to_text(text) if form == "text" else to_page(text, settings.language) if form == "html" else text
        click.echo(shown, nl=False)

    if staff is not None:
        with closing(open_control(settings)) as control:
            show(about_staff(staff, settings.language, settings, control, now_ms()))
        return
    needles = Needles(_address())
    sites, file = _sites(settings, None), context.meta.get(SETTINGS_FILE)
    done = about_address(needles, settings.language, settings, sites, now_ms(), file=file, more=also)
    show(done.letter + "\n" + done.appendix)
    context.exit(3 if done.hits else 0)


def _address() -> str:
    if sys.stdin.isatty():
        return str(click.prompt("Address (not shown, not kept)", hide_input=True, err=True))
    return sys.stdin.readline()
