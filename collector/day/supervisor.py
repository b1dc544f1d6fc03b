"""The server's side of the keeper: starts the process, hears of releases, starts it again when it dies, stops it."""

import asyncio
import logging
import socket
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress

from collector.day.keeper import READY, RELEASED, STOP
from collector.settings import Settings

log = logging.getLogger("trekvart.supervisor")

# For the last publishes, of the 10 in which a server ends; then the process is killed, and the next start replays.
STOP_SECONDS = 5.0
PAUSES = (0.2, 1.0, 5.0, 30.0)  # seconds before each next try; the spool goes on taking beacons meanwhile


class Supervisor:
    """Keeps one keeper process alive."""

    def __init__(self, settings: Settings, released: Callable[[], None]) -> None:
        """`released` is called on the event loop when a release is in the outbox."""
        self._settings = settings
        self._released = released
        self.ready = asyncio.Event()  # today's spool has been replayed
        self._task = asyncio.create_task(self._run())
        self._channel: socket.socket | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._stopping = asyncio.Event()

    @property
    def pid(self) -> int | None:
        """The keeper's process id, while it runs."""
        return None if self._process is None else self._process.pid

    async def stop(self) -> None:
        """Asks for the last publishes and waits for the end."""
        self._stopping.set()
        if self._channel is not None:
            try:
                self._channel.send(STOP)
            except OSError:
                log.debug("the keeper had ended already")
        try:
            await asyncio.wait_for(asyncio.shield(self._task), STOP_SECONDS)
        except TimeoutError:
            if self._process is not None:
                self._process.kill()
            await self._task

    async def _run(self) -> None:
        failures = 0
        while not self._stopping.is_set():
            try:
                await self._once()
            except OSError as error:  # no process or file to be had, as when too many are open
                log.error("The keeper cannot be started just now: %s", error)  # noqa: TRY400 - one sentence
            if self._stopping.is_set():
                return
            failures = 0 if self.ready.is_set() else failures + 1
            self.ready.clear()
            pause = PAUSES[min(failures, len(PAUSES) - 1)]
            log.error("The keeper ended; it starts again in %g s. Beacons are taken meanwhile, nothing is lost.", pause)
            with suppress(TimeoutError):  # the end comes in the pause, too
                await asyncio.wait_for(self._stopping.wait(), pause)

    async def _once(self) -> None:
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        settings = self._settings
        # -P: a folder named collector where the server was started must not stand in for ours.
        command = [sys.executable, "-P", "-m", "collector.day.keeper", "--channel", str(theirs.fileno())]
        command += ["--data", str(settings.data_directory), "--keys", str(settings.keys)]
        command += ["--cells", str(settings.cells_per_cube)]
        try:
            self._process = subprocess.Popen(command, pass_fds=[theirs.fileno()])  # noqa: S603, ASYNC220 - our own module; 2 ms
        except OSError:
            ours.close()
            raise
        finally:
            theirs.close()
        self._channel = ours
        loop = asyncio.get_running_loop()
        try:
            while news := await loop.sock_recv(ours, 64):
                if READY in news:
                    self.ready.set()
                if RELEASED in news:
                    self._released()
        except OSError:
            log.debug("the channel to the keeper broke")
        self._channel = None
        ours.close()
        await loop.run_in_executor(None, self._process.wait)
