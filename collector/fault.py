"""Where the product can be made to die, for the tests of what survives a crash: `TREKVART_FAULT=publish.inside:3`.

The third time the point is passed, the process and all of its group get SIGKILL, as at a power cut. Unset, as it is
everywhere but in tests, a point is one comparison (40 ns), and on a beacon's way it is passed once a group commit.
"""

import os
import signal
from typing import Final

# In the order they are passed. `point` refuses a name that is not here, so the tests that walk the table walk them all.
POINTS: Final = (
    "append.begun",  # the batches' rows are in the transaction, which is not committed
    "append.done",  # committed, and nobody has been answered yet
    "key.written",  # a day's key is on disk under a name that is not its own
    "key.made",  # it has its name; the transaction that opens its day is not committed
    "publish.folded",  # groups have been released in memory, and nothing is written
    "publish.begun",  # tick and release are in the transaction
    "publish.done",  # committed; the server has not been told
    "midnight.folded",  # the day's last release and what waits are made
    "midnight.begun",  # both are in the transaction
    "midnight.done",  # committed; the day's key is still there
    "midnight.wiped",  # the key's file has been overwritten and still stands
    "midnight.keyless",  # the key is gone, the day's entries are not
    "outbox.read",  # releases have been read from the outbox
    "store.begun",  # they are in the store's transaction
    "store.done",  # committed, with no checkpoint
    "store.checkpointed",  # in the file, and still in the outbox
    "outbox.forgotten",  # the first of them has left the outbox
    "merge.begun",  # a finished day has been merged inside a transaction
    "merge.done",  # committed, with no checkpoint
    "migrate.copied",  # the copy from before an upgrade is there, and nothing has changed
    "migrate.begun",  # the new schema is in the transaction
    "migrate.done",  # committed, with no checkpoint
    "rewrite.written",  # the store without what was removed is written beside it
    "rewrite.renamed",  # it stands in the old one's place
    "backup.written",  # a backup is written under a name that is not its own
    "export.copied",  # an export is in its directory, whole, under a name that is not its own
)

_plan: tuple[str, int] = ("", 0)


def plan(text: str) -> None:
    """Die at `name` or `name:n`, the n-th time; "" never. Raises ValueError for a name that is not in the table."""
    global _plan  # noqa: PLW0603 - one process has one plan
    name, _, count = text.partition(":")
    if name and name not in POINTS:
        raise ValueError(f"There is no fault point {name!r}.")
    _plan = name, int(count or 1)


def point(name: str) -> None:
    """Die here, if this is the place."""
    global _plan  # noqa: PLW0603 - it counts down
    if name != _plan[0]:
        return
    _plan = name, _plan[1] - 1
    if _plan[1] == 0:
        os.killpg(0, signal.SIGKILL)


plan(os.environ.get("TREKVART_FAULT", ""))
