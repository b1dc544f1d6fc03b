"""The latest publishes: when, and what each added to the totals. Nothing newer is known anywhere."""

from typing import Any, Final

from collector.site import Site
from dashboard import period
from dashboard.frame import Ask
from dashboard.period import ONE, local

SHOWN: Final = 6


def latest(ask: Ask, site: Site) -> list[dict[str, Any]]:
    """The newest of today and yesterday; none where totals obey the group rule, for then nothing is exact."""
    if site.totals != "exact":
        return []
    today = period.today(ask.now, site.time_zone)
    found = ask.deps.store.read("publishes", site=site.id, begin=today - ONE, most=SHOWN)
    lines = []
    for moment, pageviews, visits in found:
        at = local(moment, site.time_zone)
        clock = ask.words.clock(at)
        lines.append(
            {
                "time": clock if at.date() == today else f"{ask.words.short_day(at.date())} {clock}",
                "visits": ask.words.number(visits),
                "pageviews": ask.words.number(pageviews),
            }
        )
    return lines
