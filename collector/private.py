"""What a process does for itself so that its memory stays its own: no core dump, and no look from outside."""

import ctypes
import resource
import sys
from typing import Final

PR_GET_DUMPABLE: Final = 3
PR_SET_DUMPABLE: Final = 4


def keep_memory_private() -> None:
    """No core file of any size; on Linux neither ptrace nor /proc/<pid>/mem for others than root.

    A crash would else write what was being read just then, whole addresses too, to a disk. The limit is
    inherited, the other is not: the keeper calls this too.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        _prctl(PR_SET_DUMPABLE, 0)


def is_dumpable() -> bool:
    """Whether the kernel would write this process's memory to a file, or let others read it."""
    return sys.platform != "linux" or _prctl(PR_GET_DUMPABLE, 0) != 0


def _prctl(option: int, value: int) -> int:
    return int(ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0))
