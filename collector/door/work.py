"""What the door's steps work on: the request that arrived, the site's gate, and the hit in the making."""

from collections.abc import Sequence

from msgspec import Struct

from collector.door.agent import Agent
from collector.door.beacon import Beacon
from collector.door.hit import Drop, Hit
from collector.door.networks import Networks
from collector.door.page import Page, read_host
from collector.door.referrer import Referrer
from collector.site import Site

# What steps read, and all that is kept of the headers while they do: no cookie, no authorisation, and not the headers
# that carry the address.
_READ = frozenset(
    {
        *(b"origin", b"referer", b"user-agent", b"accept-language"),
        *(b"sec-gpc", b"dnt", b"sec-fetch-site", b"sec-fetch-mode", b"sec-ch-ua"),
        *(b"sec-purpose", b"purpose", b"x-purpose", b"x-moz"),
    }
)


class Request(Struct):
    """What arrived. It alone holds the address; it shows nothing of itself in a traceback."""

    method: str
    headers: Sequence[tuple[bytes, bytes]]  # names in lower case, as ASGI has them
    peer: str | None  # of the connection; "" or None on a Unix socket
    body: bytes = b""
    query: bytes = b""  # the pixel's

    def __repr__(self) -> str:
        return f"<Request {self.method}>"


class Gate(Struct, frozen=True):
    """A site, and what is asked of every beacon for it, made ready."""

    site: Site
    hosts: frozenset[str]  # lower case, punycode, no port
    origins: frozenset[bytes]  # of those hosts on the usual ports
    excluded: Networks

    @classmethod
    def of(cls, site: Site) -> "Gate":
        """Make the site's gate. Raises SiteError where an excluded network cannot be read."""
        hosts = frozenset(read_host(host) for host in site.hosts) - {""}
        origins = frozenset(f"{scheme}://{host}".encode() for scheme in ("https", "http") for host in hosts)
        return cls(site, hosts, origins, Networks.parse(site.excluded_networks))


class Work:
    """A beacon on its way to a hit. An attribute is there once the step that puts it has run."""

    __slots__ = (
        *("agent", "asks", "beacon", "body", "country", "gate", "headers", "hit", "method", "network", "note"),
        *("now", "origin", "page", "peer", "properties", "proxies", "query", "raw_headers", "referrer", "retry_after"),
        *("sender", "site"),
    )

    agent: Agent
    beacon: Beacon
    country: str
    gate: Gate
    hit: Hit
    page: Page
    referrer: Referrer

    def __init__(self, request: Request, now: int) -> None:
        self.now = now
        self.method = request.method
        self.body = request.body
        self.query = request.query
        self.headers = {name: value for name, value in request.headers if name in _READ}
        self.peer = request.peer  # these two until the network is known
        self.raw_headers = request.headers
        self.asks = False  # collector.door.check
        self.network = 0
        self.site = 0
        self.origin = ""
        self.note: Drop | None = None
        self.properties: tuple[tuple[str, str], ...] = ()
        self.proxies = 0  # counted only for a self-check
        self.retry_after = 0
        self.sender: int | None = None  # the id of the site whose token the request carries; 0: nobody's

    def header(self, name: bytes) -> str:
        """A header's text, "" when it was not sent. Bytes beyond ASCII are read as Latin-1, which never fails."""
        return self.headers.get(name, b"").decode("latin-1")
