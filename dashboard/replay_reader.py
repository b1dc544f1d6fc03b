"""A process that reads an access log for a replay, so that its lines are read on one core and folded on another.

A line costs some 20 us to read and hand over, and 21 to 24 to fold (docs/benchmarks.md). The replay tells it the job;
it answers with portions, and at the end with nothing or with why it could not go on. What it holds of a line is gone
with the portion.
"""

import gc
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection, Pipe
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from collector.errors import LogError, TrekvartError
from collector.private import keep_memory_private
from collector.settings import Settings
from collector.site import Site
from dashboard.logfiles import log_lines
from dashboard.replay_lines import Lines, Portion

_END: Final = msgspec.msgpack.encode("")
_ANSWER: Final = msgspec.msgpack.Decoder(Portion | str)


class Job(NamedTuple):
    """What is to be read."""

    logs: tuple[Path, ...]  # from the oldest to the newest
    site: Site
    settings: Settings
    now: int  # milliseconds UTC
    taken: frozenset[str]  # days that are left out, as dates


def read_apart(job: Job) -> Iterator[Portion]:
    """The log's portions, read by a process of its own, which has standard input. Raises LogError."""
    here, there = Pipe()
    with here:
        with there:
            # -P: what stands in the directory that the command is given in is not the program.
            command = [sys.executable, "-P", "-m", "dashboard.replay_reader", str(there.fileno())]
            process = subprocess.Popen(command, pass_fds=[there.fileno()])  # noqa: S603 - our own program
        try:
            here.send(job)
            while isinstance(answer := _ANSWER.decode(here.recv_bytes()), Portion):
                yield answer
        except (EOFError, ConnectionError) as error:
            raise LogError("The process that reads the log ended too early; nothing was changed.") from error
        finally:
            process.kill()  # or it has told its end already
            process.wait()
    if answer:
        raise LogError(answer)


@contextmanager
def no_search_for_cycles() -> Iterator[None]:
    """Lines, hits and cells make none, and there are millions: looking for some takes a tenth of a replay's time."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def main(channel: int) -> None:
    """The process: `python -m dashboard.replay_reader FD`."""
    keep_memory_private()
    gc.disable()  # as above, to the process's end
    encoder = msgspec.msgpack.Encoder()
    with Connection(channel) as there:
        job: Job = there.recv()
        try:
            for portion in Lines(job.site, job.settings, job.now, job.taken).portions(log_lines(job.logs)):
                there.send_bytes(encoder.encode(portion))
        except TrekvartError as error:
            there.send_bytes(encoder.encode(str(error)))
        else:
            there.send_bytes(_END)


if __name__ == "__main__":
    try:
        main(int(sys.argv[1]))
    except (ConnectionError, EOFError, KeyboardInterrupt):
        sys.exit(0)  # the replay is gone
