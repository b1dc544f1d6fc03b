"""What is left of a page's address: a path that says which page, and nothing that says who."""

import re
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from collector.door import page as page_module
from collector.door.page import DEEPEST_PATH, LONGEST_PATH, NO_CAMPAIGN, PRIVATE, Campaign, read_host, scrub_page
from collector.door.scrub import HIDDEN, OTHER, is_personal

SHOP = "https://shop.se"

KEPT = {
    "front page": ("/", "/"),
    "no path": ("", "/"),
    "product": ("/produkt/ullmossa-barn-92-98", "/produkt/ullmossa-barn-92-98"),
    "product with a model": ("/produkt/levis-501-original", "/produkt/levis-501-original"),
    "sizes": ("/ullbyxa-barn-92-98-104-110-116", "/ullbyxa-barn-92-98-104-110-116"),
    "measures": ("/matta-100x200cm-40x60cm", "/matta-100x200cm-40x60cm"),
    "models": ("/samsung-galaxy-s24-ultra-256gb-svart-sm-s928b", "/samsung-galaxy-s24-ultra-256gb-svart-sm-s928b"),
    "models in capitals": ("/RTX-4090-24GB-GDDR6X", "/RTX-4090-24GB-GDDR6X"),
    "blog by month": ("/blogg/2015/05/ny-butik", "/blogg/2015/05/ny-butik"),
    "blog by day": ("/blogg/2015-05-17-ny-butik", "/blogg/2015-05-17-ny-butik"),
    "American date": ("/blogg/05-17-2015", "/blogg/05-17-2015"),
    "short id": ("/p/1234", "/p/1234"),
    "long Swedish word": ("/realisationsvinstskatteberäkning", "/realisationsvinstskatteberäkning"),
    "many consonants": ("/västkustskkryssning", "/västkustskkryssning"),
    "CamelCase": ("/api/ArrayIndexOutOfBounds.html", "/api/ArrayIndexOutOfBounds.html"),
    "version": ("/docs/1.2.3/api", "/docs/1.2.3/api"),
    "trailing slash": ("/blogg/", "/blogg"),
    "slashes": ("//blogg///ny//", "/blogg/ny"),
    "backslash": ("/blogg\\ny", "/blogg/ny"),
    "dot": ("/./blogg/./", "/blogg"),
    "params": ("/blogg;jsessionid=8F3A/ny;v=1", "/blogg/ny"),
    "UTF-8": ("/sm%C3%B6rg%C3%A5s", "/smörgås"),
    "Latin-1": ("/sm%F6rg%E5s", "/smörgås"),
    "UTF-8 twice": ("/sm%25C3%25B6rg%25C3%25A5s", "/smörgås"),
    "decomposed": ("/smo\u0308rga\u030as", "/smörgås"),
    "escaped slash": ("/blogg%2Fny", "/blogg/ny"),
    "escaped question mark": ("/blogg%3Femail=anna", "/blogg"),
    "escaped hash": ("/blogg%23anna", "/blogg"),
    "spaces around": ("/%20blogg%20/ny", "/blogg/ny"),
    "many names of mixed letters": ("/mp3spelare-och-a4papper-till-salu", "/mp3spelare-och-a4papper-till-salu"),
    "long query": ("/blogg?" + "x" * 5000, "/blogg"),
    "control characters": ("/bl\x00o%0Agg\x7f", "/blogg"),
    "bidirectional": ("/blogg/\u202eny\u2069", "/blogg/ny"),
    "zero width": ("/blo\u200bgg\ufeff", "/blogg"),
    "no-break space": ("/ny\u00a0butik", "/ny butik"),
    "lone surrogate": ("/blogg\ud800", "/blogg"),
    "percent sign": ("/rea-50%", "/rea-50%"),
    "order page": ("/order", "/order"),
    "ordinary checkout": ("/checkout/betalning", "/checkout/betalning"),
    "beställa is not beställning": ("/ordlista/b/c", "/ordlista/b/c"),
    "six segments": ("/a/b/c/d/e/f", "/a/b/c/d/e/f"),
    "128 characters": ("/" + "ab-" * 42 + "a", "/" + "ab-" * 42 + "a"),
}

