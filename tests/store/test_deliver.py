"""Destinations, each against a real counterpart on loopback: S3, SFTP, SMTP, a webhook's receiver, directories."""

import base64
import errno
import hashlib
import hmac
import json
import shutil
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, HTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import boto3
import duckdb
import msgspec
import paramiko
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from moto.server import ThreadedMotoServer

from collector.control import Control
from collector.day.release import Release, Totals
from collector.errors import ExportError
from collector.settings import Settings
from collector.site import Site
from collector.store import Store
from dashboard import deliver, deliver_mail, exporter, exports, reach
from dashboard.export_form import Wrong, read_form
from dashboard.export_period import Length
from dashboard.export_task import Bucket, Destination, Directory, Mail, Sftp, Task, Webhook
from dashboard.exporter import Exporter
from dashboard.exports import Format
from dashboard.runs import Run
from dashboard.schedules import Schedules
from dashboard.totals import read_days
from tests import shop
from tests.running import free_port
from tests.sftp import SftpServer

OCTOBER = (date(2026, 10, 1), date(2026, 11, 1))
FOLDER = "butiken.example/2026-10-01_2026-10-31/revision-1"
NOW = round(datetime(2026, 11, 3, 12, tzinfo=UTC).timestamp() * 1000)
LOOPBACK = ("127.0.0.0/8", "::1/128")
SECRET = "hemligt-ord-4711"


class World:
    """A site with its October, and an exporter over it, whose clock stands where it is put."""

    def __init__(self, directory: Path, **settings: Any) -> None:
        data = directory / "data"
        data.mkdir()
        self.now = NOW
        self.settings = Settings(data_directory=data, destination_networks=LOOPBACK, **settings)
        self.control, self.store = Control.open(data / "control.db"), Store.open(data / "store.duckdb")
        self.site = self.control.add_site(Site(domain="butiken.example", k=5), NOW)
        shop.fill(self.store, self.site, date(2026, 10, 31), days=31)
        self.exporter = Exporter(self.settings, self.control, self.store, lambda: self.now)

    def export(self, *to: Destination, formats: tuple[Format, ...] = (Format.CSV, Format.PARQUET), **more: Any) -> Run:
        task = Task(formats=formats, destinations=to, **more)
        number = self.exporter.runs.ask(self.site.id, OCTOBER, task, self.now)
        assert number is not None
        return self.step(number)

    def step(self, number: int) -> Run:
        run = self.exporter.runs.get(number)
        assert run is not None
        return self.exporter.do(run)

    def close(self) -> None:
        self.store.close()
        self.control.close()


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.close()


