"""The register extract (GDPR 15, where 11 applies): what was searched, what was found, and an answer ready to send.

About a visitor, by an address; about one of the staff, by the account's name. The address is in none of the texts.
"""

import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from msgspec import Struct

from collector.control import FILE, Control
from collector.errors import AccountError
from collector.settings import Settings
from collector.site import Site
from collector.store import Store
from dashboard.declared import declared
from dashboard.notice import facts, fill
from dashboard.search import Needles, Searched, rows, search, tables

SECRET: Final = ("password", "token", "secret", "hash", "code")  # parts of names of columns that are shown to nobody
TIMES: Final = ("created", "last_login", "begun", "seen", "at", "expires", "used")  # milliseconds UTC


class Extract(Struct, frozen=True):
    """Two texts in Markdown: the letter, and what was searched as its appendix. `hits`: 0 unless something is wrong."""

    letter: str
    appendix: str
    hits: int


def about_address(
    needles: Needles,
    language: str,
    settings: Settings,
    sites: Sequence[Site],
    now: int,
    *,
    file: Path | None = None,
    more: Iterable[Path] = (),
    store: Store | None = None,
) -> Extract:
    """Searches every place. `now`: milliseconds UTC; `file`: the settings file; `more`: what the operator adds."""
    found = search(needles, settings, file, more, store)
    hits = sum(one.hits for one in found)
    values = {
        **facts(language, settings, sites, _day(now)),
        "now": _moment(now),
        "searched": found,
        "hits": hits,
        "holding": [one for one in found if one.hits],
        "problems": [one for one in found if one.problem],
        "spellings": needles.names,
        "files": sum(one.unit == "bytes" for one in found),
        "size": sum(one.size for one in found if one.unit == "bytes"),
    }
    return Extract(fill("letter", language, values), fill("extract", language, values), hits)


def about_staff(name: str, language: str, settings: Settings, control: Control, now: int) -> str:
    """All that is kept about an account, but its secrets. Raises AccountError: there is none of this name."""
    known = control.read("account", name=name.strip().casefold())
    if not known:
        raise AccountError(f"There is no account {name!r}; the names are in: trekvart user list")
    number, kept = known[0][0], known[0][1]
    values: dict[str, Any] = {
        **facts(language, settings, control.sites(), _day(now)),
        "now": _moment(now),
        "name": kept,
        "found": list(_of_account(settings.data_directory / FILE, number, kept)),
    }
    return fill("staff", language, values)


def _of_account(path: Path, number: int, name: str) -> Iterable[tuple[str, list[tuple[str, str]]]]:
    """Per row about the account: its table, and its columns with what is in them."""
    staff = [table for table, told in declared()["control"].items() if told.get("staff")]
    with closing(sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True, timeout=10)) as db:
        for table in (one for one in tables(db) if one in staff):
            columns = [row[1] for row in db.execute("select * from pragma_table_info(?)", (table,))]
            for row in rows(db, table):
                values = dict(zip(columns, row, strict=True))
                mine = values.get("id") if table == "account" else values.get("account")
                if mine == number or name in {values.get("who"), values.get("object")}:
                    yield table, [(column, _shown(column, value)) for column, value in values.items()]


def _shown(column: str, value: object) -> str:
    if isinstance(value, bytes) or any(part in column for part in SECRET):
        return "***"
    if column in TIMES and isinstance(value, int):
        return _moment(value)
    return "" if value is None else str(value)


def _day(now: int) -> date:
    return datetime.fromtimestamp(now / 1000, tz=UTC).date()


def _moment(at: int) -> str:
    return datetime.fromtimestamp(at / 1000, tz=UTC).strftime("%Y-%m-%d %H:%M UTC")


__all__ = ["Extract", "Searched", "about_address", "about_staff"]
