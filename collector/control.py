"""The control database: sites, staff accounts, sessions. Small, and it changes while the server runs.

One SQLite file, `control.db` in the data directory. Commands change it beside a running server, which notices by
`version`. What is asked of it stands in sql/control.
"""

import os
import re
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Self

import msgspec

from collector.errors import PlaceError, SiteError
from collector.site import Site, checked
from collector.statements import numbered, statement

__all__ = ["Control", "Site"]

FILE: Final = "control.db"
COPY: Final = "control.db.copy"  # of at most a minute ago, for the day that the file is damaged
SCHEMA: Final = numbered("control")  # sql/control/NNNN_name.sql

_LISTS: Final = ("hosts", "excluded_networks", "page_patterns", "properties", "payment_hosts", "senders")


class Control:
    """The file, open. Every method may be called from any thread."""

    def __init__(self, db: sqlite3.Connection, path: Path) -> None:
        """Use `open`."""
        self._db = db
        self._path = path
        self._lock = threading.RLock()
        self._copied: tuple[object, ...] = ()

    @classmethod
    def open(cls, path: Path) -> Self:
        """Opens the file, making or upgrading it (mode 0600). Raises PlaceError, also when a newer version wrote it."""
        try:
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
            path.chmod(0o600)  # SQLite gives the log beside it the same mode
            db = sqlite3.connect(path, timeout=10, isolation_level=None, check_same_thread=False)
        except (sqlite3.Error, OSError) as error:
            raise PlaceError(f"{path} cannot be opened ({_why(error)}); make it writable for this user.") from error
        control = cls(db, path)
        try:
            control._prepare()
        except BaseException:
            db.close()
            raise
        return control

    def close(self) -> None:
        """Closes the file."""
        with self._lock:
            self._db.close()

    def settle(self) -> None:
        """Brings the log into the file, and the file to one that stands alone."""
        with self._lock, self._speaking():
            self._db.execute("pragma journal_mode = delete")

    def keep_copy(self) -> None:
        """Writes `control.db.copy` when anything has been written since the last call. Raises PlaceError."""
        with self._speaking():
            beside = (self._path, self._path.with_name(self._path.name + "-wal"))
            state = tuple(file.stat().st_mtime_ns for file in beside if file.exists())
            if state == self._copied:
                return
            copy_database(self._path, self._path.with_name(COPY))
            self._copied = state

    # -- sites -------------------------------------------------------------------------------------------------

    def sites(self) -> tuple[Site, ...]:
        """All sites, in the order they were added."""
        return tuple(_site(row) for row in self.read("sites"))

    def site(self, domain: str) -> Site:
        """The site of a domain. Raises SiteError when there is none."""
        rows = self.read("site", domain=domain)
        if not rows:
            raise SiteError(f"There is no site {domain!r}; add it with: trekvart site add {domain}")
        return _site(rows[0])

    def add_site(self, site: Site, now: int) -> Site:
        """Adds a site (`now`: milliseconds UTC) and gives it its id. Raises SiteError: wrong, or there already."""
        moment = datetime.fromtimestamp(now // 1000, tz=UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        new = msgspec.structs.replace(checked(site), created=moment)
        with self.writing():
            if self.read("site", domain=new.domain):
                raise SiteError(f"There is a site {new.domain} already; see: trekvart site list")
            self.write("add_site", **_columns(new))
            self.write("count_change")
            return self.site(new.domain)

    def update_site(self, site: Site) -> Site:
        """Changes a site, found by its id; its domain and creation stay. Raises SiteError: wrong, or unknown."""
        new = checked(site)
        with self.writing():
            if not self.write("update_site", **_columns(new), id=new.id):
                raise SiteError(f"There is no site {new.domain!r}; add it with: trekvart site add {new.domain}")
            self.write("count_change")
            return self.site(new.domain)

    def remove_site(self, site: Site) -> None:
        """Removes a site and every row of every table that names it by number or domain; the bytes are overwritten.

        Lines of the audit log stay for as long as they may, with the site's number in place of its domain.
        """
        with self._lock, self._speaking():
            self._db.execute("pragma secure_delete = on")
            named = self._db.execute(statement("control/site_columns")).fetchall()
        with self.writing(), self._speaking():
            for table, column in named:
                value = site.domain if column == "domain" else site.id
                self._db.execute(f'delete from "{table}" where "{column}" = ?', (value,))  # names from the schema
            for number, text in self.read("audit_naming", text=site.domain):
                self.write("rename_audit", id=number, object=_unnamed(text, site))
            self.write("remove_site", id=site.id)
            self.write("count_change")
        with self._lock, self._speaking():
            self._db.execute("pragma wal_checkpoint(truncate)")

    def version(self) -> int:
        """A number that grows when any process adds or changes a site. About 10 us, so it can be asked every second."""
        return int(self.read("version")[0][0])

    # -- for accounts, and for what comes later -----------------------------------------------------------------

    def read(self, name: str, /, **values: object) -> list[tuple[Any, ...]]:
        """The rows that the statement sql/control/`name`.sql answers."""
        with self._lock, self._speaking():
            return self._db.execute(statement(f"control/{name}"), values).fetchall()

    def write(self, name: str, /, **values: object) -> int:
        """Runs the statement sql/control/`name`.sql; how many rows it changed."""
        with self._lock, self._speaking():
            return self._db.execute(statement(f"control/{name}"), values).rowcount

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Everything inside happens at once, or, when an exception leaves it, not at all."""
        with self._lock:
            with self._speaking():
                self._db.execute("begin immediate")
            try:
                yield
                with self._speaking():
                    self._db.execute("commit")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("rollback")
                raise

    # -- inside ------------------------------------------------------------------------------------------------

    def _prepare(self) -> None:
        with self._speaking():
            self._db.execute("pragma journal_mode = wal")
            self._db.execute("pragma synchronous = full")
            self._db.execute("pragma foreign_keys = on")
            version = int(self._db.execute("pragma user_version").fetchone()[0])
            if 0 < version < len(SCHEMA):
                copy_database(self._path, self._path.with_name(f"{FILE}.schema-{version}"))
        with self.writing():
            version = int(self._db.execute("pragma user_version").fetchone()[0])
            if version > len(SCHEMA):
                raise PlaceError(
                    f"{self._path} was written by a newer version of Trekvart; install that version or a newer one."
                )
            for name in SCHEMA[version:]:
                self.write(name)
            if version < len(SCHEMA):  # a command that only looks leaves the file as it was
                self._db.execute(f"pragma user_version = {len(SCHEMA)}")

    @contextmanager
    def _speaking(self) -> Iterator[None]:
        """SQLite's complaints as a sentence."""
        try:
            yield
        except sqlite3.Error as error:
            raise PlaceError(
                f"{self._path} cannot be used ({error}); check the file, its owner and the disk."
            ) from error


def copy_database(path: Path, to: Path) -> None:
    """A consistent copy of an SQLite file that others may be writing, whole or not at all. Raises sqlite3.Error."""
    part = to.with_name(to.name + ".part")
    part.unlink(missing_ok=True)
    with closing(sqlite3.connect(path, timeout=10)) as source, closing(sqlite3.connect(part)) as target:
        part.chmod(0o600)
        source.backup(target)
        if target.execute("pragma quick_check(1)").fetchone() != ("ok",):
            raise sqlite3.DatabaseError("the file is damaged, and its copy stays as it was")
        target.execute("pragma journal_mode = delete")  # one file, with no log to lose on its way
    part.replace(to)


def _why(error: Exception) -> str:
    return (error.strerror or str(error)) if isinstance(error, OSError) else str(error)


def _columns(site: Site) -> dict[str, object]:
    columns = msgspec.structs.asdict(site)
    del columns["id"]
    return columns | {name: msgspec.json.encode(columns[name]).decode() for name in _LISTS}


def _site(row: tuple[Any, ...]) -> Site:
    values = dict(zip(Site.__struct_fields__, row, strict=True))
    # The file is ours, but a hand may have been in it: convert checks every type again.
    return msgspec.convert(values | {name: msgspec.json.decode(values[name]) for name in _LISTS}, Site, strict=False)


def _unnamed(text: str, site: Site) -> str:
    """What a line of the audit log was about, without a site's name and what is only about the site."""
    if re.match(rf"{re.escape(site.domain)}(?![\w.-])", text):  # a link's name, a goal: all of it is about the site
        return f"#{site.id}"
    return re.sub(rf"(?<![\w.-]){re.escape(site.domain)}(?![\w-]|\.\w)", f"#{site.id}", text)
