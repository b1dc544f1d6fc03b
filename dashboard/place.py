"""The data directory: whoever writes in it holds it."""

import contextlib
import fcntl
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from collector.errors import PlaceError


@contextlib.contextmanager
def data_directory(path: Path) -> Iterator[None]:
    """Makes the data directory if it is missing and holds it; raises PlaceError when another server does."""
    try:
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock: IO[str] = (path / "server.lock").open("w")
    except OSError as error:
        raise PlaceError(
            f"The data directory {path} cannot be used ({error.strerror}); "
            "make it writable for this user, or set another with --data-directory."
        ) from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise PlaceError(
                f"The data directory {path} belongs to a running server; stop that one, or set another directory."
            ) from None
        yield
