"""How long a connection may keep the server waiting, and how many there may be: uvicorn's protocol with an end to it.

uvicorn waits without end for a request that never comes, keeps a head of any length, and takes as many connections as
come. A proxy in front usually ends such things; this holds without one.
"""

import asyncio
import resource
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

REQUEST_SECONDS: Final = 10.0  # from a connection, or a request's first byte, to its last; a beacon takes one packet
HEAD_BYTES: Final = 32_768  # of a request's line and headers; browsers send one to four thousand
MOST: Final = 4000  # connections at a time; some 12 kB each, idle
SPARE: Final = 200  # file descriptors for everything else
SORRY: Final = """<!doctype html><meta charset=utf-8><title>Trekvart</title>
<p lang=sv>Servern är upptagen. Vänta en minut och ladda sidan igen.</p>
<p lang=en>The server is busy. Wait a minute and load the page again.</p>
""".encode()  # in both languages: what the request says is not read
BUSY: Final = (
    b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 5\r\nx-trekvart: overloaded; connections\r\n"
    b"content-type: text/html; charset=utf-8\r\ncontent-length: %d\r\nconnection: close\r\n\r\n%b" % (len(SORRY), SORRY)
)


class BoundedProtocol(HttpToolsProtocol):
    """One connection."""

    most = MOST

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's
        """Refuses a connection too many; else begins to look after it."""
        super().connection_made(transport)
        self._head = 0  # bytes, of a head that is not complete
        self._in_head = True
        self._began: float | None = self.loop.time()  # when the request that is not complete began
        if len(self.connections) > self.most:
            transport.write(BUSY)
            transport.close()
        else:
            self._timer = self.loop.call_later(REQUEST_SECONDS / 2, self._look)

    def data_received(self, data: bytes) -> None:
        """As uvicorn's, with an end to the head."""
        if self._in_head:
            self._head += len(data)
        super().data_received(data)
        if self._in_head and self._head > HEAD_BYTES:
            self.transport.abort()

    def on_message_begin(self) -> None:
        """A request's first byte."""
        super().on_message_begin()
        self._began = self.loop.time()

    def on_headers_complete(self) -> None:
        """The head is there."""
        self._in_head, self._head = False, 0
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The whole request is there: from now on it is we who let the other wait."""
        self._began, self._in_head = None, True
        super().on_message_complete()

    def _look(self) -> None:
        """Twice in the time that a request may take: is it overdue?"""
        if self.transport.is_closing():
            return
        if self._began is not None and self.loop.time() - self._began >= REQUEST_SECONDS:
            self.transport.abort()
        else:
            self._timer = self.loop.call_later(REQUEST_SECONDS / 2, self._look)


def bounded() -> type[Any]:
    """The protocol for uvicorn, with as many connections as the system lets this process have."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST + SPARE
    if soft != resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    if soft != resource.RLIM_INFINITY:
        BoundedProtocol.most = max(SPARE, min(MOST, soft - SPARE))
    return BoundedProtocol
