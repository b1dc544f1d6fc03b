"""Where an address stands, in whatever spelling: files byte by byte, databases value by value, archives unpacked.

For the register extract. The address lives in `Needles` and nowhere else: no message, name or result holds it.
"""

import gzip
import ipaddress
import os
import sqlite3
import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Final, Literal, Protocol
from urllib.parse import quote

from msgspec import Struct

from collector.errors import PlaceError, SettingsError, StoreError
from collector.settings import SETTINGS, Settings
from collector.store import Store

CHUNK: Final = 1 << 20
LONGEST: Final = 256  # bytes of any spelling: what two chunks share
PUBLIC: Final = frozenset({"country_file"})  # of all addresses there are; nothing of anybody
Kind = Literal["data", "keys", "settings", "temporary", "chosen"]

IP = ipaddress.IPv4Address | ipaddress.IPv6Address


class SupportsRead(Protocol):
    """What bytes are read from."""

    def read(self, size: int, /) -> bytes:
        """At most `size` bytes; none at the end."""


class Needles:
    """An address in every spelling. Its repr says nothing."""

    def __init__(self, text: str) -> None:
        """Raises SettingsError, which does not repeat the text, when it is no address."""
        try:
            address = ipaddress.ip_address(text.strip().strip("[]").partition("%")[0])
        except ValueError:
            raise SettingsError("That is not an IP address; write one line like 192.0.2.44 or 2001:db8::1.") from None
        self.version: Final = address.version
        forms = list(_spellings(address))
        # Lower case for text, since hexadecimal is written both ways; raw bytes as they are.
        self.texts: Final = tuple({form: 0 for name, form in forms if not name.startswith("raw")})
        self.raw: Final = tuple(form for name, form in forms if name.startswith("raw"))
        self.names: Final = tuple(dict.fromkeys(name.partition(",")[0] for name, _ in forms))

    def __repr__(self) -> str:
        return "<an address>"

    def within(self, content: bytes) -> int:
        """How many times any spelling is in the bytes, overlaps of the last LONGEST bytes aside."""
        lower = content.lower()
        return sum(lower.count(form) for form in self.texts) + sum(content.count(form) for form in self.raw)


class Searched(Struct, frozen=True):
    """One file or table that was searched."""

    kind: Kind
    place: str
    size: int  # bytes of a file, rows of a table
    hits: int
    unit: Literal["bytes", "rows"] = "bytes"
    problem: str = ""  # why it could not be searched


def _spellings(address: IP) -> Iterator[tuple[str, bytes]]:
    mapped = getattr(address, "ipv4_mapped", None)
    if isinstance(address, ipaddress.IPv4Address):
        yield from _version_6("mapped ", ipaddress.IPv6Address(f"::ffff:{address}"))
    elif mapped is not None:
        yield from _version_4(mapped)
    yield from _version_4(address) if isinstance(address, ipaddress.IPv4Address) else _version_6("", address)


def _version_4(address: ipaddress.IPv4Address) -> Iterator[tuple[str, bytes]]:
    text, number = str(address), int(address)
    parts = text.split(".")
    yield "dotted", text.encode()
    yield "reversed", ".".join(reversed(parts)).encode()
    yield "with dashes", "-".join(parts).encode()
    yield "percent-encoded", text.replace(".", "%2e").encode()
    yield "padded", ".".join(part.zfill(3) for part in parts).encode()
    yield "integer", str(number).encode()
    yield "hexadecimal", address.packed.hex().encode()
    yield "hexadecimal, in groups", f"{number >> 16:04x}:{number & 0xFFFF:04x}".encode()
    # Four bytes stand anywhere by chance: once in 4 GB of random data. Of IPv6 sixteen do not.


def _version_6(kind: str, address: ipaddress.IPv6Address) -> Iterator[tuple[str, bytes]]:
    for name, text in (("compressed", address.compressed), ("full", address.exploded)):
        yield f"{kind}{name}", text.encode()
        yield f"{kind}percent-encoded", quote(text, safe="").replace(".", "%2E").lower().encode()
        yield f"{kind}reversed", text[::-1].encode()
    yield f"{kind}reversed", address.reverse_pointer.removesuffix(".ip6.arpa").encode()
    yield f"{kind}integer", str(int(address)).encode()
    yield f"{kind}hexadecimal", address.packed.hex().encode()
    yield f"raw bytes, {kind}", address.packed
    yield f"raw bytes, {kind}reversed", address.packed[::-1]


