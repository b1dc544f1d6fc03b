"""Where a hit came from: its site by name, never by page, search or user."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from collector.door.page import Page, scrub_page
from collector.door.referrer import MEDIUMS, Channel, Referrer, read_referrer
from collector.door.scrub import OTHER

OWN = frozenset({"shop.se", "www.shop.se"})
PAGE = scrub_page("https://shop.se/produkt/mossa")


def from_page(query: str) -> Page:
    return scrub_page(f"https://shop.se/?{query}")


def seen(referrer: str, query: str = "") -> tuple[str, str, str]:
    found = read_referrer(referrer, from_page(query), OWN)
    return found.source, found.channel, found.campaign


EXTERNAL = {
    "none": ("", "", "direct"),
    "a log's none": ("-", "", "direct"),
    "search": ("https://www.google.se/", "Google", "search"),
    "search with terms": ("http://www.google.se/search?q=anna+andersson", "Google", "search"),
    "social": ("https://l.facebook.com/l.php?u=https%3A%2F%2Fshop.se", "Facebook", "social"),
    "video": ("https://www.youtube.com/", "YouTube", "video"),
    "mail": ("https://mail.google.com/mail/u/0/#inbox/FMfcgz", "Gmail", "mail"),
    "mail host of a user": ("https://webmail.andersson.se/?uid=3", OTHER, "mail"),
    "assistant": ("https://chatgpt.com/c/6790", "ChatGPT", "ai"),
    "shopping": ("https://www.prisjakt.nu/produkt.php?p=1", "Prisjakt", "shopping"),
    "site": ("https://blogg.example.org/anna/2015?x#y", "example.org", "referral"),
    "capitals": ("HTTPS://WWW.Example.ORG/", "example.org", "referral"),
    "user and port": ("https://anna:hemligt@www.example.org:8443/a", "example.org", "referral"),
    "user that looks like a host": ("https://www.google.se@example.org/", "example.org", "referral"),
    "backslash": ("https://example.org\\@google.se/", "example.org", "referral"),
    "query at once": ("https://example.org?anna@google.se", "example.org", "referral"),
    "last dot": ("https://example.org./", "example.org", "referral"),
    "punycode": ("https://räksmörgås.se/", "xn--rksmrgs-5wao1o.se", "referral"),
    "no path": ("https://example.org", "example.org", "referral"),
    "IPv4": ("http://203.0.113.217/a", OTHER, "referral"),
    "IPv4 as a number": ("http://3405803993/a", OTHER, "referral"),
    "IPv6": ("http://[2001:db8::1]/a", OTHER, "referral"),
    "single label": ("http://intranet/a", OTHER, "referral"),
    "local": ("http://nas.local/a", OTHER, "referral"),
    "Android app": ("android-app://com.google.android.gm/", "Gmail", "mail"),
    "Android app with a page": ("android-app://com.google.android.googlequicksearchbox/https/x.se", "Google", "search"),
    "unknown Android app": ("android-app://se.anna.andersson/", OTHER, "referral"),
    "an app's name as a host": ("https://app:com.google.android.gm/", OTHER, "referral"),
    "ftp": ("ftp://www.google.se/a", OTHER, "referral"),
    "iOS app": ("ios-app://1234/", OTHER, "referral"),
    "javascript": ("javascript:alert('anna')", OTHER, "referral"),
    "data": ("data:text/html;base64,QW5uYQ==", OTHER, "referral"),
    "file": ("file:///home/anna/a.html", OTHER, "referral"),
    "about": ("about:blank", OTHER, "referral"),
    "no address": ("www.google.se", OTHER, "referral"),
    "markup": ('"><img src=x onerror=alert(1)>', OTHER, "referral"),
    "markup as a host": ("https://<b>.se/", OTHER, "referral"),
    "100 kB": ("https://" + "a." * 50_000 + "se/", OTHER, "referral"),
    "100 kB of ö": ("https://" + "ö" * 100_000 + ".se/", OTHER, "referral"),
}


@pytest.mark.parametrize(("referrer", "source", "channel"), EXTERNAL.values(), ids=EXTERNAL)
def test_an_external_referrer_is_its_site(referrer: str, source: str, channel: str) -> None:
    """Of an external referrer only the site's name is kept; nobody's public site is "(other)"."""
    assert read_referrer(referrer, PAGE, OWN) == Referrer(source=source, channel=channel)


INSIDE = {
    "same host": ("https://shop.se/blogg/ny?x=anna@x.se", "/blogg/ny"),
    "www": ("https://www.shop.se/blogg/ny", "/blogg/ny"),
    "port and capitals": ("http://Shop.SE:80/blogg/ny", "/blogg/ny"),
    "front page": ("https://shop.se/", "/"),
    "origin only": ("https://shop.se", "/"),
    "private": ("https://shop.se/order/850709-9805", "/order/*"),
    "personal": ("https://shop.se/brev/anna@x.se", "/brev/*"),
}


@pytest.mark.parametrize(("referrer", "inside"), INSIDE.values(), ids=INSIDE)
def test_an_internal_referrer_is_its_scrubbed_path(referrer: str, inside: str) -> None:
    """Of a referrer on the same site the path is kept, scrubbed as the page itself was, and no source."""
    assert read_referrer(referrer, PAGE, OWN) == Referrer(inside=inside, channel="")


@pytest.mark.parametrize("own", [("shop.se",), ("www.shop.se",), ["x.se", "shop.se"], frozenset({"www.shop.se"})])
@pytest.mark.parametrize("host", ["shop.se", "www.shop.se"])
def test_www_is_the_same_site(own: tuple[str, ...], host: str) -> None:
    """A site's hosts count with and without "www."."""
    assert read_referrer(f"https://{host}/a", scrub_page("/b"), own).inside == "/a"


