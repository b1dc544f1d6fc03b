"""Each tool's requests, case by case: what they become, what they are answered, and what never gets through."""

import json
import pickle
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.dialects import reading
from collector.dialects.said import GIF, Told, words
from collector.door.hit import Drop, Navigation
from collector.door.reply import Accepted, Refusal
from tests.canary import leaks
from tests.unit.dialects.said import DOOR, SERVER, WEBSITE, new_door, say, short
from tests.unit.door.samples import NOW, v4

TOKEN = "tv_secret"
PHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 26_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.1 "
    "Mobile/15E148 Safari/604.1"
)
PAGE = "https://shop.example/skor"
GOOGLE = "https://www.google.com/"
Case = tuple[str, Any, list[tuple[Any, ...]]]


def umami(**payload: Any) -> dict[str, Any]:
    return {"type": "event", "payload": {"website": WEBSITE, "hostname": "shop.example", "url": "/skor", **payload}}


def matomo(**fields: Any) -> str:
    return "/matomo.php?" + urlencode({"idsite": "3", "rec": "1", "url": PAGE} | fields)


def collect(**fields: Any) -> str:
    return "/g/collect?" + urlencode({"v": "2", "tid": "G-ABC1234567", "dl": PAGE} | fields)


def measured(name: str, **params: Any) -> dict[str, Any]:
    return {"client_id": "1.2", "events": [{"name": name, "params": {"page_location": PAGE} | params}]}


MP = "/mp/collect?measurement_id=G-ABC1234567&api_secret=tv_secret"
SHORT = {"n": "pageview", "u": PAGE, "d": "shop.example"}

