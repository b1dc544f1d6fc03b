"""The files of the screens, each under an address that changes with its content: browsers keep them for good."""

import gzip
from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from threading import Lock
from typing import Final, NamedTuple

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from dashboard import charts

PLOTLY: Final = "plotly.min.js"
TYPES: Final[Mapping[str, str]] = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
CACHE: Final = "public, max-age=31536000, immutable"
_packing = Lock()


class Asset(NamedTuple):
    """A file of ours: small, so both forms stay in memory."""

    version: str
    body: bytes
    zipped: bytes
    type: str


@cache
def assets() -> Mapping[str, Asset]:
    """Our own files by name. Read once a process."""
    found = {}
    for file in (files("dashboard") / "static").iterdir():
        body = file.read_bytes()
        version = sha256(body).hexdigest()[:10]
        found[file.name] = Asset(version, body, gzip.compress(body, 9, mtime=0), TYPES[Path(file.name).suffix])
    return found


def address(name: str) -> str:
    """What comes after /static/: the version and the name. KeyError: there is no such file."""
    version = charts.library_version() if name == PLOTLY else assets()[name].version
    return f"{version}/{name}"


@cache
def _packed(file: Path) -> bytes:
    # 0.2 s and 1.5 MB once a process, at the first chart: less than asking every browser to take 4.8 MB.
    return gzip.compress(file.read_bytes(), 9, mtime=0)


def serve(request: Request) -> Response:
    """GET /static/{version}/{name}. Another version than today's is gone: its page is loaded anew, and so it is."""
    name, version = request.path_params["name"], request.path_params["version"]
    zipped = "gzip" in request.headers.get("accept-encoding", "")
    headers = {"Cache-Control": CACHE, "Vary": "Accept-Encoding"} | ({"Content-Encoding": "gzip"} if zipped else {})
    if name == PLOTLY and version == charts.library_version():
        file = charts.library_file()
        if not zipped:
            return FileResponse(file, media_type=TYPES[".js"], headers=headers)
        with _packing:
            body = _packed(file)
        return Response(body, media_type=TYPES[".js"], headers=headers)
    asset = assets().get(name)
    if asset is None or asset.version != version:
        raise HTTPException(404)
    return Response(asset.zipped if zipped else asset.body, media_type=asset.type, headers=headers)