HIDDEN_SEGMENTS = {
    "e-mail": "anna@example.se",
    "e-mail, escaped": "anna%40example.se",
    "e-mail, escaped twice": "anna%2540example.se",
    "e-mail, escaped three times": "anna%252540example.se",
    "e-mail, full-width": "anna\uff20example.se",
    "user name": "@anna",
    "UUID": "f81d4fae-7dec-11d0-a765-00a0c91e6bf6",
    "UUID of letters": "abcdefab-cdef-abcd-efab-cdefabcdefab",
    "UUID in capitals": "F81D4FAE-7DEC-11D0-A765-00A0C91E6BF6",
    "hexadecimal": "deadbeefdeadbeef",
    "hexadecimal within": "id-dEADbeefdeadbeef",
    "base64url": "dGhpcyBpcyBhIHNlY3JldA",
    "base64url with hyphens": "Zk3-xQ9_wL7pRt2v-Bn8s",
    "JWT": "eyJhbGciOiJub25lIn0.eyJh",
    "JWT of small letters": "eyJabcdefg.sommar",
    "escaped three times": "a%252542",
    "five digits": "12345",
    "five digits within": "order-12345-tack",
    "five Arabic digits": "\u0661\u0662\u0663\u0664\u0665",
    "five full-width digits": "\uff11\uff12\uff13\uff14\uff15",
    "digits, escaped": "%31%32%33%34%35",
    "personnummer": "850709-9805",
    "personnummer, twelve digits": "19850709-9805",
    "personnummer, plain": "8507099805",
    "personnummer, over a hundred": "850709+9805",
    "personnummer, spelled out": "1985-07-09-9805",
    "personnummer, dots": "85.07.09.9805",
    "samordningsnummer": "701063-2391",
    "samordningsnummer, spelled out": "70-10-63-2391",
    "organisationsnummer": "556036-0793",
    "telephone, +46": "+46-70-123-45-67",
    "telephone, 0046": "0046-70-123-45-67",
    "telephone, 07x": "070-123-45-67",
    "telephone, spaces": "070%20123%2045%2067",
    "telephone, Stockholm": "08-123-45-67",
    "card": "4111-1111-1111-1111",
    "address": "203.0.113.217",
    "IPv6 address": "2001:db8::1",
    "token of one case": "k3j5h2g7d9s8f6a4q1",
    "token without vowels": "qwrtplkhgfdszxcvbn",
}

DROPPED = {
    "climbs": "/blogg/../etc/passwd",
    "climbs, escaped": "/blogg/%2e%2e/etc",
    "climbs, escaped twice": "/blogg/%252e%252e/etc",
    "climbs, hidden": "/blogg/.\u200b./etc",
    "climbs with spaces": "/blogg/%20..%20/etc",
    "climbs with params": "/blogg/..;x/etc",
    "seven segments": "/a/b/c/d/e/f/g",
    "129 characters": "/" + "ab-" * 42 + "ab",
    "100 kB": "/" + "a/" * 50_000,
}


@pytest.mark.parametrize(("path", "expected"), KEPT.values(), ids=KEPT)
def test_pages_stay_what_they_are(path: str, expected: str) -> None:
    """Products, sizes, dates and Swedish words survive; only the spelling is made one."""
    assert scrub_page(SHOP + path).path == expected


@pytest.mark.parametrize("segment", HIDDEN_SEGMENTS.values(), ids=HIDDEN_SEGMENTS)
def test_segments_that_point_at_a_person_are_hidden(segment: str) -> None:
    """A segment that holds an address, a person's number or a token becomes "*", wherever it stands."""
    assert scrub_page(f"{SHOP}/om/{segment}/tack").path == "/om/*/tack"


