"""What a site can ask of the door: tokens of servers, events of pages without an origin, and the self-check."""

import gc
from typing import Any

import pytest
from msgspec.structs import replace

from collector.door.check import unmarked
from collector.door.country import Countries
from collector.door.door import Door
from collector.door.hit import Drop
from collector.door.reply import Accepted, Refusal
from collector.door.sender import digest, make_token
from collector.door.work import Request
from collector.settings import Settings
from collector.site import Site, checked
from tests.unit.door.samples import NOW, request, v4, v6
from tests.unit.door.test_door import body

TOKEN, OTHER = make_token(), make_token()
SHOP = checked(Site(id=7, domain="shop.example", null_origin=True, senders=(digest(TOKEN.encode()),)))
BLOG = checked(Site(id=8, domain="blog.example", senders=(digest(OTHER.encode()),)))
SETTINGS = Settings(trusted_proxies=("127.0.0.0/8",))
SERVER = dict.fromkeys(("origin", "sec-fetch-site", "sec-fetch-mode", "sec-fetch-dest", "accept-language", "sec-ch-ua"))
MARKED = "https://shop.example/skor?ref=trekvart-check"


@pytest.fixture
def door() -> Door:
    return Door([SHOP, BLOG], SETTINGS, Countries())


def sent_for(address: str, token: str = TOKEN, peer: str = "192.0.2.80", **fields: Any) -> Request:
    """A beacon of the shop's server for a visitor."""
    return request(body(**fields), {**SERVER, "x-trekvart-token": token, "x-trekvart-address": address}, peer=peer)


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.9", v4("203.0.113")),
        (" 2001:db8:5:1::9 ", v6("2001:db8:5")),
        ("[2001:db8:5:1::9]:443", v6("2001:db8:5")),
        ("somebody", 0),
        ("203.0.113.9, 198.51.100.1", 0),
    ],
)
def test_server_with_token_says_whom_it_sends_for(door: Door, address: str, network: int) -> None:
    """The address it gives is the visitor's, cut like any; what is no address is nobody's, never the server's own."""
    answer = door.read(sent_for(address), NOW)
    assert isinstance(answer, Accepted)
    assert answer.hit.network == network


def test_server_that_gives_no_address_counts_as_itself(door: Door) -> None:
    """With the token alone, the sender's own network is taken."""
    answer = door.read(request(body(), {**SERVER, "x-trekvart-token": TOKEN}, peer="192.0.2.80"), NOW)
    assert isinstance(answer, Accepted)
    assert answer.hit.network == v4("192.0.2")


def test_without_token_the_address_is_not_believed(door: Door) -> None:
    """Anybody can write the header; only a token makes it true."""
    answer = door.read(request(body(), {**SERVER, "x-trekvart-address": "203.0.113.9"}, peer="192.0.2.80"), NOW)
    assert isinstance(answer, Accepted)
    assert answer.hit.network == v4("192.0.2")


@pytest.mark.parametrize(
    "token",
    [OTHER, "tv_wrong", "", TOKEN[:-1], digest(TOKEN.encode())],
    ids=["another site's", "wrong", "none", "cut", "the hash"],  # each run draws its tokens, and its workers must agree
)
def test_wrong_token_is_refused(door: Door, token: str) -> None:
    """Another site's token, a wrong one and the kept hash itself are refused, and lend no network to a publish."""
    refused = door.read(sent_for("203.0.113.9", token), NOW)
    assert refused == Refusal(Drop.UNKNOWN_SENDER, 7, 0)
    assert refused.status == 403


def test_revoked_token_is_refused(door: Door) -> None:
    """A token that the site no longer has ends at once."""
    door.use([replace(SHOP, senders=())])
    assert door.read(sent_for("203.0.113.9"), NOW) == Refusal(Drop.UNKNOWN_SENDER, 7, 0)


