"""Hits made by hand, for tests: minutes since the day began, and what differs from a direct view of "/"."""

from hypothesis import settings
from hypothesis import strategies as st

from collector.day.day import Day
from collector.door.hit import Hit, Kind, Navigation

BEGINS = 1_795_388_400_000  # 2026-11-23 00:00 in Stockholm
ENDS = BEGINS + 24 * 3_600_000
MINUTE = 60_000


def at(minutes: float) -> int:
    return BEGINS + round(minutes * MINUTE)


def day(k: int = 3, **other: object) -> Day:
    fields = {
        "site": 1,
        "date": "2026-11-23",
        "begins": BEGINS,
        "ends": ENDS,
        "publish_seconds": 600,
        "totals": "exact",
    }
    return Day(**{**fields, "k": k, **other})  # type: ignore[arg-type]  # by name, as the Struct has them


def view(minutes: float, page: str = "/", *, net: int = 1, **other: object) -> Hit:
    fields: dict[str, object] = {
        "kind": int(Kind.VIEW),
        "time": at(minutes),
        "network": net,
        "page": page,
        "inside": "",
        "source": "",
        "channel": "",
        "campaign": "",
        "payment": False,
        "navigation": int(Navigation.NAVIGATE),
        "browser": "Firefox 153",
        "system": "Linux",
        "device": "desktop",
        "country": "SE",
    }
    return Hit(**{**fields, **other})  # type: ignore[arg-type]  # by name, as the Struct has them


def arrival(minutes: float, page: str = "/", source: str = "Google", **other: object) -> Hit:
    return view(minutes, page, **{"source": source, "channel": "search", **other})  # type: ignore[arg-type]


def timed(minutes: float, page: str = "/", engaged: int = 5000, scroll: int = 50, **other: object) -> Hit:
    return view(minutes, page, **{"kind": int(Kind.TIME), "engaged": engaged, "scroll": scroll, **other})  # type: ignore[arg-type]


def event(minutes: float, page: str = "/", name: str = "buy", **other: object) -> Hit:
    return view(minutes, page, **{"kind": int(Kind.EVENT), "event": name, **other})  # type: ignore[arg-type]


law = settings(deadline=None)  # a machine that is busy elsewhere breaks no law
PAGES = ("/", "/a", "/b")
hits = st.builds(
    view,
    st.integers(0, 3000).map(lambda tenths: tenths / 10),
    st.sampled_from(PAGES),
    net=st.integers(1, 4),
    kind=st.sampled_from((0, 0, 0, 1, 2)),
    inside=st.sampled_from(("", *PAGES)),
    source=st.sampled_from(("", "", "Google")),
    campaign=st.sampled_from(("", "", "", "spring")),
    payment=st.sampled_from((False, False, False, True)),
    navigation=st.sampled_from((0, 0, 0, 1, 2, 3, 4)),
    browser=st.sampled_from(("Firefox 153", "Safari 26")),
    event=st.sampled_from(("buy", "mail")),
    properties=st.sampled_from(((), (("size", "M"),), (("size", "L"), ("colour", "red")))),
    engaged=st.integers(0, 90_000),
    scroll=st.integers(0, 100),
)
# In the order of the spool, whose clock may go back a little.
streams = st.lists(hits, max_size=40).map(lambda drawn: sorted(drawn, key=lambda hit: hit.time // 3000))
