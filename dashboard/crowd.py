"""The demo's crowd: made-up visitors, sent through the real door from addresses that are nobody's."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterator
from typing import Final

import msgspec

from collector.door.hit import Drop
from collector.door.reply import Accepted, Refusal
from collector.door.work import Request
from collector.site import Site
from dashboard.demo import GOODS

# Over which a crowd arrives. The demo publishes every 5 s if k = 5 networks came since, and each full group goes on the
# toss of a coin: three publishes show 7 of 8 groups, and with one crowd in 4 s half of them waited for the next crowd.
SECONDS: Final = 14.0
FOUR: Final = 2 * 256  # /24 networks in 198.18.0.0/15, kept for benchmarks (RFC 2544)
SIX: Final = 65_536  # /48 networks in 2001:db8::/32, kept for documentation (RFC 3849)

_WEBKIT: Final = "AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.1"
_BLINK: Final = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0"
AGENTS: Final = (
    f"Mozilla/5.0 (iPhone; CPU iPhone OS 26_1 like Mac OS X) {_WEBKIT} Mobile/15E148 Safari/604.1",
    f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {_WEBKIT} Safari/605.1.15",
    f"Mozilla/5.0 (Linux; Android 16; Pixel 10) {_BLINK} Mobile Safari/537.36",
    f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {_BLINK} Safari/537.36",
    f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {_BLINK} Safari/537.36 Edg/156.0.0.0",
    "Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0",
)
SOURCES: Final = (
    ("https://www.google.com/", 40),
    ("", 25),
    ("https://www.instagram.com/", 12),
    ("https://www.prisjakt.nu/", 8),
    ("https://duckduckgo.com/", 6),
    ("https://chatgpt.com/", 5),
    ("https://www.facebook.com/", 4),
)
PAGES: Final = ("/demo", *(f"/demo/{name}" for name in GOODS))

Take = Callable[[Request], Awaitable[Accepted | Refusal]]


class Crowd:
    """Sends visitors to one site. `take` is the collector's, so they pass every step that a real one passes."""

    def __init__(self, take: Take, site: Site, draw: random.Random | None = None) -> None:
        self._take = take
        self._site = site
        self._draw = draw or random.Random()  # noqa: S311 - made-up visitors need no secret
        self._arriving: asyncio.Task[int] | None = None

    async def __call__(self, visitors: int) -> None:
        """Sets so many visits on their way, spread over some seconds.

        One crowd at a time: the button is open to all. A task of its own, so that no request waits for it, nor the
        server's end.
        """
        if self._arriving is None or self._arriving.done():
            self._arriving = asyncio.create_task(self.send(visitors))

    async def send(self, visitors: int) -> int:
        """Sends the visits; how many page views were counted."""
        return sum(await asyncio.gather(*(self._visit(SECONDS * n / visitors) for n in range(visitors))))

    async def _visit(self, after: float) -> int:
        await asyncio.sleep(after)
        address, agent, counted = self._address(), self._draw.choice(AGENTS), 0
        for beacon in self._beacons():
            outcome = await self._take(self._request(address, agent, beacon))
            if isinstance(outcome, Refusal) and outcome.reason is Drop.OVERLOADED:
                break
            counted += isinstance(outcome, Accepted) and beacon["k"] == "v"
            await asyncio.sleep(self._draw.uniform(0.05, 0.5))
        return counted

    def _beacons(self) -> Iterator[dict[str, str | int]]:
        addresses, weights = zip(*SOURCES, strict=True)
        referrer = self._draw.choices(addresses, weights)[0]
        origin = f"https://{self._site.domain}"
        for page in self._pages():
            url = origin + page
            plain: dict[str, str | int] = {"s": self._site.domain, "u": url, "n": "n"}
            yield {**plain, "k": "v", "r": referrer}
            yield {**plain, "k": "t", "t": self._draw.randrange(2_000, 90_000), "d": self._draw.randrange(10, 101)}
            referrer = url

    def _pages(self) -> list[str]:
        many = self._draw.choices((1, 2, 3, 4), (40, 25, 20, 15))[0]
        return self._draw.choices(PAGES, (30, 20, 18, 14, 12, 6), k=many)

    def _address(self) -> str:
        if self._draw.random() < 0.7:
            network = self._draw.randrange(FOUR)
            return f"198.{18 + network // 256}.{network % 256}.{self._draw.randrange(1, 255)}"
        return f"2001:db8:{self._draw.randrange(SIX):x}::{self._draw.randrange(1, SIX):x}"

    def _request(self, address: str, agent: str, beacon: dict[str, str | int]) -> Request:
        headers = (
            (b"user-agent", agent.encode()),
            (b"accept-language", b"sv-SE,sv;q=0.9"),
            (b"accept", b"*/*"),
            (b"origin", f"https://{self._site.domain}".encode()),
            (b"sec-fetch-site", b"same-origin"),
            (b"sec-fetch-mode", b"cors"),
            (b"sec-fetch-dest", b"empty"),
        )
        return Request("POST", headers, address, msgspec.json.encode(beacon), b"")
