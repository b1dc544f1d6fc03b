"""The door: each reason by its name, the order of the steps, and a complete hit."""

import gc
import json
import pickle
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.door.beacon import LONGEST_BODY
from collector.door.country import Countries
from collector.door.door import STEPS, Door
from collector.door.hit import Drop, Hit, Kind, Navigation
from collector.door.reply import STATUS, Accepted, Refusal
from collector.door.work import Request, Work
from collector.errors import SettingsError, SiteError
from collector.settings import Settings
from collector.site import Site, checked
from tests.unit.door.samples import NOW, headers, pixel, request, v4, v6

SHOP = checked(
    Site(
        id=7,
        domain="shop.example",
        hosts=("xn--bl-zia.example",),
        excluded_networks=("192.0.2.0/24", "2001:db8:0ff::/48"),
        properties=("plan", "size"),
        payment_hosts=("bank.example",),
    )
)
BLOG = checked(Site(id=8, domain="blog.example", campaigns=False, page_patterns=("/p/*",)))
SETTINGS = Settings(trusted_proxies=("127.0.0.0/8",), rate_limit=60, rate_burst=1000)
COUNTRIES = Countries()
CLIENT = v4("203.0.113")


@pytest.fixture
def door() -> Door:
    return Door([SHOP, BLOG], SETTINGS, COUNTRIES)


def body(**fields: Any) -> bytes:
    return json.dumps({"s": "shop.example", "u": "https://shop.example/"} | fields).encode()


def hit_of(door: Door, sent: Request, now: int = NOW) -> Hit:
    answer = door.read(sent, now)
    assert isinstance(answer, Accepted), answer
    return answer.hit


def test_complete_hit(door: Door) -> None:
    """A browser's beacon becomes a hit with every field, answered 202 "counted", with the origin that may read it."""
    answer = door.read(request(), NOW)
    assert answer == Accepted(
        site=SHOP,
        hit=Hit(
            kind=Kind.VIEW,
            time=NOW,
            network=CLIENT,
            page="/lampor/golv",
            inside="",
            source="brev",
            channel="campaign",
            campaign="",
            payment=False,
            navigation=Navigation.NAVIGATE,
            browser="Chrome 142",
            system="Windows",
            device="desktop",
            country="",
        ),
        origin="https://shop.example",
    )
    assert (answer.status, answer.words) == (202, "counted")


def test_country_is_the_networks(door: Door) -> None:
    """The country comes from the first three groups."""
    assert hit_of(door, request(peer="130.237.3.4")).country == "SE"


def test_time(door: Door) -> None:
    """A time beacon says how long a page was seen, and how far down."""
    hit = hit_of(door, request(body(k="t", t=61_000, d=75)))
    assert (hit.kind, hit.engaged, hit.scroll, hit.page, hit.event) == (Kind.TIME, 61_000, 75, "/", "")


def test_only_a_time_beacon_has_time(door: Door) -> None:
    """Seconds that a view or an event claims are left out."""
    hits = [hit_of(door, request(body(k=kind, e="x", t=1, d=1))) for kind in "ve"]
    assert [(hit.engaged, hit.scroll) for hit in hits] == [(0, 0)] * 2


def test_event_with_declared_properties(door: Door) -> None:
    """An event keeps its name and the properties the site declares, in the site's order."""
    answer = door.read(request(body(k="e", e=" Köp\tnu", p={"size": 42, "plan": "år"})), NOW)
    assert isinstance(answer, Accepted)
    assert (answer.hit.kind, answer.hit.event) == (Kind.EVENT, "Köp nu")
    assert answer.hit.properties == (("plan", "år"), ("size", "42"))
    assert (answer.note, answer.words) == (None, "counted")


def test_view_has_neither_event_nor_properties(door: Door) -> None:
    """What a view says of events is left out."""
    hit = hit_of(door, request(body(e="x", p={"plan": "år"})))
    assert (hit.event, hit.properties) == ("", ())


