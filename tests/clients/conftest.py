"""Other tools' clients from their registries, and a running server that knows a site by their names for it."""

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest
from msgspec import Struct

from collector.aliases import add_alias
from collector.control import Control
from collector.door.sender import digest, make_token
from tests.running import RunningServer, add_site

HERE = Path(__file__).parent
SITE = "shop.test"
WEBSITE = "94db1cb1-74f4-4a40-ad6c-962362670409"
IDSITE = "3"
MEASUREMENT = "G-ABC1234567"
REST_SECONDS = 3.0  # three publishes: what has not come by then waits for others


class Counted(Struct):
    """A server that counts SITE, and a token of the site's for senders."""

    server: RunningServer
    token: str
    crowds: int = 0

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server.port}"

    def crowd(self) -> None:
        """One view of another page by each of eight networks, without which nothing is published."""
        self.crowds += 1
        for n in range(8):
            address = f"198.18.{(self.crowds * 8 + n) % 256}.7"
            reply = self.server.beacon(SITE, address, u=f"http://{SITE}/crowd", r="https://duckduckgo.com/")
            assert reply.headers["x-trekvart"] == "counted"

    def wait_for(self, what: Callable[[], bool]) -> None:
        """A crowd, and the wait until something over published numbers holds; another crowd when it takes long.

        A publish that comes among eight networks takes five to seven of them, and the rest, fewer than k, wait for
        others, as does a view that a browser still had under way.
        """
        self.crowd()
        crowd_at = time.monotonic()

        def others() -> None:
            nonlocal crowd_at
            if time.monotonic() > crowd_at + REST_SECONDS:
                self.crowd()
                crowd_at = time.monotonic()

        self.server.wait_for(what, meanwhile=others)

    @property
    def pageviews(self) -> int:
        """Those of today that are not the crowd's."""
        return self.server.pageviews(SITE) - 8 * self.crowds

    @property
    def visits(self) -> int:
        """Those of today that are not the crowd's."""
        return int(self.server.overview(SITE)["headline"]["visits"]) - 8 * self.crowds

    def panel(self, name: str) -> dict[str, int]:
        """A panel's named rows."""
        rows = self.server.overview(SITE)["panels"][name]["rows"]
        return {" ".join(row["values"]): row["n"] for row in rows}

    def drops(self) -> dict[str, int]:
        """The ledger of today, once another crowd has published it."""
        found = self.server.page(f"/api/sites/{SITE}/drops?period=today").body
        told: dict[str, int] = {}
        for row in msgspec.json.decode(found):
            told[row["reason"]] = told.get(row["reason"], 0) + row["n"]
        return told


@pytest.fixture
def counted(tmp_path: Path) -> Iterator[Counted]:
    """A server of its own for each test."""
    server = RunningServer(tmp_path, "--trusted-proxies", "127.0.0.0/8")
    token = make_token()
    senders = (digest(token.encode()),)
    add_site(server, SITE, hosts=("localhost",), demo=True, publish_seconds=1, properties=("plan",), senders=senders)
    control = Control.open(server.data / "control.db")
    for tool, name in (("umami", WEBSITE), ("matomo", IDSITE), ("ga4", MEASUREMENT)):
        add_alias(control, SITE, tool, name)
    control.close()
    with server:
        server.login()
        yield Counted(server, token)


@pytest.fixture(scope="session")
def modules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The packages of package.json, installed by npm at their exact versions (some 1 MB)."""
    missing = [program for program in ("node", "npm") if shutil.which(program) is None]
    if missing:
        assert not os.environ.get("CI"), f"{missing} missing"
        pytest.skip(f"{missing} missing: run make test once")
    directory = tmp_path_factory.mktemp("clients")
    shutil.copy(HERE / "package.json", directory)
    flags = ("--no-audit", "--no-fund", "--no-package-lock", "--ignore-scripts", "--no-update-notifier")
    subprocess.run(["npm", "install", "--silent", *flags], cwd=directory, check=True, timeout=150)
    return directory / "node_modules"
