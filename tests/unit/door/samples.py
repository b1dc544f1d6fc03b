"""What the door's tests send: networks by name, and the request a browser makes."""

from collector.door.work import Request

NOW = 1_795_000_000_000  # 2026-11-18, milliseconds UTC

CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"
)

BODY = (
    b'{"s":"shop.example","u":"https://shop.example/lampor/golv?utm_source=brev","r":"https://www.google.com/","n":"n"}'
)

# As Chrome sends a keep-alive fetch from https://shop.example to a collector on a host of its own.
BROWSER = {
    "host": "stats.shop.example",
    "sec-ch-ua": '"Chromium";v="142", "Google Chrome";v="142", "Not_A Brand";v="99"',
    "sec-ch-ua-mobile": "?0",
    "user-agent": CHROME,
    "content-type": "text/plain",
    "accept": "*/*",
    "origin": "https://shop.example",
    "sec-fetch-site": "same-site",
    "sec-fetch-mode": "cors",
    "sec-fetch-dest": "empty",
    "accept-language": "sv-SE,sv;q=0.9",
    "cookie": "session=canary",
}


def v4(groups: str) -> int:
    """The number of an IPv4 network named by its three groups, "203.0.113"."""
    one, two, three = map(int, groups.split("."))
    return one << 16 | two << 8 | three


def v6(groups: str) -> int:
    """The number of an IPv6 network named by its three groups, "2001:db8:1"."""
    one, two, three = (int(group, 16) for group in groups.split(":"))
    return 1 << 48 | one << 32 | two << 16 | three


def headers(changes: dict[str, str | None] | None = None) -> list[tuple[bytes, bytes]]:
    """The browser's headers with some changed, or left out (None)."""
    merged = BROWSER | (changes or {})
    return [(name.encode(), value.encode("latin-1")) for name, value in merged.items() if value is not None]


def request(
    body: bytes = BODY, changes: dict[str, str | None] | None = None, *, peer: str | None = "203.0.113.217"
) -> Request:
    """A beacon by POST."""
    return Request("POST", headers(changes), peer, body)


def pixel(query: bytes, changes: dict[str, str | None] | None = None, *, peer: str | None = "203.0.113.217") -> Request:
    """A beacon by GET, as an image on a page of the site."""
    image: dict[str, str | None] = {"origin": None, "content-type": None, "sec-fetch-mode": "no-cors"}
    return Request("GET", headers(image | (changes or {})), peer, query=query)
