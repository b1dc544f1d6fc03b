"""A day of made-up traffic whose visits and visitors are known, to measure the linking and the estimate against.

Shares and habits are assumed (a Swedish-like mix: home lines on shared /24, home lines with an IPv6 /48 of their own,
carriers that put thousands behind a few /24, offices with one browser): trust a ranking, not the decimals. The truth is
what a server could at best know: a new visit begins after 30 minutes idle, or on an arrival from outside.
"""

import math
import random
from dataclasses import dataclass, field, replace
from typing import TypeVar

from collector.day.visits import IDLE
from collector.door.hit import Hit, Kind, Navigation

BEGINS = 1_795_388_400_000  # 2026-11-23 00:00 in Stockholm
DAY = 24 * 3600 * 1000
HOURS = (2, 1, 1, 1, 1, 2, 4, 6, 7, 8, 8, 8, 9, 8, 8, 8, 8, 9, 10, 11, 11, 9, 6, 4)  # weight of each hour
OFFICE_HOURS = (0, 0, 0, 0, 0, 0, 0, 3, 8, 9, 9, 8, 6, 9, 9, 8, 6, 2, 0, 0, 0, 0, 0, 0)

T = TypeVar("T")
Classes = tuple[str, str, str]
PHONES: dict[Classes, float] = {
    ("Safari 26", "iOS 26", "mobile"): 30,
    ("Safari 18", "iOS 18", "mobile"): 10,
    ("Chrome Mobile iOS 150", "iOS 26", "mobile"): 4,
    ("Chrome 150", "Android 16", "mobile"): 12,
    ("Chrome 150", "Android 15", "mobile"): 8,
    ("Chrome 150", "Android 14", "mobile"): 5,
    ("Chrome 149", "Android 15", "mobile"): 3,
    ("Samsung Internet 30", "Android 16", "mobile"): 6,
    ("Samsung Internet 29", "Android 15", "mobile"): 3,
    ("Facebook", "iOS 26", "mobile"): 5,
    ("Facebook", "Android 16", "mobile"): 4,
    ("Google App", "iOS 26", "mobile"): 3,
    ("Firefox 153", "Android 16", "mobile"): 1,
    ("Safari 26", "iOS 26", "tablet"): 4,
    ("Chrome 150", "Android 15", "tablet"): 2,
}
COMPUTERS: dict[Classes, float] = {
    ("Chrome 150", "Windows", "desktop"): 36,
    ("Chrome 149", "Windows", "desktop"): 6,
    ("Edge 150", "Windows", "desktop"): 18,
    ("Edge 149", "Windows", "desktop"): 4,
    ("Safari 26", "macOS", "desktop"): 12,
    ("Safari 18", "macOS", "desktop"): 4,
    ("Chrome 150", "macOS", "desktop"): 9,
    ("Firefox 153", "Windows", "desktop"): 5,
    ("Opera 130", "Windows", "desktop"): 2,
    ("Firefox 153", "Linux", "desktop"): 2,
    ("Chrome 150", "Chrome OS", "desktop"): 2,
}
OFFICE: Classes = ("Edge 150", "Windows", "desktop")
SOURCES: dict[tuple[str, str], float] = {
    ("Google", "search"): 44,
    ("Bing", "search"): 4,
    ("facebook.com", "social"): 8,
    ("prisjakt.nu", "shopping"): 5,
    ("newsletter", "campaign"): 5,
    ("chatgpt.com", "ai"): 2,
    ("", ""): 32,
}


@dataclass(frozen=True)
class Mix:
    """Who comes. Shares of the visitors but the office's; `offices` are people behind one network and one browser."""

    visits: int
    home: float = 0.38
    own_six: float = 0.17
    mobile: float = 0.45
    carriers: int = 600  # networks of the mobile carriers, the largest with many times the smallest's visitors
    offices: tuple[int, ...] = ()
    referrers: bool = True


@dataclass
class Truth:
    """A day's hits in the order of their time, and what a server cannot see."""

    hits: list[Hit] = field(default_factory=list)
    visit_of: list[int] = field(default_factory=list)  # of each hit
    sources: dict[int, str] = field(default_factory=dict)  # visit -> source
    visits: int = 0
    visitors: int = 0


@dataclass(frozen=True)
class Visitor:
    network: int
    classes: Classes
    hours: tuple[int, ...]