PERSONAL = {
    "mail": ("anna@shop.example", "*"),
    "order": ("Order 1234567", "*"),
    "invisible": ("\u200b\u2066", "(other)"),
}


@pytest.mark.parametrize(("name", "kept"), PERSONAL.values(), ids=PERSONAL)
def test_event_names_are_scrubbed(door: Door, name: str, kept: str) -> None:
    """What may point at a person does not stay in an event's name, and no name is empty."""
    assert hit_of(door, request(body(k="e", e=name))).event == kept


def test_property_values_are_scrubbed(door: Door) -> None:
    """Nor in a property's value; and an empty value is none."""
    sent = request(body(k="e", e="x", p={"plan": "anna@shop.example", "size": None}))
    assert hit_of(door, sent).properties == (("plan", "*"),)


@pytest.mark.parametrize(("sent", "kept"), [*zip("nrbciu", Navigation, strict=True)], ids=list("nrbciu"))
def test_navigation(door: Door, sent: str, kept: Navigation) -> None:
    """Each letter of the wire is one navigation type."""
    assert hit_of(door, request(body(n=sent))).navigation == kept


def test_inside_and_payment(door: Door) -> None:
    """A referrer within the site is its path; one of a bank, the site's own additions too, is a return."""
    inside = hit_of(door, request(body(r="https://www.shop.example/kassa?x=1")))
    assert (inside.inside, inside.source, inside.channel) == ("/kassa", "", "")
    assert hit_of(door, request(body(r="https://pay.bank.example/"))).payment


def test_sites_own_settings(door: Door) -> None:
    """A site may switch campaigns off and name its pages."""
    origin = {"origin": "https://blog.example"}
    hit = hit_of(door, request(body(s="blog.example", u="https://blog.example/x?utm_campaign=brev"), {**origin}))
    assert (hit.campaign, hit.channel, hit.page) == ("", "direct", "(other)")
    inside = body(s="blog.example", u="https://blog.example/p/1", r="https://blog.example/x")
    hit = hit_of(door, request(inside, {**origin}))
    assert (hit.page, hit.inside) == ("/p/1", "(other)")


def test_pixel(door: Door) -> None:
    """The pixel is a view of the page it stands on."""
    hit = hit_of(
        door, pixel(b"s=shop.example", {"referer": "https://shop.example/lampor", "sec-fetch-site": "same-site"})
    )
    assert (hit.kind, hit.page, hit.network) == (Kind.VIEW, "/lampor", CLIENT)


def test_behind_a_proxy(door: Door) -> None:
    """Behind a trusted proxy the network is the client's."""
    assert hit_of(door, request(changes={"x-forwarded-for": "2001:db8:1::5"}, peer="127.0.0.1")).network == v6(
        "2001:db8:1"
    )


def test_site_is_found_in_any_case(door: Door) -> None:
    """A domain typed with capitals in the snippet is the same site."""
    assert hit_of(door, request(body(s=" Shop.Example "))).page == "/"


# -- refusals ------------------------------------------------------------------------------------------------------

