"""What a check finds: one line."""

from collections.abc import Mapping
from typing import NamedTuple


class Finding(NamedTuple):
    """One line: `what` is a key of the catalogues below `health.`, with its own `{parts}`; `state` ok, warn or bad."""

    what: str
    state: str = "ok"
    parts: Mapping[str, str] = {}