class Simulator:
    """Makes days; the same seed makes the same day."""

    def __init__(self, mix: Mix, seed: int) -> None:
        self._mix = mix
        self._random = random.Random(seed)
        self._truth = Truth()
        self._timed: list[tuple[int, int, Hit]] = []

    def day(self) -> Truth:
        """Make one day."""
        truth = self._truth
        while truth.visits < self._mix.visits:
            self._live(self._anybody(), lone=False)
        for office, people in enumerate(self._mix.offices):
            for _ in range(people):
                self._live(Visitor(0xC00000 + office, OFFICE, OFFICE_HOURS), lone=True)
        self._timed.sort(key=lambda each: each[0])
        truth.hits = [hit for _, _, hit in self._timed]
        truth.visit_of = [visit for _, visit, _ in self._timed]
        return truth

    def _anybody(self) -> Visitor:
        mix, chance = self._mix, self._random
        kind = chance.choices(("home", "six", "mobile"), (mix.home, mix.own_six, mix.mobile))[0]
        if kind == "mobile":
            return Visitor(self._carrier(), self._classes(PHONES), HOURS)
        classes = self._classes(PHONES if chance.random() < 0.35 else COMPUTERS)
        if kind == "six":
            return Visitor(1 << 48 | 0x2A02 << 32 | chance.getrandbits(31), classes, HOURS)
        return Visitor(0x500000 + chance.randrange(40_000), classes, HOURS)

    def _classes(self, weights: dict[Classes, float]) -> Classes:
        """One in twelve has a browser that was not updated: a long tail of rare classes."""
        browser, system, device = _one_of(weights, self._random)
        if self._random.random() < 0.08:
            browser = f"{browser.rsplit(' ', 1)[0]} {self._random.randrange(60, 149)}"
        return browser, system, device

    def _carrier(self) -> int:
        """A network of a carrier; carriers differ in size, and so do their networks."""
        carriers = self._mix.carriers
        return 0xB00000 + min(int(self._random.expovariate(2 / carriers)), carriers - 1)

    def _live(self, visitor: Visitor, *, lone: bool) -> None:
        """One visitor's day: 1.3 visits, apart by more than 30 minutes or by an arrival from outside."""
        self._truth.visitors += 1
        chance = self._random
        visits = 1 if lone else 1 + (chance.random() < 0.2) + (chance.random() < 0.07) + (chance.random() < 0.03)
        hours = chance.choices(range(24), visitor.hours, k=visits)
        last = -IDLE
        for start in sorted(int((hour + chance.random()) * 3600 * 1000) for hour in hours):
            last = self._visit(visitor, max(start, last + 5000), last)

    def _visit(self, visitor: Visitor, start: int, last: int) -> int:
        chance = self._random
        source, channel = _one_of(SOURCES, chance)
        if not source and start - last <= IDLE:
            source, channel = "Google", "search"  # or it would not be a new visit
        number = self._truth.visits
        self._truth.visits += 1
        self._truth.sources[number] = source
        views = 1 if chance.random() < 0.4 else 2 + min(int(chance.expovariate(0.33)), 30)
        phone = visitor.network >> 20 == 0xB
        # The view before which it gets another address, at the carrier's.
        moves = chance.randrange(1, 6) if phone and chance.random() < 0.05 else None
        time, page, trail = start, self._page(), list[str]()
        hit = _hit(visitor, time, page, source=source, channel=channel)
        for view in range(views):
            if view == moves:
                visitor = replace(visitor, network=self._carrier())
            if view:
                hit = self._next(visitor, time, page, trail, (source, channel))
                page = hit.page
            trail.append(page)
            self._put(hit, number)
            read = int(min(math.exp(chance.gauss(3.4, 1.1)), 1500) * 1000)
            time += read
            engaged = int(read * chance.uniform(0.4, 1))
            scroll = chance.randrange(5, 101)
            self._put(_hit(visitor, time - 1, page, Kind.TIME, engaged=engaged, scroll=scroll), number)
        return time

    def _next(self, visitor: Visitor, time: int, page: str, trail: list[str], entry: tuple[str, str]) -> Hit:
        """Another view of the same visit: mostly a link, sometimes a tab, a way back, a typed address, a payment."""
        chance = self._random
        way = chance.random()
        before = page if self._mix.referrers else ""
        if way < 0.05:
            return _hit(visitor, time, page, navigation=Navigation.RELOAD, source=entry[0], channel=entry[1])
        if way < 0.12:
            back = Navigation.RESTORED if chance.random() < 0.6 else Navigation.BACK_FORWARD
            return _hit(visitor, time, chance.choice(trail), navigation=back, source=entry[0], channel=entry[1])
        if way < 0.14:
            return _hit(visitor, time, "/thanks", payment=True)
        if way < 0.21:
            return _hit(visitor, time, self._page())
        if way < 0.26 and self._mix.referrers:
            before = chance.choice(trail)
        return _hit(visitor, time, self._page(), inside=before)

    def _page(self) -> str:
        return f"/page/{min(int(self._random.paretovariate(0.8)), 300)}"

    def _put(self, hit: Hit, visit: int) -> None:
        if hit.time < BEGINS + DAY:
            self._timed.append((hit.time, visit, hit))


def _hit(visitor: Visitor, time: int, page: str, kind: Kind = Kind.VIEW, **more: object) -> Hit:
    browser, system, device = visitor.classes
    told: dict[str, object] = {
        "kind": int(kind),
        "time": BEGINS + time,
        "network": visitor.network,
        "page": page,
        "inside": "",
        "source": "",
        "channel": "",
        "campaign": "",
        "payment": False,
        "navigation": int(Navigation.NAVIGATE),
        "browser": browser,
        "system": system,
        "device": device,
        "country": "SE",
    }
    return Hit(**{**told, **more})  # type: ignore[arg-type]  # the table above is the hit, by name


def _one_of(weights: dict[T, float], chance: random.Random) -> T:
    return chance.choices(list(weights), list(weights.values()))[0]
