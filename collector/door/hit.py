"""What the door makes of a beacon: a hit, or the reason why there is none."""

from enum import IntEnum, StrEnum

from msgspec import Struct


class Kind(IntEnum):
    """What the beacon told."""

    VIEW = 0  # a page was shown
    TIME = 1  # engaged time and scroll depth since the last one, for a page shown before
    EVENT = 2  # something declared happened on a page


class Navigation(IntEnum):
    """How the page came to be shown (PerformanceNavigationTiming.type, and two that it has no word for)."""

    NAVIGATE = 0
    RELOAD = 1
    BACK_FORWARD = 2
    RESTORED = 3  # from the back/forward cache
    INSIDE = 4  # the History API: the page itself changed its address
    UNSAID = 5  # another tool's client, which does not say; its referrer may be an old one


class Drop(StrEnum):
    """Why a beacon did not become a hit: a closed set, told to the sender in `X-Trekvart`.

    All are counted by name but OBJECTION, which leaves no trace.
    """

    MALFORMED = "malformed"
    TOO_LARGE = "too-large"
    UNKNOWN_SITE = "unknown-site"
    UNKNOWN_SENDER = "unknown-sender"
    FOREIGN_ORIGIN = "foreign-origin"
    BOT = "bot"
    PREFETCH = "prefetch"
    OBJECTION = "objection"
    EXCLUDED_NETWORK = "excluded-network"
    REFERRER_SPAM = "referrer-spam"
    UNDECLARED_PROPERTY = "undeclared-property"
    RATE_LIMITED = "rate-limited"
    OVERLOADED = "overloaded"
    UNSUPPORTED = "unsupported"  # a request in another tool's protocol that says what Trekvart has no word for
    # only when an access log is replayed
    ASSET = "asset"
    STATUS = "status"
    METHOD = "method"
    TORN_LINE = "torn-line"


class Hit(Struct, array_like=True, gc=False):
    """An anonymised beacon. No address, no User-Agent text; nothing here is ever written unsealed.

    `network` is the first three groups of the client's address as a number: IPv4 a.b.c is `a<<16 | b<<8 | c`,
    IPv6 a:b:c is `1<<48 | a<<32 | b<<16 | c`. It says no more than /24 and /48 do.
    """

    kind: int  # Kind
    time: int  # milliseconds since 1970, UTC, of the server's clock
    network: int
    page: str  # scrubbed path, begins with "/"; or "(other)"
    inside: str  # scrubbed path of the referring page when it is on the same site, else ""
    source: str  # "" when none was named: a direct or an internal hit
    channel: str  # collector.door.referrer.Channel; "" when internal
    campaign: str  # "" when none
    payment: bool  # the referrer is a payment or sign-in host: a return, not an arrival
    navigation: int  # Navigation
    browser: str  # family and major version: "Firefox 153"
    system: str
    device: str
    country: str  # ISO 3166-1 alpha-2, or "" when unknown
    event: str = ""
    properties: tuple[tuple[str, str], ...] = ()  # declared names only
    engaged: int = 0  # milliseconds, visible and focused, since the last such beacon
    scroll: int = 0  # deepest so far, per cent of the page
