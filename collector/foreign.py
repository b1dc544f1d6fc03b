"""The routes of other tools' protocols (`collector.dialects`): what their clients send, counted as our own beacons."""

from typing import Final

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from collector.app import RETRY_SECONDS, Collector
from collector.dialects import reading
from collector.dialects.said import Answer, Asked, Dialect, Told, words
from collector.door.hit import Drop
from collector.door.page import read_host
from collector.door.reply import Refusal
from collector.door.work import Request as Beacons

LONGEST_WORDS: Final = 1000  # characters of X-Trekvart: of a long batch the first
PREFLIGHT: Final = {
    "Access-Control-Allow-Methods": "GET, POST",
    # Umami's script echoes a token; it is asked for, and not read.
    "Access-Control-Allow-Headers": "content-type, x-umami-cache, x-umami-website, authorization",
    "Access-Control-Max-Age": "86400",
}


def routes(collector: Collector) -> list[BaseRoute]:
    """A route for each path of each dialect, to stand before the screens' and the API's."""
    return [
        Route(path, ForeignEndpoint(collector, dialect, path).answer, methods=[*dialect.methods, "OPTIONS"], name=path)
        for dialect in reading.DIALECTS
        for path in dialect.paths
    ]


class ForeignEndpoint:
    """One path of one dialect."""

    def __init__(self, collector: Collector, dialect: Dialect, path: str) -> None:
        self._collector = collector
        self._dialect = dialect
        self._path = path

    async def answer(self, request: Request) -> Response:
        """Answers as the tool's client expects, when it is on disk; `X-Trekvart` says what became of it."""
        if request.method == "OPTIONS":
            origin = request.headers.get("origin", "*")
            return Response(status_code=204, headers={**PREFLIGHT, "Access-Control-Allow-Origin": origin})
        try:
            body = await _body(request, self._dialect.longest)
        except ClientDisconnect:
            return Response(status_code=400)  # nobody hears it
        asked = Asked(
            "GET" if request.method == "HEAD" else request.method,
            self._path,
            request.scope["query_string"],
            body,
            read_host(request.headers.get("host", "")),
            request.headers.get("origin", ""),
            request.headers.get("referer", ""),
            request.headers.get("authorization", "").removeprefix("Bearer ").strip(),
        )
        peer = request.client.host if request.client else ""
        told = await self._take(asked, Beacons(asked.method, request.scope["headers"], peer))
        return _response(self._dialect.answer(asked, told), told)

    async def _take(self, asked: Asked, beacons: Beacons) -> list[Told]:
        collector = self._collector
        why = collector.closed or collector.intake.why
        overloaded = [Told(Refusal(Drop.OVERLOADED, retry_after=RETRY_SECONDS, why=why))]
        if collector.closed:
            return overloaded
        told = reading.read(collector.door, self._dialect, asked, beacons, collector.clock())
        waiting = {future for one in told if (future := collector.keep(one.outcome)) is not None}
        kept = [await future for future in waiting]
        return told if all(kept) else overloaded


async def _body(request: Request, longest: int) -> bytes:
    """The body, cut off past what the dialect takes (one byte more, so that it is seen)."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > longest:
            break
    return bytes(body[: longest + 1])


def _response(answer: Answer, told: list[Told]) -> Response:
    headers = {"Cache-Control": "no-store", "X-Trekvart": words(told)[:LONGEST_WORDS]}
    headers |= {name.decode(): value.decode() for name, value in answer.headers}
    origin = next((one.outcome.origin for one in told if one.outcome.origin), "")
    if origin:
        headers["Access-Control-Allow-Origin"] = origin
        headers["Access-Control-Expose-Headers"] = "x-trekvart"
        headers["Vary"] = "Origin"
    retry = max((one.outcome.retry_after for one in told if isinstance(one.outcome, Refusal)), default=0)
    if retry:
        headers["Retry-After"] = str(retry)
    return Response(answer.body, answer.status, headers)
