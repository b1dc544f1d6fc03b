"""The keys of the days: 32 random bytes in a file of their own; destroying the file is what deletes the data.

They live apart from the data (`key_directory`, mode 0700, never in a backup).
"""

import os
import secrets
from contextlib import suppress
from pathlib import Path

from collector.errors import PlaceError
from collector.fault import point

KEY_BYTES = 32


class Keys:
    """The key directory: one file per day, named by the day's number in the spool."""

    def __init__(self, directory: Path) -> None:
        """Opens the directory, making it if it is missing; raises PlaceError when it cannot be used."""
        self._directory = directory
        try:
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            directory.chmod(0o700)
        except OSError as error:
            raise PlaceError(
                f"The key directory {directory} cannot be used ({error.strerror}); "
                "make it writable for this user, or set another with --key-directory."
            ) from error

    def make(self, day: int) -> bytes:
        """Makes the day's key, on disk before it returns. A file left by an unfinished attempt is replaced."""
        key = secrets.token_bytes(KEY_BYTES)
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)  # a hand may have taken it away meanwhile
        path = self._path(day)
        aside = path.with_suffix(".new")
        descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        try:
            os.write(descriptor, key)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        point("key.written")
        aside.replace(path)
        self._sync()
        point("key.made")
        return key

    def read(self, day: int) -> bytes | None:
        """The day's key, or None when it is gone, cannot be read or is not whole."""
        try:
            key = self._path(day).read_bytes()
        except OSError:
            return None
        return key if len(key) == KEY_BYTES else None

    def destroy(self, day: int) -> None:
        """Overwrites and removes the day's key, and what was set aside in its place. Gone already is fine."""
        for path in (self._path(day), self._aside(day)):
            self._destroy(path)

    def set_aside(self, day: int) -> None:
        """What stands in the key's place and cannot be read is kept under another name, to be looked at until then."""
        with suppress(OSError):  # gone, or nothing can be done: the day goes on without it all the same
            self._path(day).replace(self._aside(day))

    def _destroy(self, path: Path) -> None:
        try:
            descriptor = os.open(path, os.O_WRONLY)
        except OSError:
            if not path.is_dir():  # a directory is a hand's, and no key of ours
                path.unlink(missing_ok=True)  # where it cannot be taken away either, that is said
            return
        try:
            os.write(
                descriptor, bytes(KEY_BYTES)
            )  # a journal or a copy-on-write disk may keep the old block; unlink alone always would
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        point("midnight.wiped")
        path.unlink(missing_ok=True)
        self._sync()

    def days(self) -> set[int]:
        """The days that have a key."""
        return {int(path.stem) for path in self._directory.glob("*.key") if path.stem.isdigit()}

    def _aside(self, day: int) -> Path:
        return self._directory / f"{day}.unreadable"

    def _path(self, day: int) -> Path:
        return self._directory / f"{day}.key"

    def _sync(self) -> None:
        descriptor = os.open(self._directory, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
