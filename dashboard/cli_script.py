"""The commands about what a site's pages and servers send: the snippet, what else is let in, tokens."""

from contextlib import closing
from typing import Any, Final

import click
import msgspec

from collector.control import Control
from collector.door.sender import digest, make_token
from collector.script.snippet import KINDS, snippet, tag
from collector.settings import Settings
from collector.site import Site
from dashboard import audit
from dashboard.options import examples, now_ms, open_control, settings_options

_UNKNOWN: Final = "https://YOUR-SERVER"
_HINT: Final = "YOUR-SERVER is where pages reach Trekvart; --public-url fills it in."


def short(settings: Settings, shown: Site) -> str:
    """The script's tag alone, for who has just added a site."""
    line = tag(shown.domain, settings.public_url or _UNKNOWN, optout=bool(shown.optout))
    return line if settings.public_url else f"{line}\n\n{_HINT}"


@click.command(
    "snippet",
    epilog=examples(
        "trekvart site snippet shop.example --public-url https://stats.shop.example",
        "trekvart site snippet shop.example --for shopify",
    ),
)
@click.argument("domain")
@click.option(
    "--for", "kind", type=click.Choice(KINDS), default="html", show_default=True, help="What the pages are made with."
)
@settings_options("data_directory", "public_url")
def show_snippet(settings: Settings, domain: str, kind: str) -> None:
    """Show what to paste into a site's pages."""
    with closing(open_control(settings)) as control:
        shown = control.site(domain)
    text = snippet(shown.domain, settings.public_url or _UNKNOWN, kind, optout=bool(shown.optout))
    click.echo(text.rstrip("\n"))
    if not settings.public_url:
        click.echo(_HINT, err=True)  # not into the file that the text is sent to


@click.command(
    "change",
    epilog=examples(
        "trekvart site change shop.example --property plan --property size",
        "trekvart site change shop.example --optout-page /privacy",
        "trekvart site change shop.example --null-origin",
    ),
)
@click.argument("domain")
@click.option("--host", "hosts", multiple=True, help="Add a host whose pages belong to it; may be given again.")
@click.option("--property", "properties", multiple=True, help="Declare a property of events; may be given again.")
@click.option("--no-property", "gone", multiple=True, help="Take a property back; may be given again.")
@click.option("--optout-page", "optout", metavar="PATH", help="The site's page where visitors can opt out.")
@click.option("--no-optout-page", "optout", flag_value="", help="Offer no opt-out but the browser's own objection.")
@click.option(
    "--null-origin/--no-null-origin",
    default=None,
    help="Take events from pages without an origin, as Shopify's custom pixel; any page anywhere can then send them.",
)
@click.option(
    "--rounded/--not-rounded", default=None, help="Round all figures to tens wherever they are shown, as CNIL advises."
)
@settings_options("data_directory")
def change(settings: Settings, *, domain: str, gone: tuple[str, ...], **given: Any) -> None:
    """Change what a site lets in and how it is shown. A running server knows within a second."""
    with closing(open_control(settings)) as control:
        now = control.site(domain)
        wanted = {name: value for name, value in given.items() if value not in (None, ())}
        for name in wanted.keys() & {"hosts", "properties"}:
            wanted[name] = (*getattr(now, name), *wanted[name])
        if gone:
            wanted["properties"] = tuple(n for n in wanted.get("properties", now.properties) if n not in gone)
        new = _update(control, msgspec.structs.replace(now, **wanted)) if wanted else now
    click.echo(f"hosts: {', '.join(new.hosts)}")
    click.echo(f"properties: {', '.join(new.properties) or 'none'}")
    click.echo(f"opt-out page: {new.optout or 'none'}")
    click.echo(f"figures: {'rounded to tens' if new.rounded else 'as they are'}")
    click.echo(f"events without an origin: {'taken from anywhere' if new.null_origin else 'refused'}")


@click.command(
    "token", epilog=examples("trekvart site token shop.example", "trekvart site token shop.example --revoke")
)
@click.argument("domain")
@click.option("--revoke", is_flag=True, help="End all tokens of the site, and make none.")
@settings_options("data_directory")
def token(settings: Settings, domain: str, *, revoke: bool) -> None:
    """Make a token for a server that sends for its visitors (docs/script.md, From servers and apps)."""
    with closing(open_control(settings)) as control:
        shown = control.site(domain)
        if revoke:
            _update(control, msgspec.structs.replace(shown, senders=()))
            click.echo(f"No server may pass an address on for {shown.domain} any more ({len(shown.senders)} ended).")
            return
        made = make_token()
        _update(control, msgspec.structs.replace(shown, senders=(*shown.senders, digest(made.encode()))))
    click.echo(f"X-Trekvart-Token: {made}  (shown only this once)")


def _update(control: Control, new: Site) -> Site:
    """The site as it is then; the audit log has it."""
    updated = control.update_site(new)
    audit.note(control, audit.COMMAND_LINE, audit.Act.SITE_CHANGED, updated.domain, now_ms())
    return updated
