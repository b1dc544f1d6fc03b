"""Floods and idlers: cut off or refused with a reason, while staff read on."""

import contextlib
import os
import socket
from pathlib import Path

import pytest

from dashboard.connections import HEAD_BYTES, MOST, REQUEST_SECONDS
from tests.running import RunningServer, add_site

SITE = "shop.example"


def connected(server: RunningServer) -> socket.socket:
    return socket.create_connection(("127.0.0.1", server.port), timeout=6 * REQUEST_SECONDS)


def rest(connection: socket.socket) -> bytes:
    """All that still comes, until the other side ends it."""
    told = b""
    with connection:
        try:
            while more := connection.recv(65_536):
                told += more
        except ConnectionResetError:
            pass
    return told


@pytest.mark.timeout(180)
def test_idlers_and_giants_are_cut_off_and_floods_refused(tmp_path: Path) -> None:
    """No first byte, half a head, half a body, an endless head, a body of a megabyte, a network that floods."""
    flags = ("--trusted-proxies", "127.0.0.0/8", "--rate-limit", "1", "--rate-burst", "3")
    server = RunningServer(tmp_path, *flags)
    add_site(server, SITE)
    with server:
        server.login()
        silent = [connected(server) for _ in range(40)]
        slow_head, slow_body, endless, giant = (connected(server) for _ in range(4))
        slow_head.sendall(b"POST /t HTTP/1.1\r\nHost: a\r\nX-Slow: ")
        slow_body.sendall(b"POST /t HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n{")
        assert server.page(f"/site/{SITE}?period=today").status == 200
        with pytest.raises(OSError, match=r"reset|Broken"):  # noqa: PT012 - at some time
            for _ in range(1000):
                endless.sendall(b"X-Long: " + b"a" * HEAD_BYTES + b"\r\n")
        giant.sendall(b"POST /t HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n" + b"x" * 3000)
        assert giant.recv(100).startswith(b"HTTP/1.1 413 ")
        refused = [server.beacon(SITE) for _ in range(6)][-1]
        assert (refused.status, refused.headers["x-trekvart"]) == (429, "rate-limited")
        assert int(refused.headers["retry-after"]) > 0
        assert server.beacon(SITE, "198.51.101.7").status == 202  # another network is not shut out
        for connection in (*silent, slow_head, slow_body):
            assert not rest(connection).startswith(b"HTTP/1.1 2")
        endless.close()
        giant.close()
        assert server.page(f"/site/{SITE}?period=today").status == 200
        assert server.stop() == 0


@pytest.mark.timeout(120)
def test_one_connection_too_many_is_told_so(tmp_path: Path) -> None:
    """As many connections as there may be wait in peace; one more is told 503 at once; the freed ones are taken again.

    Every one is a real socket. Idle, they cost some 12 kB each.
    """
    add_site(server := RunningServer(tmp_path), SITE)
    with server, contextlib.ExitStack() as stack:
        server.login()
        before = resident(server.pid)
        idle = [stack.enter_context(connected(server)) for _ in range(MOST)]
        told = rest(stack.enter_context(connected(server)))
        assert told.startswith(b"HTTP/1.1 503 ")
        assert b"retry-after: 5\r\nx-trekvart: overloaded; connections\r\n" in told
        assert (resident(server.pid) - before) / MOST < 25_000
        for connection in idle[:10]:
            connection.close()
        server.wait_for(lambda: connected_page(server) == 200)


def connected_page(server: RunningServer) -> int:
    with contextlib.suppress(ConnectionError):
        return server.page(f"/site/{SITE}?period=today").status
    return 0


def resident(process: int) -> int:
    """Bytes of its memory that the process has in use."""
    return int(Path(f"/proc/{process}/statm").read_text("ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")
