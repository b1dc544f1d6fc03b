"""The form of a schedule: its fields to a timing and a task, or the name of the field that is wrong; and back. Pure."""

import re
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Final
from urllib.parse import urlsplit

from collector.door.scrub import clean
from collector.errors import ExportError
from dashboard.export_period import Length
from dashboard.export_task import Bucket, Destination, Directory, Mail, Sftp, Task, Webhook
from dashboard.exports import Format
from dashboard.schedule import DAYS, parse_timing

KINDS: Final = ("export", "summary", "notice")  # files; a letter with the report; a letter when traffic is unusual
OFTEN: Final = ("day", *DAYS, "month", "quarter", "year", "cron")
# Fields with a label of their own.
INPUTS: Final = (
    "name",
    "kind",
    "often",
    "time",
    "cron",
    "length",
    "formats",
    "mails",
    "folder",
    "bucket",
    "bucket_folder",
    "endpoint",
    "region",
    "key",
    "secret",
    "sftp_host",
    "sftp_port",
    "sftp_user",
    "sftp_password",
    "sftp_key",
    "sftp_folder",
    "hook",
    "hook_secret",
    "tell",
)
SECRETS: Final = ("secret", "sftp_password", "hook_secret")  # never sent back to a browser
ADDRESS: Final = re.compile(r"[^@\s,;<>\"]{1,64}@[^@\s,;<>\"]{1,190}")
MOST: Final = 20  # addresses


class Wrong(Exception):  # noqa: N818 - reads as the state it names
    """A field that does not make sense; its name is the text, and the locales have a sentence for it."""


def read_form(form: Mapping[str, str], language: str) -> tuple[str, str, Task]:
    """A schedule's name, timing and task. Raises Wrong."""
    kind = _one(form.get("kind", ""), KINDS, "kind")
    length = Length(_one(form.get("length", ""), tuple(Length), "length"))
    formats = tuple(each for each in Format if form.get(f"format_{each}"))
    mails = _addresses(form.get("mails", ""), "mails")
    if kind == "notice":
        destinations: tuple[Destination, ...] = ()
        length, tell = Length.DAY, mails
    else:
        files = tuple(_files(form)) if kind == "export" else ()
        letter = (Mail(mails, attach=kind == "export"),) if mails else ()
        destinations, tell = (*files, *letter), _addresses(form.get("tell", ""), "tell")
        formats = formats if kind == "export" else (Format.REPORT,)
    if kind != "export" and not mails:
        raise Wrong("mails")
    if not formats and kind == "export":
        raise Wrong("formats")
    if kind == "export" and not destinations:
        raise Wrong("destinations")
    task = Task(
        kind="notice" if kind == "notice" else "export",
        formats=formats,
        destinations=destinations,
        length=length,
        language=language,
        tell=tell,
    )
    return " ".join(clean(form.get("name", "")).split())[:100], _timing(form), task


def as_form(name: str, timing: str, task: Task) -> dict[str, str]:
    """What the form would have to hold, secrets included, to make this schedule: `read_form` gives it back.

    Where it does not, the schedule has more than the form can say (several folders, by the command line).
    """
    form = {"name": name, "length": task.length, "tell": " ".join(task.tell), **_often(timing)}
    form |= {f"format_{each}": "on" for each in task.formats}
    files = False
    for each in task.destinations:
        match each:
            case Directory(path):
                form |= {"to_folder": "on", "folder": path}
            case Bucket():
                form |= {"bucket": each.bucket, "bucket_folder": each.folder, "endpoint": each.endpoint}
                form |= {"region": each.region, "key": each.key, "secret": each.secret}
            case Sftp():
                form |= {"sftp_host": each.host, "sftp_port": str(each.port), "sftp_user": each.user}
                form |= {"sftp_password": each.password, "sftp_key": each.host_key, "sftp_folder": each.folder}
            case Webhook(url, secret):
                form |= {"hook": url, "hook_secret": secret}
            case Mail(to, attach):
                form["mails"] = " ".join(to)
                files |= attach
    if task.kind == "notice":
        return form | {"kind": "notice", "mails": form.pop("tell"), "tell": ""}
    files |= any(not isinstance(each, Mail) for each in task.destinations)
    return form | {"kind": "export" if files else "summary"}