REFUSED: dict[str, tuple[Request, Drop]] = {
    "global privacy control": (request(changes={"sec-gpc": "1"}), Drop.OBJECTION),
    "do not track": (request(changes={"dnt": "1"}), Drop.OBJECTION),
    "objection goes before everything": (request(b"rubbish", {"sec-gpc": "1", "user-agent": "bot"}), Drop.OBJECTION),
    "too large": (request(body(z="a" * LONGEST_BODY)), Drop.TOO_LARGE),
    "pixel too large": (pixel(b"s=shop.example&z=" + b"a" * LONGEST_BODY), Drop.TOO_LARGE),
    "malformed": (request(b"rubbish"), Drop.MALFORMED),
    "pixel malformed": (pixel(b"rubbish"), Drop.MALFORMED),
    "pixel on no page": (pixel(b"s=shop.example"), Drop.FOREIGN_ORIGIN),
    "unknown site": (request(body(s="other.example")), Drop.UNKNOWN_SITE),
    "prefetch": (request(changes={"sec-purpose": "prefetch"}), Drop.PREFETCH),
    "prerender": (request(changes={"sec-purpose": "prefetch;prerender"}), Drop.PREFETCH),
    "prefetch, older": (request(changes={"purpose": "prefetch"}), Drop.PREFETCH),
    "preview": (request(changes={"x-purpose": "preview"}), Drop.PREFETCH),
    "prefetch, Firefox": (request(changes={"x-moz": "prefetch"}), Drop.PREFETCH),
    "foreign origin": (request(changes={"origin": "https://evil.example"}), Drop.FOREIGN_ORIGIN),
    "an origin that begins like ours": (
        request(changes={"origin": "https://shop.example.evil.example"}),
        Drop.FOREIGN_ORIGIN,
    ),
    "an origin that ends like ours": (request(changes={"origin": "https://evilshop.example"}), Drop.FOREIGN_ORIGIN),
    "ours as user": (request(changes={"origin": "https://shop.example@evil.example"}), Drop.FOREIGN_ORIGIN),
    "another site's origin": (request(changes={"origin": "https://blog.example"}), Drop.FOREIGN_ORIGIN),
    "an extension": (request(changes={"origin": "chrome-extension://shop.example"}), Drop.FOREIGN_ORIGIN),
    "empty origin": (request(changes={"origin": ""}), Drop.FOREIGN_ORIGIN),
    "null origin": (request(changes={"origin": "null", "sec-fetch-site": "cross-site"}), Drop.FOREIGN_ORIGIN),
    "null origin, old browser": (request(changes={"origin": "null", "sec-fetch-site": None}), Drop.FOREIGN_ORIGIN),
    "foreign page": (request(body(u="https://copy.example/")), Drop.FOREIGN_ORIGIN),
    "page without host": (request(body(u="/lampor")), Drop.FOREIGN_ORIGIN),
    "page that is no page": (request(body(u="javascript:alert(1)")), Drop.FOREIGN_ORIGIN),
    "pixel on a foreign page": (
        pixel(
            b"s=shop.example&u=https://shop.example/",
            {"sec-fetch-site": "cross-site", "referer": "https://evil.example/"},
        ),
        Drop.FOREIGN_ORIGIN,
    ),
    "pixel on a page that hides": (
        pixel(b"s=shop.example&u=https://shop.example/", {"sec-fetch-site": "cross-site"}),
        Drop.FOREIGN_ORIGIN,
    ),
    "excluded network": (request(peer="192.0.2.99"), Drop.EXCLUDED_NETWORK),
    "excluded IPv6 network": (request(peer="2001:db8:ff::1"), Drop.EXCLUDED_NETWORK),
    "bot": (request(changes={"user-agent": "Googlebot/2.1 (+http://www.google.com/bot.html)"}), Drop.BOT),
    "no user agent": (request(changes={"user-agent": None}), Drop.BOT),
    "empty user agent": (request(changes={"user-agent": ""}), Drop.BOT),
    "headless under a false name": (
        request(changes={"sec-ch-ua": '"HeadlessChrome";v="142", "Chromium";v="142"'}),
        Drop.BOT,
    ),
    "a browser without a language": (request(changes={"accept-language": None}), Drop.BOT),
    "a beacon opened as a page": (
        pixel(
            b"s=shop.example&u=https://shop.example/",
            {"sec-fetch-mode": "navigate", "sec-fetch-site": "none"},
        ),
        Drop.BOT,
    ),
    "referrer spam": (request(body(r="https://www.semalt.com/crawler")), Drop.REFERRER_SPAM),
}