@pytest.mark.parametrize("host", ["shop.se", "www.shop.se"])
def test_the_pages_own_host_is_the_same_site(host: str) -> None:
    """The host that the page is on counts, listed or not, with and without "www."."""
    assert read_referrer(f"https://{host}/a", scrub_page("https://shop.se/b"), ()).inside == "/a"
    assert read_referrer(f"https://{host}/a", scrub_page("https://www.shop.se/b"), ()).inside == "/a"


def test_a_log_has_no_page_host() -> None:
    """Where the page is a path only, the site's hosts decide alone; an unreadable referrer is not internal."""
    page = scrub_page("/a")
    assert read_referrer("https://www.shop.se/b", page, OWN).inside == "/b"
    assert read_referrer("https:///b", page, OWN).source == OTHER
    assert read_referrer("https://example.org/b", page, OWN).source == "example.org"


def test_a_sites_patterns_hold_for_internal_referrers() -> None:
    """A page that is "(other)" as a page is "(other)" as the page before, so that visits link."""
    found = read_referrer("https://shop.se/hemlig", PAGE, OWN, patterns=("/produkt/*",))
    assert found.inside == scrub_page("https://shop.se/hemlig", ("/produkt/*",)).path == OTHER


def test_other_subdomains_are_other_sites() -> None:
    """A host below the site's domain is internal only when it is one of the site's hosts."""
    assert seen("https://blogg.shop.se/") == ("shop.se", "referral", "")
    assert read_referrer("https://blogg.shop.se/a", PAGE, OWN | {"blogg.shop.se"}).inside == "/a"


@pytest.mark.parametrize("query", ["", "utm_source=brev&utm_campaign=rea"])
def test_a_return_from_payment_is_only_that(query: str) -> None:
    """A payment or sign-in host is no arrival, and campaign keys still in the address do not make it one."""
    assert read_referrer("https://pay.klarna.com/eu/x", from_page(query), OWN) == Referrer(payment=True)


def test_a_site_may_add_payment_hosts() -> None:
    """The site's own payment hosts count with all below them, and nothing that only ends alike."""
    hosts = ("kassa.example.org",)
    assert read_referrer("https://a.kassa.example.org/", PAGE, OWN, hosts).payment
    assert read_referrer("https://kassa.example.org/", PAGE, OWN, hosts).payment
    assert not read_referrer("https://enkassa.example.org/", PAGE, OWN, hosts).payment
    assert not read_referrer("", PAGE, OWN, hosts).payment


def test_spam_is_only_that() -> None:
    """A spam host is not named, whatever campaign it claims."""
    spam = Referrer(source=OTHER, channel="referral", spam=True)
    assert read_referrer("https://semalt.com/x", from_page("utm_source=google"), OWN) == spam


def test_own_hosts_are_never_spam_nor_payment() -> None:
    """A shop whose own host sounds like spam or payment is still itself."""
    assert read_referrer("https://pay.shop.se/a", PAGE, {"pay.shop.se"}).inside == "/a"
    assert read_referrer("https://semalt.com/a", PAGE, {"semalt.com"}).inside == "/a"


