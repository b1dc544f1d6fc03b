"""Google Analytics' figures fetched by the server itself: from a Google on loopback that checks what it is asked."""

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import date, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from collector.control import Control
from dashboard import elsewhere
from dashboard.cli import run
from tests.app.test_backup import trekvart
from tests.app.test_end_of_data import holding
from tests.running import RunningServer, add_site

SITE = "shop.example"
NUMBER = "123456789"


class Google(ThreadingHTTPServer):
    """Gives a token for an assertion that the account signed, and a report of the days asked for, for that token."""

    def __init__(self, private: RSAPrivateKey) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.public = private.public_key()
        self.asked: list[tuple[date, date]] = []
        self.refuses = ""

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Answer(BaseHTTPRequestHandler):
    server: Google

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.server.refuses:
            self._say(403, {"error": {"code": 403, "message": self.server.refuses}})
        elif self.path == "/token":
            self._say(200, {"access_token": "for ten minutes"} if self._is_signed(body) else {"error": "invalid_grant"})
        elif (self.path, self.headers["Authorization"]) == (
            f"/v1beta/properties/{NUMBER}:runReport",
            "Bearer for ten minutes",
        ):
            self._say(200, self._report(json.loads(body)))
        else:
            self._say(404, {})

    def _is_signed(self, body: bytes) -> bool:
        form = parse_qs(body.decode())
        head, claims, signature = form["assertion"][0].split(".")
        self.server.public.verify(_plain(signature), f"{head}.{claims}".encode(), PKCS1v15(), SHA256())
        told = json.loads(_plain(claims))
        return (
            form["grant_type"] == ["urn:ietf:params:oauth:grant-type:jwt-bearer"]
            and json.loads(_plain(head)) == {"alg": "RS256", "typ": "JWT"}
            and (told["iss"], told["aud"]) == ("trekvart@shop.example", f"{self.server.address}/token")
            and told["scope"].endswith("/analytics.readonly")
            and 0 < told["exp"] - told["iat"] <= 3600
        )

    def _report(self, asked: dict[str, Any]) -> dict[str, Any]:
        begin, last = (date.fromisoformat(asked["dateRanges"][0][end]) for end in ("startDate", "endDate"))
        self.server.asked.append((begin, last))
        figures = {"sessions": 100, "screenPageViews": 300, "activeUsers": 80, "engagedSessions": 60}
        names = [metric["name"] for metric in asked["metrics"]]
        return {
            "dimensionHeaders": asked["dimensions"],
            "metricHeaders": asked["metrics"],
            "rows": [
                {
                    "dimensionValues": [{"value": f"{begin + timedelta(days=n):%Y%m%d}"}],
                    "metricValues": [{"value": str(figures[name] + n)} for name in names],
                }
                for n in range((last - begin).days + 1)
            ],
            "metadata": {"timeZone": "Europe/Stockholm"},
        }

    def _say(self, status: int, told: dict[str, Any]) -> None:
        body = json.dumps(told).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Says nothing."""


def _plain(coded: str) -> bytes:
    return base64.urlsafe_b64decode(coded + "=" * (-len(coded) % 4))


@pytest.fixture(scope="module")
def private() -> RSAPrivateKey:
    return generate_private_key(65_537, 2048)


@pytest.fixture
def google(tmp_path: Path, private: RSAPrivateKey) -> Iterator[Google]:
    with Google(private) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        key = {
            "type": "service_account",
            "client_email": "trekvart@shop.example",
            "private_key": private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode(),
            "token_uri": f"{server.address}/token",
        }
        (tmp_path / "key.json").write_text(json.dumps(key), "utf-8")
        yield server
        server.shutdown()
        thread.join()


def flags(google: Google) -> tuple[str, ...]:
    named = ("--google-properties", f"{SITE}={NUMBER}", "--google-api", google.address)
    return ("--google-key-file", "key.json", *named)


def kept(data: Path) -> dict[date, elsewhere.Day]:
    with closing(Control.open(data / "control.db")) as control:
        return elsewhere.kept(control, control.site(SITE).id, "ga4", date(2000, 1, 1), date(2100, 1, 1))


def test_the_server_fetches_by_itself(tmp_path: Path, google: Google) -> None:
    """At its start a quarter of a year, as the account, of whole days only; staff see both sides; no key is logged."""
    server = RunningServer(tmp_path, *flags(google), "--log-level", "info")
    add_site(server, SITE, time_zone="Europe/Stockholm")
    with server:
        server.login()
        server.wait_for(lambda: len(kept(server.data)) == 90)
        page = server.page(f"/site/{SITE}/beside?lang=en&period=7d").body.decode()
        assert "Google Analytics" in page
    ((begin, last),) = google.asked
    assert (last - begin).days == 89
    found = kept(server.data)
    assert (min(found), max(found)) == (begin, last)
    assert found[begin] == elsewhere.Day(300, 100, 80, 60)
    assert not any(word in "".join(server.output) for word in ("PRIVATE", "for ten minutes"))


@pytest.fixture
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(["site", "add", SITE, "--k", "5"]) == 0
    capsys.readouterr()


@pytest.mark.usefixtures("_here")
def test_by_command(google: Google, capsys: pytest.CaptureFixture[str]) -> None:
    """`compare --fetch` asks now; the second time only for the days that Google may still be counting."""
    command = ["compare", "--fetch", "--site", SITE, *flags(google)]
    assert run(command) == 0
    assert "90 days of Google Analytics" in capsys.readouterr().out
    assert run(command) == 0
    assert "5 days of Google Analytics" in capsys.readouterr().out
    assert [(last - begin).days + 1 for begin, last in google.asked] == [90, 5]
    assert len(kept(Path("data"))) == 90


@pytest.mark.usefixtures("_here")
@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("refused", "answered 403: User does not have permission for this property; nothing was changed."),
        ("no key", "The key file key.json cannot be read: No such file or directory."),
        ("foreign key", "key.json is no key file of a Google service account"),
        ("no RSA", "holds no RSA key"),
        ("http", "http://google.example/token would be readable on its way; use https."),
        ("no address", "'http://127.0.0.1:x/token' is no address; look at token_uri in the key file."),
        ("gone", "127.0.0.1 does not answer (ConnectionRefusedError); nothing was changed."),
        ("unnamed", "No property of shop.example is named"),
        ("files too", "Name files of Google's, or say --fetch."),
    ],
)
def test_what_goes_wrong_is_one_sentence(
    google: Google, change: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Refused, unreachable, no key or a wrong one: a sentence that says which, exit code not 0, and nothing is kept."""
    command = ["compare", "--fetch", "--site", SITE, *flags(google)]
    key = json.loads(Path("key.json").read_text("utf-8"))
    if change == "refused":
        google.refuses = "User does not have permission for this property."
    elif change == "no key":
        Path("key.json").unlink()
    elif change == "foreign key":
        Path("key.json").write_text('{"installed": {}}')
    elif change == "no RSA":
        Path("key.json").write_text(json.dumps({**key, "private_key": "none"}))
    elif change == "http":
        Path("key.json").write_text(json.dumps({**key, "token_uri": "http://google.example/token"}))
    elif change == "no address":
        Path("key.json").write_text(json.dumps({**key, "token_uri": "http://127.0.0.1:x/token"}))
    elif change == "gone":
        Path("key.json").write_text(json.dumps({**key, "token_uri": "http://127.0.0.1:9/token"}))
    elif change == "unnamed":
        command[command.index(f"{SITE}={NUMBER}")] = f"other.example={NUMBER}"
    else:
        command.insert(1, "key.json")
    assert run(command) != 0
    told = capsys.readouterr().err
    assert said in told
    assert "Traceback" not in told
    assert kept(Path("data")) == {}


def test_a_failure_is_on_the_health_page(tmp_path: Path, google: Google) -> None:
    """Staff read what Google said, and that a property's site is none."""
    google.refuses = "The quota is used up."
    server = RunningServer(tmp_path, *flags(google), "--google-properties", "other.example=1")
    add_site(server, SITE)
    with server:
        server.login()
        server.wait_for(lambda: b"The quota is used up" in server.page("/health/page?lang=en").body)
        server.wait_for(
            lambda: b"other.example, named in google_properties" in server.page("/health/page?lang=en").body
        )
        assert trekvart(server, "site", "remove", SITE, "--yes").returncode == 0
    assert holding(server.data, "The quota is used up") == []  # it was about that site
