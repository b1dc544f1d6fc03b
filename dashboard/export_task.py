"""What an export run has to do: files, and where they go. As it is kept in the control database. Pure."""

from typing import Final

import msgspec
from msgspec import Struct

from dashboard.export_period import Length
from dashboard.exports import Format


class Directory(Struct, frozen=True, tag="directory"):
    """A directory of this machine. On schedules a folder below `export_directory`; a command may name any."""

    path: str


class Bucket(Struct, frozen=True, tag="s3"):
    """A folder in a bucket of an S3-compatible store."""

    bucket: str
    folder: str = ""
    endpoint: str = ""  # https://s3.example; "" for AWS
    region: str = ""
    key: str = ""
    secret: str = ""


class Sftp(Struct, frozen=True, tag="sftp"):
    """A folder on an SFTP server. Its host key is part of it: nobody else's is taken."""

    host: str
    user: str
    host_key: str  # as in known_hosts, without the host: "ssh-ed25519 AAAA..."
    port: int = 22
    folder: str = ""
    password: str = ""


class Mail(Struct, frozen=True, tag="mail"):
    """Letters with the report in them, and the files attached."""

    to: tuple[str, ...]
    attach: bool = True


class Webhook(Struct, frozen=True, tag="webhook"):
    """An address that is told of a finished export, signed with the secret."""

    url: str
    secret: str


Destination = Directory | Bucket | Sftp | Mail | Webhook
SECRETS: Final = frozenset({"secret", "password"})  # fields that are never shown or logged


class Task(Struct, frozen=True, kw_only=True):
    """What a run does. `kind`: an export, a notice of unusual traffic, or an import of the files in `source`."""

    kind: str = "export"
    formats: tuple[Format, ...] = (Format.CSV,)
    destinations: tuple[Destination, ...] = ()
    length: Length = Length.MONTH  # of a schedule's periods
    language: str = "sv"
    tell: tuple[str, ...] = ()  # who gets a letter when it fails for good
    source: str = ""

    @property
    def files(self) -> tuple[Format, ...]:
        """The formats that are made: a letter has the report in it."""
        letter = any(isinstance(each, Mail) for each in self.destinations)
        return self.formats if not letter or Format.REPORT in self.formats else (*self.formats, Format.REPORT)


def place_of(destination: Destination) -> str:
    """A destination in a few words, without its secrets."""
    match destination:
        case Directory(path):
            return path or "."
        case Bucket(bucket, folder):
            return f"s3://{bucket}/{folder}".rstrip("/")
        case Sftp(host, folder=folder):
            return f"sftp://{host}/{folder}".rstrip("/")
        case Mail(to):
            return ", ".join(to)
        case Webhook(url):
            return url.partition("?")[0]


def encode(task: Task) -> str:
    """The task as the database keeps it."""
    return msgspec.json.encode(task).decode()


def decode(text: str) -> Task:
    """The task again. Raises msgspec.ValidationError when a hand has been in it."""
    return msgspec.json.decode(text, type=Task)
