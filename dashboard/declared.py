"""What the privacy notice accounts for (notices/kept.toml), beside what the software really receives and keeps.

The one is written by people, the other is asked of the code and of empty databases; `gaps` is the difference.
"""

import sqlite3
import tomllib
from collections.abc import Iterable, Mapping
from contextlib import closing
from functools import cache
from importlib.resources import files
from typing import Any, Final

import msgspec
from msgspec import Struct

from collector.control import SCHEMA as CONTROL
from collector.day.cubes import CUBES, TOTAL_CUBES, Cube
from collector.day.spool import SCHEMA as SPOOL
from collector.door.beacon import Beacon
from collector.door.hit import Hit
from collector.settings import SETTINGS
from collector.site import Site
from collector.statements import statement
from collector.storedb import columns as store_columns

STORES: Final = ("store", "spool", "control")
SIDE: Final = {"sv": 0, "en": 1}  # which of two texts
# What comes with a request besides the beacon's own fields.
AROUND: Final = ("address", "agent", "headers")
TOLD: Final = "told"

Columns = Mapping[str, tuple[str, ...]]  # by table


class Table(Struct, frozen=True):
    """A table as the notice describes it, in one language."""

    store: str
    name: str
    about: str
    until: str  # a code: midnight, waiting, retention, account, session, audit, site, technical
    columns: tuple[tuple[str, str], ...]
    staff: bool  # whether it is about the staff


@cache
def declared() -> dict[str, Any]:
    """The whole of kept.toml."""
    return tomllib.loads((files("dashboard") / "notices" / "kept.toml").read_text("utf-8"))


def pairs(section: str, language: str) -> tuple[tuple[str, str], ...]:
    """The names and texts of a section that is a plain list: received, hit, dimension, unit."""
    return tuple((name, texts[SIDE[language]]) for name, texts in declared()[section].items())


def tables(language: str) -> tuple[Table, ...]:
    """Every declared table."""
    side = SIDE[language]
    return tuple(
        Table(
            store,
            name,
            table["about"][side],
            table["until"],
            tuple((column, texts[side]) for column, texts in table["columns"].items()),
            table.get("staff", False),
        )
        for store in STORES
        for name, table in declared()[store].items()
    )


def cubes(language: str, counted: Iterable[Cube]) -> tuple[tuple[str, str], ...]:
    """The cubes in words: dimensions, and all units that are counted there."""
    words, units = dict(pairs("dimension", language)), dict(pairs("unit", language))
    found: dict[str, list[str]] = {}
    for cube in counted:
        name = " + ".join(words[d.name.lower()] for d in cube.dimensions) or words["none"]
        found.setdefault(name, []).append(units[cube.unit])
    return tuple((name, "; ".join(counts)) for name, counts in found.items())


@cache
def kept() -> dict[str, Columns]:
    """The tables and columns that this version's databases have, by store."""
    return {
        "store": _by_table(store_columns()),
        "spool": _sqlite("spool", SPOOL),
        "control": _sqlite("control", CONTROL),
    }


def gaps(real: Mapping[str, Columns] | None = None) -> list[str]:
    """What the declaration lacks or has too much, one sentence each. None of it, and the notice tells everything."""
    text = declared()
    found = []
    for store, here in (real or kept()).items():
        found += _difference(f"table of {store}", here, text[store])
        for table in here.keys() & text[store].keys():
            found += _difference(f"column of {store}.{table}", here[table], text[store][table]["columns"])
    found += _difference("cube", (cube.name for cube in (*CUBES, *TOTAL_CUBES)), text["cubes"]["names"])
    found += _difference("field of a beacon", (*_fields(Beacon), *AROUND), text["received"])
    found += _difference("field of a hit", _fields(Hit), text["hit"])
    found += _difference("setting", (setting.name for setting in SETTINGS), text["settings"])
    return found + _difference("setting of a site", _fields(Site), text["site_settings"])


def _difference(what: str, real: Iterable[str], told: Iterable[str]) -> list[str]:
    there, here = set(real), set(told)
    return [f"The {what} {name} is not in dashboard/notices/kept.toml." for name in sorted(there - here)] + [
        f"dashboard/notices/kept.toml has the {what} {name}, which is not there." for name in sorted(here - there)
    ]


def _fields(of: type[Struct]) -> tuple[str, ...]:
    return tuple(field.name for field in msgspec.structs.fields(of))


def _sqlite(folder: str, schema: Iterable[str]) -> Columns:
    with closing(sqlite3.connect(":memory:")) as empty:
        for name in schema:
            empty.execute(statement(f"{folder}/{name}"))
        return _by_table(empty.execute(statement("control/columns")).fetchall())


def _by_table(rows: Iterable[tuple[str, str]]) -> Columns:
    found: dict[str, tuple[str, ...]] = {}
    for table, column in rows:
        found[table] = (*found.get(table, ()), column)
    return found
