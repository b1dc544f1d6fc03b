"""What a newcomer sees: their own visit in the totals, and a crowd that becomes groups."""

from itertools import count
from pathlib import Path

import pytest

from tests.running import RunningServer, add_site

FLAGS = ("--trusted-proxies", "127.0.0.0/8")
SITE = "shop.example"


def rows(overview: dict[str, object], panel: str) -> dict[str, int]:
    """A panel's named rows."""
    panels = overview["panels"]
    assert isinstance(panels, dict)
    return {" ".join(row["values"]): row["n"] for row in panels[panel]["rows"]}


@pytest.mark.timeout(120)
def test_beacon_in_by_http_number_out_by_http(tmp_path: Path) -> None:
    """Beacons of 40 networks become exact totals and groups of at least k; the page shows the numbers the API gives."""
    server = RunningServer(tmp_path, *FLAGS)
    add_site(server, SITE, demo=True, publish_seconds=1)
    with server:
        server.login()
        networks = count()

        def visit() -> None:
            n = next(networks)
            reply = server.beacon(
                SITE,
                f"198.{18 + n // 256}.{n % 256}.7",
                u=f"https://{SITE}/rea",
                r="https://www.google.com/search?q=secret",
            )
            assert (reply.status, reply.headers["x-trekvart"]) == (202, "counted")

        for _ in range(40):
            visit()
        # Fewer than k that came after a publish wait for the next one: so at least 36, and then all that are sent.
        server.wait_for(lambda: server.pageviews(SITE) >= 36)

        def page_agrees() -> bool:
            before, page = server.overview(SITE)["headline"], server.page(f"/site/{SITE}?period=today&lang=en").text
            if server.overview(SITE)["headline"] != before:
                return False  # a publish came between
            assert before["visits"] == before["pageviews"]
            assert f">{before['pageviews']}<" in page.replace("\n", "").replace(" ", "")
            return True

        server.wait_for(page_agrees)
        server.wait_for(lambda: rows(server.overview(SITE), "sources").get("Google", 0) >= 5, meanwhile=visit)
        page = server.page(f"/site/{SITE}?period=today&lang=en").text
        assert "Google" in page
        assert "secret" not in page


def test_refusals_say_why_and_are_counted(tmp_path: Path) -> None:
    """Each refused beacon is told its reason, and the day's ledger has them all, but the objection."""
    server = RunningServer(tmp_path, *FLAGS)
    add_site(server, SITE, demo=True, publish_seconds=1)
    with server:
        server.login()
        told = {
            "bot": server.beacon(SITE, agent="Googlebot/2.1 (+http://www.google.com/bot.html)"),
            "foreign-origin": server.beacon(SITE, headers={"Origin": "https://evil.example"}),
            "prefetch": server.beacon(SITE, headers={"Sec-Purpose": "prefetch;prerender"}),
            "objection": server.beacon(SITE, headers={"Sec-GPC": "1"}),
            "unknown-site": server.beacon("nobody.example"),
            "malformed": server.request("POST", "/t", b"{"),
            "too-large": server.request("POST", "/t", b"x" * 2049),
        }
        assert {reason: reply.headers["x-trekvart"] for reason, reply in told.items()} == {r: r for r in told}
        statuses = {reason: reply.status for reason, reply in told.items()}
        assert statuses == {
            "bot": 202, "foreign-origin": 403, "prefetch": 202, "objection": 202,
            "unknown-site": 404, "malformed": 400, "too-large": 413,
        }  # fmt: skip
        for n in range(8):
            server.beacon(SITE, f"198.18.{n}.7")
        server.wait_for(lambda: server.pageviews(SITE) >= 5)  # a rest of fewer than k waits for the next publish
        ledger = server.page(f"/api/sites/{SITE}/drops?period=today").text
        assert all(f'"{reason}"' in ledger for reason in ("bot", "foreign-origin", "prefetch"))
        assert "objection" not in ledger


@pytest.mark.timeout(120)
def test_the_demo_shows_a_crowd_become_groups(tmp_path: Path) -> None:
    """`serve --demo` prints a password once; the crowd's button fills totals and named groups within seconds."""
    with RunningServer(tmp_path, "--demo") as server:
        printed = "".join(server.output)
        password = printed.split("password")[1].split()[0].strip(":'\"")
        assert server.request("GET", "/demo").status == 200
        form = {"Sec-Fetch-Site": "same-origin", "Content-Type": "application/x-www-form-urlencoded"}
        assert server.request("POST", "/demo/crowd", b"", form).status == 303
        server.login(password=password)
        server.wait_for(lambda: server.pageviews("demo.localhost") >= 60)
        server.wait_for(
            lambda: len(rows(server.overview("demo.localhost"), "pages")) >= 2,
            meanwhile=lambda: server.request("POST", "/demo/crowd", b"", form),
        )


def test_a_server_ends_while_visitors_are_arriving(tmp_path: Path) -> None:
    """SIGTERM in the middle of a crowd: requests get their grace, then everything ends well; exit code 0."""
    with RunningServer(tmp_path, "--demo") as server:
        form = {"Sec-Fetch-Site": "same-origin", "Content-Type": "application/x-www-form-urlencoded"}
        assert server.request("POST", "/demo/crowd", b"", form).status == 303
        assert server.stop() == 0
        assert "Traceback" not in "".join(server.output)
