"""The privacy notice and its sisters, made from the running settings, the sites and the schema.

The texts are Markdown templates in notices/<language>/<kind>.md; what they account for is notices/kept.toml.
"""

from collections.abc import Callable, Sequence
from datetime import date
from enum import StrEnum
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from msgspec import Struct

from collector.day.cubes import CUBES, TOTAL_CUBES
from collector.day.release import EXPIRY_DAYS
from collector.settings import Settings
from collector.site import Site
from dashboard.accounts import ABSOLUTE
from dashboard.audit import KEPT
from dashboard.authorities import AUTHORITIES
from dashboard.declared import Table, cubes, pairs, tables
from dashboard.documents import escaped


class Kind(StrEnum):
    """The documents."""

    NOTICE = "privacy"  # for visitors, at /privacy (GDPR 13)
    POLICY = "policy"  # a section for the site's own policy
    COOKIES = "cookies"
    RECORD = "record"  # GDPR 30
    ASSESSMENT = "assessment"  # GDPR 6(1)(f)


ASKED: Final = ("controller", "controller_contact", "data_protection_officer", "processor")
MOUNTS: Final = Path("/proc/self/mounts")
IN_MEMORY: Final = frozenset({"tmpfs", "ramfs"})

_TEXTS: Final[dict[str, dict[str, str]]] = {
    "sv": {
        "blank": "**[inte ifyllt: inställningen `{name}`]**",
        "dpo_none": "finns inte",
        "own": "Servern är vår egen; inget webbhotell har uppgifterna.",
        "host": "Servern drivs av {name}, som är vårt personuppgiftsbiträde.",
        "host_blank": "Servern drivs av {name}.",
        "sites": "våra webbplatser",
        "legitimate_interest": "vårt berättigade intresse (artikel 6.1 f i dataskyddsförordningen)",
        "consent": "samtycke (artikel 6.1 a i dataskyddsförordningen)",
        "public_task": "en uppgift av allmänt intresse (artikel 6.1 e i dataskyddsförordningen)",
        "midnight": "vid midnatt",
        "waiting": "efter högst {waiting} dagar",
        "retention": "efter {months} månader",
        "account": "när kontot tas bort",
        "session": "efter högst {hours} timmar",
        "audit": "efter {years} år",
        "site": "när webbplatsen tas bort",
        "technical": "rör ingen enskild",
    },
    "en": {
        "blank": "**[not filled in: the setting `{name}`]**",
        "dpo_none": "there is none",
        "own": "The server is our own; no web host has the data.",
        "host": "The server is run by {name}, our processor.",
        "host_blank": "The server is run by {name}.",
        "sites": "our sites",
        "legitimate_interest": "our legitimate interest (Article 6(1)(f) GDPR)",
        "consent": "consent (Article 6(1)(a) GDPR)",
        "public_task": "a task in the public interest (Article 6(1)(e) GDPR)",
        "midnight": "at midnight",
        "waiting": "after {waiting} days at most",
        "retention": "after {months} months",
        "account": "when the account is removed",
        "session": "after {hours} hours at most",
        "audit": "after {years} years",
        "site": "when the site is removed",
        "technical": "concerns nobody",
    },
}


class _Ready(str):
    """Markdown of ours: not escaped again."""

    __slots__ = ()


class Row(Struct, frozen=True):
    """A table of the databases, as a line of the notice."""

    name: str
    about: str
    until: str
    columns: str


def missing(settings: Settings) -> tuple[str, ...]:
    """The settings that the notice needs and nobody has filled in."""
    return tuple(name for name in ASKED if not getattr(settings, name).strip())


def document(kind: Kind, language: str, settings: Settings, sites: Sequence[Site], today: date) -> str:
    """A document in Markdown, about these sites; without any, about a site as it would be made now."""
    return fill(kind, language, facts(language, settings, sites, today))


def fill(name: str, language: str, values: dict[str, Any]) -> str:
    """A template of notices/ with these values, each escaped, in Markdown."""
    text: str = _environment().get_template(f"{language}/{name}.md").render(values)
    return text.strip() + "\n"


