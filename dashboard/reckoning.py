"""The closing table of a replay: where every line went, and where every page view."""

from collections.abc import Iterator, Sequence
from typing import Final

from dashboard.replay import Replay

NOTE: Final = (
    "Named is in groups and can be shown. What was left over or waiting at the end had too few networks, "
    "and was destroyed."
)


def reckon(replay: Replay, domain: str) -> str:
    """The table as text for a terminal. Its equations hold, or the replay is wrong."""
    days = [day.date for day, _ in replay.days]
    dropped = replay.drops.total()
    rows = [
        ("lines read", f"{replay.lines:,}"),
        *((f"  {reason}", f"{count:,}") for reason, count in sorted(replay.drops.items())),
        ("  left out", f"{replay.left_out:,}"),
        ("  page views", f"{replay.hits:,}"),
        ("visits", f"{replay.visits:,}"),
        ("lines moved to a later time", f"{replay.moved:,}"),
    ]
    return "\n".join(
        (
            f"{domain}: {len(days)} {'day' if len(days) == 1 else 'days'}, {days[0]} to {days[-1]}",
            "",
            *_aligned(rows),
            "",
            f"{replay.lines:,} lines = {replay.hits:,} page views + {dropped:,} dropped + {replay.left_out:,} left out",
            f"{replay.hits:,} page views = {replay.published:,} published + {replay.left_over:,} left over",
            "",
            *_aligned([("cube", "counted", "named", "", "waiting", "expired"), *_cubes(replay)]),
            "",
            NOTE,
        )
    )


def _cubes(replay: Replay) -> Iterator[tuple[str, ...]]:
    for name, count in replay.cubes():
        share = f"{100 * count.named / count.facts:.0f} %"
        yield name, f"{count.facts:,}", f"{count.named:,}", share, f"{count.waiting:,}", f"{count.expired:,}"


def _aligned(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    """Names to the left, figures to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for name, *figures in rows:
        cells = [name.ljust(widths[0]), *(text.rjust(width) for text, width in zip(figures, widths[1:], strict=True))]
        yield "  ".join(cells).rstrip()
