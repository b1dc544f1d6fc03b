"""The tracking script: its readable source, the file that is served, and what to paste into a site.

`trekvart.min.js` is made from `trekvart.js` by `python -m tests.build_script`, and committed: the server needs no
minifier.
"""

import base64
import gzip
import hashlib
from functools import cache
from importlib.resources import files

from msgspec import Struct

__all__ = ["OPTOUT_KEY", "Script", "optout_script", "script"]

OPTOUT_KEY = "trekvart-optout"  # what data-optout names; optout.js keeps its mark under it


class Script(Struct, frozen=True):
    """The script as it is served: two encodings of one text, and the names its content gives it."""

    plain: bytes
    gzip: bytes  # of plain, at the highest level; the same bytes on every machine with the same zlib
    name: str  # "t.<12 hex digits>.js": the address that may be cached for a year, for it never has other content
    integrity: str  # "sha384-<base64>", for the integrity attribute of a tag with that address


@cache
def script() -> Script:
    """Reads the shipped file once a process. Raises FileNotFoundError when the package was built without it."""
    return _served("trekvart.min.js", "t")


@cache
def optout_script() -> Script:
    """The button for the page where a visitor opts out. It is loaded there only, so it is served as it is written."""
    return _served("optout.js", "optout")


def _served(file: str, stem: str) -> Script:
    plain = files(__package__).joinpath(file).read_bytes()
    return Script(
        plain,
        gzip.compress(plain, 9, mtime=0),  # no time of day in the header
        f"{stem}.{hashlib.sha256(plain).hexdigest()[:12]}.js",
        f"sha384-{base64.b64encode(hashlib.sha384(plain).digest()).decode()}",
    )
