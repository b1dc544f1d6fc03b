"""What keeps the screens to those who may see them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request
from starlette.responses import Response

from collector.settings import Settings
from dashboard.guard import HEADERS, cookie_name, harden, is_own_form, is_secure, own_path, put_token, token_of


def request(scheme: str = "http", cookie: str = "") -> Request:
    headers = [(b"host", b"stats.example"), *([(b"cookie", cookie.encode())] if cookie else [])]
    return Request({
        "type": "http", "scheme": scheme, "server": ("stats.example", 80), "path": "/", "root_path": "",
        "query_string": b"", "headers": headers,
    })  # fmt: skip


@pytest.mark.parametrize(
    ("headers", "public", "expected"),
    [
        pytest.param({"sec-fetch-site": "same-origin"}, "", True, id="the browser says it is ours"),
        pytest.param({"sec-fetch-site": "none"}, "", True, id="the person alone did it"),
        pytest.param({"sec-fetch-site": "cross-site"}, "", False, id="another site"),
        pytest.param({"sec-fetch-site": "same-site"}, "", False, id="a sister host"),
        pytest.param(
            {"sec-fetch-site": "cross-site", "origin": "http://stats.example", "host": "stats.example"},
            "",
            False,
            id="what the browser says goes before Origin",
        ),
        pytest.param({"origin": "http://stats.example", "host": "stats.example"}, "", True, id="our own origin"),
        pytest.param({"origin": "http://Stats.Example", "host": "stats.example"}, "", True, id="in other letters"),
        pytest.param({"origin": "http://stats.example:81", "host": "stats.example"}, "", False, id="another port"),
        pytest.param({"origin": "null", "host": "stats.example"}, "", False, id="a sandboxed frame"),
        pytest.param({"origin": "http://[::1", "host": "stats.example"}, "", False, id="no origin at all"),
        pytest.param({"host": "stats.example"}, "", False, id="neither header"),
        pytest.param({"origin": "http://", "host": ""}, "", False, id="empty on both sides"),
        pytest.param(
            {"origin": "https://shop.example", "host": "127.0.0.1"},
            "https://shop.example/stats",
            True,
            id="behind a proxy",
        ),
        pytest.param(
            {"origin": "http://127.0.0.1", "host": "127.0.0.1"},
            "https://shop.example/stats",
            False,
            id="past the proxy",
        ),
    ],
)
def test_a_form_is_ours_only_when_the_browser_says_so(headers: dict[str, str], public: str, expected: bool) -> None:
    """Sec-Fetch-Site decides; without it Origin; without both it is nobody's."""
    assert is_own_form(headers, public) is expected


@pytest.mark.parametrize(
    ("text", "base", "expected"),
    [
        pytest.param("/site/shop.example?period=7d", "", "/site/shop.example?period=7d", id="a page of ours"),
        pytest.param("/stats/site/a.example", "/stats", "/stats/site/a.example", id="under the base path"),
        pytest.param("/admin", "/stats", "", id="outside the base path"),
        pytest.param("/statsx/", "/stats", "", id="a path that only begins alike"),
        pytest.param("//evil.example/x", "", "", id="another host"),
        pytest.param("/\\evil.example", "", "", id="a backslash"),
        pytest.param("/\t/evil.example", "", "", id="a tab that browsers take away"),
        pytest.param("/\n/evil.example", "", "", id="a line that browsers take away"),
        pytest.param("https://evil.example/", "", "", id="an address"),
        pytest.param("javascript:alert(1)", "", "", id="a script"),
        pytest.param("/a\r\nSet-Cookie: x=y", "", "", id="a header of its own"),
        pytest.param("/" + "a" * 1000, "", "", id="too long"),
        pytest.param("", "", "", id="nothing"),
    ],
)
def test_the_way_on_after_a_login_is_a_path_of_ours(text: str, base: str, expected: str) -> None:
    """What does not stay here is not followed."""
    assert own_path(text, base) == expected


@given(st.text(max_size=40))
def test_the_way_on_never_names_a_host(text: str) -> None:
    """Whatever is asked for, the answer is empty, or one slash and what no browser reads as a host."""
    found = own_path("/" + text, "")
    assert found == "" or (found[0] == "/" and found[1:2] not in {"/", "\\"} and found.isprintable())


@pytest.mark.parametrize(
    ("settings", "scheme", "expected"),
    [
        pytest.param(Settings(), "http", False, id="http without a public address"),
        pytest.param(Settings(), "https", True, id="https without a public address"),
        pytest.param(Settings(public_url="https://shop.example"), "http", True, id="https outside, http inside"),
        pytest.param(Settings(public_url="http://shop.example"), "http", False, id="http outside"),
        pytest.param(Settings(secure_cookies="always"), "http", True, id="always"),
        pytest.param(Settings(secure_cookies="never", public_url="https://shop.example"), "https", False, id="never"),
    ],
)
def test_the_cookie_is_secure_where_the_outside_is_https(settings: Settings, scheme: str, expected: bool) -> None:
    """`auto` follows what people write in the browser, and an operator has the last word."""
    assert is_secure(request(scheme), settings) is expected


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_the_cookie_is_kept_from_scripts_and_other_sites(scheme: str) -> None:
    """HttpOnly and SameSite=Strict always; on https Secure and the name that binds it to this host."""
    response = Response()
    put_token(response, "secret", request(scheme), Settings())
    cookie = response.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert "Path=/" in cookie
    assert "Domain" not in cookie
    assert ("Secure" in cookie) is (scheme == "https")
    assert cookie.startswith("__Host-trekvart=secret;" if scheme == "https" else "trekvart=secret;")


def test_a_cookie_of_http_is_not_taken_on_https() -> None:
    """A name without __Host- could have been set by a sister host, and is not read where the other is used."""
    assert token_of(request("https", "trekvart=planted"), Settings()) == ""
    assert token_of(request("https", "__Host-trekvart=own"), Settings()) == "own"
    assert cookie_name(secure=True) != cookie_name(secure=False)


def test_every_answer_is_hardened() -> None:
    """The policy allows nothing inline, and no cache keeps a page that does not say so."""
    response = harden(Response())
    assert all(response.headers[name] == value for name, value in HEADERS.items())
    assert response.headers["cache-control"] == "no-store"
    policy = response.headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy


def test_what_may_be_kept_may_be_kept() -> None:
    """A file under an address of its own version keeps its own word about caches."""
    assert harden(Response(headers={"Cache-Control": "max-age=9"})).headers["cache-control"] == "max-age=9"
