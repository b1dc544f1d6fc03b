"""A finished export to where it shall be. Here are directories of this machine, and what all destinations share.

In a place that holds files an export is `<site>/<first day>_<last day>/revision-<n>/`, and whole when its manifest.json
is there: directories are renamed into place, and where that is impossible the manifest is written last.
"""

import os
import secrets
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from collector.errors import ExportError, TrekvartError
from collector.fault import point
from collector.settings import Settings
from collector.site import Site
from dashboard import exports
from dashboard.export_period import folder
from dashboard.export_task import Bucket, Destination, Directory, Mail, Sftp, Task, Webhook
from dashboard.exports import MANIFEST, Manifest
from dashboard.period import Span

PART = ".part-"


class Package(NamedTuple):
    """A finished export: the directory has the manifest's files and the manifest."""

    site: Site
    manifest: Manifest
    place: Path
    language: str

    @property
    def folder(self) -> str:
        """Where its revisions are, below the destination."""
        return f"{self.site.domain}/{folder(self.manifest.span)}"

    @property
    def name(self) -> str:
        """The revision's own folder."""
        return f"revision-{self.manifest.revision}"

    @property
    def paths(self) -> list[str]:
        """Every file below the directory, the manifest last."""
        return [*(file.path for file in self.manifest.files), MANIFEST]


def deliver(destination: Destination, package: Package, settings: Settings) -> None:
    """Brings an export there; once there, again is nothing new. Raises ExportError, with a code, or OSError."""
    # Late: each kind's libraries are for those who use it; importing s3fs alone takes 40 MB.
    match destination:
        case Directory():
            _into_directory(root_of(destination, settings), package)
        case Bucket():
            from dashboard.deliver_s3 import into_bucket

            into_bucket(destination, package, settings)
        case Sftp():
            from dashboard.deliver_sftp import onto_server

            onto_server(destination, package, settings)
        case Mail():
            from dashboard.deliver_mail import send_export

            send_export(destination, package, settings)
        case Webhook():
            from dashboard.deliver_webhook import announce

            announce(destination, package, settings)


def root_of(destination: Directory, settings: Settings) -> Path:
    """The directory meant; a relative one is below `export_directory`."""
    root = settings.export_directory or settings.data_directory.absolute().parent / "exports"
    return root / destination.path


def found(site: Site, span: Span, task: Task, settings: Settings) -> Iterator[Manifest]:
    """The newest manifest of the period in each directory the task names."""
    for destination in task.destinations:
        if isinstance(destination, Directory):
            place = root_of(destination, settings) / site.domain / folder(span)
            here = [exports.read_manifest(one) for one in place.glob("revision-*") if (one / MANIFEST).is_file()]
            yield from here


def latest(manifests: Iterable[Manifest | None]) -> Manifest | None:
    """The one with the highest revision."""
    return max((each for each in manifests if each is not None), key=lambda each: each.revision, default=None)


def tell_staff(site: Site, task: Task, sentence: str, settings: Settings) -> None:
    """A letter that an export was given up, to those the task and the setting staff_mail name."""
    to = tuple(dict.fromkeys((*task.tell, *settings.staff_mail)))
    if not to or not settings.mail_server:
        return
    from dashboard.deliver_mail import send_failure

    try:
        send_failure(to, site, sentence, task.language, settings)
    except (TrekvartError, OSError) as error:
        raise ExportError(f"{sentence} Nor could the staff be told: {error}") from error


def _into_directory(root: Path, package: Package) -> None:
    """Copies aside, flushes, checks and renames."""
    above = root / package.folder
    there = above / package.name
    if (there / MANIFEST).is_file() and exports.read_manifest(there).content == package.manifest.content:
        exports.check(package.manifest, there)
        return
    try:
        above.mkdir(parents=True, exist_ok=True)
        for old in above.glob(PART + "*"):  # of a server that ended half-way
            shutil.rmtree(old, ignore_errors=True)
        part = above / (PART + secrets.token_hex(4))
        shutil.copytree(package.place, part)
    except shutil.Error as error:  # a list of (from, to, why)
        raise OSError(*_first(error)) from error
    try:
        for path in package.paths:
            _flush(part / path)
        exports.check(package.manifest, part)
        point("export.copied")
        part.rename(there)
        _flush(above)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise


def _first(error: shutil.Error) -> tuple[int | None, str]:
    """The reason of the first file that could not be copied; shutil keeps only its text."""
    text = str(error.args[0][0][2]) if error.args and error.args[0] else str(error)
    number = text.removeprefix("[Errno ").partition("]")[0]
    return (int(number), os.strerror(int(number))) if number.isdecimal() else (None, text)


def _flush(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
