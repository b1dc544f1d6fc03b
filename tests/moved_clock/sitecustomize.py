"""Read by every Python of a server under test (PYTHONPATH): its clock is ahead by the nanoseconds a file says.

The code under test is all its own; only the machine's clock is another, as `faketime` would make it.
"""

import os
import time
from pathlib import Path

if "MOVED_CLOCK" in os.environ:
    _real, _file = time.time_ns, Path(os.environ["MOVED_CLOCK"])
    time.time_ns = lambda: _real() + int(_file.read_text() or 0)
