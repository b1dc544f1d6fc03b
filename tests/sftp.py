"""An SFTP server on loopback over a real directory, by paramiko's server side, for tests."""

import os
import socket
import threading
from pathlib import Path
from typing import Any, Self

import paramiko
import paramiko.common


class Door(paramiko.ServerInterface):
    """Who may come in."""

    def __init__(self, user: str, password: str) -> None:
        self._known = user, password

    def check_auth_password(self, username: str, password: str) -> int:
        known = (username, password) == self._known
        return int(paramiko.common.AUTH_SUCCESSFUL if known else paramiko.common.AUTH_FAILED)

    def check_channel_request(self, _kind: str, _chanid: int) -> int:
        return int(paramiko.common.OPEN_SUCCEEDED)


class Handle(paramiko.SFTPHandle):
    writefile: Any

    def stat(self) -> Any:
        return paramiko.SFTPAttributes.from_stat(os.fstat(self.writefile.fileno()))


class Files(paramiko.SFTPServerInterface):
    """The directory's files."""

    root: Path

    def __init__(self, server: Any, root: Path) -> None:
        super().__init__(server)
        self.root = root

    def _real(self, path: str) -> Path:
        return self.root / self.canonicalize(path).lstrip("/")

    def list_folder(self, path: str) -> Any:
        return self._try(lambda: [self._told(each) for each in self._real(path).iterdir()])

    def stat(self, path: str) -> Any:
        return self._try(lambda: self._told(self._real(path)))

    lstat = stat

    def mkdir(self, path: str, _attr: Any) -> int:
        return self._done(lambda: self._real(path).mkdir())

    def rmdir(self, path: str) -> int:
        return self._done(lambda: self._real(path).rmdir())

    def remove(self, path: str) -> int:
        return self._done(lambda: self._real(path).unlink())

    def rename(self, oldpath: str, newpath: str) -> int:
        return self._done(lambda: self._real(oldpath).rename(self._real(newpath)))

    def open(self, path: str, flags: int, _attr: Any) -> Any:
        def opened() -> Any:
            handle: Any = Handle(flags)
            mode = "wb" if flags & os.O_WRONLY or flags & os.O_RDWR else "rb"
            file = self._real(path).open(mode)
            handle.readfile = handle.writefile = file
            return handle

        return self._try(opened)

    def _told(self, path: Path) -> Any:
        return paramiko.SFTPAttributes.from_stat(path.stat(), path.name)

    def _try(self, what: Any) -> Any:
        try:
            return what()
        except OSError as error:
            return paramiko.SFTPServer.convert_errno(error.errno or 0)

    def _done(self, what: Any) -> int:
        found = self._try(what)
        return found if isinstance(found, int) else paramiko.sftp.SFTP_OK


class SftpServer:
    """`with SftpServer(root, user, password) as server:`; its port and host key."""

    def __init__(self, root: Path, user: str, password: str) -> None:
        root.mkdir()
        self._root, self._door = root, Door(user, password)
        self._key = paramiko.RSAKey.generate(2048)
        self.host_key = f"{self._key.get_name()} {self._key.get_base64()}"

    def __enter__(self) -> Self:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._transports: list[paramiko.Transport] = []
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()
        for transport in self._transports:
            transport.close()

    def _serve(self) -> None:
        while True:
            try:
                line, _ = self._listener.accept()
            except OSError:
                return
            transport = paramiko.Transport(line)
            transport.add_server_key(self._key)
            transport.banner_timeout = 120  # 15 is too few on a machine that does much else
            transport.set_subsystem_handler("sftp", paramiko.SFTPServer, Files, self._root)
            self._transports.append(transport)
            try:
                transport.start_server(server=self._door)
            except (paramiko.SSHException, EOFError, OSError):  # a client that does not like our key hangs up
                continue