@pytest.mark.parametrize("path", DROPPED.values(), ids=DROPPED)
def test_paths_that_are_no_pages_are_other(path: str) -> None:
    """What climbs, is too long or too deep is "(other)"."""
    assert scrub_page(SHOP + path).path == OTHER


@pytest.mark.parametrize("segment", sorted(PRIVATE))
def test_what_follows_a_private_segment_is_hidden(segment: str) -> None:
    """Everything after /order, /konto, /sok and their like is one "*", at any depth and in any case."""
    assert scrub_page(f"{SHOP}/sv/{segment}/anna/andersson/a/b/c/d").path == f"/sv/{segment}/*"
    assert scrub_page(f"{SHOP}/{segment.upper()}.php/anna").path == f"/{segment.upper()}.php/*"


def test_the_specified_private_segments_are_in_the_table() -> None:
    """The scrub rules' own nine words are private."""
    assert {"order", "kvitto", "konto", "reset", "verify", "invite", "unsubscribe", "sok", "search"} <= PRIVATE


@pytest.mark.parametrize(
    ("digits", "personal"),
    [("85-07-09-9805", True), ("85-07-09-9804", False), ("85-13-09-9803", False), ("85-07-32-9806", False)],
    ids=["right", "wrong check digit", "no month", "no day"],
)
def test_a_personal_number_in_pairs_needs_a_date_and_a_check_digit(digits: str, personal: bool) -> None:
    """Digits in pairs are mostly sizes: only a date with the right check digit is taken for a personal number."""
    assert is_personal(digits) is personal


ADDRESSES = {
    "host in capitals": ("HTTPS://WWW.Shop.SE/a", "www.shop.se", "/a"),
    "port": ("https://shop.se:8443/a", "shop.se", "/a"),
    "user": ("https://anna:hemligt@shop.se/a", "shop.se", "/a"),
    "user with @": ("https://anna@x.se:p@shop.se/a", "shop.se", "/a"),
    "last dot": ("https://shop.se./a", "shop.se", "/a"),
    "punycode": ("https://räksmörgås.se/a", "xn--rksmrgs-5wao1o.se", "/a"),
    "query": ("https://shop.se/a?email=anna@x.se", "shop.se", "/a"),
    "query without path": ("https://shop.se?email=anna@x.se", "shop.se", "/"),
    "fragment": ("https://shop.se/a#/anna@x.se?b", "shop.se", "/a"),
    "fragment without path": ("https://shop.se#anna", "shop.se", "/"),
    "path alone": ("/a?x", "", "/a"),
    "path alone, two slashes": ("//shop.se/a", "", "/shop.se/a"),
    "backslash after the host": ("https://shop.se\\a", "shop.se", "/a"),
    "address literal": ("http://[2001:db8::1]/a", "", "/a"),
    "no host": ("https:///a", "", "/a"),
    "host of 300 characters": (f"https://{'a' * 300}/a", "", "/a"),
    "host of 300 letters ö": (f"https://{'ö' * 300}/a", "", "/a"),
    "host with a space": ("https://sh op.se/a", "", "/a"),
    "javascript": ("javascript:alert(1)", "", OTHER),
    "file": ("file:///home/anna/a.html", "", OTHER),
    "data": ("data:text/html,anna", "", OTHER),
    "no address": ("anna", "", OTHER),
    "nothing": ("", "", OTHER),
}


@pytest.mark.parametrize(("url", "host", "path"), ADDRESSES.values(), ids=ADDRESSES)
def test_of_an_address_only_host_and_path_are_read(url: str, host: str, path: str) -> None:
    """User, port, query and fragment are dropped; what is no web address has neither host nor path."""
    page = scrub_page(url)
    assert (page.host, page.path) == (host, path)


