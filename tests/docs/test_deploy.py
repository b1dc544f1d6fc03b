"""What is shipped in deploy/ works: settings load, systemd takes the unit, and the server lives within its limits."""

import os
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
from tests.sandbox import NOBODY

ROOT = DEPLOY.parent
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


SANDBOX = ("unshare", "--mount", "--propagation", "private", sys.executable, ROOT / "tests" / "sandbox.py")


def may_unshare() -> bool:
    """Whether this is root, and root that may mount: in many containers it may not."""
    if os.geteuid() or any(map(absent, ("unshare", "systemd-analyze"))):
        return False
    return subprocess.run(["unshare", "--mount", "true"], capture_output=True, check=False).returncode == 0


ROOT_ONLY = pytest.mark.skipif(not may_unshare(), reason="needs root, unshare and systemd-analyze")
TRIES = """
import ctypes, os, resource, socket, sys
def tried(what):
    try:
        what()
        return "done"
    except (OSError, PermissionError) as error:
        return type(error).__name__
def write(place):
    open(place + "/tried", "w").close()
    os.unlink(place + "/tried")
def unshared():
    if ctypes.CDLL(None, use_errno=True).unshare(0x10000000):
        raise OSError
for place in sys.argv[1:]:
    print(place, tried(lambda: write(place)))
for family in (1, 2, 10, 16, 17):
    kind = socket.SOCK_RAW if family > 10 else socket.SOCK_STREAM
    print("family", family, tried(lambda: socket.socket(family, kind).close()))
print("user", os.getuid() != 0 and os.getgroups() == [])
print("core", resource.getrlimit(resource.RLIMIT_CORE))
status = open("/proc/self/status").read()
print("capabilities", {line.split()[1].strip("0") for line in status.splitlines() if line.startswith("Cap")})
print("privileges", "NoNewPrivs:\\t1" in status, "Seccomp:\\t2" in status)
print("namespaces", tried(unshared))
print("homes", os.listdir("/home"))
"""


def owned(place: Path) -> None:
    """Given to who the unit's user is in the sandbox."""
    for path in (place, *place.rglob("*")):
        os.chown(path, NOBODY, NOBODY)


@ROOT_ONLY
def test_the_sandbox_is_one(tmp_path: Path) -> None:
    """What the next test runs in keeps what the unit says: no writing but there, no other networks, no privileges."""
    data = tmp_path / "data"
    data.mkdir()
    owned(data)
    there = ("/var/lib/trekvart", "/run/trekvart", "/tmp")
    closed = ("/", "/etc", "/usr", "/var", "/var/lib", "/run", "/home", "/root", "/dev/shm", "/opt", str(ROOT), "/mnt")
    command = [*map(str, SANDBOX), str(DEPLOY / "trekvart.service"), str(data), sys.executable, "-c", TRIES]
    done = subprocess.run([*command, *there, *closed], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    told = dict(line.rsplit(" ", 1) for line in done.stdout.splitlines() if line.count(" ") == 1)
    assert {place: told[place] for place in there} == dict.fromkeys(there, "done"), done.stdout
    assert not [place for place in closed if told[place] == "done"], done.stdout
    lines = done.stdout.splitlines()
    assert [line for line in lines if line.startswith("family")] == [
        "family 1 done",
        "family 2 done",
        "family 10 done",
        "family 16 PermissionError",
        "family 17 PermissionError",
    ]
    for line in ("user True", "core (0, 0)", "capabilities {''}", "privileges True True", "namespaces OSError"):
        assert line in lines, done.stdout


@ROOT_ONLY
def test_the_server_lives_within_the_unit(tmp_path: Path) -> None:
    """Under the unit's user, mounts, system calls and limits it starts, counts a beacon, shows a page and ends."""
    unit, settings = DEPLOY / "trekvart.service", DEPLOY / "trekvart.toml"
    server = RunningServer(tmp_path, "--settings", str(settings), "--public-url", "http://127.0.0.1")
    add_site(server, "shop.example")
    owned(server.data)
    server.command = (*SANDBOX, unit, server.data, sys.executable, "-m", "dashboard.cli")
    server.flags = (*server.flags, "--data-directory", "/var/lib/trekvart")
    with server:
        assert server.beacon("shop.example").status == 202
        assert server.page("/login").status == 200
        assert server.stop() == 0, "".join(server.output)
    assert {path.stat().st_uid for path in server.data.rglob("*")} == {NOBODY}
    assert {path.stat().st_mode & 0o077 for path in server.data.iterdir()} == {0}
    assert not list(tmp_path.rglob("*.key"))  # they are where the unit's settings say, in memory
