"""The nearest Python peer, runlight, on SQLite, as its own documentation sets it up behind ASGI."""

import sys
from pathlib import Path

import uvicorn
from runlight import Runlight
from runlight.asgi import RunlightMiddleware
from runlight.store import Stores
from starlette.applications import Starlette


def main(port: int, place: Path) -> None:
    """Serves until it is ended."""
    peer = Runlight(
        store=Stores.sqlite(str(place / "runlight.db")),
        site={"name": "shop.example", "hostnames": ["shop.example"], "timezone": "Europe/Stockholm"},
    )
    app = RunlightMiddleware(Starlette(), runlight=peer)
    uvicorn.run(app, port=port, access_log=False, proxy_headers=False, log_level="warning")


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
