"""An export into a bucket of an S3-compatible store, by s3fs. The manifest goes last: with it the export is whole."""

import socket
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

import s3fs
from aiohttp.abc import AbstractResolver, ResolveResult
from botocore.exceptions import BotoCoreError, ClientError

from collector.errors import ExportError
from collector.settings import Settings
from dashboard import reach
from dashboard.deliver import Package
from dashboard.export_task import Bucket


class Looked(AbstractResolver):
    """Gives only addresses that may be reached, at each connection anew."""

    def __init__(self, networks: tuple[str, ...]) -> None:
        self._networks = networks

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """One address of the host. It blocks its loop for a moment, which is s3fs's own."""
        del family
        try:
            address = reach.look_up(host, port, self._networks)
        except ExportError as error:
            raise OSError(str(error)) from error
        kind = socket.AF_INET6 if ":" in address else socket.AF_INET
        flags = socket.AI_NUMERICHOST
        return [{"hostname": host, "host": address, "port": port, "family": kind, "proto": 0, "flags": flags}]

    async def close(self) -> None:
        """Nothing is held."""


def into_bucket(bucket: Bucket, package: Package, settings: Settings) -> None:
    """Uploads what is not there yet, looks at every size, and writes the manifest. Raises ExportError."""
    if not (bucket.key and bucket.secret):  # botocore would go and ask the cloud's metadata address for some
        raise ExportError("A bucket needs its key and secret.", "refused")
    _look(bucket, settings)
    root = "/".join(filter(None, (bucket.bucket, bucket.folder.strip("/"), package.folder, package.name)))
    try:
        store = _store(bucket, settings)
        for path in package.paths:
            store.put_file(str(package.place / path), f"{root}/{path}")
            size = int(store.info(f"{root}/{path}", refresh=True)["size"])
            if size != (package.place / path).stat().st_size:
                raise ExportError(f"{path} arrived in the bucket with another size.", "unreachable")
    except PermissionError as error:
        raise ExportError("The bucket does not take the key and secret, or not for writing.", "refused") from error
    except FileNotFoundError as error:
        raise ExportError(f"There is no bucket {bucket.bucket}.", "refused") from error
    except (ClientError, BotoCoreError, OSError) as error:
        raise ExportError(f"The bucket cannot be written to ({type(error).__name__}).", "unreachable") from error


def _look(bucket: Bucket, settings: Settings) -> None:
    """The endpoint, before anything is sent: https, or one of the operator's own networks."""
    if not bucket.endpoint:
        return
    parts = urlsplit(bucket.endpoint)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    address = reach.look_up(parts.hostname or "", port, settings.destination_networks)
    if parts.scheme != "https" and not reach.is_named(ip_address(address), settings.destination_networks):
        raise ExportError("A bucket over http would be readable on its way; use https.", "forbidden")


def _store(bucket: Bucket, settings: Settings) -> Any:
    """The file system, made anew for each export: credentials stay nowhere."""
    return s3fs.S3FileSystem(
        key=bucket.key,
        secret=bucket.secret,
        endpoint_url=bucket.endpoint or None,
        client_kwargs={"region_name": bucket.region or "us-east-1"},
        config_kwargs={
            "connector_args": {"resolver": Looked(settings.destination_networks)},
            "connect_timeout": reach.SECONDS,
            "read_timeout": reach.SECONDS,
            "retries": {"max_attempts": 1},
            "proxies": {},
            "s3": {"addressing_style": "path"} if bucket.endpoint else {},
        },
        skip_instance_cache=True,
        use_listings_cache=False,
    )