def test_objection_passed_on(door: Door) -> None:
    """A server that passes on its visitor's objection is obeyed, and the answer knows nothing."""
    sent = request(body(), {**SERVER, "sec-gpc": "1", "x-trekvart-token": TOKEN, "x-trekvart-address": "203.0.113.9"})
    assert door.read(sent, NOW) == Refusal(Drop.OBJECTION)


def test_given_address_is_gone_after_its_step(door: Door) -> None:
    """What a server passed on is nowhere in the process afterwards: not in a cache, a hit or a refusal."""
    groups = (198, 51, 100, 237)
    address = ".".join(map(str, groups))
    answers = [door.read(sent_for(address, token), NOW) for token in (TOKEN, OTHER)]
    del address
    gc.collect()
    needle = ".".join(map(str, groups))
    assert not [
        thing
        for holder in gc.get_objects()
        for thing in gc.get_referents(holder)
        if type(thing) in (str, bytes) and needle in (thing if isinstance(thing, str) else thing.decode("latin-1"))
        if thing is not needle
    ]
    assert answers


@pytest.mark.parametrize(
    ("site", "kind", "let_in"),
    [
        ("shop.example", "e", True),
        ("shop.example", "v", False),
        ("shop.example", "t", False),
        ("blog.example", "e", False),
    ],
)
def test_null_origin(door: Door, site: str, kind: str, let_in: bool) -> None:
    """Where the site allows it, a page without an origin sends events; never views or time, and never for another."""
    sent = request(
        body(s=site, u=f"https://{site}/checkout", k=kind, e="Purchase"),
        {"origin": "null", "sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors"},
    )
    answer = door.read(sent, NOW)
    assert isinstance(answer, Accepted) is let_in
    assert let_in or answer == Refusal(
        Drop.FOREIGN_ORIGIN, {"shop.example": 7, "blog.example": 8}[site], v4("203.0.113")
    )


def test_check_tells_what_became_of_it(door: Door) -> None:
    """The sender hears network, proxies, browser, and that it counts; and the check is no source of visits."""
    answer = door.read(request(body(u=MARKED), peer="130.237.3.4"), NOW)
    assert isinstance(answer, Accepted)
    assert answer.seen == "130.237.3.0/24, directly, Chrome 142, Windows, desktop, SE, counted"
    assert (answer.hit.page, answer.hit.source, answer.hit.campaign) == ("/skor", "", "")


@pytest.mark.parametrize(
    ("chain", "told"),
    [
        ("203.0.113.7", "203.0.113.0/24, through one trusted proxy, "),
        ("203.0.113.7, 127.0.0.9", "203.0.113.0/24, through two trusted proxies, "),
        ("203.0.113.7, 127.0.0.9, 127.0.0.8", "203.0.113.0/24, through 3 trusted proxies, "),
        ("2001:db8:5:1::9", "2001:db8:5::/48, through one trusted proxy, "),
        ("203.0.113.7, hidden", "127.0.0.0/24, through one trusted proxy, "),
    ],
)
def test_check_counts_proxies(door: Door, chain: str, told: str) -> None:
    """A proxy that nobody named shows as its own network."""
    answer = door.read(request(body(u=MARKED), {"x-forwarded-for": chain}, peer="127.0.0.1"), NOW)
    assert answer.seen.startswith(told)


@pytest.mark.parametrize(
    ("sent", "seen"),
    [
        (request(body(u=MARKED), {"origin": "https://evil.example"}), "203.0.113.0/24, directly, foreign-origin"),
        (request(body(u=MARKED, s="x.example")), "203.0.113.0/24, directly, unknown-site"),
        (request(body(u=MARKED), {"sec-gpc": "1"}), ""),
        (request(body()), ""),
    ],
)
def test_check_tells_the_reason(door: Door, sent: Request, seen: str) -> None:
    """A refusal says why; an objection ends everything, and who does not ask is told nothing."""
    assert door.read(sent, NOW).seen == seen


def test_only_the_mark_is_taken_out() -> None:
    """The rest of a checked page's address stays."""
    assert unmarked("https://shop.example/a?ref=trekvart-check&utm_source=x") == "https://shop.example/a?&utm_source=x"