CAMPAIGNS = {
    "none": ("", NO_CAMPAIGN),
    "other keys": ("gclid=abc&fbclid=def&email=a&q=skor", NO_CAMPAIGN),
    "empty": ("utm_source=&ref=%00", NO_CAMPAIGN),
    "all": ("utm_source=Google&utm_medium=CPC&utm_campaign=Sommar", Campaign("google", "cpc", "Sommar")),
    "ref": ("ref=prisjakt", Campaign("prisjakt", "", "")),
    "source": ("source=prisjakt", Campaign("prisjakt", "", "")),
    "utm_source before ref": ("ref=a&source=b&utm_source=c", Campaign("c", "", "")),
    "first of two": ("ref=a&ref=b", Campaign("a", "", "")),
    "key in capitals": ("UTM_SOURCE=a", Campaign("a", "", "")),
    "ampersand from HTML": ("x=1&amp;utm_source=a", Campaign("a", "", "")),
    "spaces": ("utm_campaign=+Sommar+%20rea+", Campaign("", "", "Sommar rea")),
    "e-mail": ("utm_campaign=anna%40x.se&utm_source=anna@x.se", Campaign(HIDDEN, "", HIDDEN)),
    "number": ("utm_campaign=kund-123456", Campaign("", "", HIDDEN)),
    "dated": ("utm_campaign=nyhetsbrev-2026-11-23", Campaign("", "", "nyhetsbrev-2026-11-23")),
    "too long": ("utm_campaign=" + "ab-" * 22, Campaign("", "", OTHER)),
    "Swedish": ("utm_campaign=sm%C3%B6rg%C3%A5s", Campaign("", "", "smörgås")),
}


@pytest.mark.parametrize(("query", "expected"), CAMPAIGNS.values(), ids=CAMPAIGNS)
def test_of_the_query_only_campaign_keys_are_read(query: str, expected: Campaign) -> None:
    """utm_source, utm_medium, utm_campaign, ref and source are kept, scrubbed like segments; no other key is."""
    assert scrub_page(f"{SHOP}/?{query}#utm_source=x").campaign == expected


PATTERNS = ("/produkt/*", "/blogg/**", "/om-*", "/a.b")


@pytest.mark.parametrize(
    ("path", "listed"),
    [
        ("/", True),
        ("/produkt/mossa", True),
        ("/produkt", False),
        ("/produkt/mossa/x", False),
        ("/blogg", True),
        ("/blogg/2015/05", True),
        ("/bloggen", False),
        ("/om-oss", True),
        ("/om", False),
        ("/a.b", True),
        ("/axb", False),
        ("/produkt/123456", True),
    ],
)
def test_with_patterns_unknown_pages_are_other(path: str, listed: bool) -> None:
    """A site's own list of pages decides: "*" is within a segment, "**" any depth; the front page is always known."""
    assert (scrub_page(SHOP + path, PATTERNS).path != OTHER) is listed


def test_patterns_keep_host_and_campaign() -> None:
    """A page that is not listed still says which host it is on and which campaign led to it."""
    page = scrub_page(f"{SHOP}/x?ref=a", PATTERNS)
    assert (page.host, page.path, page.campaign.source) == ("shop.se", OTHER, "a")


def test_the_cache_holds_nothing_that_was_scrubbed() -> None:
    """Only addresses of which nothing was taken away are kept in memory; a second look finds the same."""
    page_module._CLEAN.clear()
    dirty = [SHOP + "/om/" + segment for segment in HIDDEN_SEGMENTS.values()]
    dirty += [f"{SHOP}/a?q=anna", f"{SHOP}/a#anna", "https://anna@shop.se/a", f"{SHOP}/order/anna", f"{SHOP}/a;anna"]
    clean = [f"{SHOP}/produkt/mossa", "/produkt/mossa"]
    first = [scrub_page(url) for url in dirty + clean]
    assert set(page_module._CLEAN) == set(clean)
    assert [scrub_page(url) for url in dirty + clean] == first


