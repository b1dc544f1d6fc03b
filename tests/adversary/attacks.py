"""Attacks on the group wall, each run against the real fold. Each returns how often it succeeded: 0 is right.

The worlds are fixed by seeds. A world's k is small here so that small worlds release much; the rule knows no other k.
"""

import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator

import msgspec

from collector.day import release
from collector.day.cells import PLACES
from collector.day.cubes import Unit
from collector.day.lots import Draws
from collector.day.release import Release, Row
from tests.adversary.worlds import DAY, MINUTE, MINUTES, Ran, any_view, facts_in, put, run, stream

UNITS = {cube.name: cube.unit for cube in PLACES}
PAIRS = {cube.name for cube in PLACES if len(cube.dimensions) == 2}
SOON = {0: 2, 1: 2, 2: 1}  # days until waiting groups expire, so that it happens within a small world


def swap(worlds: int = 12) -> int:
    """Change what a waiting visit looked at: does any published byte change?

    Same network, moment and unit, and as before an arrival from somewhere. The estimate of visitors is left out: it
    says what it is made of, the mix of agents, and is declared exact.
    """
    r, changed = random.Random(7), 0
    for _ in range(worlds):
        k, days = r.choice((2, 3, 5)), r.choice((1, 3, 5))
        views = stream(r, days, r.choice((8, 30, 100)), r.choice((40, 3000)))
        place, key = r.randrange(len(views)), r.randbytes(32)
        own = 10**6  # a network of its own: which visits are linked is not what is asked here
        minute = views[place].minute
        worlds_apart = [
            [*views[:place], any_view(r, views[place].id, minute, own), *views[place + 1 :]] for _ in range(2)
        ]
        with put(release, "EXPIRY_DAYS", SOON):
            one, two = (run(world, days, key=key, k=k, forced={views[place].id}).releases for world in worlds_apart)
        changed += published(one) != published(two)
    return changed


def plus_one(worlds: int = 12) -> int:
    """Where totals are groups: add a visit that waits. Does any published byte change?"""
    r, changed = random.Random(1), 0
    for _ in range(worlds):
        k, days = r.choice((2, 3, 5)), r.choice((1, 3, 5))
        views = stream(r, days, r.choice((8, 30, 100)), r.choice((40, 3000)))
        place, key = r.randrange(len(views)), r.randbytes(32)
        # The network and moment of another visit, so that publishes happen as before; a browser of its own.
        more = any_view(r, 10**6, views[place].minute, views[place].network)._replace(browser="other")
        with put(release, "EXPIRY_DAYS", SOON):
            one, two = (
                run(world, days, key=key, k=k, totals="groups", forced={more.id}).releases
                for world in (views, [*views, more])
            )
        changed += msgspec.msgpack.encode(one) != msgspec.msgpack.encode(two)
    return changed


def published(releases: list[Release]) -> bytes:
    """Every byte but the estimate of visitors."""
    told = [
        msgspec.structs.replace(each, totals=each.totals and msgspec.structs.replace(each.totals, visitors=0))
        for each in releases
    ]
    return msgspec.msgpack.encode(told)


def keep(worlds: int = 40) -> int:
    """After every release, does anything of the exact totals stay unnamed, in every cube, of that day and over all?"""
    r, bare = random.Random(8), 0
    for _ in range(worlds):
        days = 2
        views = [view._replace(browser=f"b{r.randrange(2)}") for view in stream(r, days, 14, 3000)]
        ran = run(views, days, key=r.randbytes(32), k=2)
        bare += sum(1 for _ in fully_named(ran.releases))
        # Over midnight something really waits wherever something was released late; what was destroyed is no cover.
        # (Where a fact may lack the cube's dimension, as a campaign, nobody knows how many there are to be named.)
        counts = [ran.waiting.counts[row.cube] for row in ran.releases[-1].late]
        bare += sum(count.waiting < 1 for count in counts if count.facts == count.unit)
    return bare


