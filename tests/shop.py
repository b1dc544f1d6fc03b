"""A made-up shop's figures in a real store, put there as releases: what the screens are looked at and tested with."""

import math
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta

from collector.day.day import Day, midnight
from collector.day.release import Release, Row, Totals
from collector.site import Site
from collector.store import Applied, Store

HOUR = 3_600_000
VIEWS = 3.2  # pageviews a visit

# The share of the whole that each value has; what is missing to 1 waits.
SHARES: Mapping[str, Mapping[str, float]] = {
    "page.pageview": {
        "/": 0.25,
        "/kategori/barnklader": 0.17,
        "/produkt/ullmossa": 0.08,
        "/kategori/skor": 0.07,
        "/rea": 0.06,
        "/produkt/regnstall": 0.05,
        "/kassa": 0.04,
        "/produkt/vantar": 0.03,
        "/om-oss": 0.02,
        "/villkor": 0.012,
        "/produkt/halsduk": 0.01,
        "/kontakt": 0.008,
        "(other)": 0.006,
    },
    "entry_page.visit_start": {"/": 0.41, "/kategori/barnklader": 0.2, "/rea": 0.11, "/produkt/ullmossa": 0.09},
    "exit_page.visit_end": {"/": 0.29, "/kassa": 0.14, "/kategori/barnklader": 0.12, "/produkt/ullmossa": 0.1},
    "source.visit_start": {
        "Google": 0.39,
        "": 0.24,
        "Instagram": 0.12,
        "newsletter": 0.08,
        "PriceRunner": 0.055,
        "ChatGPT": 0.027,
        "prisjakt.nu": 0.018,
    },
    "channel.visit_start": {"search": 0.42, "direct": 0.24, "social": 0.13, "mail": 0.08, "shopping": 0.07, "ai": 0.03},
    "campaign.visit_start": {"nyhetsbrev-oktober": 0.06, "rea-v43": 0.02},
    "browser.visit_start": {
        "Safari 19": 0.4,
        "Chrome 156": 0.36,
        "Edge 156": 0.08,
        "Samsung Internet 31": 0.06,
        "Firefox 153": 0.05,
    },
    "system.visit_start": {"iOS": 0.42, "Android": 0.28, "Windows": 0.18, "macOS": 0.08},
    "device.visit_start": {"mobile": 0.63, "desktop": 0.31, "tablet": 0.04},
    "country.visit_start": {"SE": 0.86, "NO": 0.05, "FI": 0.03, "DK": 0.02, "": 0.01},
    "duration.visit_end": {"0": 0.19, "10": 0.21, "30": 0.17, "60": 0.18, "180": 0.15, "600": 0.06},
    "scroll.timed_view": {"0": 0.2, "25": 0.22, "50": 0.24, "75": 0.14, "100": 0.1},
    "page.reach": {"/": 0.6, "/kassa": 0.1},
    "event.event": {"kundvagn": 0.09, "kop": 0.03},
    "event.event_reach": {"kundvagn": 0.07, "kop": 0.03},
    "none.visit_end": {"": 0.96},
    "none.bounce": {"": 0.37},
}

# The share of the whole that each pair has; of a value alone some waits here too.
PAIRS: Mapping[str, Mapping[tuple[str, str], float]] = {
    "page+channel.pageview": {
        ("/", "search"): 0.11,
        ("/", "direct"): 0.06,
        ("/", "mail"): 0.02,
        ("/kategori/barnklader", "search"): 0.08,
        ("/kategori/barnklader", "social"): 0.04,
        ("/produkt/ullmossa", "search"): 0.04,
        ("/rea", "mail"): 0.03,
    },
    "page+device.pageview": {("/", "mobile"): 0.15, ("/", "desktop"): 0.07, ("/rea", "mobile"): 0.03},
    "page+country.pageview": {("/", "SE"): 0.2, ("/rea", "SE"): 0.04},
    "previous_page+page.pageview": {
        ("/", "/kategori/barnklader"): 0.07,
        ("/", "/rea"): 0.03,
        ("/kategori/barnklader", "/"): 0.02,
        ("/kategori/barnklader", "/produkt/ullmossa"): 0.04,
    },
    "entry_page+channel.visit_start": {("/", "search"): 0.17, ("/", "direct"): 0.12, ("/rea", "mail"): 0.05},
    "source+device.visit_start": {("Google", "mobile"): 0.22, ("Google", "desktop"): 0.13, ("", "mobile"): 0.13},
    "event+channel.event_reach": {("kundvagn", "search"): 0.065},
    "event+property.event": {("kundvagn", "vara=mossa"): 0.04},
}

