"""The day wall: the durable, sealed, day-lived queue of hits, and the outbox of releases beside it.

One SQLite file. A beacon is acknowledged only when the transaction that holds its hit is on disk (write-ahead log,
synchronous=FULL). Hits are sealed with the key of their site's day; the day closes by destroying that key.

Two processes use the file: the server appends, the keeper reads, records publishes and closes days. Whether a day still
takes hits is asked inside the appending transaction, so no hit can slip into a day that is closing.
"""

import hashlib
import logging
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Literal, NamedTuple

import msgspec

from collector.control import copy_database
from collector.day.day import Day, day_bounds, midnight
from collector.day.keys import Keys
from collector.day.notes import Note
from collector.day.release import Release
from collector.day.seal import Seal
from collector.day.waiting import Waiting
from collector.door.hit import Hit
from collector.errors import DayTaken, SpoolError, SpoolFull
from collector.fault import point
from collector.site import Site
from collector.statements import statement

log = logging.getLogger("trekvart.spool")

SCHEMA = (
    "0001_day",
    "0002_entry",
    "0003_tick",
    "0004_waiting",
    "0005_outbox",
    "0006_number",
    "0007_aside",
    "0008_entry_day",
    "0009_note",
    "0010_outbox_digest",
    "0011_outbox_torn",
)
FILE = "spool.db"
FAR_AHEAD = 24 * 3_600_000  # ms: an open day that begins later than this was opened by a clock that ran wild
READ_AT_ONCE = 500  # group commits a read; 64 hits each keep a read under some 10 MB
FORGET_AT_ONCE = 1000  # entries a delete, so that the appending side never waits long

State = Literal["open", "closing", "closed", "lost", "taken"]


class Batch(msgspec.Struct, array_like=True, gc=False):
    """What one group commit holds of one site: hits, and drops as (network, reason)."""

    hits: list[Hit]
    drops: list[tuple[int, str]]


class SpoolDay(NamedTuple):
    """A day as the spool knows it: its number, its bounds and settings, its state."""

    number: int
    day: Day
    state: State


class Entry(NamedTuple):
    """One group commit read back. `batch` is None when it could not be opened."""

    seq: int
    day: int
    batch: Batch | None


class OutboxItem(NamedTuple):
    """A release the store has not confirmed, with the settings of its day."""

    site: int
    number: int
    release: Release
    day: Day
    source: Literal["live", "replay"]


_encode = msgspec.msgpack.Encoder().encode
_decode_batch = msgspec.msgpack.Decoder(Batch).decode
_decode_release = msgspec.msgpack.Decoder(Release).decode


