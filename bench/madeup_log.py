"""Writes a made-up access log in the combined format, of any size, the same for the same arguments.

    python -m bench.madeup_log --lines 100000 > /tmp/shop.log

A shop's ordinary week: visits with referrers and several pages, each with its assets; robots, errors, a few torn lines,
and lines some seconds out of order. All addresses are from ranges kept for documentation and benchmarks: nobody's.
"""

import argparse
import heapq
import sys
from collections.abc import Iterator
from datetime import date, datetime, time
from itertools import accumulate, islice
from random import Random
from zoneinfo import ZoneInfo

PAGES = (
    ("/", 30),
    ("/kategori/barnklader", 14),
    ("/kategori/ullunderstall", 11),
    ("/kategori/regnklader", 9),
    *(
        (f"/produkt/{name}", 40 // place)
        for place, name in enumerate(("mossa", "vantar", "jacka", "stovlar", "tofflor"), 1)
    ),
    *((f"/produkt/vara-{number}", 1) for number in range(1, 60)),
    ("/om-oss", 3),
    ("/kassa", 5),
    ("/sok?q=overall", 4),
    ("/nyheter?utm_source=nyhetsbrev&utm_medium=email&utm_campaign=host", 6),
)
ASSETS = ("/static/stil.css", "/static/butik.js", "/bilder/logo.svg", "/bilder/vara.webp", "/favicon.ico")
REFERRERS = (
    ("-", 34),
    ("https://www.google.com/", 38),
    ("https://www.instagram.com/", 8),
    ("https://www.prisjakt.nu/", 7),
    ("https://duckduckgo.com/", 5),
    ("https://www.facebook.com/", 4),
    ("https://chatgpt.com/", 3),
    ("https://foraldrabloggen.example/tips", 1),
)
WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)"
SAFARI = "AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.1"
AGENTS = (
    (f"Mozilla/5.0 (iPhone; CPU iPhone OS 26_1 like Mac OS X) {SAFARI} Mobile/15E148 Safari/604.1", 38),
    (f"Mozilla/5.0 (Linux; Android 16; K) {WEBKIT} Chrome/156.0.0.0 Mobile Safari/537.36", 26),
    (f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {WEBKIT} Chrome/156.0.0.0 Safari/537.36", 20),
    (f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {SAFARI} Safari/605.1.15", 8),
    ("Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0", 8),
)
ROBOTS = (
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
    "GPTBot/1.2 (+https://openai.com/gptbot)",
    "curl/8.14.1",
)
HOURS = (2, 1, 1, 1, 1, 2, 4, 7, 9, 10, 10, 11, 12, 11, 10, 10, 11, 12, 14, 16, 17, 15, 9, 4)  # weight of each
ROBOT_SHARE = 0.12  # of arrivals; they take more pages each than people do
TORN = 20_000  # one line in so many

ZONE = ZoneInfo("Europe/Stockholm")  # a new site's own, so that a day of the log is a day of the site

Line = tuple[float, int, str]  # when, its number among lines made (ties), the text without its end


class Shop:
    """Makes arrivals. `site` is only written in referrers."""

    def __init__(self, site: str, seed: int) -> None:
        self.site = site
        self.draw = Random(seed)
        self.made = 0

    def visit(self, at: float) -> Iterator[Line]:
        """One person's lines from `at` on, seconds since 1970."""
        draw = self.draw
        who = self.address(), pick(draw, AGENTS)
        referrer = pick(draw, REFERRERS)
        for _ in range(draw.choices((1, 2, 3, 5, 8), (46, 22, 16, 11, 5))[0]):
            page = pick(draw, PAGES)
            status = draw.choices((200, 304, 301, 404, 500), (900, 60, 20, 18, 2))[0]
            yield self.line(at, who, "GET " + page, status, referrer)
            referrer = f"https://{self.site}{page}"
            if status == 200:
                for asset in draw.sample(ASSETS, draw.choices((0, 1, 3, 5), (35, 30, 20, 15))[0]):
                    yield self.line(at + draw.uniform(0, 3), who, "GET " + asset, 200, referrer)
            at += draw.expovariate(1 / 50)
        if page == "/kassa":
            yield self.line(at, who, "POST /kassa", 303, referrer)

    def robot(self, at: float) -> Iterator[Line]:
        """One robot's lines: no referrer, no assets."""
        draw = self.draw
        who = self.address(), draw.choice(ROBOTS)
        yield self.line(at, who, "GET /robots.txt", 200, "-")
        for _ in range(draw.randrange(1, 20)):
            at += draw.uniform(1, 20)
            way = draw.choices(("GET ", "HEAD "), (95, 5))[0]
            yield self.line(at, who, way + pick(draw, PAGES), 200, "-")

    def line(self, at: float, who: tuple[str, str], request: str, status: int, referrer: str) -> Line:
        self.made += 1
        address, agent = who
        moment = datetime.fromtimestamp(at, tz=ZONE).strftime("%d/%b/%Y:%H:%M:%S %z")
        size = "-" if status == 304 else self.draw.randrange(300, 60_000)
        text = f'{address} - - [{moment}] "{request} HTTP/1.1" {status} {size} "{referrer}" "{agent}"'
        if self.draw.randrange(TORN) == 0:
            text = text[: self.draw.randrange(1, len(text) - 1)]
        # It is written when the answer has been sent, so a later line may stand before it.
        return at + self.draw.expovariate(1 / 0.5), self.made, text

    def address(self) -> str:
        """An address of nobody's, most of them in few networks, as carriers have it."""
        draw = self.draw
        place = int(512 * draw.random() ** 2)
        host = draw.randrange(1, 255)
        kind = draw.random()
        if kind < 0.25:
            return f"2001:db8:{place:x}:{draw.randrange(65_536):x}::{host:x}"
        if kind < 0.30:
            return f"{draw.choice(('192.0.2', '198.51.100', '203.0.113'))}.{host}"
        return f"198.{18 + place // 256}.{place % 256}.{host}"


def pick(draw: Random, table: tuple[tuple[str, int], ...]) -> str:
    names, weights = zip(*table, strict=True)
    chosen: str = draw.choices(names, weights)[0]
    return chosen


def moment(share: float, begin: float, days: int) -> float:
    """When so large a share of all lines has been written: seconds since 1970, by the hours' weights."""
    day, rest = divmod(min(share, 1 - 1e-9) * days, 1)
    sums = [0, *accumulate(HOURS)]
    wanted = rest * sums[-1]
    hour = max(at for at in range(24) if sums[at] <= wanted)
    return begin + day * 86_400 + 3600 * (hour + (wanted - sums[hour]) / HOURS[hour])


def lines(count: int, days: int, until: date, site: str, seed: int) -> Iterator[str]:
    """`count` lines over the `days` days before `until`, in the order a server would write them."""
    shop = Shop(site, seed)
    end = datetime.combine(until, time(), tzinfo=ZONE).timestamp()
    begin = end - days * 86_400
    waiting: list[Line] = []
    while shop.made < count:
        at = moment(shop.made / count, begin, days)
        while waiting and waiting[0][0] <= at:
            yield heapq.heappop(waiting)[2]
        arrival = shop.robot(at) if shop.draw.random() < ROBOT_SHARE else shop.visit(at)
        for line in islice(arrival, count - shop.made):
            heapq.heappush(waiting, line)
    while waiting:
        yield heapq.heappop(waiting)[2]


def main() -> None:
    parser = argparse.ArgumentParser(description="Write a made-up access log in the combined format.")
    parser.add_argument("--lines", type=int, default=100_000)
    parser.add_argument("--days", type=int, default=7)
    parser.add_argument("--until", type=date.fromisoformat, help="the first day after it; default: today")
    parser.add_argument("--site", default="shop.example")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    until = asked.until or datetime.now(tz=ZONE).date()
    try:
        for text in lines(asked.lines, asked.days, until, asked.site, asked.seed):
            sys.stdout.write(text + "\n")
    except BrokenPipeError:  # `| head`
        sys.stderr.close()


if __name__ == "__main__":
    main()
