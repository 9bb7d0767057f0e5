"""The listening socket: bound before anything is imported, and kept while workers come and go."""

from __future__ import annotations

import errno
import os
import socket

_PRIVILEGED = 1024
_LAST_PORT = 65_535
_BACKLOG = 1024
"""Connections that wait while a worker is being replaced."""


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
