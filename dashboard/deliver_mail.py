"""Letters: a finished export with its report, one that was given up, and notices. By the operator's own mail server."""

import mimetypes
import smtplib
import ssl
from collections.abc import Sequence
from email.message import EmailMessage
from typing import Final
from urllib.parse import unquote, urlsplit

from collector.errors import ExportError
from collector.settings import Settings
from collector.site import Site
from dashboard.deliver import Package
from dashboard.export_task import Mail
from dashboard.exports import MANIFEST, Format
from dashboard.words import words

SECONDS: Final = 30.0
MOST: Final = 15_000_000  # bytes of attachments: mail servers take some 20 MB, and base64 adds a third
PORTS: Final = {"smtps": 465, "smtp": 587, "smtp+plain": 25}


def send_export(mail: Mail, package: Package, settings: Settings) -> None:
    """The report as the letter, the files attached as far as they fit. Raises ExportError."""
    t = words(package.language)
    manifest, site = package.manifest, package.site
    days = t.days(*manifest.span)
    left_out = mail.attach and manifest.bytes > MOST
    text = [t("mail.export", site=site.name or site.domain, days=days)]
    if manifest.revision > 1:
        text.append(t("mail.revision", n=manifest.revision))
    if left_out:
        text.append(t("mail.too_large"))
    letter = _letter(mail.to, t("mail.subject", site=site.name or site.domain, days=days), text, settings)
    report = next(file.path for file in manifest.files if file.path.startswith(f"{Format.REPORT}/"))
    letter.add_alternative((package.place / report).read_text("utf-8"), subtype="html")
    if mail.attach and not left_out:
        for path in package.paths:
            main, _, sub = (mimetypes.guess_type(path)[0] or "application/octet-stream").partition("/")
            name = MANIFEST if path == MANIFEST else path.replace("/", "-", 1)
            letter.add_attachment((package.place / path).read_bytes(), maintype=main, subtype=sub, filename=name)
    send(letter, settings)


def send_failure(to: Sequence[str], site: Site, sentence: str, language: str, settings: Settings) -> None:
    """An export was given up. Raises ExportError."""
    t = words(language)
    name = site.name or site.domain
    send(_letter(to, t("mail.failed_subject", site=name), [t("mail.failed", site=name), sentence], settings), settings)


def send_text(to: Sequence[str], subject: str, lines: Sequence[str], settings: Settings) -> None:
    """A short letter. Raises ExportError."""
    send(_letter(to, subject, lines, settings), settings)


def send(letter: EmailMessage, settings: Settings) -> None:
    """Hands a letter to the mail server. Raises ExportError, in which nothing of the letter or the password stands."""
    if not settings.mail_server:
        raise ExportError("No mail server is set; the operator sets mail_server and mail_from.", "no_mail")
    parts = urlsplit(settings.mail_server)
    host, port = parts.hostname or "", parts.port or PORTS[parts.scheme]
    try:
        context = ssl.create_default_context()
        secure = parts.scheme == "smtps"
        with (
            smtplib.SMTP_SSL(host, port, timeout=SECONDS, context=context)
            if secure
            else smtplib.SMTP(host, port, timeout=SECONDS)
        ) as server:
            if parts.scheme == "smtp":
                server.starttls(context=context)
            if parts.username:
                server.login(unquote(parts.username), _password(settings))
            server.send_message(letter)
    except smtplib.SMTPAuthenticationError as error:
        raise ExportError("The mail server does not take the name and password.", "refused") from error
    except smtplib.SMTPResponseException as error:
        raise ExportError(f"The mail server refused the letter ({error.smtp_code}).", "refused") from error
    except smtplib.SMTPException as error:
        raise ExportError(f"The mail server refused the letter ({type(error).__name__}).", "refused") from error
    except OSError as error:
        raise ExportError(
            f"The mail server {host} cannot be reached ({type(error).__name__}).", "unreachable"
        ) from error


def _letter(to: Sequence[str], subject: str, lines: Sequence[str], settings: Settings) -> EmailMessage:
    letter = EmailMessage()
    letter["From"] = settings.mail_from or "trekvart@localhost"
    letter["To"] = ", ".join(to)
    letter["Subject"] = " ".join(subject.split())
    letter["Auto-Submitted"] = "auto-generated"
    letter.set_content("\n\n".join(lines) + "\n")
    return letter


def _password(settings: Settings) -> str:
    if settings.mail_password_file is None:
        raise ExportError("The mail server wants a password; the operator sets mail_password_file.", "no_mail")
    try:
        return settings.mail_password_file.read_text("utf-8").strip()
    except OSError as error:
        raise ExportError(f"The mail password cannot be read ({error.strerror}).", "no_mail") from error