def fully_named(releases: list[Release]) -> Iterator[tuple[str, str]]:
    """(day, cube) whenever the rows of a day, or all rows together, leave nothing of the published totals unnamed."""
    total: Counter[tuple[str, Unit]] = Counter()
    named: Counter[tuple[str, str]] = Counter()
    for each in releases:
        if each.totals is not None:
            for span in (each.day, "all"):
                total[span, Unit.PAGEVIEW] += each.totals.pageviews
                total[span, Unit.VISIT_START] += each.totals.visits
        for row in each.rows:
            named[each.day, row.cube] += row.n
        for row in each.rows + each.late:
            named["all", row.cube] += row.n
        for span in (each.day, "all"):
            for cube in {row.cube for row in each.rows + each.late}:
                unit = UNITS[cube]
                if unit in {Unit.PAGEVIEW, Unit.VISIT_START} and total[span, unit] - named[span, cube] < 1:
                    yield span, cube


def oracle(worlds: int = 3) -> int:
    """Does every counter of every row rest on k different networks; and do pairs wait as they should?

    With one loyal visitor a day, and one network that makes thirty hits at once.
    """
    r, wrong = random.Random(2), 0
    for _ in range(worlds):
        k, days = 5, 12
        views = stream(r, days, 40, 3000)
        loyal = [
            any_view(r, 10**5 + day, day * MINUTES + 600, 99_999)._replace(page="/loyal", source="loyal.example")
            for day in range(days)
        ]
        burst = [any_view(r, 2 * 10**5 + i, 700, 88_888)._replace(page="/burst") for i in range(30)]
        world, key = sorted(views + loyal + burst, key=lambda view: view.minute), r.randbytes(32)
        ran = run(world, days, key=key, k=k, traced=True)
        wrong += small_rows(ran, k) + bad_pairs(ran, days)
        plain = run(world, days, key=key, k=k)
        wrong += sum(
            row.seconds != 0 for _, row, _ in plain.rows if UNITS[row.cube] not in {Unit.VISIT_END, Unit.TIMED_VIEW}
        )
    return wrong


def small_rows(ran: Ran, k: int) -> int:
    """Rows that rest on fewer than k networks, or whose n is not the number of their facts."""
    wrong = 0
    for _, row, _ in ran.rows:
        facts = [ran.facts[number] for number in facts_in(row.seconds)]
        wrong += len({fact.network for fact in facts}) < k or len(facts) != row.n
    return wrong


def bad_pairs(ran: Ran, days: int) -> int:
    """Waiting pairs that are older than a week, or that rest on one network."""
    wrong = 0
    for cube in PAIRS:
        for groups in ran.waiting.cells.get(cube, {}).values():
            for group in groups.values():
                facts = [ran.facts[number] for number in facts_in(group.seconds)]
                wrong += len({fact.network for fact in facts}) < 2
                wrong += min(fact.day for fact in facts) < days - 8
    return wrong


