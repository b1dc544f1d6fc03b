"""A signed announcement of a finished export, as the Standard Webhooks have it.

webhook-id: the export and its revision; the same when sent again
webhook-timestamp: seconds since 1970
webhook-signature: v1,<base64 of HMAC-SHA256 over "id.timestamp.body">
"""

import base64
import hashlib
import hmac
import ssl
import time
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from ipaddress import ip_address
from urllib.parse import urlsplit

import msgspec

from collector.errors import ExportError
from collector.settings import Settings
from dashboard import reach
from dashboard.deliver import Package
from dashboard.export_task import Webhook


def sign(secret: str, number: str, seconds: int, body: bytes) -> str:
    """The value of webhook-signature."""
    signed = hmac.digest(secret.encode(), f"{number}.{seconds}.".encode() + body, "sha256")
    return f"v1,{base64.b64encode(signed).decode()}"


def announce(hook: Webhook, package: Package, settings: Settings) -> None:
    """Tells the address of the export. Raises ExportError: not reached, not allowed, or not answered with 2xx."""
    manifest = package.manifest
    body = msgspec.json.encode(
        {"type": "export.finished", "folder": f"{package.folder}/{package.name}", "manifest": manifest}
    )
    number = hashlib.sha256(f"{manifest.content}.{manifest.revision}".encode()).hexdigest()[:32]
    seconds = int(time.time())
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Trekvart",
        "webhook-id": number,
        "webhook-timestamp": str(seconds),
        "webhook-signature": sign(hook.secret, number, seconds, body),
    }
    status = _post(hook.url, body, headers, settings.destination_networks)
    if not 200 <= status < 300:  # a redirect too: where it leads nobody has looked at
        raise ExportError(f"The webhook answered {status}, not 2xx.", "refused")


def _post(url: str, body: bytes, headers: dict[str, str], networks: tuple[str, ...]) -> int:
    """The status of the answer."""
    parts = urlsplit(url)
    host, secure = parts.hostname or "", parts.scheme == "https"
    port = parts.port or (443 if secure else 80)
    plain = reach.connect(host, port, networks)
    connection: HTTPConnection = HTTPSConnection(host, port) if secure else HTTPConnection(host, port)
    try:
        if not secure and not reach.is_named(ip_address(plain.getpeername()[0].partition("%")[0]), networks):
            raise ExportError("A webhook over http would be readable on its way; use https.", "forbidden")
        context = ssl.create_default_context() if secure else None
        connection.sock = context.wrap_socket(plain, server_hostname=host) if context else plain
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("POST", path, body, headers)
        return connection.getresponse().status
    except (OSError, HTTPException) as error:
        raise ExportError(f"{host} did not take the webhook ({type(error).__name__}).", "unreachable") from error
    finally:
        connection.close()
        plain.close()
