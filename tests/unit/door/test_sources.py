"""The tables of hosts: complete, without contradictions, and harmless to sites that are nobody's enemy."""

from collections import Counter
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.door.scrub import OTHER
from collector.door.sources import Channel, Source, look_up, look_up_app, look_up_word, registrable

TABLE = files("collector.door")
ROWS = [
    line.split("\t")
    for line in TABLE.joinpath("sources.tsv").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
]


def hosts(name: str) -> list[str]:
    lines = TABLE.joinpath(name).read_text(encoding="utf-8").splitlines()
    return " ".join(line for line in lines if not line.startswith("#")).split()


def test_the_table_is_large_and_well_formed() -> None:
    """At least 250 sources, each of a channel of the closed list, a name and hosts; words are lower case."""
    assert len(ROWS) >= 250
    for channel, name, places, *words in ROWS:
        assert Channel(channel) is not Channel.DIRECT
        assert name == name.strip() != ""
        assert len(words) <= 1
        assert all(text == text.lower() for text in " ".join(words).split())
        assert all(place == place.lower() or place.startswith("app:") for place in places.split())


@pytest.mark.parametrize("column", [1, 2, 3], ids=["names", "hosts", "words"])
def test_nothing_is_listed_twice(column: int) -> None:
    """A name, a host and a word mean one source; so no line hides another."""
    cells = [row[column] for row in ROWS if len(row) > column]
    seen = Counter(cells if column == 1 else " ".join(cells).split())
    del seen["-"]
    assert {text for text, times in seen.items() if times > 1} == set()


def test_a_word_is_no_other_sources_name() -> None:
    """What one source answers to is not what another is called."""
    names = {row[1].lower(): row[1] for row in ROWS}
    assert {
        word: row[1] for row in ROWS if len(row) > 3 for word in row[3].split() if names.get(word, row[1]) != row[1]
    } == {}


@pytest.mark.parametrize("name", ["returns.txt", "spam.txt"])
def test_lists_of_hosts_hold_each_host_once(name: str) -> None:
    """Payment, sign-in and spam hosts are lower case, below a known suffix, and listed once."""
    listed = hosts(name)
    assert sorted(set(listed)) == sorted(listed)
    assert [host for host in listed if host != host.lower() or not registrable(host)] == []


def test_every_host_of_the_table_is_found() -> None:
    """Each host, and what lies below it, has the name and channel of its line; "*" stands for every suffix."""
    for channel, name, places, *_ in ROWS:
        for place in places.replace(".*", ".se").split():
            if place.startswith("app:"):
                assert look_up_app(place.removeprefix("app:")) == Source(name, Channel(channel))
            elif place != "-":
                assert look_up(place).source == Source(name, Channel(channel)), place
                assert look_up(f"www.{place}").source == Source(name, Channel(channel)), place


@pytest.mark.parametrize(
    ("name", "channel"),
    [
        *(("Aftonbladet", "referral"), ("Expressen", "referral"), ("Dagens Nyheter", "referral"), ("SVT", "referral")),
        *(("Svenska Dagbladet", "referral"), ("Sweclockers", "referral"), ("Bonniers", "referral")),
        *(("Allabolag", "referral"), ("Ratsit", "referral"), ("Eniro", "search"), ("Hitta.se", "search")),
        *(("Flashback", "social"), ("Familjeliv", "social"), ("Blocket", "shopping"), ("Tradera", "shopping")),
        *(("Prisjakt", "shopping"), ("PriceRunner", "shopping"), ("Hemnet", "shopping"), ("CDON", "shopping")),
    ],
)
def test_swedish_sources_are_known(name: str, channel: str) -> None:
    """What a Swedish shop is found by has a name."""
    assert [row[0] for row in ROWS if row[1] == name] == [channel]


@pytest.mark.parametrize("channel", [channel for channel in Channel if channel is not Channel.DIRECT])
def test_every_channel_has_sources(channel: Channel) -> None:
    """No channel of the table is empty."""
    assert any(row[0] == channel for row in ROWS)


NAMED = {
    "google.com": ("Google", "search"),
    "www.google.co.uk": ("Google", "search"),
    "news.google.com": ("Google News", "referral"),
    "mail.google.com": ("Gmail", "mail"),
    "gemini.google.com": ("Gemini", "ai"),
    "google.evil.se": ("evil.se", "referral"),
    "google.com.evil.se": ("evil.se", "referral"),
    "notgoogle.com": ("notgoogle.com", "referral"),
    "l.facebook.com": ("Facebook", "social"),
    "t.co": ("X", "social"),
    "notx.com": ("notx.com", "referral"),
    "out.reddit.com": ("Reddit", "social"),
    "chatgpt.com": ("ChatGPT", "ai"),
    "www.prisjakt.nu": ("Prisjakt", "shopping"),
    "a.b.example.org": ("example.org", "referral"),
    "a.b.example.co.uk": ("example.co.uk", "referral"),
    "xn--rksmrgs-5wao1o.se": ("xn--rksmrgs-5wao1o.se", "referral"),
    "anna.github.io": ("anna.github.io", "referral"),
    "anna.blogspot.de": ("Blogger", "referral"),
    "webmail.example.se": (OTHER, "mail"),
    "mail2.example.se": (OTHER, "mail"),
    "owa.example.se": (OTHER, "mail"),
    "mailchimp.se": ("mailchimp.se", "referral"),
    "mail.se": ("mail.se", "referral"),
    "intranet.example.se": (OTHER, "referral"),
    "a.intranet.example.se": (OTHER, "referral"),
    "internal.example.se": (OTHER, "referral"),
    "intranet.se": ("intranet.se", "referral"),
    "intranet": (OTHER, "referral"),
    "localhost": (OTHER, "referral"),
    "printer.local": (OTHER, "referral"),
    "a.b.internal": (OTHER, "referral"),
    "nas.lan": (OTHER, "referral"),
    "router.home.arpa": (OTHER, "referral"),
    "a.corp": (OTHER, "referral"),
    "203.0.113.217": (OTHER, "referral"),
    "co.uk": (OTHER, "referral"),
    "duckduckgogg42xjoc72x3sjasowoarfbgcmvfimaftt6twagswzczad.onion": (OTHER, "referral"),
    "a b.se": (OTHER, "referral"),
    "A.se": (OTHER, "referral"),
    "": (OTHER, "referral"),
}


