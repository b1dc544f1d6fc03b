"""Google Analytics' figures, fetched: the Data API's runReport by date, as a service account that may read them.

The account's key file is the operator's. What is asked for is four figures a day; what is told to Google is the
property's number and the days. A token is asked for at each fetch (RFC 7523) and kept nowhere.
"""

import base64
import ssl
from datetime import date
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

import msgspec
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from msgspec import Struct

from collector.errors import FileError
from dashboard.ga4_file import LARGEST

SCOPE: Final = "https://www.googleapis.com/auth/analytics.readonly"
GRANT: Final = "urn:ietf:params:oauth:grant-type:jwt-bearer"
METRICS: Final = ("sessions", "screenPageViews", "activeUsers", "engagedSessions")
SECONDS: Final = 30.0  # for a connection, and for each answer
TOKEN_SECONDS: Final = 600  # for which one is asked; Google gives an hour at most


class Key(Struct, frozen=True):
    """What is needed of a service account's key file."""

    client_email: str
    private_key: str  # PEM
    token_uri: str

    def __repr__(self) -> str:
        return "<Key>"


def read_key(file: Path) -> Key:
    """The key. Raises FileError."""
    try:
        return msgspec.json.decode(file.read_bytes(), type=Key)
    except OSError as error:
        raise FileError(f"The key file {file} cannot be read: {error.strerror}.") from None
    except (msgspec.MsgspecError, UnicodeDecodeError):
        raise FileError(f"{file} is no key file of a Google service account (JSON); create one and name it.") from None


def fetch(key: Key, report: str, days: tuple[date, date], now: int) -> bytes:
    """A property's days from the first to the last, both included, for `read_ga4`. Raises FileError.

    `report`: the address of its runReport. `now`: milliseconds UTC.
    """
    form = urlencode({"grant_type": GRANT, "assertion": assertion(key, now // 1000)}).encode()
    answer = _post(key.token_uri, form, {"Content-Type": "application/x-www-form-urlencoded"})
    try:
        token = msgspec.json.decode(answer)["access_token"]
    except (ValueError, KeyError, TypeError):
        raise FileError("Google gave no token for the service account; nothing was changed.") from None
    asked = {
        "dateRanges": [{"startDate": days[0].isoformat(), "endDate": days[1].isoformat()}],
        "dimensions": [{"name": "date"}],
        "metrics": [{"name": name} for name in METRICS],
        "limit": 10_000,  # days
    }
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
    return _post(report, msgspec.json.encode(asked), headers)


def assertion(key: Key, now: int) -> str:
    """The JSON web token by which the account asks for its token, signed RS256. `now`: seconds. Raises FileError."""
    claims = {"iss": key.client_email, "scope": SCOPE, "aud": key.token_uri, "iat": now, "exp": now + TOKEN_SECONDS}
    text = ".".join(_coded(msgspec.json.encode(part)) for part in ({"alg": "RS256", "typ": "JWT"}, claims))
    try:
        private = load_pem_private_key(key.private_key.encode(), None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        private = None
    if not isinstance(private, RSAPrivateKey):
        raise FileError("The service account's key file holds no RSA key; create the key anew.")
    return f"{text}.{_coded(private.sign(text.encode(), PKCS1v15(), SHA256()))}"


def _coded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def _post(url: str, body: bytes, headers: dict[str, str]) -> bytes:
    """What the address answers. Redirects are not followed: a token goes nowhere else."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:  # a port that is no number, a bracket left open
        raise FileError(f"{url[:100]!r} is no address; look at token_uri in the key file.") from None
    if parts.scheme == "https":
        connection: HTTPConnection = HTTPSConnection(host, port, timeout=SECONDS, context=ssl.create_default_context())
    elif parts.scheme == "http" and host in {"127.0.0.1", "::1", "localhost"}:
        connection = HTTPConnection(host, port, timeout=SECONDS)
    else:
        raise FileError(f"{url[:100]} would be readable on its way; use https.")
    try:
        connection.request("POST", f"{parts.path}?{parts.query}" if parts.query else parts.path, body, headers)
        answer = connection.getresponse()
        content = answer.read(LARGEST + 1)
    except (OSError, HTTPException, ValueError) as error:  # the last: a token that no header can hold
        raise FileError(f"{host} does not answer ({type(error).__name__}); nothing was changed.") from error
    finally:
        connection.close()
    if answer.status != 200:
        raise FileError(f"{host} answered {answer.status}{_reason(content)}; nothing was changed.")
    return content


def _reason(content: bytes) -> str:
    """What an answer of Google's says is wrong, in its words; they end with a full stop of their own."""
    try:
        told: Any = msgspec.json.decode(content)
        wrong = told["error"]
        text = wrong["message"] if isinstance(wrong, dict) else told.get("error_description", wrong)
    except (ValueError, KeyError, TypeError, AttributeError):
        return ""
    plain = "".join(letter for letter in str(text)[:200] if letter.isprintable())
    return f": {plain.rstrip('.')}" if plain else ""