# Rows by their columns.
ADD_TOTALS = """insert into totals (site, day, time, pageviews, visits)
select unnest(?::integer[]), unnest(?::date[]), unnest(?::timestamp[]), unnest(?::bigint[]), unnest(?::bigint[])"""
ADD_DROPS = """insert into drops (site, day, time, reason, n)
select unnest(?::integer[]), unnest(?::date[]), unnest(?::timestamp[]), unnest(?::varchar[]), unnest(?::bigint[])"""


def site(number: int = 1, domain: str = "butiken.example", **more: object) -> Site:
    """A site as control keeps it."""
    base: dict[str, object] = {"id": number, "domain": domain, "name": domain, "hosts": (domain, f"www.{domain}")}
    return Site(**{**base, **more})  # type: ignore[arg-type]  # the tests choose any field


def day_of(of: Site, day: date) -> Day:
    """The day as the store records it."""
    begins, ends = midnight(day, of.time_zone), midnight(day + timedelta(days=1), of.time_zone)
    return Day(of.id, day.isoformat(), begins, ends, of.k, of.publish_seconds, of.totals)


def busy(hour: int) -> float:
    """The share of a day's visits in an hour: quiet nights, a swell towards the evening."""
    raw = [0.15 + max(0.0, math.sin((h - 6) / 17 * math.pi)) ** 1.5 * (1.3 if h > 17 else 1) for h in range(24)]
    return float(raw[hour] / sum(raw))


def visits_on(day: date, visits: int) -> int:
    """So many, more or less: weeks have a shape, and the shop grows."""
    number = day.toordinal()
    return round(visits * (1 + 0.16 * math.sin(number / 7 * 2 * math.pi) + 0.05 * math.sin(number * 1.7)))


def fill(
    store: Store,
    of: Site,
    last: date,
    days: int = 60,
    *,
    hours_today: int = 24,
    visits: int = 180,
    hourly: int = 9,
    change: Callable[[list[Applied]], list[Applied]] = list,
) -> None:
    """Releases `days` days up to `last`: the last `hourly` hour by hour, those before every eight hours.

    `last` is as far as `hours_today`, and stays open when that is under 24. `change`: what becomes of the releases.
    """
    mark, items = store.mark(of.id), list[Applied]()
    for back in range(days - 1, -1, -1):
        day = last - timedelta(days=back)
        until = hours_today if back == 0 else 24
        of_day = visits_on(day, round(visits * (1 - back / days / 4)))
        done = 0
        for hour in range(0 if back < hourly else 7, until, 1 if back < hourly else 8):
            now = round(of_day * sum(map(busy, range(hour + 1))))
            closing = hour == 23
            rows = _rows(now, of.k) if hour == until - 1 else ()
            totals = Totals(round((now - done) * VIEWS), now - done, round(now * 0.86), {"bot": 2, "prefetch": 1})
            time = midnight(day, of.time_zone) + (hour + 1) * HOUR - 60_000
            mark += 1
            release = Release(day.isoformat(), time, totals, rows, (), closes=closing)
            items.append((of.id, mark, release, day_of(of, day), "live"))
            done = now
    put(store, change(items))


def put(store: Store, items: list[Applied]) -> None:
    """What `Store.add_many` makes of the releases, in an eighth of the time.

    Of each day only the last passes through it, for it settles all that a later release replaces; of those before,
    which have no rows, two statements add the totals and drops.
    """
    ends = {release.day: number for _, number, release, _, _ in items}
    before = [(site, release) for site, number, release, _, _ in items if number != ends[release.day]]
    assert not any(release.rows or release.late for _, release in before)
    totals = [
        (site, release.day, datetime.fromtimestamp(release.time / 1000, UTC).replace(tzinfo=None), release.totals)
        for site, release in before
        if release.totals
    ]
    drops = [(*place, reason, n) for *place, told in totals for reason, n in sorted(told.drops.items())]
    with store.database.transaction():
        for text, rows in (
            (ADD_TOTALS, [(*place, told.pageviews, told.visits) for *place, told in totals]),
            (ADD_DROPS, drops),
        ):
            store.database.writer.execute(text, [list(column) for column in zip(*rows, strict=True)] or [[]] * 5)
    store.add_many(item for item in items if item[1] == ends[item[2].day])


def _rows(visits: int, k: int) -> tuple[Row, ...]:
    found = []
    for cube, shares in SHARES.items():
        unit = cube.rpartition(".")[2]
        whole = visits * (VIEWS if unit in {"pageview", "timed_view"} else 1)
        for value, share in shares.items():
            n = int(whole * share)
            if n >= k:
                seconds = n * 150 // 30 * 30 if unit == "visit_end" else 0
                found.append(Row(cube, () if cube.startswith("none") else (value,), n, seconds))
    for cube, pairs in PAIRS.items():
        whole = visits * (VIEWS if cube.endswith("pageview") else 1)
        found += [Row(cube, pair, int(whole * share), 0) for pair, share in pairs.items() if whole * share >= k]
    return tuple(sorted(found, key=lambda row: (row.cube, row.values)))