CASES: dict[str, Case] = {
    # Plausible
    "plausible view": ("/api/event", SHORT | {"r": GOOGLE}, [("view", "/skor", "Google")]),
    "plausible long keys": (
        "/api/event",
        {"name": "pageview", "url": PAGE, "domain": "shop.example", "referrer": PAGE + "/a"},
        [("view", "/skor", "/skor/a")],
    ),
    "plausible several sites": (
        "/api/event",
        SHORT | {"d": "shop.example, other.example"},
        [("view", "/skor", ""), ("unknown-site",)],
    ),
    "plausible event, properties as text": (
        "/api/event",
        SHORT | {"n": "Signup", "p": '{"plan":"year","email":"a@b.se"}'},
        [("event", "/skor", "Signup", {"plan": "year"})],
    ),
    "plausible revenue": (
        "/api/event",
        SHORT | {"n": "Purchase", "$": {"currency": "SEK", "amount": "10.29"}},
        [("event", "/skor", "Purchase", {"revenue": "10.29"})],
    ),
    "plausible engagement": (
        "/api/event",
        SHORT | {"n": "engagement", "e": 8500, "sd": 71},
        [("time", "/skor", 8500, 71)],
    ),
    "plausible engagement beyond sense": (
        "/api/event",
        SHORT | {"n": "engagement", "e": 1e12, "sd": -4},
        [("time", "/skor", 1_800_000, 0)],
    ),
    "plausible app": ("/api/event", SHORT | {"u": "app://localhost/home?utm_source=brev"}, [("view", "/home", "brev")]),
    "plausible data address": ("/api/event", SHORT | {"u": "data:text/html,x"}, [("unsupported",)]),
    "plausible without page": ("/api/event", {"n": "pageview", "d": "shop.example"}, [("malformed",)]),
    "plausible elsewhere": ("/api/event", SHORT | {"u": "https://copy.example/"}, [("foreign-origin",)]),
    # Umami
    "umami view": ("/api/send", umami(referrer=GOOGLE), [("view", "/skor", "Google")]),
    "umami own referrer as a path": ("/api/send", umami(referrer="/start"), [("view", "/skor", "/start")]),
    "umami without host": ("/api/send", umami(hostname=None), [("view", "/skor", "")]),
    "umami event": ("/api/send", umami(name="buy", data={"plan": "x"}), [("event", "/skor", "buy", {"plan": "x"})]),
    "umami now": ("/api/send", umami(timestamp=NOW // 1000 - 60), [("view", "/skor", "")]),
    "umami long ago": ("/api/send", umami(timestamp=NOW // 1000 - 3600), [("unsupported",)]),
    "umami identify": ("/api/send", umami() | {"type": "identify"}, [("unsupported",)]),
    "umami performance": ("/api/send", umami() | {"type": "performance"}, [("unsupported",)]),
    "umami link": ("/api/send", {"type": "event", "payload": {"link": WEBSITE}}, [("unknown-site",)]),
    "umami unknown": ("/api/send", umami(website=WEBSITE[:-1] + "0"), [("unknown-site",)]),
    "umami batch": (
        "/api/batch",
        [umami(), umami(name="buy"), umami() | {"type": "identify"}],
        [("view", "/skor", ""), ("event", "/skor", "buy", {}), ("unsupported",)],
    ),
    "umami empty batch": ("/api/batch", [], [("malformed",)]),
    # GoatCounter
    "goatcounter view": (
        f"/count?p=/skor&r={quote(GOOGLE)}&q=%3Futm_campaign%3Drea",
        b"",
        [("view", "/skor", "Google")],
    ),
    "goatcounter event": ("/count?p=buy&e=true", b"", [("event", "/", "buy", {})]),
    "goatcounter robot": ("/count?p=/skor&b=150", b"", [("bot",)]),
    "goatcounter nothing": ("/count", b"", [("unsupported",)]),
    "goatcounter API": (
        "/api/v0/count",
        {
            "no_sessions": True,
            "hits": [{"path": "/skor", "ref": GOOGLE}, {"path": "buy", "event": True}, {"title": "x"}],
        },
        [("view", "/skor", "Google"), ("event", "/", "buy", {}), ("unsupported",)],
    ),
    "goatcounter API, yesterday": (
        "/api/v0/count",
        {"hits": [{"path": "/skor", "created_at": "2026-11-17T12:00:00Z"}]},
        [("unsupported",)],
    ),
    # Matomo
    "matomo view": (matomo(urlref=GOOGLE), b"", [("view", "/skor", "Google")]),
    "matomo form": ("/matomo.php", urlencode({"idsite": 3, "rec": 1, "url": PAGE}).encode(), [("view", "/skor", "")]),
    "matomo ping": (matomo(ping=1), b"", [("time", "/skor", 0, 0)]),
    "matomo event": (
        matomo(e_c="Video", e_a="Play", e_n="Host"),
        b"",
        [("event", "/skor", "Video: Play", {"name": "Host"})],
    ),
    "matomo goal": (matomo(idgoal=4, revenue="249"), b"", [("event", "/skor", "Goal 4", {"revenue": "249"})]),
    "matomo order": (matomo(idgoal=0, revenue=10.5), b"", [("event", "/skor", "Order", {"revenue": "10.5"})]),
    "matomo link": (
        matomo(link="https://else.example/a?token=1"),
        b"",
        [("event", "/skor", "Outbound Link: Click", {"url": "https://else.example/a"})],
    ),
    "matomo content": (matomo(c_n="Ad"), b"", [("unsupported",)]),
    "matomo backdated": (matomo(cdt="2026-11-01 10:00:00"), b"", [("unsupported",)]),
    "matomo unrecorded": ("/matomo.php?idsite=3&url=x", b"", [("unsupported",)]),
    "matomo unknown": (matomo(idsite=4), b"", [("unknown-site",)]),
    "matomo bulk": (
        "/matomo.php",
        {"requests": [matomo().removeprefix("/matomo.php"), matomo(idsite=9).removeprefix("/matomo.php")]},
        [("view", "/skor", ""), ("unknown-site",)],
    ),
    # GA4
    "ga4 view": (collect(en="page_view", dr=GOOGLE, _et=900), b"", [("view", "/skor", "Google")]),
    "ga4 engagement": (collect(en="user_engagement", _et=4321), b"", [("time", "/skor", 4321, 0)]),
    "ga4 scroll": (collect(en="scroll", _et=10, **{"epn.percent_scrolled": 90}), b"", [("time", "/skor", 10, 90)]),
    "ga4 event with time": (
        collect(en="sign_up", _et=50, **{"ep.plan": "x", "ep.secret": "y"}),
        b"",
        [("event", "/skor", "sign_up", {"plan": "x"}), ("time", "/skor", 50, 0)],
    ),
    "ga4 several": (
        collect(),
        b"en=page_view\r\nen=purchase&epn.revenue=249",
        [("view", "/skor", ""), ("event", "/skor", "purchase", {"revenue": "249"})],
    ),
    "ga4 no to analytics": (collect(en="page_view", gcs="G110"), b"", [("objection",)]),
    "ga4 yes to analytics": (collect(en="page_view", gcs="G101"), b"", [("view", "/skor", "")]),
    "ga4 without property": ("/g/collect?v=2&en=page_view", b"", [("malformed",)]),
    "measurement protocol": (
        MP,
        measured("page_view", page_referrer=GOOGLE, engagement_time_msec="100"),
        [("view", "/skor", "Google")],
    ),
    "measurement protocol event": (
        MP,
        measured("buy", plan="x", session_id="9", engagement_time_msec=100),
        [("event", "/skor", "buy", {"plan": "x"}), ("time", "/skor", 100, 0)],
    ),
    "measurement protocol without a page": (MP, measured("buy", page_location=None), [("unsupported",)]),
    "measurement protocol, a person": (MP, measured("session_start"), [("unsupported",)]),
    "measurement protocol backdated": (
        MP,
        measured("page_view") | {"timestamp_micros": (NOW - 3_600_000) * 1000},
        [("unsupported",)],
    ),
}


@pytest.mark.parametrize(("path", "body", "expected"), CASES.values(), ids=CASES.keys())
def test_case(path: str, body: Any, expected: list[tuple[Any, ...]]) -> None:
    """What the request becomes."""
    told, _ = say(path, body)
    assert short(told) == expected


ANSWERS = {
    "plausible": ("/api/event", SHORT, 202, b"ok"),
    "plausible unknown": ("/api/event", SHORT | {"d": "x.example"}, 202, b"ok"),
    "plausible broken": ("/api/event", b"{", 400, b"malformed"),
    "umami": ("/api/send", umami(), 200, b'{"cache":"","sessionId":"","visitId":""}'),
    "umami unknown": ("/api/send", umami(website="x"), 404, b"unknown-site"),
    "umami batch": ("/api/batch", [umami(), umami(website="x")], 200, b'"processed":1,"errors":1'),
    "goatcounter": ("/count?p=/", b"", 200, GIF),
    "goatcounter API": ("/api/v0/count", {"hits": [{"path": "/"}]}, 202, b'"ok"'),
    "matomo": (matomo(), b"", 200, GIF),
    "matomo without image": (matomo(send_image=0), b"", 204, b""),
    "matomo unknown": (matomo(idsite=9), b"", 404, GIF),
    "matomo bulk": (
        "/matomo.php",
        {"requests": [matomo()[11:], matomo(idsite=9)[11:]]},
        200,
        b'"tracked":1,"invalid":1',
    ),
    "ga4": (collect(en="page_view"), b"", 204, b""),
    "ga4 broken": (MP, b"[", 204, b""),
}


@pytest.mark.parametrize(("path", "body", "status", "part"), ANSWERS.values(), ids=ANSWERS.keys())
def test_answer(path: str, body: Any, status: int, part: bytes) -> None:
    """Each client hears what it expects of its own tool."""
    _, answer = say(path, body)
    assert answer.status == status
    assert part in answer.body


def test_a_robot_hears_what_umami_says() -> None:
    """A machine's User-Agent is dropped as one, however well the request is formed."""
    told, answer = say("/api/send", umami(), changes=SERVER | {"user-agent": "python-requests/2.34"})
    assert short(told) == [("bot",)]
    assert answer.body == b'{"beep":"boop"}'


def test_plausible_and_goatcounter_explain() -> None:
    """What was not counted is said in the headers where these tools say it."""
    assert (b"x-plausible-dropped", b"1") in say("/api/event", SHORT | {"d": "x.example"})[1].headers
    assert (b"x-plausible-dropped", b"1") not in say("/api/event", SHORT)[1].headers
    assert (b"x-goatcounter", b"unsupported; a hit needs its path") in say("/count")[1].headers


def test_the_words_of_many() -> None:
    """`X-Trekvart` sums a batch up, and quotes nothing of it."""
    told, _ = say("/api/batch", [umami(), umami(), umami(website="evil\r\nx"), umami() | {"type": "identify"}])
    assert words(told) == (
        "2 counted, 1 unknown-site; name it with: trekvart site alias DOMAIN umami NAME, "
        "1 unsupported; only the type event is counted"
    )


def test_a_page_of_its_own_site_names_it() -> None:
    """GoatCounter's requests name no site: without an alias for the host asked, the sending page's host does."""
    changes: dict[str, str | None] = {"host": "other.example", "origin": "https://shop.example"}
    assert short(say("/count?p=/skor", changes=changes)[0]) == [("view", "/skor", "")]
    assert short(say("/count?p=/skor", changes=changes | {"origin": "https://x.example"})[0]) == [("unknown-site",)]


def test_a_foreign_page_is_refused() -> None:
    """Another site's page cannot send in this site's name."""
    for path, body in (("/api/event", SHORT), ("/api/send", umami()), (matomo(), b""), (collect(en="page_view"), b"")):
        assert short(say(path, body, changes={"origin": "https://evil.example"})[0]) == [("foreign-origin",)]


def test_navigation_is_unsaid() -> None:
    """None of these tools says how a page was opened, so the fold is told that nobody knows."""
    outcome = say("/api/event", SHORT)[0][0].outcome
    assert isinstance(outcome, Accepted)
    assert outcome.hit.navigation == Navigation.UNSAID


@pytest.mark.parametrize("header", ["sec-gpc", "dnt"])
@pytest.mark.parametrize(("path", "body", "_"), CASES.values(), ids=CASES.keys())
def test_an_objection_goes_before_everything(path: str, body: Any, _: Any, header: str) -> None:
    """Whatever else the request is, it is an objection, without site and network, and nothing of the door changes."""
    door = new_door()
    before = pickle.dumps((door.rate._young, door.rate._old))
    told, answer = say(path, body, door=door, changes={header: "1"})
    assert short(told) == [("objection",)]
    assert (told[0].outcome.site, told[0].outcome.network) == (0, 0)  # type: ignore[union-attr]  # a Refusal
    assert answer.status < 300
    assert pickle.dumps((door.rate._young, door.rate._old)) == before


PERSON = "c0ffee-visitor-4711"
ADDRESS = "203.0.113.217"
AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0 Kanariefågel/7"
CARRIED: dict[str, tuple[str, Any]] = {
    "plausible": ("/api/event", SHORT | {"w": PERSON, "ip": ADDRESS, "user_agent": AGENT, "v": PERSON}),
    "umami": (
        "/api/send",
        umami(ip=ADDRESS, userAgent=AGENT, id=PERSON, screen=PERSON, language=PERSON, tag=PERSON, title=PERSON),
    ),
    "goatcounter": (f"/count?p=/&t={PERSON}&s={PERSON}&rnd={PERSON}", b""),
    "goatcounter API": (
        "/api/v0/count",
        {"hits": [{"path": "/", "ip": ADDRESS, "user_agent": AGENT, "session": PERSON, "location": PERSON}]},
    ),
    "matomo": (
        matomo(_id=PERSON, uid=PERSON, cid=PERSON, cip=ADDRESS, ua=AGENT, res=PERSON, lang=PERSON, pv_id=PERSON),
        b"",
    ),
    "matomo bulk": (
        "/matomo.php",
        {"requests": [matomo(cip=ADDRESS, uid=PERSON, ua=AGENT)[11:]], "note": PERSON},
    ),
    "matomo with a token": (matomo(cip=ADDRESS, uid=PERSON, ua=AGENT, token_auth=TOKEN), b""),
    "ga4": (
        collect(en="sign_up", cid=PERSON, uid=PERSON, sid=PERSON, _uip=ADDRESS, uafvl=AGENT, **{"up.id": PERSON}),
        b"",
    ),
    "measurement protocol": (
        MP,
        measured("buy", session_id=PERSON, user_id=PERSON)
        | {
            "client_id": PERSON,
            "user_id": PERSON,
            "ip_override": ADDRESS,
            "user_agent": AGENT,
            "user_properties": {"a": PERSON},
        },
    ),
}


@pytest.mark.parametrize(("path", "body"), CARRIED.values(), ids=CARRIED.keys())
def test_what_says_who_is_dropped(path: str, body: Any) -> None:
    """No identifier, address or User-Agent that a request carries is in its hits, its words or its answer."""
    told, answer = say(path, body)
    assert any(isinstance(one.outcome, Accepted) for one in told), short(told)
    kept = pickle.dumps([one.outcome for one in told]) + repr(answer).encode() + words(told).encode()
    for carried in (PERSON, ADDRESS, AGENT):
        assert carried.encode() not in kept
    assert leaks(kept) == []


def test_an_address_in_the_body_changes_nothing() -> None:
    """A client cannot choose its network or its browser by what it says in the body."""
    plain, forged = (
        say("/api/send", umami())[0][0].outcome,
        say("/api/send", umami(ip="8.8.8.8", userAgent="curl/8"))[0],
    )
    assert isinstance(plain, Accepted)
    assert isinstance(forged[0].outcome, Accepted)
    assert plain.hit == forged[0].outcome.hit


SENT = {
    "matomo": (matomo(cip="198.51.100.7", ua=PHONE, token_auth="TOKEN"), b""),
    "matomo bulk": ("/matomo.php", {"requests": [matomo(cip="198.51.100.7", ua=PHONE)[11:]], "token_auth": "TOKEN"}),
    "goatcounter": ("/api/v0/count", {"hits": [{"path": "/skor", "ip": "198.51.100.7", "user_agent": PHONE}]}),
    "measurement protocol": (
        MP.replace(TOKEN, "TOKEN"),
        measured("page_view") | {"ip_override": "198.51.100.7", "user_agent": PHONE},
    ),
}


@pytest.mark.parametrize(("path", "body"), SENT.values(), ids=SENT.keys())
def test_a_server_with_the_sites_token_says_whom_it_sends_for(path: str, body: Any) -> None:
    """With a sender's token, and only with it, the address and the browser are the visitor's; a wrong one is told."""

    def sent(token: str) -> list[Told]:
        changes = SERVER | {"user-agent": "python-httpx2/2.16", "authorization": f"Bearer {token}"}
        text = body if isinstance(body, bytes) else json.dumps(body).replace("TOKEN", token).encode()
        return say(path.replace("TOKEN", token), text, changes=changes)[0]

    (told,) = sent(TOKEN)
    assert isinstance(told.outcome, Accepted), told
    assert (told.outcome.hit.network, told.outcome.hit.system) == (v4("198.51.100"), "iOS")
    assert leaks(pickle.dumps(told.outcome)) == []
    (refused,) = sent("tv_wrong")
    assert isinstance(refused.outcome, Refusal)
    assert (refused.outcome.words, refused.outcome.network) == ("unknown-sender", 0)


def test_a_server_that_says_no_browser() -> None:
    """A sender that knows of no User-Agent counts, as a browser that nobody knows, and from where it sends itself."""
    (told,) = say(MP, measured("page_view"), changes=SERVER | {"user-agent": "Python-urllib/3.11"})[0]
    assert isinstance(told.outcome, Accepted)
    assert (told.outcome.hit.browser, told.outcome.hit.network) == ("Other", v4("203.0.113"))


def test_a_robot_at_a_servers_door_is_a_robot() -> None:
    """What a server passes on is looked at like anything else."""
    told, _ = say(matomo(cip="198.51.100.7", ua="Googlebot/2.1 (+http://www.google.com/bot.html)", token_auth=TOKEN))
    assert short(told) == [("bot",)]


def test_too_much() -> None:
    """A body past the dialect's size, and a batch past its number, are refused before any of it is counted."""
    for dialect in reading.DIALECTS:
        told, _ = say(dialect.paths[0], b"x" * (dialect.longest + 1))
        assert short(told) == [("too-large",)]
    for path, body in (
        ("/api/batch", [umami()] * 101),
        ("/api/v0/count", {"hits": [{"path": "/"}] * 501}),
        (MP, {"events": [{"name": "a"}] * 26}),
        (collect(), b"en=a\n" * 26),
    ):
        assert short(say(path, body)[0]) == [("malformed",)]


KEYS = (
    *("n", "u", "d", "p", "$", "type", "payload", "website", "url", "data", "timestamp", "hits", "path", "created_at"),
    *("requests", "events", "name", "params", "page_location", "timestamp_micros", "domain", "e", "sd", "event"),
)
JSONS = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=5), inner, max_size=8)
    ),
    max_leaves=20,
)
PATHS = [path for dialect in reading.DIALECTS for path in dialect.paths]


@given(st.sampled_from(PATHS), JSONS | st.binary(max_size=200), st.text(max_size=100))
@settings(max_examples=150, deadline=None)
def test_anything_at_all(path: str, body: Any, query: str) -> None:
    """Whatever is sent, each part becomes a hit or a named reason, and an answer."""
    told, answer = say(
        f"{path}?{quote(query, safe='=&')}&measurement_id=G-ABC1234567&tid=x&idsite=3&rec=1", body, door=DOOR
    )
    assert told
    assert 200 <= answer.status < 600
    assert words(told).isascii()
    for one in told:
        assert isinstance(one.outcome, Accepted) or one.outcome.reason in Drop
    json.dumps(answer.body.decode("latin-1"))
