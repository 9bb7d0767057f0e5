"""The listening sockets: bound before anything is imported, and kept while workers come and go."""

from __future__ import annotations

import errno
import os
import socket
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import MutableMapping

_PRIVILEGED: Final = 1024
_LAST_PORT: Final = 65_535
_BACKLOG: Final = 1024
"""Connections that wait while a worker is being replaced."""
_FIRST_PASSED: Final = 3
"""The first descriptor that systemd passes (sd_listen_fds)."""
_PROBE: Final = 1.0
"""Seconds that somebody who listens on a unix socket gets to let us connect."""


class BindError(Exception):
    """The address cannot be served on; the text is one sentence for the user."""


def bind(host: str, port: int) -> socket.socket:
    """A listening socket. Port 0 takes a free one. Raises :class:`BindError`."""
    family, address = _resolve(host, port)
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        # Connections of an earlier server that linger in TIME_WAIT are no reason to refuse; a live listener still is.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        raise BindError(_explain(error, host, port)) from None
    return listener


def bind_unix(path: str, mode: int) -> socket.socket:
    """A listening unix socket with these permissions; one that a dead process left there is replaced.

    Raises :class:`BindError`.
    """
    path = str(Path(path).absolute())
    _remove_stale(path)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    # From its first moment: nobody can connect before a chmod.
    mask = os.umask(0o777 & ~mode)
    try:
        listener.bind(path)
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        # "AF_UNIX path too long" has no number.
        raise BindError(f"{path} cannot be served on: {error.strerror or error}") from None
    finally:
        os.umask(mask)
    return listener


def inherit(fd: int) -> socket.socket:
    """The listening socket that this process was started with. Raises :class:`BindError`."""
    try:
        status = os.fstat(fd)
    except OSError:
        raise BindError(
            f"descriptor {fd} is not open: it must be a listening socket, given by who starts this"
        ) from None
    if not stat.S_ISSOCK(status.st_mode):
        raise BindError(f"descriptor {fd} is not a socket")
    listener = socket.socket(fileno=fd)
    os.set_inheritable(fd, False)  # noqa: FBT003 -- its only argument
    if listener.type != socket.SOCK_STREAM or not listener.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
        listener.detach()
        raise BindError(f"descriptor {fd} is a socket that does not listen")
    return listener


def passed_by_systemd(environ: MutableMapping[str, str]) -> tuple[int, ...]:
    """Descriptors that systemd passed to this process (``LISTEN_FDS``); forgotten, as children must not take them."""
    count = environ.pop("LISTEN_FDS", "")
    pid = environ.pop("LISTEN_PID", "")
    environ.pop("LISTEN_FDNAMES", None)
    if pid != str(os.getpid()) or not count.isascii() or not count.isdigit():
        return ()
    return tuple(range(_FIRST_PASSED, _FIRST_PASSED + int(count)))


def unlink(listener: socket.socket, made: os.stat_result) -> None:
    """Remove the file of a unix socket, unless another server has put its own there."""
    path = Path(listener.getsockname())
    try:
        there = path.lstat()
        if (there.st_dev, there.st_ino) == (made.st_dev, made.st_ino):
            path.unlink()
    except OSError:
        # Gone already, with its folder perhaps.
        return


def _remove_stale(path: str) -> None:
    try:
        if not stat.S_ISSOCK(os.lstat(path).st_mode):
            raise BindError(f"{path} is there already and is not a socket: choose another name")
    except OSError:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(_PROBE)
        try:
            probe.connect(path)
        except (ConnectionRefusedError, FileNotFoundError):
            Path(path).unlink(missing_ok=True)
            return
        except OSError:
            # A server too busy to answer is a server.
            pass
    raise BindError(f"{path} is in use by another process: stop it, or choose another name")


def _resolve(host: str, port: int) -> tuple[int, tuple[object, ...]]:
    if not 0 <= port <= _LAST_PORT:
        raise BindError(f"{port} is not a port: ports go from 0 to {_LAST_PORT}")
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not a name"
        raise BindError(f"{host!r} cannot be resolved to an address to serve on: {reason}") from None
    # A name such as localhost has both sorts of address; the older one is what most clients try without delay.
    family, _, _, _, address = min(found, key=lambda each: each[0] != socket.AF_INET)
    return family, address


def _explain(error: OSError, host: str, port: int) -> str:
    where = f"port {port} on {host}"
    match error.errno:
        case errno.EADDRINUSE:
            return f"{where} is in use by another process: stop it, or choose another port with --port"
        case errno.EACCES | errno.EPERM if port < _PRIVILEGED:
            return f"{where} is refused by the system: ports below {_PRIVILEGED} need privileges; choose one above"
        case errno.EADDRNOTAVAIL:
            return f"{host} is not an address of this machine: choose another with --host, as in --host 127.0.0.1"
        case _:
            return f"{where} cannot be served on: {os.strerror(error.errno or 0)}"