def search(
    needles: Needles, settings: Settings, file: Path | None, more: Iterable[Path], store: Store | None
) -> list[Searched]:
    """Every place, in order. `file`: the settings file, if any; `store`: the open store, when the server asks."""
    found: list[Searched] = []
    for kind, root in places(settings, file, more):
        for path in _files(root):
            found.append(_file(needles, kind, path))
            if path.suffix == ".db" and path.parent == settings.data_directory:
                found += _tables(needles, kind, path)
    found += _store(needles, settings, store)
    for path in _temporary(settings):
        found.append(_file(needles, "temporary", path))
    return found


def places(settings: Settings, file: Path | None, more: Iterable[Path]) -> list[tuple[Kind, Path]]:
    """The directories and files that the settings name, the settings file, and what the operator adds."""
    found: list[tuple[Kind, Path]] = [("data", settings.data_directory), ("keys", settings.keys)]
    for setting in SETTINGS:
        value = getattr(settings, setting.name)
        if isinstance(value, Path) and setting.name not in PUBLIC and value not in {path for _, path in found}:
            found.append(("data", value))
    found += [("settings", file)] if file else []
    return [*found, *(("chosen", path) for path in more)]


def _files(root: Path) -> list[Path]:
    if root.is_file():
        return [root]
    return sorted(path for path in root.rglob("*") if path.is_file())


def _temporary(settings: Settings) -> list[Path]:
    """The files of this user in the temporary directory, which are few, and none of ours."""
    root, inside = Path(tempfile.gettempdir()), settings.data_directory.absolute()
    if not root.is_dir() or root.absolute() == inside:
        return []
    files = (path for path in root.iterdir() if path.is_file() and not path.is_symlink())
    return sorted(path for path in files if path.stat().st_uid == os.getuid())


def _file(needles: Needles, kind: Kind, path: Path) -> Searched:
    """A file's bytes and its name; what is packed is unpacked too."""
    try:
        size = path.stat().st_size
        with path.open("rb") as stream:
            hits = _stream(needles, stream) + needles.within(str(path).encode())
        return Searched(kind, str(path), size, hits + _packed(needles, path))
    except (OSError, EOFError, zipfile.BadZipFile) as error:
        return Searched(kind, str(path), 0, 0, problem=getattr(error, "strerror", None) or type(error).__name__)


def _packed(needles: Needles, path: Path) -> int:
    if path.suffix == ".gz":
        with gzip.open(path) as stream:
            return _stream(needles, stream)
    if path.suffix in {".zip", ".xlsx"}:
        with zipfile.ZipFile(path) as archive:
            return sum(_member(needles, archive, name) for name in archive.namelist())
    return 0


def _member(needles: Needles, archive: zipfile.ZipFile, name: str) -> int:
    with archive.open(name) as stream:
        return _stream(needles, stream)


def _stream(needles: Needles, stream: SupportsRead) -> int:
    """Hits in a stream, each counted once though chunks overlap."""
    hits, tail = 0, b""
    while chunk := stream.read(CHUNK):
        window = tail + chunk
        hits += needles.within(window) - needles.within(tail)
        tail = window[-LONGEST:]
    return hits


def _tables(needles: Needles, kind: Kind, path: Path) -> list[Searched]:
    """A SQLite database value by value: one may be split over two pages of the file."""
    try:
        with closing(sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True, timeout=10)) as db:
            return [
                Searched(kind, f"{path.name}: {table}", *_rows(needles, rows(db, table)), unit="rows")
                for table in tables(db)
            ]
    except sqlite3.Error as error:
        return [Searched(kind, path.name, 0, 0, "rows", str(error))]


def tables(db: sqlite3.Connection) -> list[str]:
    """The names of the tables of an open SQLite database."""
    return [name for (name,) in db.execute("select name from sqlite_schema where type = 'table' order by name")]


def rows(db: sqlite3.Connection, table: str) -> list[tuple[object, ...]]:
    """All of a table. Its name comes from the database itself."""
    return db.execute(f'select * from "{table}"').fetchall()


def _rows(needles: Needles, found: list[tuple[object, ...]]) -> tuple[int, int]:
    values = (value if isinstance(value, bytes) else str(value).encode() for row in found for value in row)
    return len(found), sum(map(needles.within, values))


def _store(needles: Needles, settings: Settings, store: Store | None) -> list[Searched]:
    """The texts in the group store, which compresses them. When a server has it open, its own page looks there."""
    path = settings.data_directory / "store.duckdb"
    if store is None and not path.exists():
        return []
    try:
        opened = store or Store.open(path)
    except (PlaceError, StoreError) as error:
        return [Searched("data", path.name, 0, 0, "rows", str(error))]
    try:
        return [
            Searched(
                "data", f"{path.name}: {table}.{column}", *_rows(needles, opened.texts(table, column)), unit="rows"
            )
            for table, column in opened.text_columns()
        ]
    finally:
        if store is None:
            opened.close()