def test_the_cache_is_bounded() -> None:
    """However many pages a flood names, memory holds a fixed number of them."""
    page_module._CLEAN.clear()
    for number in range(page_module._MOST_CLEAN + 1):
        scrub_page(f"{SHOP}/{number % 1000}/{number // 1000}")
    assert 0 < len(page_module._CLEAN) <= page_module._MOST_CLEAN


# Pieces that hostile and unlucky addresses are made of, glued in any order.
PIECES = st.sampled_from(
    [
        *("/", "//", "\\", "..", ".", ";", "?", "#", "&", "=", "+", "%", "@", ":", "*", "-", "_", " ", "\x00", "\t"),
        *("%2e", "%2F", "%40", "%2540", "%25", "%3f", "%23", "%3b", "%00", "%F6", "%C3", "%B6", "%u0040", "http://"),
        *("\u202e", "\u200b", "\ufeff", "\ud800", "\uff20", "\u0308", "\u0661", "\uff11", "o", "ö", "é", "\U000e0041"),
        *("order", "sök", "eyJhbGciOi", "12", "345", "0701", "abc", "DEADBEEF", "anna", "utm_source", "ref", "shop.se"),
    ]
)
HOSTILE = st.one_of(
    st.text(max_size=60),
    st.lists(PIECES, max_size=30).map("".join),
    st.lists(PIECES, max_size=30).map(lambda pieces: f"{SHOP}/{''.join(pieces)}"),
)


@given(HOSTILE)
@example(f"{SHOP}/%25\u200b41")
@example(f"{SHOP}/a%253Bb%25253B")
def test_whatever_comes_the_page_is_bounded_and_clean(url: str) -> None:
    """Never raises; the path is short, shallow, NFC, printable, without escapes, addresses or runs of digits."""
    page = scrub_page(url)
    assert page.path == OTHER or page.path.startswith("/")
    assert len(page.path) <= LONGEST_PATH
    assert page.path.count("/") <= DEEPEST_PATH
    assert unicodedata.is_normalized("NFC", page.path)
    assert read_host(page.host) == page.host
    for text in (page.path, *(getattr(page.campaign, key) for key in Campaign.__struct_fields__)):
        assert text.isprintable()
        assert "@" not in unicodedata.normalize("NFKC", text)
        assert re.search(r"\d{5}|%[0-9A-Fa-f]{2}", unicodedata.normalize("NFKC", text)) is None
    assert re.search(r"[?#;\\]|//|/\.\.?(?:/|$)", page.path) is None


@given(HOSTILE)
def test_scrubbing_twice_is_scrubbing_once(url: str) -> None:
    """A scrubbed path scrubs to itself, so that a page and an internal referrer meet whoever scrubbed first."""
    path = scrub_page(url).path
    assert scrub_page(path).path == path
    assert path == OTHER or scrub_page(SHOP + path).path == path


@given(st.binary(min_size=16, max_size=64))
def test_no_digest_survives(secret: bytes) -> None:
    """Sixteen random bytes or more, written in hexadecimal digits, never stay."""
    assert secret.hex() not in scrub_page(f"{SHOP}/{secret.hex()}/a").path


@given(st.emails(), st.integers(0, 2))
def test_no_email_survives(email: str, escapes: int) -> None:
    """No e-mail address stays, in a path or in a campaign, escaped or not."""
    for _ in range(escapes):
        email = email.replace("%", "%25").replace("@", "%40")
    page = scrub_page(f"{SHOP}/nyhetsbrev/{email}?utm_campaign={email}")
    assert "@" not in page.path + page.campaign.name
    assert "%40" not in page.path + page.campaign.name


@given(st.text("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_", min_size=40, max_size=64))
def test_campaign_values_are_scrubbed_like_segments(token: str) -> None:
    """A value is hidden as a campaign exactly where it is hidden as a segment."""
    page = scrub_page(f"{SHOP}/{token}?utm_campaign={token}")
    assert (page.path == f"/{HIDDEN}") == (page.campaign.name == HIDDEN)