def in_memory(directory: Path, mounts: Path = MOUNTS) -> bool:
    """Whether the directory, which need not exist yet, is on a file system that a power cut empties."""
    place = directory.absolute().resolve()
    best, kind = -1, ""
    for line in mounts.read_text("utf-8").splitlines() if mounts.exists() else ():
        _, mounted, found, *_ = line.split(" ")
        above = Path(mounted.replace("\\040", " "))
        if place.is_relative_to(above) and len(above.parts) >= best:  # of two on one place the later one is seen
            best, kind = len(above.parts), found
    return kind in IN_MEMORY


def facts(language: str, settings: Settings, sites: Sequence[Site], today: date) -> dict[str, Any]:
    """Everything the templates speak of."""
    sites = [site for site in sites if not site.demo] or list(sites) or [Site(domain="")]
    texts = _TEXTS[language]
    exact = all(site.totals == "exact" for site in sites)
    waits = {0: EXPIRY_DAYS[0], 1: EXPIRY_DAYS[1], 2: EXPIRY_DAYS[2]}
    names = list(dict.fromkeys(name for site in sites for name in site.properties))
    return {
        "settings": settings,
        "where": _Ready(texts["sites"]) if len(sites) > 1 or not sites[0].domain else sites[0].domain,
        "k": min(site.k for site in sites),
        "minutes": max(1, min(site.publish_seconds for site in sites) // 60),
        "zones": ", ".join(dict.fromkeys(site.time_zone for site in sites)),
        "exact": exact,
        "rounded": all(site.rounded for site in sites),
        "campaigns": any(site.campaigns for site in sites),
        "properties": ", ".join(names),
        "excluded": any(site.excluded_networks for site in sites),
        "received": pairs("received", language),
        "hit": pairs("hit", language),
        "cubes": cubes(language, CUBES if exact else (*TOTAL_CUBES, *CUBES)),
        "tables": [_row(table, texts, settings, waits) for table in tables(language)],
        "waits": waits,
        "keys_in_memory": in_memory(settings.keys),
        "keys_where": settings.keys,
        "session_hours": ABSOLUTE // 3_600_000,
        "authority": AUTHORITIES[settings.country],
        "basis": _Ready(texts[settings.legal_basis]),
        "blank": _blank(settings, texts),
        "dpo": _officer(settings, texts),
        "processor": _processor(settings, texts),
        "public": settings.public_url,
        "optout_links": [(site.domain, f"https://{site.domain}{site.optout}") for site in sites if site.optout],
        "senders": any(site.senders for site in sites),
        "version": version("trekvart"),
        "today": today.isoformat(),
    }


def _row(table: Table, texts: dict[str, str], settings: Settings, waits: dict[int, int]) -> Row:
    until = texts[table.until].format(
        waiting=waits[1],
        months=settings.retention_months,
        hours=ABSOLUTE // 3_600_000,
        years=KEPT // (365 * 86_400_000),
    )
    columns = "; ".join(f"{name}: {text}" for name, text in table.columns)
    return Row(f"{table.store}.{table.name}", table.about, until, columns)


def _blank(settings: Settings, texts: dict[str, str]) -> Callable[[str], str]:
    return lambda name: getattr(settings, name).strip() or _Ready(texts["blank"].format(name=name))


def _officer(settings: Settings, texts: dict[str, str]) -> str:
    if settings.data_protection_officer.strip().lower() == "none":
        return _Ready(texts["dpo_none"])
    return _blank(settings, texts)("data_protection_officer")


def _processor(settings: Settings, texts: dict[str, str]) -> str:
    name = settings.processor.strip()
    if name.lower() == "own":
        return _Ready(texts["own"])
    if not name:
        return _Ready(texts["host_blank"].format(name=texts["blank"].format(name="processor")))
    return _Ready(texts["host"].format(name=escaped(name)))


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("dashboard", "notices"),
        autoescape=False,  # noqa: S701 - it makes Markdown: `finalize` escapes for that, documents.py for HTML
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        finalize=lambda value: value if isinstance(value, _Ready) else escaped(value),
    )
