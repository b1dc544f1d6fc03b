"""A real nginx and a real Caddy in front of a server, with the files of deploy/ as they are shipped.

Only places are put in: ports, directories, and who may say where a request comes from (a test has no other machine).
"""

import os
import shutil
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from http.client import HTTPConnection
from pathlib import Path
from typing import Self

from tests.running import free_port

DEPLOY = Path(__file__).parents[1] / "deploy"
CLIENT = "X-Test-Client"  # the header by which a test tells nginx who the client is
READY_SECONDS = 30.0

NGINX = """
daemon off;
pid {place}/nginx.pid;
error_log {place}/error.log;
{user}
worker_processes 1;
events {{ }}
http {{
    access_log off;
    client_body_temp_path {place}/body; proxy_temp_path {place}/proxy; fastcgi_temp_path {place}/f;
    uwsgi_temp_path {place}/u; scgi_temp_path {place}/s;
    set_real_ip_from 127.0.0.0/8; real_ip_header {client};
    include {place}/trekvart.conf;
    server {{ listen 127.0.0.1:{second}; error_log {place}/shop.log emerg; include {place}/trekvart-path.conf; }}
}}
"""


class Proxy:
    """`with nginx(place, upstream) as proxy:` A proxy that listens on `ports`; its logs are below its place."""

    def __init__(self, place: Path, command: list[str], ports: tuple[int, ...]) -> None:
        self.place = place
        self.ports = ports
        self._command = command

    def __enter__(self) -> Self:
        with (self.place / "stdout.log").open("wb") as out:
            self._process = subprocess.Popen(
                self._command, cwd=self.place, stdout=out, stderr=out, env={**os.environ, "HOME": str(self.place)}
            )
        end = time.monotonic() + READY_SECONDS
        for port in self.ports:
            while not _listens(port):
                assert self._process.poll() is None, (self.place / "stdout.log").read_text()
                assert time.monotonic() < end
                time.sleep(0.02)
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait(30)


def missing(program: str) -> bool:
    """Whether the program is not installed here: tests/install-programs says so, and on CI fails."""
    return shutil.which(program, path=f"{os.environ['PATH']}:/usr/sbin") is None


def nginx(place: Path, upstream: int, change: Callable[[str], str] = str) -> Proxy:
    """Nginx with deploy/nginx.conf on the first port and deploy/nginx-path.conf on the second."""
    place.mkdir()
    first, second = free_port(), free_port()

    def placed(name: str) -> str:
        text = (DEPLOY / name).read_text("utf-8").replace("/var/log/nginx/", f"{place}/")
        text = text.replace("listen 443 ssl;", f"listen 127.0.0.1:{first};").replace(
            "127.0.0.1:8000", f"127.0.0.1:{upstream}"
        )
        return change("".join(line for line in text.splitlines(keepends=True) if "ssl_certificate" not in line))

    (place / "trekvart.conf").write_text(placed("nginx.conf"))
    (place / "trekvart-path.conf").write_text(placed("nginx-path.conf"))
    user = "user root;" if os.geteuid() == 0 else ""
    (place / "nginx.conf").write_text(NGINX.format(place=place, user=user, client=CLIENT, second=second))
    binary = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin") or "nginx"
    return Proxy(place, [binary, "-e", f"{place}/error.log", "-c", f"{place}/nginx.conf"], (first, second))


def caddy(place: Path, upstream: int, change: Callable[[str], str] = str) -> Proxy:
    """Caddy with deploy/Caddyfile, over http."""
    place.mkdir()
    port = free_port()
    text = (DEPLOY / "Caddyfile").read_text("utf-8").replace("127.0.0.1:8000", f"127.0.0.1:{upstream}")
    text = change(
        text.replace("stats.shop.example {", f"http://127.0.0.1:{port} {{").replace("{\n", "{\n\tadmin off\n", 1)
    )
    (place / "Caddyfile").write_text(text)
    return Proxy(place, ["caddy", "run", "--config", f"{place}/Caddyfile"], (port,))


def _listens(port: int) -> bool:
    with suppress(OSError):
        connection = HTTPConnection("127.0.0.1", port, timeout=5)
        connection.connect()
        connection.close()
        return True
    return False
