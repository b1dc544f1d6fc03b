"""A day of a million visitors, through the running server: 64 connections, one page view each.

The day is a real day by the server's clock, which is moved on by half an hour after each 44th part of the visitors: a
million visits that are all open at once are no shop's day, and took 1,358 MB.
"""

import asyncio
import json
import random

from tests.midnight import DAY, ZONE, Clock, midnight_in
from tests.running import RunningServer, add_site

VISITORS = 1_000_000
CONNECTIONS = 64
HALF_HOURS = 44  # begun just after midnight, so that the day does not end within the run
HALF_HOUR = 1_800  # seconds
AGENTS = [f"Mozilla/5.0 (X11; Linux x86_64; rv:{v}.0) Gecko/20100101 Firefox/{v}.0" for v in range(140, 154)]
AGENTS += [
    f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{v}.0.0.0 Safari/537.36"
    for v in range(140, 157)
]


def prepare(server: RunningServer, site: str) -> Clock:
    """Gives the server, before it starts, a clock that can be moved and a site whose day has just begun."""
    midnight_in(server.directory, DAY - 60)
    clock = Clock(server.directory)
    server.environment |= {"PYTHONTZPATH": str(server.directory), **clock.environment}
    add_site(server, site, demo=True, publish_seconds=5, time_zone=ZONE)
    return clock


def send_a_million(server: RunningServer, site: str, clock: Clock) -> str:
    """Sends the visitors and waits until the fold has them all; says how many."""
    share = VISITORS // HALF_HOURS // CONNECTIONS + 1
    acknowledged = 0
    for part in range(HALF_HOURS):
        clock.move_to(part * HALF_HOUR)
        acknowledged += asyncio.run(_send(server.port, site, part, share))
    server.login()  # the session has ended meanwhile, by its clock
    server.wait_for(lambda: server.pageviews(site) >= acknowledged, seconds=300)
    return f"after {acknowledged:,} visitors from as many addresses in one day"


async def _send(port: int, site: str, part: int, share: int) -> int:
    numbers = range(part * CONNECTIONS, (part + 1) * CONNECTIONS)
    return sum(await asyncio.gather(*(_connection(port, site, n, share) for n in numbers)))


async def _connection(port: int, site: str, number: int, count: int) -> int:
    draw = random.Random(number)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    done = 0
    for _ in range(count):
        page = f"/produkt/vara-{'abcdefghijklmnopqrst'[draw.randrange(20)]}{draw.randrange(1000)}"
        body = json.dumps({"s": site, "u": f"https://{site}{page}", "r": "https://www.google.com/"}).encode()
        network = draw.randrange(1 << 19)  # half a million /24 networks, of 240.0.0.0/4, which is nobody's (RFC 1112)
        address = f"{240 + (network >> 16)}.{network >> 8 & 255}.{network & 255}.{draw.randrange(1, 255)}"
        head = (
            f"POST /t HTTP/1.1\r\nHost: {site}\r\nUser-Agent: {draw.choice(AGENTS)}\r\nAccept-Language: sv\r\n"
            f"X-Forwarded-For: {address}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        writer.write(head.encode() + body)
        answer = await reader.readuntil(b"\r\n\r\n")
        done += answer.startswith(b"HTTP/1.1 202")
    writer.close()
    return done
