"""Makes the script that is served from its source: `python -m tests.build_script`. Needs the test requirements."""

from pathlib import Path

import minify

FOLDER = Path(__file__).parent.parent / "collector" / "script"
SOURCE = FOLDER / "trekvart.js"
SHIPPED = FOLDER / "trekvart.min.js"


def minified(source: str) -> bytes:
    """The source without comments and spaces, its own names shortened. Raises ValueError when it is no JavaScript."""
    text: str = minify.string("application/javascript", source)
    return text.encode()


if __name__ == "__main__":
    SHIPPED.write_bytes(minified(SOURCE.read_text("utf-8")))