@pytest.mark.parametrize(("host", "expected"), NAMED.items(), ids=NAMED)
def test_a_host_has_a_name_and_a_channel(host: str, expected: tuple[str, str]) -> None:
    """The longest listed host wins, else the registrable domain; what is nobody's public site does not show."""
    place = look_up(host)
    assert (place.source.name, place.source.channel) == expected
    assert not place.payment
    assert not place.spam


@pytest.mark.parametrize(
    "host",
    [
        *("www.klarna.com", "www.paypal.com", "hooks.stripe.com", "mss.cpc.getswish.net", "login.bankid.com"),
        *(
            "checkoutshopper-live.adyen.com",
            "www.nets.eu",
            "checkout.svea.com",
            "checkout.qliro.com",
            "pay.walleypay.com",
        ),
        *("www.billogram.com", "checkout.trustly.com", "secure5.arcot.com", "pay.vipps.no", "products.mobilepay.dk"),
        *("accounts.google.com", "appleid.apple.com", "shop.app", "pay.shopify.com", "app.frejaeid.com"),
        *("shop.criipto.id", "preprod.signicat.com", "acs2.somebank.se", "3ds.somebank.fi", "login.somebank.se"),
        *("checkout.example.com", "idp.example.se", "login.microsoftonline.com", "centinelapi.cardinalcommerce.com"),
    ],
)
def test_payment_and_sign_in_hosts_are_returns(host: str) -> None:
    """A visitor who comes back from paying or signing in has not arrived anew."""
    assert look_up(host).payment


@pytest.mark.parametrize(
    "host", ["www.google.com", "apple.com", "payments.se", "login.se", "paypal.com.se", "stripe.se"]
)
def test_other_hosts_are_no_returns(host: str) -> None:
    """A site that only sounds like payment is a source like any other."""
    assert not look_up(host).payment


@pytest.mark.parametrize(
    "host",
    [
        *("semalt.com", "semalt.semalt.com", "buttons-for-website.com", "www.buttons-for-your-website.com"),
        *("free-share-buttons.com", "get-free-traffic-now.com", "buy-cheap-traffic.xyz", "traffic2cash.xyz"),
        *("best-seo-offer.com", "200dollars-seo.com", "seo-traffic.info", "eu-cookie-law-enforcement-b.xyz"),
        *("ilovevitaly.com", "www.4webmasters.org", "hulfingtonpost.com"),
        *("darodar.com", "forum.topic123.darodar.com", "trafficbot.life", "buy-viagra.org", "social-buttons-zz.com"),
    ],
)
def test_spam_hosts_are_known(host: str) -> None:
    """Hosts from the list, those below them, and those that call themselves alike are spam."""
    assert look_up(host).spam


LEGITIMATE = [
    *("aftonbladet.se", "buttons.se", "knappar-buttonshop.se", "sybutton.com", "addtoany.com", "sharethis.com"),
    *("seo.se", "seo-byran.se", "stockholm-seo.se", "seobloggen.com", "searchengineland.com", "moz.com", "ahrefs.com"),
    *(
        "trafficanalytics.se",
        "trafikverket.se",
        "trafficlight.com",
        "freetraffic.org",
        "carefree-traffic.se",
        "airtraffic.com",
        "webtraffic.se",
    ),
    *(
        "free-fonts.com",
        "cheap-flights.com",
        "best-shoes.se",
        "casinotopsonline.com",
        "apotea.se",
        "lawenforcement.org",
    ),
    *("monetization.com", "social-media.se", "share-a-car.se", "cookie-shop.se", "semla.se", "socialbutton.se"),
    *("buy-trafficlights.com", "website-for-kids.org", "cyklotron.se", "erotiknovell.se", "kasino.se", "100kronor.se"),
]


@pytest.mark.parametrize("host", [*LEGITIMATE, *(row[2].split()[0].replace(".*", ".com") for row in ROWS[:200])])
def test_no_legitimate_site_is_spam(host: str) -> None:
    """Agencies, shops and blogs whose names come near the patterns are counted."""
    assert not look_up(host).spam


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("fb", "Facebook"),
        ("ig", "Instagram"),
        ("google", "Google"),
        ("prisjakt", "Prisjakt"),
        ("nyhetsbrev", "newsletter"),
        ("chatgpt.com", "ChatGPT"),
        ("www.example.org", "example.org"),
        ("anna", None),
        ("v1.2", None),
        ("", None),
    ],
)
def test_campaign_words_are_normalised(word: str, expected: str | None) -> None:
    """One source has one name, however a campaign spells it."""
    found = look_up_word(word)
    assert (found and found.name) == expected


@given(st.text(max_size=40))
def test_whatever_comes_a_name_is_closed(text: str) -> None:
    """Never raises; a name is from the table, a registrable domain or "(other)"."""
    names = {OTHER, *(row[1] for row in ROWS)}
    for host in (text, f"{text}.se", f"www.{text}.com"):
        name = look_up(host).source.name
        assert name in names or name == registrable(host)
