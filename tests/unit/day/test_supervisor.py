"""The keeper's process is started again whatever keeps it from starting, and never when the server ends."""

import asyncio
import logging
import sys
from pathlib import Path

import pytest

from collector.day.supervisor import Supervisor, log
from collector.settings import Settings
from tests import own_loop


class Heard(logging.Handler):
    """Waits for words in the supervisor's log."""

    def __init__(self, words: str) -> None:
        super().__init__()
        self._words = words
        self._event = asyncio.Event()

    def emit(self, record: logging.LogRecord) -> None:
        if self._words in record.getMessage():
            self._event.set()

    async def __aenter__(self) -> None:
        log.addHandler(self)

    async def __aexit__(self, *_: object) -> None:
        try:
            await self._event.wait()
        finally:
            log.removeHandler(self)


def supervisor(directory: Path) -> Supervisor:
    return Supervisor(Settings(data_directory=directory, key_directory=directory / "keys"), lambda: None)


def no_process(patch: pytest.MonkeyPatch) -> None:
    """As where no process is to be had: the system refuses, by an OSError."""
    patch.setattr(sys, "executable", "/nowhere/python")


def test_a_keeper_that_cannot_be_started_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The system has no process to give; then it has: the keeper is there, without anybody's doing."""

    async def story() -> None:
        with monkeypatch.context() as patch:
            no_process(patch)
            async with Heard("cannot be started"):
                made = supervisor(tmp_path)
        await made.ready.wait()
        assert made.pid is not None
        await made.stop()

    own_loop.run(asyncio.wait_for(story(), 60))


def test_the_end_does_not_wait_for_a_pause(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that ends between two tries starts no keeper any more, and does not wait for the next try."""

    async def story() -> None:
        with monkeypatch.context() as patch:
            no_process(patch)
            patch.setattr("collector.day.supervisor.PAUSES", (3600.0,))
            async with Heard("starts again in 3600 s"):
                made = supervisor(tmp_path)
        await made.stop()
        assert made.pid is None

    own_loop.run(asyncio.wait_for(story(), 20))