class Spool:
    """The spool file and its keys. One instance per thread."""

    def __init__(self, directory: Path, keys: Keys) -> None:
        """Opens `spool.db` in the data directory, making or upgrading it. Raises SpoolError."""
        self.keys = keys
        self._seals: dict[int, Seal] = {}
        path = directory / FILE
        try:
            self._db = sqlite3.connect(path, timeout=10, isolation_level=None, check_same_thread=False)
            path.chmod(0o600)
            self._refuse_newer()  # before anything is changed
            self._db.execute("pragma journal_mode = wal")
            self._db.execute("pragma synchronous = full")
            self._migrate(path)
            self._seq: int = self._db.execute(statement("spool/last_seq")).fetchone()[0]
        except (sqlite3.Error, OSError) as error:
            raise SpoolError(
                f"The spool {path} cannot be opened ({error}); check the disk and the file's owner."
            ) from error

    def close(self) -> None:
        """Closes the file."""
        self._db.close()

    # -- the appending side: the server ------------------------------------------------------------------------

    def append(self, batches: Sequence[tuple[Site, Batch]], now: int) -> None:
        """One group commit: every site's batch in one transaction, on disk when this returns. Raises SpoolFull."""
        try:
            with self._writing():
                for site, batch in batches:
                    number = self._take(site, now).number
                    self._seq += 1
                    sealed = self._seal(number).close(_encode(batch), _place(number, self._seq))
                    self._run("append", seq=self._seq, day=number, sealed=sealed)
                point("append.begun")
            point("append.done")
        except (sqlite3.Error, OSError) as error:
            raise SpoolFull(f"The spool takes no more ({error}).", _why(error)) from error

    def open_day(self, site: Site, now: int) -> SpoolDay:
        """The site's open day, opened now if there is none."""
        with self._writing():
            return self._take(site, now)

    def _take(self, site: Site, now: int) -> SpoolDay:
        row = self._run("current_day", site=site.id).fetchone()
        if row is not None:
            current = _spool_day(row)
            if not current.day.begins - FAR_AHEAD <= now < current.day.ends:
                # Past its midnight, or the clock is back from far ahead: the keeper closes it, and it takes no more.
                self._run("set_state", id=current.number, state="closing")
            elif current.number not in self._seals and self.keys.read(current.number) is None:
                self._lose(current, now)  # nobody can read it; the day goes on with a new key
            else:
                return current
        return self._open(site, now)

    def _open(self, site: Site, now: int) -> SpoolDay:
        today, begins, ends = day_bounds(now, site.time_zone)
        while self._run("closed_date", site=site.id, date=today).fetchone()[0]:
            # The clock went back over a midnight, or the site moved west: no day opens twice; the next takes the hits.
            following = date.fromisoformat(today) + timedelta(days=1)
            today = following.isoformat()
            begins, ends = (midnight(d, site.time_zone) for d in (following, following + timedelta(days=1)))
        day = Day(site.id, today, begins, ends, site.k, site.publish_seconds, site.totals)
        number = self._insert_day(day, "open")
        self.keys.make(number)
        self._seals.pop(number, None)  # of an attempt that was rolled back, whose number is given again
        return SpoolDay(number, day, "open")

    # -- the reading side: the keeper --------------------------------------------------------------------------

    def live_days(self) -> list[SpoolDay]:
        """The days that are open or closing, oldest first."""
        return [_spool_day(row) for row in self._run("live_days")]

    def read(self, after: int) -> list[Entry]:
        """The next group commits after a place, opened. One that cannot be opened has no batch."""
        rows = self._run("read_entries", after=after, most=READ_AT_ONCE).fetchall()
        return [Entry(seq, day, self._open_batch(day, seq, sealed)) for seq, day, sealed in rows]

    def set_aside(self, seq: int, why: str) -> None:
        """Moves an entry that cannot be opened out of the way; it is kept."""
        with self._writing():
            self._run("set_aside", seq=seq, why=why)
            self._run("drop_entry", seq=seq)

    def has_aside(self, day: int) -> bool:
        """Whether an entry of the day was set aside."""
        return bool(self._run("has_aside", day=day).fetchone()[0])

    def set_state(self, day: int, state: State) -> None:
        """Moves a day to its next state."""
        with self._writing():
            self._run("set_state", id=day, state=state)

    def lose(self, day: SpoolDay, now: int) -> None:
        """A day whose key is gone: what it holds is lost from its last publish on, and that is noted."""
        with self._writing():
            self._lose(day, now)

    def _lose(self, day: SpoolDay, now: int) -> None:
        since = self._run("last_tick", day=day.number).fetchone()[0]
        self._run("set_state", id=day.number, state="lost")
        self.keys.set_aside(day.number)
        note = Note(now, "key-lost", day.day.site, day.day.date, since)
        self._note(note)
        log.error("%s", note.sentence)

    def forget_lost(self, now: int) -> None:
        """Removes what lost days hold once they are over: a key that turns up again opens no hit past its midnight."""
        for (number,) in self._run("lost_days", now=now).fetchall():
            with self._writing():
                self._run("forget_ticks", day=number)
                self._run("set_state", id=number, state="closed")
            self._forget(number)

    def ticks(self, day: int) -> list[tuple[int, int]]:
        """The day's publishes so far, in order: (place, time)."""
        return self._run("ticks", day=day).fetchall()

    def record(self, day: SpoolDay, place: int, release: Release) -> bool:
        """A publish: its tick and its release, in one transaction. False: the day's site has been removed."""
        with self._writing():
            if not self._is_live(day):
                return False
            self._run("add_tick", day=day.number, place=place, time=release.time)
            self._put_out(day.number, day.day.site, release)
            point("publish.begun")
        point("publish.done")
        return True

    def finish(self, day: SpoolDay, release: Release, waiting: Waiting, into: SpoolDay | None) -> bool:
        """Midnight: the last release, what waits on (sealed under the next day's key), and the day's end, at once.

        After the transaction the day's key is destroyed; a crash in between is made good by `tidy`. False: the site
        has been removed.
        """
        site = day.day.site
        with self._writing():
            if not self._is_live(day):
                return False
            self._run("raise_number", site=-1, last=self._run("last_seq").fetchone()[0])
            self._put_out(day.number, site, release)
            if into is None:
                self._run("drop_waiting", site=site)
            else:
                sealed = Seal(self._key(into.number), "waiting").close(waiting.encode(), _place(into.number, site))
                self._run("set_waiting", site=site, day=into.number, sealed=sealed)
            self._run("forget_ticks", day=day.number)
            self._run("set_state", id=day.number, state="closed")
            point("midnight.begun")
        point("midnight.done")
        self._forget(day.number)
        return True

    def waiting(self, day: SpoolDay) -> Waiting | None:
        """What waits for the site into this day; an empty one when nothing does; None when it cannot be opened."""
        row = self._run("get_waiting", site=day.day.site).fetchone()
        if row is None:
            return Waiting()
        key = self.keys.read(row[0])
        plain = None if key is None else Seal(key, "waiting").open(row[1], _place(row[0], day.day.site))
        return None if plain is None else Waiting.decode(plain)

    def has_waiting(self, site: int) -> bool:
        """Whether anything waits for the site."""
        return self._run("get_waiting", site=site).fetchone() is not None

    def tidy(self) -> None:
        """At start: finishes what a crash left between a day's end and the end of its key."""
        alive = {day.number for day in self.live_days()}
        sealing = {row[0] for row in self._db.execute(statement("spool/waiting_days"))}
        for number in self.keys.days() - alive - sealing:
            self.keys.destroy(number)
        for (number,) in self._run("closed_with_entries").fetchall():
            self._forget(number)

    def _forget(self, number: int) -> None:
        self._seals.pop(number, None)
        self.keys.destroy(number)
        point("midnight.keyless")
        while self._run("forget_entries", day=number, most=FORGET_AT_ONCE).rowcount > 0:
            pass

    def remove_site(self, site: int) -> None:
        """Everything about a site, with its keys. The bytes are overwritten (secure_delete), in the log too."""
        self._db.execute("pragma secure_delete = on")
        numbers = [number for (number,) in self._run("site_days", site=site)]
        with self._writing():
            for what in ("entries", "ticks", "aside", "outbox", "number", "notes"):
                self._run(f"remove_{what}", site=site)
            self._run("drop_waiting", site=site)
            self._run("remove_days", site=site)
        for number in numbers:
            self._seals.pop(number, None)
            self.keys.destroy(number)
        self._db.execute("pragma wal_checkpoint(truncate)")

    def last_site(self) -> int:
        """The highest number of a site that had a day here."""
        return int(self._run("last_site").fetchone()[0])

    # -- what went wrong ---------------------------------------------------------------------------------------

    def note(self, note: Note) -> None:
        """Keeps a note for the operator. The same thing is noted once."""
        with self._writing():
            self._note(note)

    def notes(self) -> list[Note]:
        """The latest notes, the newest first."""
        return [Note(*row) for row in self._run("notes")]

    def see_notes(self) -> None:
        """The operator has seen them."""
        with self._writing():
            self._run("see_notes")

    def _note(self, note: Note) -> None:
        values = note._asdict()
        del values["seen"]
        self._run("add_note", **values)

    # -- the outbox --------------------------------------------------------------------------------------------

    def outbox(self, most: int = 200) -> list[OutboxItem]:
        """The oldest releases that the store has not confirmed, but those that are torn."""
        rows = self._run("outbox", most=most)
        return [
            OutboxItem(
                site,
                number,
                release,
                Day(site, day, begins, ends, k, seconds, totals),
                "replay" if state == "taken" else "live",
            )
            for site, number, body, digest, day, begins, ends, k, seconds, totals, state in rows
            if (release := _read_release(site, number, body, digest)) is not None
        ]

    def set_releases_aside(self, now: int, most: int = 200) -> None:
        """Of the same releases those that are torn are passed over from now on, and noted; they are kept."""
        for site, number, body, digest, day, *_ in self._run("outbox", most=most).fetchall():
            if _read_release(site, number, body, digest) is None:
                with self._writing():
                    self._run("set_release_aside", site=site, number=number)
                    note = Note(now, "release-torn", site, day)
                    self._note(note)
                log.error("%s", note.sentence)

    def forget_release(self, site: int, number: int) -> None:
        """The store holds this release, checkpointed: the outbox need not."""
        self._run("forget_release", site=site, number=number)

    def match_store(self, marks: Sequence[tuple[int, int]], days: Sequence[tuple[int, str]]) -> None:
        """At start: numbers go on after the store's, and its days (site, date) count as taken.

        They differ when the store was restored from a backup, or the spool was lost.
        """
        with self._writing():
            for site, last in marks:
                self._run("raise_number", site=site, last=last)
            for site, name in days:
                if not self._run("taken", site=site, date=name).fetchone()[0]:
                    self._insert_day(Day(site, name, 0, 0, 0, 0, "exact"), "taken")

    def hand_over(self, days: Sequence[tuple[Day, Sequence[Release]]]) -> None:
        """Puts whole finished days into the outbox, all or nothing. Raises DayTaken when one has data already."""
        with self._writing():
            taken = [d.date for d, _ in days if self._run("taken", site=d.site, date=d.date).fetchone()[0]]
            if taken:
                span = taken[0] if len(taken) == 1 else f"{taken[0]} to {taken[-1]} ({len(taken)} days)"
                raise DayTaken(f"The site has data of {span} already; nothing was changed.")
            for day, releases in days:
                number = self._insert_day(day, "taken")
                for release in releases:
                    self._put_out(number, day.site, release)

    def dates(self, site: int) -> list[str]:
        """The days that the site has data of, whether live or replayed."""
        return [str(date) for (date,) in self._run("dates", site=site)]

    # -- inside ------------------------------------------------------------------------------------------------

    def _is_live(self, day: SpoolDay) -> bool:
        return bool(self._run("is_live", day=day.number).fetchone()[0])

    def _put_out(self, day: int, site: int, release: Release) -> None:
        number = self._run("next_number", site=site).fetchone()[0]
        body = _encode(release)
        digest = _digest(site, number, body)
        self._run("add_release", site=site, number=number, day=day, body=body, digest=digest)

    def _insert_day(self, day: Day, state: State) -> int:
        number = self._run("open_day", **msgspec.structs.asdict(day), state=state).lastrowid
        if number is None:
            raise SpoolError("SQLite gave a new day no number.")
        return number

    def _key(self, day: int) -> bytes:
        key = self.keys.read(day)
        if key is None:
            raise SpoolError(f"The key of day {day} is gone.")
        return key

    def _seal(self, day: int) -> Seal:
        seal = self._seals.get(day)
        if seal is None:
            seal = self._seals[day] = Seal(self._key(day), "hits")
        return seal

    def _open_batch(self, day: int, seq: int, sealed: bytes) -> Batch | None:
        try:
            plain = self._seal(day).open(sealed, _place(day, seq))
            return None if plain is None else _decode_batch(plain)
        except (SpoolError, msgspec.DecodeError):
            return None

    def _run(self, name: str, /, **values: object) -> sqlite3.Cursor:
        return self._db.execute(statement(f"spool/{name}"), values)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        self._db.execute("begin immediate")
        try:
            yield
        except BaseException:
            self._db.execute("rollback")
            raise
        self._db.execute("commit")

    def _refuse_newer(self) -> None:
        if self._version() > len(SCHEMA):
            raise SpoolError("The spool was written by a newer version of Trekvart; install that version or newer.")

    def _version(self) -> int:
        return int(self._db.execute("pragma user_version").fetchone()[0])

    def _migrate(self, path: Path) -> None:
        version = self._version()
        if 0 < version < len(SCHEMA):
            copy_database(path, path.with_name(f"{FILE}.schema-{version}"))
        with self._writing():
            version = self._version()
            for name in SCHEMA[version:]:
                self._db.execute(statement(f"spool/{name}"))
            if version < len(SCHEMA):
                self._db.execute(f"pragma user_version = {len(SCHEMA)}")


def _why(error: Exception) -> str:
    """Why the disk refused, as a sender is told."""
    told = str(error)
    if "full" in told or "No space" in told:
        return "disk-full"
    return "read-only" if "readonly" in told or "Read-only" in told else "disk-error"


def _read_release(site: int, number: int, body: bytes, digest: bytes) -> Release | None:
    """A release of the outbox. None: it is not what was put there."""
    if digest and digest != _digest(site, number, body):
        return None
    try:
        return _decode_release(body)
    except msgspec.MsgspecError:
        return None


def _digest(site: int, number: int, body: bytes) -> bytes:
    # Against disks, not against people: whoever may write the file may write the digest, too.
    return hashlib.blake2b(b"%d %d " % (site, number) + body, digest_size=16).digest()


def _place(day: int, seq: int) -> bytes:
    return day.to_bytes(8, "big") + seq.to_bytes(8, "big")


def _spool_day(row: tuple[int, int, str, int, int, int, int, Literal["exact", "groups"], State]) -> SpoolDay:
    number, site, name, begins, ends, k, seconds, totals, state = row
    return SpoolDay(number, Day(site, name, begins, ends, k, seconds, totals), state)