@pytest.mark.parametrize(("sent", "reason"), REFUSED.values(), ids=REFUSED)
def test_refused(door: Door, sent: Request, reason: Drop) -> None:
    """Each reason, with the network it is counted by, and the site once it is known."""
    answer = door.read(sent, NOW)
    assert isinstance(answer, Refusal)
    assert (answer.reason, answer.words) == (reason, reason.value)
    if reason is not Drop.OBJECTION:
        assert answer.network
        assert answer.site == (0 if reason in {Drop.TOO_LARGE, Drop.MALFORMED, Drop.UNKNOWN_SITE} else 7)


LET_IN: dict[str, Request] = {
    "www": request(body(u="https://www.shop.example/"), {"origin": "https://www.shop.example"}),
    "http": request(body(u="http://shop.example/"), {"origin": "http://shop.example"}),
    "a port": request(body(u="https://shop.example:8443/"), {"origin": "https://shop.example:8443"}),
    "the site's other host": request(body(u="https://xn--bl-zia.example/"), {"origin": "https://xn--bl-zia.example"}),
    "the same in its own letters": request(body(u="https://blå.example/")),
    "null origin from the site's own page": request(changes={"origin": "null", "sec-fetch-site": "same-origin"}),
    "null origin from its sister": request(changes={"origin": "null", "sec-fetch-site": "same-site"}),
    "a server that sends": request(
        changes=dict.fromkeys(
            ("origin", "sec-fetch-site", "sec-fetch-mode", "sec-fetch-dest", "accept-language", "sec-ch-ua")
        )
    ),
    "an old browser": request(changes={"sec-fetch-site": None, "sec-fetch-mode": None, "sec-ch-ua": None}),
    "a browser behind a proxy that strips": request(changes={"sec-ch-ua": None, "sec-fetch-site": None}),
    "pixel from another site's collector": pixel(
        b"s=shop.example&u=https://shop.example/",
        {"sec-fetch-site": "cross-site", "referer": "https://shop.example/"},
    ),
    "no objection": request(changes={"sec-gpc": "0", "dnt": "0"}),
    "a purpose that is none": request(changes={"purpose": "", "sec-purpose": "x"}),
    "the network beside the excluded": request(peer="192.0.3.99"),
}


@pytest.mark.parametrize("sent", LET_IN.values(), ids=LET_IN)
def test_let_in(door: Door, sent: Request) -> None:
    """What looks like a refusal's neighbour and is none."""
    assert isinstance(door.read(sent, NOW), Accepted)


def test_rate_limited() -> None:
    """A network that sends too much is told how long to wait; another is not touched; and time gives it back."""
    door = Door([SHOP], Settings(rate_limit=30, rate_burst=2), COUNTRIES)
    assert all(isinstance(door.read(request(), NOW), Accepted) for _ in range(2))
    refused = door.read(request(peer="203.0.113.8"), NOW)
    assert refused == Refusal(Drop.RATE_LIMITED, 7, CLIENT, "https://shop.example", retry_after=3)
    assert refused.status == 429
    assert isinstance(door.read(request(peer="203.0.114.8"), NOW), Accepted)
    assert isinstance(door.read(request(), NOW + 3000), Accepted)


def test_new_sites_leave_the_rate_limit_as_it_was() -> None:
    """A change of sites while the server runs gives nobody a full bucket."""
    door = Door([SHOP], Settings(rate_limit=1, rate_burst=1), COUNTRIES)
    assert isinstance(door.read(request(), NOW), Accepted)
    door.use([SHOP, BLOG])
    assert door.read(request(), NOW) == Refusal(Drop.RATE_LIMITED, 7, CLIENT, "https://shop.example", retry_after=61)
    door.use([])
    assert door.read(request(), NOW) == Refusal(Drop.UNKNOWN_SITE, 0, CLIENT)


