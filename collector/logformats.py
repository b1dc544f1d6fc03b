"""Which format a log is in, found out line by line: combined, Caddy's JSON, and the W3C's of IIS and CloudFront. Pure.

A line that begins with a brace is Caddy's. A line `#Fields:` names the columns of those that follow: with tabs between
them it is CloudFront's (texts percent-encoded), with spaces IIS's ("+" for a space). Everything else is combined.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final
from urllib.parse import unquote_to_bytes

import msgspec
from msgspec import Struct

from collector.door.hit import Drop
from collector.door.page import read_host
from collector.logfile import Entry, Shown, cut_referrer, read_line, shown_page

NEEDED: Final = ("date", "time", "cs-method", "cs-uri-stem", "sc-status", "c-ip")


class Log:
    """Reads the lines of one file after the other."""

    def __init__(self, domain: str) -> None:
        """`domain`: whose log it is, where a line does not say itself which host was asked."""
        self._domain = domain
        self._fields: Mapping[bytes, int] = {}
        self._w3c = False

    def read(self, line: bytes) -> Entry | None:
        """Read a line that is no comment. None: torn. Never raises."""
        if line[:1] == b"{":
            return _read_caddy(line, self._domain)
        if not self._w3c or line[:1].isspace() or b"[" in line[:60]:
            return read_line(line, self._domain)
        return self._read_w3c(line.rstrip(b"\r\n"))

    def comment(self, line: bytes) -> bool:
        """Whether a line is a comment of the W3C's formats, which says what the columns are; it is not counted."""
        if line[:1] != b"#":
            return False
        if line.startswith(b"#Fields:"):
            names = line.removeprefix(b"#Fields:").split()
            self._fields = {name: at for at, name in enumerate(names)}
            self._w3c = all(name.encode() in self._fields for name in NEEDED)
        return True

    def _read_w3c(self, line: bytes) -> Entry | None:
        tabs = b"\t" in line
        values = line.split(b"\t" if tabs else b" ")
        if len(values) != len(self._fields):
            return None
        return _read_values(self._fields, values, self._domain, tabs=tabs)


def _read_values(fields: Mapping[bytes, int], values: Sequence[bytes], domain: str, *, tabs: bool) -> Entry | None:
    def value(name: str) -> bytes:
        at = fields.get(name.encode())
        found = b"" if at is None else values[at]
        return b"" if found == b"-" else found

    time = _utc(value("date"), value("time"))
    if time is None:
        return None
    host = read_host((value("x-host-header") or value("cs-host") or value("cs(Host)")).decode("latin-1"))
    if host.endswith(".cloudfront.net"):
        host = ""  # the distribution's own name, where a visitor's browser named the site
    target = value("cs-uri-stem").decode("utf-8", "replace")
    query = value("cs-uri-query").decode("utf-8", "replace")
    url = shown_page(value("cs-method"), value("sc-status"), f"{target}?{query}" if query else target, host or domain)
    if isinstance(url, Drop):
        return Entry(time, url)
    referrer, agent = value("cs(Referer)"), value("cs(User-Agent)")
    if tabs:
        referrer, agent = unquote_to_bytes(referrer), unquote_to_bytes(unquote_to_bytes(agent))
    else:
        agent = agent.replace(b"+", b" ")
    return Entry(
        time, Shown(url, cut_referrer(referrer.decode("utf-8", "replace")), agent, value("c-ip").decode("latin-1"))
    )


@lru_cache(maxsize=4096)
def _utc(day: bytes, clock: bytes) -> int | None:
    """Milliseconds of a date and a time, which these formats write in UTC. None: there is no such moment."""
    try:
        moment = datetime.fromisoformat(f"{day.decode()}T{clock.decode()}").replace(tzinfo=UTC)
    except ValueError:
        return None
    return round(moment.timestamp() * 1000) if moment.year >= 1970 else None


class _Asked(Struct):
    """The part of Caddy's line that the browser said."""

    method: str = ""
    uri: str = ""
    host: str = ""
    client_ip: str = ""
    remote_ip: str = ""
    headers: dict[str, list[str]] = {}


class _Line(Struct):
    """Caddy's line, as far as it is looked at."""

    request: _Asked
    ts: Any
    status: int


_CADDY: Final = msgspec.json.Decoder(_Line)


def _read_caddy(line: bytes, domain: str) -> Entry | None:
    try:
        told = _CADDY.decode(line)
    except (ValueError, RecursionError):
        return None
    time = _moment(told.ts)
    if time is None:
        return None
    asked, headers = told.request, told.request.headers
    host = read_host(asked.host)
    url = shown_page(asked.method.encode("utf-8", "replace"), b"%d" % told.status, asked.uri, host or domain)
    if isinstance(url, Drop):
        return Entry(time, url)
    shown = Shown(
        url,
        cut_referrer(_first(headers, "Referer")),
        _first(headers, "User-Agent").encode("utf-8", "replace"),
        asked.client_ip or asked.remote_ip,
        "1" in (_first(headers, "Sec-Gpc"), _first(headers, "Dnt")),
    )
    return Entry(time, shown)


def _first(headers: Mapping[str, list[str]], name: str) -> str:
    return next(iter(headers.get(name, ())), "")


def _moment(told: object) -> int | None:
    """Seconds since 1970, milliseconds, or RFC 3339, as Caddy can be told to write them."""
    try:
        if isinstance(told, str):
            moment = datetime.fromisoformat(told)
            return round(moment.timestamp() * 1000) if moment.tzinfo else None
        if isinstance(told, int | float) and not isinstance(told, bool):
            milliseconds = round(told if told > 1e11 else told * 1000)
            return milliseconds if 0 <= milliseconds < 1e14 else None
    except (ValueError, OverflowError, OSError):
        pass
    return None
