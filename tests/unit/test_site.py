"""A site's description: one spelling of everything, or one sentence."""

from typing import Any

import pytest

from collector.errors import SiteError
from collector.site import K_LEAST, K_MOST, Site, ascii_host, checked, suggest_k


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("shop.example", "shop.example"),
        ("Shop.Example.", "shop.example"),
        ("räksmörgås.se", "xn--rksmrgs-5wao1o.se"),
        ("XN--RKSMRGS-5WAO1O.SE", "xn--rksmrgs-5wao1o.se"),
        ("localhost", "localhost"),
        ("127.0.0.1", "127.0.0.1"),
        ("2001:DB8::0:1", "2001:db8::1"),
    ],
)
def test_host_has_one_spelling(text: str, host: str) -> None:
    """A host is lower-case ASCII, an international name is punycode."""
    assert ascii_host(text) == host


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "a..b",
        "https://shop.example",
        "shop.example/path",
        "shop.example:80",
        "-a.example",
        "a-.example",
        "a b.se",
        "a" * 64 + ".se",
        ".".join(["a" * 60] * 5),
        "shop.example\n.se",
        "é" * 300,
        "*.example",
    ],
)
def test_no_host(text: str) -> None:
    """What is no host name is refused in one sentence."""
    with pytest.raises(SiteError, match="is not a domain"):
        ascii_host(text)


def test_both_spellings_of_the_domain_may_send() -> None:
    """The pages of the domain and of its www twin may send, whichever was named, and every host stands once."""
    assert checked(Site(domain="shop.example")).hosts == ("shop.example", "www.shop.example")
    assert checked(Site(domain="www.shop.example")).hosts == ("www.shop.example", "shop.example")
    assert checked(Site(domain="a.se", hosts=("WWW.a.se", "b.se", "b.se."))).hosts == ("a.se", "www.a.se", "b.se")


def test_networks_keep_three_groups() -> None:
    """Of an excluded address only its network is kept, here as everywhere."""
    site = checked(Site(domain="a.se", excluded_networks=("203.0.113.217", "2001:db8:1:2::9")))
    assert site.excluded_networks == ("203.0.113.0/24", "2001:db8:1::/48")


@pytest.mark.parametrize(
    ("part", "value", "said"),
    [
        ("domain", "192.0.2.1", "not by the address"),
        ("domain", "::1", "not by the address"),
        ("time_zone", "Europe/Sthlm", "There is no time zone 'Europe/Sthlm'"),
        ("time_zone", "../../etc/passwd", "There is no time zone"),
        ("k", K_LEAST - 1, "k must be from 5 to"),
        ("k", K_MOST + 1, f"k must be from 5 to {K_MOST}"),
        ("publish_seconds", 59, "every 60 to 3600 seconds"),
        ("publish_seconds", 3601, "every 60 to 3600 seconds"),
        ("totals", "none", "exact or groups"),
        ("hosts", ("a b",), "is not a domain"),
        ("excluded_networks", ("office",), "excluded network"),
        ("page_patterns", ("product/*",), "must be a path"),
        ("page_patterns", ("/a?b",), "must be a path"),
        ("properties", ("1st",), "must be a letter"),
        ("properties", ("a" * 65,), "must be a letter"),
        ("payment_hosts", ("https://pay.example",), "is not a domain"),
    ],
)
def test_wrong_site(part: str, value: Any, said: str) -> None:
    """Each wrong part is one sentence that says what it must be."""
    with pytest.raises(SiteError) as raised:
        checked(Site(**{"domain": "shop.example", part: value}))
    assert said in str(raised.value)
    assert "\n" not in str(raised.value)


def test_only_the_demo_publishes_within_seconds() -> None:
    """A publish every few seconds says when somebody came, so only the demo, whose visitors are made up, has it."""
    assert checked(Site(domain="demo.localhost", publish_seconds=5, demo=True)).publish_seconds == 5


@pytest.mark.parametrize(("visits", "k"), [(0, 5), (149, 5), (150, 10), (100_000, 10)])
def test_k_by_visits(visits: int, k: int) -> None:
    """Under some 150 visits a day k is 5, else 10."""
    assert suggest_k(visits) == k
