"""Made-up streams of hits, run through the real fold; and, for the oracle, the same with every fact traced.

A view stands for a visit of its own as a rule: a VIEW hit and, some seconds on, a TIME hit with its engaged time.
"""

import hashlib
import random
from collections.abc import Collection, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import date, timedelta
from typing import NamedTuple

import msgspec

from collector.day.cells import Cells
from collector.day.cubes import Unit
from collector.day.day import Day
from collector.day.fold import Fold
from collector.day.lots import LOTS_BYTES, Draws, Lots
from collector.day.release import Release, Row
from collector.day.waiting import Waiting
from collector.door.hit import Hit, Kind

FIRST_DAY = date(2026, 1, 1)
MINUTES = 24 * 60
MINUTE = 60_000
DAY = MINUTES * MINUTE
BIG = 10**9  # a lot that no group reaches: whoever draws it waits
ALL_GO_ON = bytes(LOTS_BYTES - 1) + b"\x01"  # the last byte would hold the visit (collector/day/held.py)


class View(NamedTuple):
    """One page view: `id` is its identity in the spool, `minute` counts from the first day's midnight."""

    id: int
    minute: int
    network: int
    page: str
    source: str
    campaign: str
    browser: str
    system: str
    country: str
    engaged: int  # seconds
    stay: int = 20  # seconds until the TIME hit that tells them; so the visit's duration


class Ran(NamedTuple):
    """What a run published, day by day, and what waits after it."""

    releases: list[Release]
    waiting: Waiting
    facts: list["Fact"]  # empty unless traced

    @property
    def rows(self) -> list[tuple[Release, Row, bool]]:
        """Every row published, with its release and whether it was late."""
        return [
            (release, row, late)
            for release in self.releases
            for late, rows in ((False, release.rows), (True, release.late))
            for row in rows
        ]


class Fact(NamedTuple):
    """A fact as the tracer saw it go into the cells."""

    unit: Unit
    network: int
    day: int
    values: tuple[str | None, ...]


def stream(r: random.Random, days: int, daily: int, networks: int) -> list[View]:
    """`daily` views a day on average, of skewed pages, sources, browsers, from `networks` networks."""
    views: list[View] = []
    for day in range(days):
        for _ in range(max(0, round(r.gauss(daily, daily**0.5)))):
            views.append(any_view(r, len(views), day * MINUTES + r.randrange(MINUTES), r.randrange(networks)))
    return sorted(views, key=lambda view: view.minute)


def any_view(r: random.Random, number: int, minute: int, network: int) -> View:
    def skewed(alpha: float, most: int) -> int:
        return min(int(r.paretovariate(alpha)), most)

    return View(
        number,
        minute,
        network,
        f"/p{skewed(0.8, 12)}",
        f"s{skewed(1, 6)}.example",
        r.choice(("", "", "", "spring")),
        f"b{skewed(1, 4)}",
        f"o{skewed(1, 3)}",
        r.choice(("SE", "SE", "SE", "NO", "DE")),
        r.randrange(300),
    )


def hits(views: Sequence[View]) -> list[tuple[int, int, Hit]]:
    """(entry, index, hit) in order of time."""
    out = []
    for view in views:
        time, base = view.minute * MINUTE, (view.network, view.page)
        agent = (view.browser, view.system, "desktop", view.country)
        came = Hit(Kind.VIEW, time, *base, "", view.source, "search", view.campaign, False, 0, *agent)
        told = Hit(
            Kind.TIME, time + view.stay * 1000, *base, "", "", "", "", False, 0, *agent, engaged=view.engaged * 1000
        )
        out += [(view.id, 0, came), (view.id, 1, told)]
    return sorted(out, key=lambda each: (each[2].time, each[0]))


def day_of(number: int, k: int, totals: str, every: int) -> Day:
    begins = number * DAY
    name = (FIRST_DAY + timedelta(number)).isoformat()
    return Day(1, name, begins, begins + DAY, k, every * 60, "groups" if totals == "groups" else "exact")


def key_of(key: bytes, day: int) -> bytes:
    return hashlib.blake2b(day.to_bytes(4, "big"), key=key).digest()[:32]


def run(
    views: Sequence[View],
    days: int,
    *,
    key: bytes,
    k: int,
    totals: str = "exact",
    every: int = 30,
    forced: Collection[int] = (),
    traced: bool = False,
    kills: Collection[int] = (),
) -> Ran:
    """Run the views through one fold a day, with a tick every `every` minutes.

    `forced`: ids of views that draw to wait. `traced`: seconds are sets of facts, read by `members`. `kills`: numbers
    of ticks before which the process dies: the day is folded again from its entries and its recorded ticks.
    """
    entries, waiting, tracer = hits(views), Waiting(), Tracer()
    releases: list[Release] = []
    with ExitStack() as stack:
        stack.enter_context(_waits(forced))
        if traced:
            stack.enter_context(_traced(tracer))
        for number in range(days):
            day = day_of(number, k, totals, every)
            live = Live(day, key_of(key, number), waiting, tracer)
            today = [each for each in entries if day.begins <= each[2].time < day.ends]
            waiting = live.through(today, kills, releases)
    return Ran(releases, waiting, tracer.facts)


