"""What is shipped in deploy/ works: settings load, systemd takes the unit, and the server lives within its limits."""

import re
import socket
import ssl
import subprocess
import sys
from datetime import UTC, datetime
from http.client import HTTPConnection
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from collector.settings import load
from dashboard.notice import ASKED, missing
from tests.proxies import DEPLOY, caddy, nginx
from tests.proxies import missing as absent
from tests.running import RunningServer, add_site, free_port

UNIT = (DEPLOY / "trekvart.service").read_text("utf-8")
SYSTEMD = pytest.mark.skipif(absent("systemd-analyze"), reason="needs systemd-analyze")


def test_the_settings_file_is_one() -> None:
    """deploy/trekvart.toml loads, keeps the keys in memory, and leaves open what only the operator knows."""
    settings = load(DEPLOY / "trekvart.toml", {}, {})
    assert settings.keys == Path("/run/trekvart/keys")
    assert missing(settings) == ASKED


@SYSTEMD
def test_systemd_takes_the_unit(tmp_path: Path) -> None:
    """`systemd-analyze verify` has nothing to say, and `security` rates the exposure below 2 of 10."""
    unit = tmp_path / "trekvart.service"
    unit.write_text(re.sub(r"^ExecStart=\S+", "ExecStart=/bin/true", UNIT, flags=re.MULTILINE))
    verified = subprocess.run(["systemd-analyze", "verify", str(unit)], capture_output=True, text=True)
    assert (verified.returncode, verified.stdout + verified.stderr) == (0, "")
    command = ["systemd-analyze", "security", "--offline=true", "--threshold=20", str(unit)]
    rated = subprocess.run(command, capture_output=True, text=True)
    assert rated.returncode == 0, rated.stdout


@pytest.mark.parametrize(
    "line",
    [
        "LimitCORE=0",
        "MemorySwapMax=0",
        "RuntimeDirectoryPreserve=yes",
        "ProtectSystem=strict",
        "IPAddressDeny=any",
        "IPAddressAllow=localhost",
        "NoNewPrivileges=yes",
        "UMask=0077",
    ],
)
def test_the_unit_promises(line: str) -> None:
    """Each of these is a promise of docs/proxy.md."""
    assert f"\n{line}\n" in UNIT


PROXIES = pytest.mark.skipif(absent("nginx") or absent("caddy"), reason="needs nginx and caddy")
BEGINS, ENDS = datetime(2026, 1, 1, tzinfo=UTC), datetime(2099, 1, 1, tzinfo=UTC)
LONG = 60_000  # bytes of a form of staff that nginx has to let through


def asked(port: int, path: str, method: str = "GET", body: bytes = b"") -> tuple[int, str | None]:
    """The status and what is said of https."""
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request(method, path, body)
        answer = connection.getresponse()
        return answer.status, answer.getheader("Strict-Transport-Security")
    finally:
        connection.close()


@PROXIES
def test_the_proxies_keep_staff_to_https_and_mark_no_visitor(tmp_path: Path) -> None:
    """HSTS comes with the login and nowhere that visitors go; secret addresses are not logged; long forms pass."""
    server = RunningServer(tmp_path / "server", "--trusted-proxies", "127.0.0.1/32")
    add_site(server, "shop.example")
    with server, nginx(tmp_path / "nginx", server.port) as one, caddy(tmp_path / "caddy", server.port) as two:
        for port in (one.ports[0], two.ports[0]):
            assert asked(port, "/login") == (200, "max-age=31536000; includeSubDomains")
            for path in ("/t.js", "/t.gif?s=shop.example", "/privacy", "/health", "/opt-out"):
                assert asked(port, path)[1] is None, path
            assert asked(port, "/site/shop.example/settings", "POST", b"a" * LONG)[0] == 403  # ours: no form of ours
        assert asked(one.ports[1], "/stats/site/shop.example/settings", "POST", b"a" * LONG)[0] != 413
        for path in ("/shared/not-to-be-kept/", "/welcome/not-to-be-kept", "/login"):
            asked(one.ports[0], path)
    logged = (tmp_path / "nginx" / "trekvart.log").read_text("utf-8")
    assert "/login" in logged
    assert "not-to-be-kept" not in logged


def certificate(place: Path) -> str:
    """Two lines of nginx about a certificate of its own."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "stats.shop.example")])
    made = x509.CertificateBuilder(name, name, key.public_key(), 1, BEGINS, ENDS)
    (place / "a.pem").write_bytes(made.sign(key, SHA256()).public_bytes(Encoding.PEM))
    (place / "a.key").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return f"ssl_certificate {place}/a.pem; ssl_certificate_key {place}/a.key;"


def agreed(port: int, ciphers: str, version: ssl.TLSVersion) -> str:
    """The cipher that a client gets which offers only these; "" when there is none."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_ciphers(f"{ciphers}:@SECLEVEL=0")
    context.minimum_version = context.maximum_version = version
    with socket.create_connection(("127.0.0.1", port), timeout=30) as plain:
        try:
            with context.wrap_socket(plain) as secure:
                return str((secure.cipher() or ("",))[0])
        except OSError:
            return ""


@PROXIES
@pytest.mark.filterwarnings("ignore:.*TLSv1_1 is deprecated:DeprecationWarning")
def test_nginx_speaks_only_what_is_recommended(tmp_path: Path) -> None:
    """TLS 1.2 with forward secrecy and authenticated encryption, or 1.3; no older version, no other cipher."""
    lines = certificate(tmp_path)
    listen = re.compile(r"listen (127\.0\.0\.1:\d+);")
    with nginx(tmp_path / "nginx", free_port(), lambda text: listen.sub(rf"listen \1 ssl; {lines}", text)) as proxy:
        port = proxy.ports[0]
        assert agreed(port, "ALL", ssl.TLSVersion.TLSv1_3).startswith("TLS_")
        assert "ECDHE" in agreed(port, "ALL", ssl.TLSVersion.TLSv1_2)
        for old in ("ECDHE-ECDSA-AES256-SHA", "ECDHE-ECDSA-AES128-SHA256", "ECDHE-ECDSA-AES256-CCM8"):
            assert agreed(port, old, ssl.TLSVersion.TLSv1_2) == "", old
        assert agreed(port, "ALL", ssl.TLSVersion.TLSv1_1) == ""


WITHIN = """
import ctypes, os, sys
PR_SET_MDWE = 65
done = ctypes.CDLL(None).prctl(PR_SET_MDWE, 1, 0, 0, 0)  # Linux 6.3: MemoryDenyWriteExecute, kept over exec
os.execv(sys.executable, [sys.executable, "-m", "dashboard.cli", *sys.argv[1:]])
"""


@pytest.mark.skipif(sys.platform != "linux", reason="a limit of Linux")
def test_the_server_needs_no_memory_to_write_and_run(tmp_path: Path) -> None:
    """Under the unit's MemoryDenyWriteExecute the server counts a beacon and shows a chart."""
    server = RunningServer(tmp_path, "--trusted-proxies", "127.0.0.1/32", command=(sys.executable, "-c", WITHIN))
    server.environment = dict(re.findall(r"^Environment=(\w+)=(.*)$", UNIT, flags=re.MULTILINE))
    add_site(server, "shop.example")
    with server:
        assert server.beacon("shop.example").status == 202
        server.login()
        assert server.page("/site/shop.example").status == 200