def test_undeclared_property(door: Door) -> None:
    """A property that the site does not declare is left out, the event counts, and the sender is told."""
    answer = door.read(request(body(k="e", e="x", p={"plan": "år", "mail": "canary"})), NOW)
    assert isinstance(answer, Accepted)
    assert answer.hit.properties == (("plan", "år"),)
    assert answer.note is Drop.UNDECLARED_PROPERTY
    assert (answer.status, answer.words) == (202, "counted; undeclared-property")


def snapshot(door: Door) -> bytes:
    """All that the door and each module behind it hold that can change: tables, and what caches say of themselves."""
    modules = [module for name, module in sorted(sys.modules.items()) if name.startswith("collector.door")]
    things = [(name, thing) for module in modules for name, thing in sorted(vars(module).items())]
    caches = [(name, tuple(thing.cache_info())) for name, thing in things if hasattr(thing, "cache_info")]
    tables = [(name, len(thing), repr(thing)) for name, thing in things if isinstance(thing, dict | set | list)]
    rate = [getattr(door.rate, name) for name in door.rate.__slots__]
    remembered = tuple(door.countries.of.cache_info())  # type: ignore[attr-defined]
    return pickle.dumps((caches, [table for table in tables if table[0] != "__builtins__"], rate, remembered))


@pytest.mark.parametrize("wish", ["sec-gpc", "dnt"])
def test_objection_leaves_no_trace(door: Door, wish: str) -> None:
    """An objection changes nothing: no token, no cache, no count; and its answer has neither site nor network."""
    door.read(request(body(u="https://shop.example/before")), NOW)
    before = snapshot(door)
    sent = request(body(u="https://shop.example/canary"), {wish: "1", "user-agent": "Canary/1.0"}, peer="198.18.7.7")
    assert door.read(sent, NOW + 10**9) == Refusal(Drop.OBJECTION)
    assert snapshot(door) == before
    door.read(request(body(u="https://shop.example/canary"), {"user-agent": "Canary/1.0"}, peer="198.18.7.7"), NOW)
    assert snapshot(door) != before  # or the comparison would see nothing


def test_steps_in_order() -> None:
    """The list of steps, by name: the objection first, the network before all that is counted, the hit last."""
    names = [step.__name__ for step in STEPS]
    assert names == [
        *("drop_objection", "put_network", "drop_too_large", "drop_malformed", "drop_unknown_site"),
        *("drop_unknown_sender", "drop_prefetch", "drop_foreign_origin", "drop_excluded_network"),
        *("drop_rate_limited", "put_agent", "drop_bot", "put_page", "drop_foreign_page", "put_referrer"),
        *("drop_referrer_spam", "put_country", "drop_undeclared_property"),
        "put_hit",
    ]
    assert names == [name for name in vars(Door) if name.startswith(("drop_", "put_"))]


def test_refused_beacons_take_no_token(door: Door) -> None:
    """What is refused before the rate limit does not use up a visitor's bucket."""
    for sent, reason in REFUSED.values():
        if reason in {Drop.MALFORMED, Drop.UNKNOWN_SITE, Drop.PREFETCH, Drop.EXCLUDED_NETWORK}:
            door.read(sent, NOW)
    assert not door.rate._young


def test_every_reason_has_its_status() -> None:
    """Whatever a sender can be told has a status; what only a replayed log has, none."""
    assert set(Drop) - set(STATUS) == {Drop.ASSET, Drop.STATUS, Drop.METHOD, Drop.TORN_LINE}
    assert {reason: code for reason, code in STATUS.items() if code != 202} == {
        Drop.MALFORMED: 400,
        Drop.FOREIGN_ORIGIN: 403,
        Drop.UNKNOWN_SENDER: 403,
        Drop.UNKNOWN_SITE: 404,
        Drop.TOO_LARGE: 413,
        Drop.RATE_LIMITED: 429,
        Drop.OVERLOADED: 503,
    }


