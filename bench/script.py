"""The script: its size as it travels, what it costs a page, and the share of views whose time it brings."""

import gzip

from bench import page_cost
from bench.figure import Figure
from collector.script import script
from tests.browser.script.browsers import BROWSERS


def figures() -> list[Figure]:
    """Bytes after gzip -9; of the others the worse of two browsers."""
    size = len(gzip.compress(script().plain, 9, mtime=0))
    cost = {name: page_cost.cost(name) for name in BROWSERS}
    share = {name: page_cost.share(name) for name in BROWSERS}
    return [
        Figure(
            "script_gzip_bytes", size, "bytes", 1100, "Plausible 2,694 with the same functions, Liwan 1,111 with fewer"
        ),
        Figure("script_cpu_ms", max(cost.values()), "ms a page", 5, _each(cost)),
        Figure("script_time_share", min(share.values()), "% of views", 99, _each(share), at_least=True),
    ]


def _each(values: dict[str, float]) -> str:
    return ", ".join(f"{name} {value:.2f}" for name, value in values.items())