def once(worlds: int = 2) -> int:
    """With the process killed again and again: is any fact in two rows of one cube, or the outcome another?"""
    r, wrong = random.Random(6), 0
    for _ in range(worlds):
        views, key = stream(r, 3, 60, 3000), r.randbytes(32)
        kills = {r.randrange(3 * MINUTES // 30) for _ in range(40)}
        ran = run(views, 3, key=key, k=3, traced=True, kills=kills)
        seen: dict[str, int] = defaultdict(int)
        for _, row, _ in ran.rows:
            wrong += (seen[row.cube] & row.seconds) != 0 or row.n != row.seconds.bit_count()
            seen[row.cube] |= row.seconds
        wrong += ran.releases != run(views, 3, key=key, k=3, traced=True).releases
    return wrong


def trigger() -> int:
    """Does a row of a page say that somebody was on that page just now? It must be little better than a coin."""
    just_now, rows = trigger_counts()
    return int(rows < 100 or just_now > 0.8 * rows)


def trigger_counts() -> tuple[int, int]:
    """How many rows of pages with some twenty views a day came out right after a view of the page; of how many."""
    r, just_now, rows = random.Random(3), 0, 0
    views = [view._replace(page=f"/p{r.randrange(40)}") for view in stream(r, 2, 800, 3000)]
    at: dict[str, list[int]] = defaultdict(list)
    for view in views:
        at[view.page].append(view.minute * MINUTE)
    before = 0
    for each in run(views, 2, key=r.randbytes(32), k=5, every=10).releases:
        for row in () if each.closes else each.rows:
            if row.cube == "page.pageview":
                rows += 1
                just_now += any(before <= time < each.time for time in at[row.values[0]])
        before = each.time
    return just_now, rows


def precondition() -> int:
    """Between two publishes, are there always k different networks?"""
    r, k, wrong = random.Random(4), 10, 0
    views = stream(r, 2, 200, 3000)
    for day in range(2):
        releases = [
            each
            for each in run(views, 2, key=r.randbytes(32), k=k).releases
            if each.totals is not None and (each.time - 1) // DAY == day
        ]
        before = day * DAY
        for each in releases:
            came = {view.network for view in views if before <= view.minute * MINUTE < each.time}
            wrong += len(came) < k
            before = each.time
    return wrong


def independence() -> int:
    """Do the lots of two cubes, or of a hit and its event's property, agree more often than by chance (0.77)?"""
    draws, n = Draws(bytes(32)), 3000
    lots = [draws.lots(i, 0) for i in range(n)]
    further = [draws.lots(i, 0, 1) for i in range(n)]
    wrong = 0
    for one, two in ((2, 5), (10, 11), (0, 34)):
        wrong += sum(draws.lot(a, one) == draws.lot(a, two) for a in lots) > 0.82 * n
        wrong += sum(draws.lot(a, one) == draws.lot(b, one) for a, b in zip(lots, further, strict=True)) > 0.82 * n
    return wrong


def no_trace(worlds: int = 4) -> int:
    """Is there an order, a time or an id in the rows? And does the order of arrival between two ticks change a byte?"""
    r, wrong = random.Random(5), 0
    wrong += Row.__struct_fields__ != ("cube", "values", "n", "seconds")
    for _ in range(worlds):
        views = stream(r, 1, 300, 3000)
        views = [view._replace(minute=view.minute // 30 * 30 + 1, network=i) for i, view in enumerate(views)]
        key = r.randbytes(32)
        releases = run(views, 1, key=key, k=3).releases
        for each in releases:
            cells = [(row.cube, row.values) for row in each.rows]
            wrong += cells != sorted(set(cells))
        # The same hits, each with the identity it has, in another order within their half hour.
        other = sorted(views, key=lambda view: (view.minute, r.random()))
        turned = [view._replace(minute=view.minute + i % 20) for i, view in enumerate(other)]
        wrong += published(releases) != published(run(turned, 1, key=key, k=3).releases)
    return wrong


def nested(worlds: int = 20) -> int:
    """A browser that exists on one system only: is the system's figure minus the browser's the few that are left?

    One guess a day, after the day's last tick. By chance, and in the real thing, it comes true in few of them.
    """
    r, right = random.Random(9), 0
    for _ in range(worlds):
        views = [view._replace(browser="firefox", system="linux") for view in stream(r, 1, 200, 3000)]
        few = r.randrange(1, 5)
        for i in range(0, len(views), 2):
            views[i] = views[i]._replace(browser="rare" if i < 2 * few else "safari", system="ios")
        named: Counter[str] = Counter()
        for each, row, _ in run(views, 1, key=r.randbytes(32), k=10).rows:
            if not each.closes and row.values in {("ios",), ("safari",)}:
                named[row.values[0]] += row.n
        right += named["ios"] - named["safari"] == few
    return int(right > 0.4 * worlds)


def seconds() -> int:
    """Do equal seconds tell which row of one cube and which of another are the same visits?"""
    equal, same = seconds_counts()
    return int(same < 100 or equal > 0.5 * same)


def seconds_counts(days: int = 5) -> tuple[int, int]:
    """How many pairs of rows, of the same visits, have the same seconds; of how many.

    Sixty sources a day, each with an exit page of its own and five visits, so that many rows are of the same visits.
    """
    r, equal, same = random.Random(10), 0, 0
    for _ in range(days):
        views = [
            any_view(r, i, 60 + i // 2, i)._replace(
                page=f"/p{i % 60}", source=f"s{i % 60}.example", stay=r.randrange(900)
            )
            for i in range(300)
        ]
        key = r.randbytes(32)
        sets, sums = (run(views, 1, key=key, k=5, traced=traced).rows for traced in (True, False))
        rows: dict[str, dict[int, Row]] = defaultdict(dict)  # cube -> the facts in a row -> the row as published
        for (_, facts, _), (_, row, _) in zip(sets, sums, strict=True):
            rows[row.cube][facts.seconds] = row
        for facts_of_row, row in rows["source.visit_end"].items():
            other = rows["exit_page.visit_end"].get(facts_of_row)
            if other is not None:
                same += 1
                equal += row.seconds == other.seconds
    return equal, same


def insider(days: int = 45) -> int:
    """A few networks (k - 2) see a page every day for 45 days: is the one real visit to it ever in a row?"""
    r, k, exposed = random.Random(11), 5, 0
    for real_day in (0, 20):
        views = stream(r, days, 15, 3000)
        for day in range(days):
            for network in range(k - 2):
                view = any_view(r, len(views), day * MINUTES + 300 + network, 10**6 + network)
                views.append(view._replace(page="/secret"))
        views.append(any_view(r, len(views), real_day * MINUTES + 500, 10**6 + k)._replace(page="/secret"))
        for _, row, _ in run(views, days, key=r.randbytes(32), k=k, every=120).rows:
            exposed += "/secret" in row.values
    return exposed


def rest() -> int:
    """Is any network, as a number or as bytes, in what goes on over midnight?"""
    r = random.Random(12)
    networks = [0xCB0071, 0xC63364, 0xC00002, 1 << 48 | 0x20010DB80001, 1 << 48 | 0x20010DB8ABCD]
    views = [view._replace(network=networks[view.network]) for view in stream(r, 2, 60, len(networks))]
    waiting = run(views, 2, key=r.randbytes(32), k=6).waiting
    encoded = waiting.encode()
    found = numbers_in(msgspec.msgpack.decode(encoded, strict=False))
    spelled = [spelling for network in networks for spelling in spellings(network)]
    return len(found & set(networks)) + sum(spelling in encoded for spelling in spelled) + int(not waiting.cells)


def numbers_in(value: object) -> set[int]:
    """Every number anywhere in a decoded message."""
    if isinstance(value, dict):
        return set().union(*(numbers_in(each) for pair in value.items() for each in pair))
    if isinstance(value, list | tuple):
        return set().union(*(numbers_in(each) for each in value))
    return {value} if isinstance(value, int) else set()


def spellings(network: int) -> list[bytes]:
    """The network in the ways a file might hold it (three bytes would turn up by chance)."""
    size = 7 if network >> 48 else 4
    dotted = ".".join(str(network >> shift & 255) for shift in (16, 8, 0))
    return [network.to_bytes(size, "big"), network.to_bytes(size, "little"), str(network).encode(), dotted.encode()]


ATTACKS: dict[str, Callable[[], int]] = {
    attack.__name__: attack
    for attack in (
        swap,
        plus_one,
        keep,
        oracle,
        once,
        trigger,
        precondition,
        independence,
        no_trace,
        nested,
        seconds,
        insider,
        rest,
    )
}
