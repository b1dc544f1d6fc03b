"""Visits that wait in every cube at once, and are destroyed at midnight: what the group wall rests on over all cubes.

Keep-back leaves something unnamed in each cube, but it may be another visit in each. Cubes count the same visits: where
totals are exact and few wait, all cubes together could then name everybody (measured: in 7 of 16 tiny worlds of
some 40 visits). So some visits, drawn by lot, join no group that is ever released, and nothing of a day is released
before one of them is in the day's published totals. The true counts without that visit fit everything published, so
it may have been in any cell, and no count of that day has only one value.

A visit is held by a lot of its own, never by its place among others, which would be a trace of who came first.
"""

from collector.day.lots import HELD_BYTE, Lots

FIRST = 0b111  # one visit in 8, until one is in the published totals: a small shop waits for some 8 visits each day
REST = 0b1111_1111  # then one in 256: 0.4 % of visits are never named


class Held:
    """Which visits of one site and day are held."""

    def __init__(self) -> None:
        self.any = False  # one has begun
        self.published = False  # one is in the published totals

    def holds(self, lots: Lots) -> bool:
        """Whether the visit that begins with this hit is held."""
        if lots[HELD_BYTE] & (REST if self.published else FIRST):
            return False
        self.any = True
        return True

    def publish(self) -> bool:
        """All visits so far are in published totals now. Whether a held one is."""
        self.published = self.any
        return self.published