def test_a_bucket_gets_the_export_and_duckdb_reads_it(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every file with its bytes, and the manifest; a bucket that is not there is a sentence, without the secret."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        endpoint = f"http://{host}:{port}"
        client = boto3.client(
            "s3", endpoint_url=endpoint, region_name="us-east-1", aws_access_key_id="k", aws_secret_access_key=SECRET
        )
        client.create_bucket(Bucket="statistik")
        run = world.export(Bucket("statistik", "webb", endpoint, key="k", secret=SECRET))
        assert run.state == "done", run.result
        assert run.result.manifest is not None
        found = client.list_objects_v2(Bucket="statistik")["Contents"]
        paths = [file.path for file in run.result.manifest.files]
        assert {each["Key"] for each in found} == {f"webb/{FOLDER}/{path}" for path in [*paths, "manifest.json"]}
        there = tmp_path / "back"
        for path in [*paths, "manifest.json"]:
            (there / path).parent.mkdir(parents=True, exist_ok=True)
            client.download_file("statistik", f"webb/{FOLDER}/{path}", str(there / path))
        exports.check(exports.read_manifest(there), there)
        totals = duckdb.execute(f"select count(*) from '{there}/parquet/totals.parquet'").fetchall()
        assert totals == [(31,)]
        run = world.export(Bucket("annan", "", endpoint, key="k", secret=SECRET))
        assert (run.state, run.result.code) == ("failed", "refused"), run.result
        assert SECRET not in run.result.error
    finally:
        server.stop()


def test_an_sftp_server_gets_the_export(world: World, tmp_path: Path) -> None:
    """Uploaded aside and renamed, once; with another host key or password nothing is sent."""
    with SftpServer(tmp_path / "remote", "anna", SECRET) as server:
        good = Sftp("127.0.0.1", "anna", server.host_key, server.port, "in", SECRET)
        run = world.export(good)
        assert run.state == "done", run.result
        there = tmp_path / "remote/in" / FOLDER
        exports.check(exports.read_manifest(there), there)
        assert [path.name for path in there.parent.iterdir()] == ["revision-1"]
        assert world.exporter.do(world.exporter.runs.again(run, NOW)).state == "done"
        other = paramiko.RSAKey.generate(2048)
        for wrong in (
            Sftp("127.0.0.1", "anna", f"{other.get_name()} {other.get_base64()}", server.port, "ut", SECRET),
            Sftp("127.0.0.1", "anna", server.host_key, server.port, "ut", "fel"),
        ):
            run = world.export(wrong)
            assert (run.state, run.result.code) == ("failed", "refused"), run.result
        assert not (tmp_path / "remote/ut").exists()


class Inbox:
    """What an SMTP server received."""

    def __init__(self) -> None:
        self.letters: list[Any] = []

    async def handle_DATA(self, _server: object, _session: object, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        self.letters.append((envelope.rcpt_tos, message_from_bytes(envelope.content, policy=policy.default)))
        return "250 OK"


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS:UserWarning")  # of aiosmtpd, which is right
def test_a_letter_has_the_report_and_the_files(tmp_path: Path) -> None:
    """Parsed at a real SMTP server: the report as HTML, every file with its bytes; a wrong password is a sentence."""
    inbox = Inbox()
    port = free_port()
    how: dict[str, Any] = {"authenticator": password_is_right, "auth_required": True, "auth_require_tls": False}
    controller = Controller(inbox, "127.0.0.1", port, **how)
    controller.start()
    (tmp_path / "password").write_text(f"{SECRET}\n")
    world = World(
        tmp_path,
        mail_server=f"smtp+plain://statistik@127.0.0.1:{port}",
        mail_password_file=tmp_path / "password",
        mail_from="statistik@butiken.example",
    )
    try:
        run = world.export(Mail(("anna@butiken.example", "bo@butiken.example")), formats=(Format.CSV,))
        assert run.state == "done", run.result
        ((to, letter),) = inbox.letters
        assert to == ["anna@butiken.example", "bo@butiken.example"]
        assert "butiken.example" in letter["Subject"]
        page = letter.get_body(("html",)).get_content()
        assert "<svg" in page
        assert "<script" not in page
        assert run.result.manifest is not None
        sent = {part.get_filename(): part.get_payload(decode=True) for part in letter.iter_attachments()}
        for file in run.result.manifest.files:
            assert hashlib.sha256(sent[file.path.replace("/", "-", 1)]).hexdigest() == file.sha256
        (tmp_path / "password").write_text("fel")
        run = world.export(Mail(("anna@butiken.example",)))
        assert (run.state, run.result.code) == ("failed", "refused"), run.result
        assert len(inbox.letters) == 1
    finally:
        controller.stop()
        world.close()


@contextmanager
def post_office(directory: Path, **how: Any) -> Iterator[tuple[Inbox, int]]:
    """An SMTP server with a certificate of its own making, for 127.0.0.1; what it received, and its port.

    `how`: of aiosmtpd's Controller; "tls_context" for STARTTLS or "ssl_context" for TLS from the first byte, of what
    the certificate makes them.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "post.example")])
    begins = datetime.now(UTC) - timedelta(days=1)
    names = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(begins + timedelta(days=30))
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    )
    (directory / "post.pem").write_bytes(made.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM))
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (directory / "post.key").write_bytes(secret)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(directory / "post.pem", directory / "post.key")
    inbox, port = Inbox(), free_port()
    for kind in {"tls_context", "ssl_context"} & how.keys():
        how[kind] = context
    controller = Controller(inbox, "127.0.0.1", port, **how)
    controller.start()
    try:
        yield inbox, port
    finally:
        controller.stop()


def password_is_right(_server: object, _session: object, _envelope: object, _how: str, data: Any) -> AuthResult:
    # `handled` would say that the refusal is told already: the client would wait 30 s for it, and call it a timeout.
    return AuthResult(success=data.password == SECRET.encode(), handled=False)


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS:UserWarning")  # of aiosmtpd, which is right
@pytest.mark.parametrize(
    ("scheme", "how"),
    [("smtp", {"tls_context": True, "require_starttls": True}), ("smtps", {"ssl_context": True})],
    ids=["STARTTLS", "TLS"],
)
def test_letters_and_the_password_go_only_over_tls_to_whom_it_is(
    scheme: str, how: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """STARTTLS and TLS with a password; where the certificate is nobody's we trust, neither letter nor password goes.

    A server that has no STARTTLS gets nothing either.
    """
    tried: list[object] = []

    def authenticate(*asked: Any) -> AuthResult:
        tried.append(asked[-1].password)
        return password_is_right(*asked)

    (tmp_path / "password").write_text(f"{SECRET}\n")
    # aiosmtpd takes a password only after STARTTLS, and does not know that a line which began with TLS is as good.
    more = {"authenticator": authenticate, "auth_required": True, "auth_require_tls": scheme == "smtp", **how}
    (tmp_path / "bare").mkdir()
    with post_office(tmp_path, **more) as (inbox, port), post_office(tmp_path / "bare") as (bare, bare_port):
        settings = Settings(
            mail_server=f"{scheme}://statistik@127.0.0.1:{port}", mail_password_file=tmp_path / "password"
        )
        with pytest.raises(ExportError) as untrusted:
            deliver_mail.send_text(["anna@butiken.example"], "Hej", ["Ett brev."], settings)
        assert untrusted.value.code == "unreachable"
        bare_settings = msgspec.structs.replace(settings, mail_server=f"{scheme}://statistik@127.0.0.1:{bare_port}")
        with pytest.raises(ExportError):
            deliver_mail.send_text(["anna@butiken.example"], "Hej", ["Ett brev."], bare_settings)
        assert (inbox.letters, bare.letters, tried) == ([], [], [])
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "post.pem"))  # as an operator does with a house's own CA
        deliver_mail.send_text(["anna@butiken.example"], "Hej", ["Ett brev."], settings)
    ((to, letter),) = inbox.letters
    assert (to, letter["Subject"], tried) == (["anna@butiken.example"], "Hej", [SECRET.encode()])


def test_the_staff_are_told_once_when_an_export_is_given_up(tmp_path: Path) -> None:
    """Six tries with growing pauses and no letter; after the last, one to each address named there or in staff_mail."""
    with post_office(tmp_path) as (inbox, port):
        staff = ("bo@butiken.example", "drift@butiken.example")
        server = f"smtp+plain://127.0.0.1:{port}"
        world = World(tmp_path, mail_server=server, mail_from="statistik@butiken.example", staff_mail=staff)
        with closing(world):
            (tmp_path / "in-the-way").touch()
            tell = ("anna@butiken.example", "bo@butiken.example")
            task = Task(destinations=(Directory(str(tmp_path / "in-the-way")),), tell=tell)
            Schedules(world.control).add(world.site.id, "månad", "0 7 1 * *", task, NOW - 3 * 86_400_000)
            for _ in range(len(exporter.PAUSES)):
                assert world.exporter.step()
                run = world.exporter.runs.of_site(world.site.id)[0]
                assert (run.state, inbox.letters) == ("waiting", [])
                world.now = run.due
            assert world.exporter.step()
            run = world.exporter.runs.of_site(world.site.id)[0]
            assert (run.state, world.exporter.step()) == ("failed", False)
    ((to, letter),) = inbox.letters
    assert tuple(to) == (*tell, staff[1])
    assert "butiken.example" in letter["Subject"]
    assert run.result.error in letter.get_content()


def test_a_notice_comes_when_a_day_is_unusual_and_only_then(tmp_path: Path) -> None:
    """Five times the weekday's mean, a tenth of it, and the mean itself: two letters, each with both numbers."""
    with post_office(tmp_path) as (inbox, port):
        world = World(tmp_path, mail_server=f"smtp+plain://127.0.0.1:{port}", mail_from="statistik@butiken.example")
        with closing(world):
            usual = []
            for number, times in enumerate((5.0, 0.1, 1.0)):
                day = date(2026, 11, 1) + timedelta(number)
                weeks = [day - timedelta(7 * back) for back in (1, 2, 3, 4)]
                before = read_days(world.store, [world.site.id], weeks[-1], day)[world.site.id]
                usual.append(round(sum(before[week].visits for week in weeks) / 4))
                visits = round(usual[-1] * times)
                whole, mark = shop.day_of(world.site, day), world.store.mark(world.site.id) + 1
                totals = Totals(visits, visits, visits, {})
                world.store.add(world.site.id, mark, Release(str(day), whole.ends, totals, (), (), closes=True), whole)
            task = Task(kind="notice", length=Length.DAY, tell=("anna@butiken.example",), language="en")
            before_all = round(datetime(2026, 11, 2, tzinfo=UTC).timestamp() * 1000)
            Schedules(world.control).add(world.site.id, "ovanligt", "0 7 * * *", task, before_all)
            world.now = round(datetime(2026, 11, 4, 12, tzinfo=UTC).timestamp() * 1000)
            while world.exporter.step():
                pass
            runs = world.exporter.runs.of_site(world.site.id)
            assert sorted((run.last.day, run.state, run.result.told) for run in runs) == [
                (1, "done", "up"),
                (2, "done", "down"),
                (3, "done", "usual"),
            ]
    letters = [(letter["Subject"], letter.get_content()) for _, letter in inbox.letters]
    assert len(letters) == 2
    for (subject, text), mean, times in zip(letters, usual, (5.0, 0.1), strict=False):
        assert "butiken.example" in subject
        assert str(mean) in text
        assert str(round(mean * times)) in text


class Receiver(BaseHTTPRequestHandler):
    """Takes webhooks, and verifies them as their secret says."""

    taken: list[dict[str, Any]]
    status = 204

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        signed = f"{self.headers['webhook-id']}.{self.headers['webhook-timestamp']}.".encode() + body
        wanted = base64.b64encode(hmac.digest(SECRET.encode(), signed, hashlib.sha256)).decode()
        assert self.headers["webhook-signature"] == f"v1,{wanted}"
        self.taken.append({"id": self.headers["webhook-id"], **json.loads(body)})
        self.send_response(self.status)
        if self.status == 302:
            self.send_header("Location", "http://127.0.0.1:1/")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing."""


def test_a_webhook_is_signed_and_retried_until_it_is_given_up(world: World) -> None:
    """Its receiver verifies the signature; refused, it is tried again after growing pauses, then given up."""
    Receiver.taken = []
    with HTTPServer(("127.0.0.1", 0), Receiver) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            hook = Webhook(f"http://127.0.0.1:{server.server_port}/hook?nyckel={SECRET}", SECRET)
            schedules = Schedules(world.control)
            schedules.add(world.site.id, "månad", "0 7 1 * *", Task(destinations=(hook,)), NOW - 3 * 86_400_000)
            Receiver.status = 302
            world.exporter.step()
            run = world.exporter.runs.of_site(world.site.id)[0]
            pauses = []
            while run.state == "waiting":
                assert not world.exporter.step(), "before its moment nothing is tried"
                pauses.append((run.due - world.now) // 60_000)
                world.now = run.due
                assert world.exporter.step()
                run = world.exporter.runs.of_site(world.site.id)[0]
            assert tuple(pauses) == exporter.PAUSES
            assert (run.state, run.attempt) == ("failed", len(exporter.PAUSES) + 1)
            assert SECRET not in run.result.error
            Receiver.status = 204
            assert world.exporter.do(world.exporter.runs.again(run, world.now)).state == "done"
        finally:
            server.shutdown()
            thread.join()
    assert {told["folder"] for told in Receiver.taken} == {FOLDER}
    assert len({told["id"] for told in Receiver.taken}) == 1


@pytest.mark.parametrize(
    "host",
    ["2130706433", "0x7f.1", "127.1", "0", "0177.0.0.1", "::ffff:7f00:1", "localhost", "\uff11\uff12\uff17.0.0.1"],
)
def test_no_spelling_of_this_machine_is_reached(host: str) -> None:
    """However it is written, what counts is the address that the system makes of it."""
    with pytest.raises(ExportError, match="own networks"):
        reach.look_up(host, 443, ())


@pytest.mark.parametrize("host", ["a" * 64 + ".example", "a..example", ".example", "no\ud800.example"])
def test_a_name_that_no_host_can_have_is_one_sentence(host: str) -> None:
    """It is refused like one that is not found."""
    with pytest.raises(ExportError, match="cannot be found"):
        reach.look_up(host, 443, ())


class Elsewhere(BaseHTTPRequestHandler):
    """Counts who comes."""

    came = 0

    def do_GET(self) -> None:
        type(self).came += 1
        self.send_response(204)
        self.end_headers()

    def do_POST(self) -> None:
        self.do_GET()

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_webhook_follows_nobody(world: World, status: int) -> None:
    """Where a redirect leads nobody has looked at: it is not followed, though that network is allowed."""
    Elsewhere.came = 0
    with HTTPServer(("127.0.0.1", 0), Elsewhere) as there, HTTPServer(("127.0.0.1", 0), Elsewhere) as led:
        sent = type("Led", (Elsewhere,), {"do_POST": lambda self: leads(self, status, led.server_port)})
        there.RequestHandlerClass = sent
        threads = [threading.Thread(target=one.serve_forever) for one in (there, led)]
        for thread in threads:
            thread.start()
        try:
            run = world.export(Webhook(f"http://127.0.0.1:{there.server_port}/", SECRET))
        finally:
            for one in (there, led):
                one.shutdown()
            for thread in threads:
                thread.join()
    assert run.state != "done"
    assert str(status) in run.result.error
    assert Elsewhere.came == 0


def leads(answering: BaseHTTPRequestHandler, status: int, port: int) -> None:
    answering.rfile.read(int(answering.headers["content-length"]))
    answering.send_response(status)
    answering.send_header("Location", f"http://127.0.0.1:{port}/")
    answering.end_headers()


def test_no_value_becomes_a_header_of_a_letter(tmp_path: Path) -> None:
    """A site's name, a receiver and a sentence with line ends: at a real mail server one letter to whom was meant."""
    with post_office(tmp_path) as (inbox, port):
        settings = Settings(mail_server=f"smtp+plain://127.0.0.1:{port}", mail_from="trekvart@shop.example")
        hostile = "Butiken\r\nBcc: eva@evil.example\r\n\r\nHej"
        site = Site(domain="butiken.example", name=hostile)
        deliver_mail.send_failure(("anna@shop.example",), site, hostile, "sv", settings)
        for wrong in ("anna@shop.example\r\nBcc: eva@evil.example", "anna@shop.example\nX: y"):
            with pytest.raises((ExportError, ValueError)):
                deliver_mail.send_text((wrong,), "Hej", ["Hej"], settings)
        assert len(inbox.letters) == 1
    received, letter = inbox.letters[0]
    assert received == ["anna@shop.example"]
    assert (letter["To"], letter["Bcc"], letter["X"]) == ("anna@shop.example", None, None)
    assert "\n" not in letter["Subject"]
    for text in ("a@b.example\r\nBcc: c@d.example", "a@b.example%0aBcc:c@d.example", "a@b.example>,<c@d.example"):
        with pytest.raises(Wrong, match="mails"):
            read_form({"name": "x", "kind": "export", "often": "month", "length": "month", "mails": text}, "sv")


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.1.2.3", "192.168.1.1", "172.16.0.9", "169.254.169.254", "0.0.0.0", "100.64.0.1", "::1", "::",
     "fe80::1", "fd00::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "224.0.0.1", "255.255.255.255"],
)  # fmt: skip
def test_own_networks_are_not_reached_unless_named(address: str) -> None:
    """Loopback, private, link-local and metadata addresses, in every disguise; a setting opens a network."""
    assert not reach.is_allowed(address, ())
    assert not reach.is_allowed(address, ("198.51.100.0/24",))
    assert reach.is_allowed("127.0.0.1", LOOPBACK)
    assert reach.is_allowed("93.184.216.34", ())


def test_a_destination_is_no_way_to_this_machine(world: World) -> None:
    """With no network named, a listening service on loopback is never connected to, by any kind of destination."""
    world.exporter = Exporter(
        Settings(data_directory=world.settings.data_directory), world.control, world.store, lambda: NOW
    )
    with closing(socket.create_server(("127.0.0.1", 0))) as service:
        port = service.getsockname()[1]
        for host in ("127.0.0.1", "localhost", "2130706433"):
            for destination in (
                Webhook(f"http://{host}:{port}/", "x"),
                Webhook(f"https://{host}:{port}/", "x"),
                Bucket("b", "", f"http://{host}:{port}", key="k", secret="s"),
                Sftp(host, "u", "ssh-ed25519 AAAA", port),
            ):
                run = world.export(destination)
                assert (run.state, run.result.code) == ("failed", "forbidden"), (destination, run.result)
        service.setblocking(False)
        with pytest.raises(BlockingIOError):
            service.accept()


def test_killed_half_way_and_a_full_disk_leave_nothing_half(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No revision is seen until it is whole; leftovers go; the next run is complete, and no day is exported twice."""
    place = tmp_path / "out"
    above = (place / FOLDER).parent
    (above / f"{deliver.PART}dead" / "csv").mkdir(parents=True)

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(shutil, "copyfile", full)
        patch.setattr(shutil, "copytree", full)
        run = world.export(Directory(str(place)))
    assert (run.state, run.result.code) == ("failed", "full")
    assert not (place / FOLDER).exists()
    run = world.exporter.do(world.exporter.runs.again(run, NOW))
    assert run.state == "done", run.result
    assert [path.name for path in above.iterdir()] == ["revision-1"]
    before = {path: path.stat().st_mtime_ns for path in place.rglob("*")}
    assert world.exporter.do(world.exporter.runs.again(run, NOW)).state == "done"
    assert {path: path.stat().st_mtime_ns for path in place.rglob("*")} == before
    # What a dead server left under way begins anew at the next start.
    world.exporter.runs.put(run, state="running")
    assert world.exporter.runs.begin_anew(NOW) == 1
    again = world.exporter.runs.get(run.id)
    assert again is not None
    assert again.state == "waiting"


def test_a_directory_gets_a_new_revision_when_more_has_come(world: World, tmp_path: Path) -> None:
    """A log replayed into the period: revision 2 beside the first, which stays, with the reason in its manifest."""
    place = tmp_path / "out"
    assert world.export(Directory(str(place))).state == "done"
    shop.fill(world.store, world.site, date(2026, 10, 31), days=1)
    assert world.export(Directory(str(place))).state == "done"
    second = exports.read_manifest(place / FOLDER / ".." / "revision-2")
    assert (second.revision, second.replaces) == (2, 1)
    assert second.because
    exports.check(exports.read_manifest(place / FOLDER), place / FOLDER)