class Live:
    """One day as the keeper lives it: entries, ticks, and what it would have to replay."""

    def __init__(self, day: Day, key: bytes, waiting: Waiting, tracer: "Tracer") -> None:
        self._day, self._key, self._waiting, self._tracer = day, key, waiting, tracer
        self._spool: list[tuple[int, int, Hit] | int] = []  # hits, and the ticks that published
        self._fold = self._replayed()

    def through(self, entries: list[tuple[int, int, Hit]], kills: Collection[int], releases: list[Release]) -> Waiting:
        step, done = self._day.publish_seconds * 1000, 0
        for tick in range(self._day.begins + step, self._day.ends, step):
            done = self._take(entries, done, tick)
            if tick // step in kills:
                self._fold = self._replayed()
            release = self._fold.publish(tick)
            if release is not None:
                releases.append(release)
                self.record(tick)
        self._take(entries, done, self._day.ends)
        release, waiting = self._fold.close(self._day.ends)
        releases.append(release)
        return waiting

    def record(self, tick: int) -> None:
        """A tick that published is an entry of the spool, like a hit."""
        self._spool.append(tick)

    def _take(self, entries: list[tuple[int, int, Hit]], done: int, until: int) -> int:
        while done < len(entries) and entries[done][2].time < until:
            self._fold.hit(*entries[done])
            self._spool.append(entries[done])
            done += 1
        return done

    def _replayed(self) -> Fold:
        self._tracer.begin(self._day)
        fold = Fold(self._day, self._key, self._waiting, 20_000)
        for each in self._spool:
            if isinstance(each, int):
                fold.publish(each)
            else:
                fold.hit(*each)
        return fold


@contextmanager
def put(place: object, name: str, value: object) -> Iterator[None]:
    """Put something in the place of a module's or class's attribute, for a while."""
    had = name in vars(place)
    before = vars(place).get(name)
    setattr(place, name, value)
    try:
        yield
    finally:
        if had:
            setattr(place, name, before)
        else:
            delattr(place, name)


@contextmanager
def _waits(forced: Collection[int]) -> Iterator[None]:
    """Make the views with these ids draw to wait, in every cube: the rarest, but possible, outcome of the real draw."""
    lots_before, on_before = Draws.lots, Draws._on

    def lots(self: Draws, entry: int, index: int, extra: int = 0) -> Lots:
        return ALL_GO_ON if entry in forced else lots_before(self, entry, index, extra)

    def on(self: Draws, kind: hashlib.blake2b, message: bytes) -> int:
        if kind is self._late_lot:
            waited = msgspec.msgpack.decode(message)[2] > BIG // 2  # a group's number comes nearer with each release
        else:
            waited = message.startswith(ALL_GO_ON)
        return BIG if waited else on_before(self, kind, message)

    with put(Draws, "lots", lots), put(Draws, "_on", on):
        yield


class Tracer:
    """Numbers each fact of a day in the order in which the fold adds it; the same number when the day is replayed."""

    def __init__(self) -> None:
        self.facts: list[Fact] = []
        self._numbers: dict[tuple[int, int], int] = {}
        self._day = self._order = 0

    def begin(self, day: Day) -> None:
        self._day, self._order = day.begins // DAY, 0

    def token(self, unit: Unit, network: int, values: Sequence[str | None]) -> int:
        """A power of two: sums of tokens are sets of facts."""
        self._order += 1
        place = (self._day, self._order)
        if place not in self._numbers:
            self._numbers[place] = len(self.facts)
            self.facts.append(Fact(unit, network, self._day, tuple(values)))
        return 1 << self._numbers[place]


@contextmanager
def _traced(tracer: Tracer) -> Iterator[None]:
    """Let `seconds` of every unit carry tokens, unrounded, in place of seconds."""
    add_before = Cells.add

    def add(self: Cells, unit: Unit, values: list[str | None], lots: Lots, network: int, *_seconds: int) -> None:
        add_before(self, unit, values, lots, network, tracer.token(unit, network, values))

    def unrounded(self: Draws, seconds: int, lots: Lots, unit: int, count: int) -> list[int]:
        return [seconds] * count

    with put(Cells, "add", add), put(Draws, "half_minutes", unrounded):
        yield


def facts_in(tokens: int) -> list[int]:
    """The numbers of the facts in a sum of tokens."""
    return [number for number, bit in enumerate(bin(tokens)[:1:-1]) if bit == "1"]