CAMPAIGNS = {
    "named source": ("utm_source=fb", "Facebook", "social", ""),
    "source and medium": ("utm_source=google&utm_medium=cpc&utm_campaign=Rea", "Google", "campaign", "Rea"),
    "medium with capitals and _": ("utm_source=ig&utm_medium=Paid_Social", "Instagram", "campaign", ""),
    "newsletter": ("utm_source=nyhetsbrev&utm_medium=email&utm_campaign=v47", "newsletter", "mail", "v47"),
    "letter without medium": ("utm_source=newsletter", "newsletter", "mail", ""),
    "own source, mail": ("utm_source=vip-brev&utm_medium=email", "vip-brev", "mail", ""),
    "own source": ("utm_source=flygblad", "flygblad", "campaign", ""),
    "own medium": ("utm_source=facebook&utm_medium=story", "Facebook", "campaign", ""),
    "ref": ("ref=producthunt", "Product Hunt", "social", ""),
    "ref with a host": ("ref=www.example.org", "example.org", "referral", ""),
    "source with a host": ("utm_source=chatgpt.com", "ChatGPT", "ai", ""),
    "referral from a known site": ("utm_source=chatgpt.com&utm_medium=referral", "ChatGPT", "ai", ""),
    "referral from an unknown site": ("utm_source=kusin&utm_medium=referral", "kusin", "referral", ""),
    "organic": ("utm_source=google&utm_medium=organic", "Google", "search", ""),
    "personal source": ("utm_source=anna@x.se", OTHER, "campaign", ""),
    "medium only": ("utm_medium=email", "", "mail", ""),
    "campaign only": ("utm_campaign=rea", "", "campaign", "rea"),
}


@pytest.mark.parametrize(("query", "source", "channel", "campaign"), CAMPAIGNS.values(), ids=CAMPAIGNS)
def test_campaign_keys_name_source_and_channel(query: str, source: str, channel: str, campaign: str) -> None:
    """utm_source by its normalised name, the channel by utm_medium, else by the source, else "campaign"."""
    assert seen("", query) == (source, channel, campaign)


def test_campaign_keys_go_before_the_referrer() -> None:
    """What the link says counts; the referrer names the source only where the link does not."""
    assert seen("https://www.google.se/", "utm_source=fb") == ("Facebook", "social", "")
    assert seen("https://www.google.se/", "utm_campaign=rea") == ("Google", "campaign", "rea")
    assert seen("https://www.google.se/", "utm_medium=cpc") == ("Google", "campaign", "")


def test_campaigns_can_be_switched_off() -> None:
    """With campaigns off the keys are as if they were not there."""
    page = from_page("utm_source=fb&utm_medium=cpc&utm_campaign=rea")
    assert read_referrer("", page, OWN, campaigns=False) == Referrer()
    assert read_referrer("https://www.google.se/", page, OWN, campaigns=False) == Referrer(
        source="Google", channel="search"
    )


def test_campaign_keys_within_the_site_mean_nothing() -> None:
    """A tagged link from one of the site's pages to another is no arrival."""
    assert read_referrer("https://shop.se/a", from_page("utm_source=banner"), OWN) == Referrer(inside="/a", channel="")


@pytest.mark.parametrize(("medium", "channel"), MEDIUMS.items(), ids=MEDIUMS)
def test_every_medium_of_the_table_decides_the_channel(medium: str, channel: Channel) -> None:
    """Each known utm_medium leads to its channel, also written with "_" or a space."""
    for spelling in (medium, medium.replace("-", "_"), medium.replace("-", "+").upper()):
        assert seen("", f"utm_source=flygblad&utm_medium={spelling}")[1] == channel


LABEL = st.text("abcdefghijklmnopqrstuvwxyz0123456789", min_size=1, max_size=12)
SECRET = "annahemlig"
AFTER = st.text("abc/?#&=%@:;.-_", max_size=20)


@given(LABEL, LABEL, AFTER, AFTER)
@example("a", "b", "\\", "")
def test_only_the_host_of_a_referrer_survives(below: str, label: str, before: str, after: str) -> None:
    """User, path, query and fragment of an external referrer never reach the result."""
    place = f"{below}.{label}.se"
    for referrer in (
        f"https://{SECRET}:{SECRET}@{place}/{before}{SECRET}{after}",
        f"https://{place}?{before}{SECRET}{after}",
        f"https://{place}#{before}{SECRET}{after}",
        f"http://{place}:80/{SECRET}",
    ):
        found = read_referrer(referrer, PAGE, OWN)
        assert SECRET not in repr(found)


@given(
    st.one_of(
        st.text(max_size=80),
        st.text(max_size=40).map("https://".__add__),
        st.binary().map(lambda b: b.decode("latin-1")),
    )
)
@example("https://\ud800.se/")
@example("https://xn--.se/")
@example("android-app://\x00")
def test_whatever_comes_the_result_is_of_closed_lists(referrer: str) -> None:
    """Never raises; the channel is of the list, a source has no slash, and internal hits have none."""
    found = read_referrer(referrer, PAGE, OWN)
    assert found.channel in {*Channel, ""}
    assert (found.inside == "") == (found.channel != "")
    assert "/" not in found.source
    assert "@" not in found.source + found.inside
    assert (found.source == "") == (found.channel in {"", "direct"})