def test_the_address_is_gone_after_its_step(door: Door) -> None:
    """Past the wall the work holds neither peer nor headers that name it, nor a cookie."""
    work = Work(request(changes={"x-forwarded-for": "198.18.7.7", "authorization": "canary"}, peer="127.0.0.1"), NOW)
    door.put_network(work)
    left = repr([getattr(work, name) for name in Work.__slots__ if hasattr(work, name)])
    assert work.network == v4("198.18.7")
    assert not [word for word in ("198.18.7.7", "127.0.0.1", "canary", "forwarded") if word in left]


def test_nothing_shows_the_address_in_a_traceback() -> None:
    """Tools that print a frame's variables see neither peer nor headers."""
    sent = request(peer="198.18.7.7")
    assert repr(sent) == "<Request POST>"
    assert "198.18" not in repr(Work(sent, NOW))


def test_no_address_after_use(door: Door) -> None:
    """After a beacon nothing in the process holds the address it came from: no cache, no refusal, no hit."""
    groups = (198, 51, 100, 238)
    answers = []
    for found in (request(), *(sent for sent, _ in REFUSED.values())):
        address = ".".join(map(str, groups))
        forwarded = [*found.headers, (b"x-forwarded-for", f"10.0.0.1, {address}".encode())]
        answers.append(door.read(Request(found.method, found.headers, address, found.body, found.query), NOW))
        answers.append(door.read(Request(found.method, forwarded, "127.0.0.1", found.body, found.query), NOW))
    del address, forwarded
    gc.collect()
    needle = ".".join(map(str, groups))
    leaks = [
        thing
        for holder in gc.get_objects()
        for thing in gc.get_referents(holder)
        if type(thing) in (str, bytes) and needle in (thing if isinstance(thing, str) else thing.decode("latin-1"))
        if thing is not needle
    ]
    assert not leaks
    assert answers


def test_a_host_that_no_page_can_have_lets_nobody_in() -> None:
    """An IPv6 address among the hosts does not make a page without host one of the site's."""
    door = Door([checked(Site(id=9, domain="shop.example", hosts=("::1",)))], SETTINGS, COUNTRIES)
    assert door.read(request(body(u="/")), NOW) == Refusal(Drop.FOREIGN_ORIGIN, 9, CLIENT, "https://shop.example")


def test_bad_settings_are_told() -> None:
    """A proxy or an excluded network that cannot be read stops the door from opening."""
    with pytest.raises(SettingsError):
        Door([], Settings(trusted_proxies=("proxy",)), COUNTRIES)
    with pytest.raises(SiteError):
        Door([Site(domain="shop.example", excluded_networks=("office",))], SETTINGS, COUNTRIES)


values = st.text(max_size=30) | st.sampled_from(["https://shop.example/", "shop.example", "v", "e", "n", "null", "1"])
bodies = st.dictionaries(st.sampled_from([*"sukrneptd"]), values | st.integers() | st.floats(), max_size=9)
names = st.sampled_from([name for name, _ in headers({"sec-gpc": "1", "referer": "x", "x-forwarded-for": "y"})])


@given(
    st.sampled_from(["GET", "POST", ""]),
    st.lists(st.tuples(names, st.binary(max_size=40))),
    st.none() | st.text(max_size=20) | st.ip_addresses().map(str),
    st.binary(max_size=60) | bodies.map(lambda fields: body(**fields)),
    st.binary(max_size=60),
    st.integers(0, 2**42),
)
def test_door_never_raises(  # noqa: PLR0917 - hypothesis passes by place
    method: str, found: list[tuple[bytes, bytes]], peer: str | None, sent: bytes, query: bytes, now: int
) -> None:
    """Whatever arrives becomes a hit or a refusal."""
    answer = Door([SHOP, BLOG], SETTINGS, COUNTRIES).read(Request(method, found, peer, sent, query), now)
    assert answer.words
    assert answer.status in {202, 400, 403, 404, 413, 429}
