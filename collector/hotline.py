"""How a command talks to the server that holds the data directory: one line of JSON there, one back.

A Unix socket in the data directory, for its owner only (mode 0600). DuckDB gives a file to one process, so a command
that needs the groups asks the one that has them.
"""

import json
import logging
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import Any, Final

from collector.errors import PlaceError, TrekvartError

log = logging.getLogger("trekvart.hotline")

FILE: Final = "server.sock"
LONGEST: Final = 100  # bytes of a socket's path; Linux takes 107
PAUSE: Final = 1.0  # seconds, when no caller could be taken
HOLD_SECONDS: Final = 600.0  # how long a command may keep the store still: 60 GB at 100 MB/s
ASK_SECONDS: Final = 900.0  # how long an answer may take: a large store is written anew

Answers = Mapping[str, Callable[[Mapping[str, Any]], Any]]


class Hotline:
    """The server's end. Each caller has a thread of its own."""

    def __init__(self, directory: Path, answers: Answers, still: Callable[[], AbstractContextManager[None]]) -> None:
        """`answers`: by question, from its parameters. `still` keeps the store still while a caller is there."""
        self._answers = answers
        self._still = still
        self._path = directory / FILE
        self._path.unlink(missing_ok=True)  # of a server that was killed; this one holds the directory
        self._socket = socket.socket(socket.AF_UNIX)
        with _reachable(self._path) as address:
            before = os.umask(0o177)
            try:
                self._socket.bind(address)
            finally:
                os.umask(before)
        self._socket.listen(8)
        threading.Thread(target=self._listen, name="hotline", daemon=True).start()

    def close(self) -> None:
        """Takes no more calls."""
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._path.unlink(missing_ok=True)

    def _listen(self) -> None:
        while True:
            try:
                caller, _ = self._socket.accept()
            except OSError:
                if self._socket.fileno() < 0:  # closed
                    return
                time.sleep(PAUSE)  # too many files are open: the next caller may find room
                continue
            threading.Thread(target=self._answer, args=(caller,), name="hotline caller", daemon=True).start()

    def _answer(self, caller: socket.socket) -> None:
        caller.settimeout(HOLD_SECONDS)
        with caller, caller.makefile("rwb") as line, suppress(OSError, ValueError):
            asked = json.loads(line.readline())
            try:
                if asked["ask"] == "still":
                    with self._still():
                        _say(line, {"answer": True})
                        line.readline()  # until the caller has done what it came for, or is gone
                else:
                    _say(line, {"answer": self._answers[asked["ask"]](asked)})
            except TrekvartError as error:
                _say(line, {"error": str(error)})
            except Exception:
                log.exception("a command's question failed")
                _say(line, {"error": "The server failed at it; its log says why."})


def ask(directory: Path, question: str, **more: Any) -> Any:
    """The running server's answer. Raises PlaceError: none runs; TrekvartError: what it says is wrong."""
    with _call(directory) as line:
        _say(line, {"ask": question, **more})
        return _heard(line)


@contextmanager
def still(directory: Path) -> Iterator[None]:
    """While inside, the running server's store is whole on disk and is not written."""
    with _call(directory) as line:
        _say(line, {"ask": "still"})
        _heard(line)
        yield


@contextmanager
def _call(directory: Path) -> Iterator[Any]:
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(ASK_SECONDS)
        try:
            with _reachable(directory / FILE) as address:
                connection.connect(address)
        except OSError as error:
            raise PlaceError(
                f"The server that holds {directory} does not answer ({error.strerror}); look whether it is starting."
            ) from error
        with connection.makefile("rwb") as line:
            yield line


@contextmanager
def _reachable(path: Path) -> Iterator[str]:
    """A spelling of the path that is short enough for a socket."""
    if len(str(path)) <= LONGEST:
        yield str(path)
        return
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        yield f"/proc/self/fd/{directory}/{path.name}"
    finally:
        os.close(directory)


def _say(line: Any, said: Mapping[str, Any]) -> None:
    line.write(json.dumps(said).encode() + b"\n")
    line.flush()


def _heard(line: Any) -> Any:
    text = line.readline()
    if not text:
        raise TrekvartError("The server went away in the middle of it; look at its log.")
    said = json.loads(text)
    if "error" in said:
        raise TrekvartError(said["error"])
    return said["answer"]