def with_kept_secrets(form: Mapping[str, str], before: Mapping[str, str]) -> dict[str, str]:
    """The form, where a secret that is left empty is the one from before: as long as it goes to the same place.

    Else whoever may change an address could have a secret sent there that nobody shows them.
    """
    places = {
        "secret": ("bucket", "endpoint", "key"),
        "sftp_password": ("sftp_host", "sftp_port", "sftp_user", "sftp_key"),
        "hook_secret": ("hook",),
    }
    kept = {
        secret: before.get(secret, "")
        for secret, place in places.items()
        if not form.get(secret) and all(form.get(name, "").strip() == before.get(name, "") for name in place)
    }
    return {**form, **kept}


def _often(timing: str) -> dict[str, str]:
    """A cron line as the form's choices, where they can say it."""
    minute, hour = (text.zfill(2) for text in timing.split()[:2])
    if len(minute) == len(hour) == 2:
        for often in OFTEN[:-1]:
            if minute.isdecimal() and hour.isdecimal() and parse_timing(f"every {often} {hour}:{minute}") == timing:
                return {"often": often, "time": f"{hour}:{minute}"}
    return {"often": "cron", "cron": timing}


def _timing(form: Mapping[str, str]) -> str:
    often = _one(form.get("often", ""), OFTEN, "timing")
    text = form.get("cron", "") if often == "cron" else f"every {often} {form.get('time', '')}"
    try:
        return parse_timing(text)
    except ExportError:
        raise Wrong("timing") from None


def _files(form: Mapping[str, str]) -> Iterator[Destination]:
    """The destinations that are filled in."""
    if form.get("to_folder"):
        folder = PurePosixPath(form.get("folder", "").strip() or ".")
        if folder.is_absolute() or ".." in folder.parts or not str(folder).isprintable():
            raise Wrong("folder")
        yield Directory(str(folder))
    if form.get("bucket", "").strip():
        yield _bucket(form)
    if form.get("sftp_host", "").strip():
        yield _sftp(form)
    if form.get("hook", "").strip():
        url, secret = form["hook"].strip(), form.get("hook_secret", "")
        if not _is_url(url) or len(secret) < 16:
            raise Wrong("hook")
        yield Webhook(url, secret)


def _bucket(form: Mapping[str, str]) -> Bucket:
    name, endpoint = form["bucket"].strip(), form.get("endpoint", "").strip()
    key, secret = form.get("key", "").strip(), form.get("secret", "")
    if not re.fullmatch(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", name) or (endpoint and not _is_url(endpoint)):
        raise Wrong("bucket")
    if not (key and secret):
        raise Wrong("bucket")
    return Bucket(
        name, form.get("bucket_folder", "").strip(" /"), endpoint, form.get("region", "").strip(), key, secret
    )


def _sftp(form: Mapping[str, str]) -> Sftp:
    host, user, key = (form.get(name, "").strip() for name in ("sftp_host", "sftp_user", "sftp_key"))
    port = form.get("sftp_port", "").strip() or "22"
    if not user or len(key.split()) < 2 or not port.isdecimal() or not 0 < int(port) < 65536:
        raise Wrong("sftp")
    return Sftp(
        host, user, " ".join(key.split()[:2]), int(port), form.get("sftp_folder", ""), form.get("sftp_password", "")
    )


def _is_url(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and not parts.username and parts.port != 0
    except ValueError:
        return False


def _addresses(text: str, field: str) -> tuple[str, ...]:
    found = tuple(dict.fromkeys(filter(None, re.split(r"[\s,;]+", text))))
    if len(found) > MOST or not all(ADDRESS.fullmatch(each) for each in found):
        raise Wrong(field)
    return found


def _one(text: str, known: tuple[str, ...], field: str) -> str:
    if text not in known:
        raise Wrong(field)
    return text
