"""The screens over real databases, and a member of staff who may see them."""

from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Self

from msgspec import Struct
from starlette.applications import Starlette
from starlette.routing import BaseRoute, Mount
from starlette.testclient import TestClient

from collector.control import Control
from collector.door.country import Countries
from collector.door.door import Door
from collector.settings import Settings
from collector.site import Site
from collector.store import Store
from dashboard import api, pages
from dashboard.accounts import Accounts
from dashboard.frame import Deps
from dashboard.rounding import round_figures
from dashboard.shares import Shared, Shares
from tests.running import PASSWORD

TODAY = date(2026, 10, 28)
NOW = round(datetime(2026, 10, 28, 13, 24, tzinfo=UTC).timestamp() * 1000)
OWN = {"Sec-Fetch-Site": "same-origin"}


class World(Struct):
    """Databases in a directory, and the screens over them."""

    control: Control
    store: Store
    deps: Deps

    @classmethod
    def build(
        cls,
        directory: Path,
        *,
        settings: Settings | None = None,
        crowd: Callable[[int], Awaitable[None]] | None = None,
    ) -> Self:
        control, store = Control.open(directory / "control.db"), Store.open(directory / "store.duckdb")
        accounts = Accounts(control)
        round_figures(store, control)
        accounts.add("anna", PASSWORD, NOW)
        chosen = settings or Settings()
        door = Door((), chosen, Countries())
        return cls(
            control,
            store,
            Deps(store, control, accounts, chosen, lambda: NOW, lambda _: 1, Shares(control), crowd, door),
        )

    def site(self, domain: str, **more: object) -> Site:
        return self.control.add_site(Site(domain=domain, **more), NOW)  # type: ignore[arg-type]  # any field

    def app(self, base: str = "", extra: list[BaseRoute] | None = None) -> Starlette:
        routes = [*(extra or []), *api.routes(self.deps), *pages.routes(self.deps)]
        inner = Starlette(routes=routes, exception_handlers=pages.errors(self.deps))
        inner.router.redirect_slashes = False
        return Starlette(routes=[Mount(base, inner)]) if base else inner

    def stranger(self, base: str = "", address: str = "http://stats.example") -> TestClient:
        """A browser that nobody has logged in with; the base path is part of what it asks for."""
        return TestClient(Shared(self.app(base)), address, raise_server_exceptions=False, follow_redirects=False)

    def anna(self, base: str = "", address: str = "http://stats.example", name: str = "anna") -> TestClient:
        """A browser of the staff: of anna, who is an administrator, or of another account."""
        client = self.stranger(base, address)
        answer = client.post(f"{base}/login", data={"name": name, "password": PASSWORD}, headers=OWN)
        assert answer.status_code == 303, answer.text
        return client

    def close(self) -> None:
        self.store.close()
        self.control.close()
