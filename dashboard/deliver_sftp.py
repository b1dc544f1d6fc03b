"""An export onto an SFTP server, by fsspec and paramiko: written aside, looked at, renamed."""

import secrets
import stat
from typing import Any

import paramiko
from fsspec.implementations.sftp import SFTPFileSystem

from collector.errors import ExportError
from collector.settings import Settings
from dashboard import reach
from dashboard.deliver import PART, Package
from dashboard.export_task import Sftp
from dashboard.exports import MANIFEST


class Known(paramiko.MissingHostKeyPolicy):
    """Takes one host key, and no other."""

    def __init__(self, key: str) -> None:
        self._key = key.split()[:2]

    def missing_host_key(self, client: Any, hostname: str, key: paramiko.PKey) -> None:
        """Raises SSHException when it is another."""
        del client
        if [key.get_name(), key.get_base64()] != self._key:
            raise paramiko.SSHException(f"unexpected host key of {hostname}")


def onto_server(sftp: Sftp, package: Package, settings: Settings) -> None:
    """Uploads into a folder aside, looks at every size, and renames it. Raises ExportError."""
    line = reach.connect(sftp.host, sftp.port, settings.destination_networks)
    try:
        server = SFTPFileSystem(
            sftp.host,
            port=sftp.port,
            username=sftp.user,
            password=sftp.password,
            sock=line,
            host_key_policy=Known(sftp.host_key),
            allow_agent=False,
            look_for_keys=False,
            timeout=reach.SECONDS,
            banner_timeout=reach.SECONDS,
            skip_instance_cache=True,
        )
        try:
            server.ftp.get_channel().settimeout(reach.SECONDS)
            _upload(server, sftp, package)
        finally:
            server.client.close()
    except paramiko.AuthenticationException as error:
        raise ExportError("The SFTP server does not take the name and password.", "refused") from error
    except (paramiko.SSHException, EOFError) as error:
        raise ExportError(
            "The SFTP server is not the one it was (host key), or ended the talk; compare its key.", "refused"
        ) from error
    except PermissionError as error:
        raise ExportError("The SFTP server does not allow writing there.", "refused") from error
    except OSError as error:
        raise ExportError(f"The SFTP server cannot be written to ({type(error).__name__}).", "unreachable") from error
    finally:
        line.close()


def _upload(server: Any, sftp: Sftp, package: Package) -> None:
    above = "/".join(filter(None, (sftp.folder.rstrip("/"), package.folder)))
    there, part = f"{above}/{package.name}", f"{above}/{PART}{secrets.token_hex(4)}"
    if server.exists(f"{there}/{MANIFEST}"):
        return
    for path in package.paths:
        server.makedirs(f"{part}/{path}".rpartition("/")[0], exist_ok=True)
        server.put_file(str(package.place / path), f"{part}/{path}")
        if server.info(f"{part}/{path}")["size"] != (package.place / path).stat().st_size:
            raise ExportError(f"{path} arrived on the SFTP server with another size.", "unreachable")
    server.ftp.rename(part, there)
    for old in server.ftp.listdir_attr(above):  # of uploads that ended half-way
        if old.filename.startswith(PART) and stat.S_ISDIR(old.st_mode or 0):
            server.rm(f"{above}/{old.filename}", recursive=True)
