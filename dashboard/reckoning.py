"""The closing table of a replay: where every line went, and where every page view.

Where the site's figures are rounded, so is here what becomes them: visits, what was published, the cubes. Lines are the
log's own: whoever holds it can count them, and told in tens they would prove nothing.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from dashboard.replay import Replay
from dashboard.rounding import TEN, tens

NOTE: Final = (
    "Named is in groups and can be shown. What was left over or waiting at the end had too few networks, "
    "and was destroyed."
)

ROUNDED: Final = (
    f"The site's figures are rounded: visits, published, left over and the cubes are told to the nearest {TEN}. "
    "Lines and page views are the log's, as they are."
)


def reckon(replay: Replay, domain: str, *, rounded: bool = False) -> str:
    """The table as text for a terminal. Its equations hold, or the replay is wrong; rounded, each term is by itself."""

    def told(n: int) -> int:
        return tens(n) or 0 if rounded else n

    days = [day.date for day, _ in replay.days]
    dropped = replay.drops.total()
    rows = [
        ("lines read", f"{replay.lines:,}"),
        *((f"  {reason}", f"{count:,}") for reason, count in sorted(replay.drops.items())),
        ("  left out", f"{replay.left_out:,}"),
        ("  page views", f"{replay.hits:,}"),
        ("visits", f"{told(replay.visits):,}"),
        ("lines moved to a later time", f"{replay.moved:,}"),
    ]
    return "\n".join(
        (
            f"{domain}: {len(days)} {'day' if len(days) == 1 else 'days'}, {days[0]} to {days[-1]}",
            "",
            *_aligned(rows),
            "",
            f"{replay.lines:,} lines = {replay.hits:,} page views + {dropped:,} dropped + {replay.left_out:,} left out",
            (
                f"{told(replay.hits):,} page views = {told(replay.published):,} published "
                f"+ {told(replay.left_over):,} left over"
            ),
            "",
            *_aligned([("cube", "counted", "named", "", "waiting", "expired"), *_cubes(replay, told)]),
            "",
            NOTE,
            *([ROUNDED] if rounded else []),
        )
    )


def _cubes(replay: Replay, told: Callable[[int], int]) -> Iterator[tuple[str, ...]]:
    for name, count in replay.cubes():
        facts, named, waiting, expired = map(told, (count.facts, count.named, count.waiting, count.expired))
        share = f"{100 * named / facts:.0f} %" if facts else "-"
        yield name, f"{facts:,}", f"{named:,}", share, f"{waiting:,}", f"{expired:,}"


def _aligned(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    """Names to the left, figures to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for name, *figures in rows:
        cells = [name.ljust(widths[0]), *(text.rjust(width) for text, width in zip(figures, widths[1:], strict=True))]
        yield "  ".join(cells).rstrip()
