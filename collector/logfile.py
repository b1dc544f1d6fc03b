"""A web server's access log in the combined format, a line at a time: what a replay sends through the door. Pure.

    address ident user [23/Nov/2026:09:05:03 +0100] "GET /page HTTP/1.1" 200 5120 "referrer" "user agent"

Fields after the last one are allowed (nginx's "main" format has one), and a host with its port before the first
(Apache's vhost_combined). What does not become a page view is dropped for the first of these reasons that fits:
TORN_LINE, METHOD, STATUS, MALFORMED, ASSET; and then for the door's own. Other formats: `collector.logformats`.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import BinaryIO, Final, NamedTuple

from collector.door.hit import Drop
from collector.door.page import LONGEST_SENT, cut_address

LONGEST_LINE: Final = 65_536  # bytes; Apache refuses a request line or header over 8,190, nginx over 32 KiB

# What holds no script, so that a browser would never have sent a beacon for it. Told in docs/replay.md.
ASSET_KINDS: Final = {
    "styles, scripts, data, fonts": "css scss less js mjs cjs ts map json jsonl wasm webmanifest xml xsl xsd "
    "woff woff2 ttf otf eot",
    "images": "ico cur png jpg jpeg jpe gif webp avif apng svg svgz bmp tif tiff heic",
    "sound and film": "mp3 m4a aac ogg oga ogv opus wav flac mp4 m4v webm mov avi mkv swf flv vtt srt m3u8",
    "feeds, and texts for robots": "rss atom rdf txt",
    "documents": "pdf ps tex epub doc docx xls xlsx ppt pptx odt ods odp rtf csv tsv log md markdown yaml yml toml ini "
    "conf cfg sql",
    "downloads": "zip gz tgz bz2 xz zst 7z rar tar jar war exe msi dmg pkg deb rpm apk iso img bin dat bak "
    "pcap gem whl",
    "source code": "c h cpp hpp cs java py pyc rb lua sh go rs diff patch spec vim",
}
ASSETS: Final = frozenset(extension for kind in ASSET_KINDS.values() for extension in kind.split())
FEEDS: Final = frozenset(("feed", "rss", "atom"))  # last segments, as WordPress and its kin name them
REQUESTS: Final = 16_384  # of the latest are remembered: most lines ask for what others did, and 5 us become 0.1
PAGE_STATUSES: Final = frozenset((b"200", b"304"))  # shown, or shown again from the browser's cache

# Possessive, or a line that does not fit is tried in every division: 9 us a line instead of 2.
_QUOTED: Final = rb'"((?:[^"\\]++|\\.)*+)"'
_LINE: Final = re.compile(
    rb"(?:([A-Za-z0-9][A-Za-z0-9.-]{0,252}):\d{1,5} )?(\S+) \S+ [^\[\"]{1,200} "
    rb"\[(\d\d/[A-Z][a-z]{2}/\d{4}:(?:[01]\d|2[0-3]):[0-5]\d):([0-5]\d|60) ([+-]\d{4})\] "
    + _QUOTED
    + rb" (\d{3}) (?:\d+|-) "
    + _QUOTED
    + b" "
    + _QUOTED
    + rb"(?: [^\[\]]*)?",  # no bracket: two lines that ran together are torn
)
_REQUEST: Final = re.compile(rb"([A-Z]+) (\S+)(?: HTTP/\d(?:\.\d)?)?")
_ESCAPE: Final = re.compile(rb"\\(?:x([0-9A-Fa-f]{2})|(.))", re.DOTALL)
_MONTHS: Final = {name: at for at, name in enumerate(b"Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(), 1)}


class Shown(NamedTuple):
    """A page that a line says was shown, for the door (`collector.door.logged`)."""

    url: str  # as the script sends it
    referrer: str
    agent: bytes  # the User-Agent
    address: str
    objects: bool = False  # the line tells Sec-GPC or DNT, as few formats do

    def __repr__(self) -> str:
        return "<Shown>"  # a traceback shows no address


class Entry(NamedTuple):
    """A whole line: when it was, and its page or the reason why it has none."""

    time: int  # milliseconds UTC
    what: Shown | Drop


def read_line(line: bytes, domain: str) -> Entry | None:
    """Read one line of the log of the site at `domain`. None: torn. Never raises."""
    match = _LINE.fullmatch(line.rstrip(b"\r\n"))
    if match is None:
        return None
    host, address, minute, second, zone, request, status, referrer, agent = match.groups()
    begins = _minute(minute, zone)
    if begins is None:
        return None
    url = _page(request, status, domain if host is None else host.decode("latin-1"))
    time = begins + int(second) * 1000
    if isinstance(url, Drop):
        return Entry(time, url)
    return Entry(time, Shown(url, _referrer(referrer), unescaped(agent), address.decode("latin-1")))


@lru_cache(maxsize=REQUESTS)
def _page(request: bytes, status: bytes, domain: str) -> str | Drop:
    """The address of the page that was shown, or why none was."""
    asked = _REQUEST.fullmatch(request)
    if asked is None:
        return Drop.METHOD
    return shown_page(asked[1], status, _text(asked[2]), domain)


def shown_page(method: bytes, status: bytes, target: str, domain: str) -> str | Drop:
    """The address of the page that was shown, or why none was: of a request in any format."""
    if method != b"GET":
        return Drop.METHOD
    if status not in PAGE_STATUSES:
        return Drop.STATUS
    if target.startswith("/"):
        url = f"https://{domain}{target}"
    elif target.startswith(("http://", "https://")):  # as a proxy is asked
        url = target
    else:
        return Drop.MALFORMED
    return Drop.ASSET if _is_asset(url) else cut_address(url)


@lru_cache(maxsize=REQUESTS)
def _referrer(field: bytes) -> str:
    return cut_referrer(_text(field))


def cut_referrer(text: str) -> str:
    """A referrer as the script sends it; "-" stands for none."""
    return text.partition("?")[0][:LONGEST_SENT]


def read_lines(file: BinaryIO) -> Iterator[bytes]:
    """The lines of a file. One longer than LONGEST_LINE is cut, so that a file that is no log needs no memory."""
    while line := file.readline(LONGEST_LINE):
        yield line
        while len(line) == LONGEST_LINE and not line.endswith(b"\n"):
            line = file.readline(LONGEST_LINE)


@lru_cache(maxsize=4096)
def _minute(minute: bytes, zone: bytes) -> int | None:
    """Milliseconds since 1970 UTC of a minute (23/Nov/2026:09:05) in `zone` (+0100). None: there is no such day."""
    hours, minutes = int(zone[1:3]), int(zone[3:])
    if hours > 14 or minutes > 59:
        return None
    offset = timedelta(hours=hours, minutes=minutes) * (-1 if zone[:1] == b"-" else 1)
    try:
        local = datetime(int(minute[7:11]), _MONTHS[minute[3:6]], int(minute[:2]), tzinfo=UTC)
    except (ValueError, KeyError):
        return None
    if local.year < 1970:
        return None
    return round((local - offset).timestamp() + int(minute[12:14]) * 3600 + int(minute[15:]) * 60) * 1000


def _is_asset(url: str) -> bool:
    path = url.partition("?")[0].partition("#")[0].lower()
    last = path.rstrip("/").rpartition("/")[2].partition(";")[0]
    _, dot, extension = path.rpartition("/")[2].partition(";")[0].rpartition(".")
    return (bool(dot) and extension in ASSETS) or last in FEEDS or "/.well-known/" in path


def _text(field: bytes) -> str:
    return unescaped(field).decode("utf-8", "replace")


def unescaped(field: bytes) -> bytes:
    """A quoted field as it was sent: Apache and nginx write quotes, backslashes and control bytes with a backslash."""
    return _ESCAPE.sub(_unescape, field) if b"\\" in field else field


def _unescape(match: re.Match[bytes]) -> bytes:
    return bytes.fromhex(match[1].decode()) if match[1] else match[2]
