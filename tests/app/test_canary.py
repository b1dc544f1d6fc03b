"""I2: no file, log line or response holds a client's full address or User-Agent text."""

from pathlib import Path

import pytest

from tests.canary import ADDRESSES, AGENT, leaks, leaks_below, spellings
from tests.running import Reply, RunningServer, add_site

SITE = "shop.example"


def traffic(server: RunningServer) -> list[Reply]:
    """Beacons of every canary, well-formed and not, by header and as the peer sees them, and pages it asks for."""
    replies = []
    for address in ADDRESSES:
        plain = {"X-Forwarded-For": address, "User-Agent": AGENT.encode().decode("latin-1"), "Accept-Language": "sv"}
        others = ({"Forwarded": f'for="[{address}]:77"'}, {"X-Real-IP": address}, {"X-Forwarded-For": f"{address}, x"})
        for n in range(6):
            crowd = {**plain, "X-Forwarded-For": f"198.18.{n}.1"}
            replies.append(server.beacon(SITE, u=f"https://{SITE}/", headers=crowd))
        for headers in (plain, *({**plain, **other} for other in others)):
            replies.append(server.beacon(SITE, address, headers=headers))
            replies.append(server.request("POST", "/t", b"{", headers))
            replies.append(server.request("POST", "/t", b"x" * 9000, headers))
            replies.append(server.request("GET", f"/t.gif?s={SITE}&u=https://{SITE}/", headers=headers))
            replies.extend(
                server.request("GET", path, headers=headers) for path in ("/", "/login", "/nowhere", "/health")
            )
            replies.append(
                server.request("POST", "/login", b"name=a&password=b", {**headers, "Sec-Fetch-Site": "same-origin"})
            )
            replies.append(server.request("BREW", "/t", b"", headers))
    return replies


@pytest.mark.timeout(120)
@pytest.mark.parametrize("end", ["SIGTERM", "SIGKILL"])
def test_no_canary_survives(tmp_path: Path, end: str) -> None:
    """After traffic, errors, a publish and either way of ending, every file, all output and all answers are clean."""
    server = RunningServer(tmp_path, "--trusted-proxies", "127.0.0.0/8", "--log-level", "info")
    add_site(server, SITE, demo=True, publish_seconds=1)
    server.start()
    server.login()
    replies = traffic(server)
    assert {202, 400, 413} <= {reply.status for reply in replies}
    server.wait_for(lambda: server.pageviews(SITE) > 0)
    replies.append(server.page(f"/site/{SITE}?period=today"))
    server.stop() if end == "SIGTERM" else server.kill()
    answers = b"".join(repr(reply.headers).encode() + reply.body for reply in replies)
    assert leaks(answers) == []
    assert leaks("".join(server.output).encode()) == []
    assert leaks_below(tmp_path) == []


@pytest.mark.parametrize("spelled", spellings().values(), ids=spellings().keys())
def test_a_planted_leak_is_found(tmp_path: Path, spelled: bytes) -> None:
    """The search finds each spelling in a file among others, so that a green run means something."""
    (tmp_path / "spool.db").write_bytes(bytes(5000) + spelled + bytes(5000))
    assert leaks_below(tmp_path)
