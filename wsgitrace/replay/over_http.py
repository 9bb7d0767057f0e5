"""A recorded request sent over HTTP: the very head, to any server. What a connection says of itself is not kept."""

from __future__ import annotations

import socket
import ssl
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPException, HTTPResponse, IncompleteRead
from threading import Thread
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from wsgitrace.replay.rebuilding import ReplayRefused
from wsgitrace.trace import Body
from wsgitrace.trace.comparing import Outcome, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from wsgitrace.events import Replay

__all__ = ["ANOTHER_SERVER", "NOT_KEPT", "Destination", "send_all"]

NOT_KEPT: Final = (
    "over HTTP the client's address and the scheme are those of the new connection, and layers are not seen"
)
"""What is not as it was; one sentence without a stop."""

ANOTHER_SERVER: Final = tuple(
    Rule("header", name, reason)
    for names, reason in (
        (("server", "via", "date"), "another server's own"),
        (("connection", "keep-alive", "transfer-encoding", "content-length"), "how another server frames it"),
    )
    for name in names
)
"""Header fields that the server makes, not the application: they do not count."""

_BODY_LIMIT: Final = 64 * 2**20
"""Bytes of a response that are kept."""

_PIECE: Final = 2**16

_MOST_THREADS: Final = 256
"""Requests on their way at the same time, where they start when they did."""


@dataclass(frozen=True, slots=True)
class Destination:
    """A server."""

    host: str
    port: int
    tls: bool

    @classmethod
    def of(cls, url: str) -> Destination:
        """The server of ``http://host:port``. Raises :class:`ReplayRefused`."""
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError as problem:
            raise ReplayRefused(f"{url!r} is no URL: {problem}") from None
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ReplayRefused(f"{url!r} is no URL of a server, as http://127.0.0.1:8000 is one")
        if parts.path not in {"", "/"} or parts.query or parts.fragment or parts.username is not None:
            raise ReplayRefused(
                f"{url!r} says more than scheme, host and port: requests are sent as they were recorded"
            )
        tls = parts.scheme == "https"
        return cls(parts.hostname, port or (443 if tls else 80), tls)

    def connect(self, seconds: float) -> socket.socket:
        """A new connection. Raises :class:`OSError`."""
        connection = socket.create_connection((self.host, self.port), seconds)
        if not self.tls:
            return connection
        try:
            return ssl.create_default_context().wrap_socket(connection, server_hostname=self.host)
        except OSError:
            connection.close()
            raise


def send_all(
    destination: Destination, commands: Sequence[Replay], at_once: int, seconds: float, starts: Sequence[float] = ()
) -> Iterator[tuple[Replay, Outcome | str]]:
    """Send them, ``at_once`` at the same time; yields in order what came of each, or one sentence: why nothing did.

    ``starts``: seconds from now before which each is not sent, however many are on their way by then.
    """
    began = time.monotonic()
    threads = min(len(commands), _MOST_THREADS) if starts else at_once
    with ThreadPoolExecutor(max_workers=threads or 1, thread_name_prefix="wsgitrace-replay") as pool:

        def send(command: Replay, start: float) -> Outcome | str:
            time.sleep(max(0.0, began + start - time.monotonic()))
            return _send(destination, command, seconds)

        yield from zip(commands, pool.map(send, commands, starts or [0.0] * len(commands)), strict=True)


def _send(destination: Destination, command: Replay, seconds: float) -> Outcome | str:
    try:
        with destination.connect(seconds) as connection:
            # Beside reading: a server may answer before it has read the whole body, and stop reading until then.
            writer = Thread(target=_write, args=(connection, command), daemon=True)
            writer.start()
            return _receive(connection, command.head.partition(b" ")[0].decode("latin-1"))
    except OSError as problem:
        return f"no response: {problem.strerror or str(problem) or type(problem).__name__}"
    except HTTPException as problem:
        return f"no response: {str(problem) or type(problem).__name__}"


def _write(connection: socket.socket, command: Replay) -> None:
    began = time.monotonic()
    with suppress(OSError):
        for at, data in command.pieces():
            time.sleep(max(0.0, began + at - time.monotonic()))
            connection.sendall(data)


def _receive(connection: socket.socket, method: str) -> Outcome:
    response = HTTPResponse(connection, method=method)
    try:
        response.begin()
        kept, length, how = bytearray(), 0, "complete"
        try:
            while piece := response.read(_PIECE):
                kept += piece[: max(0, _BODY_LIMIT - length)]
                length += len(piece)
            if response.length:  # read() of so many bytes takes the end of a connection for the end of a body
                how = "cut"
        except IncompleteRead as problem:
            kept += problem.partial[: max(0, _BODY_LIMIT - length)]
            length, how = length + len(problem.partial), "cut"
        missing = ((len(kept), length - len(kept)),) if length > len(kept) else ()
        why = f"only the first {_BODY_LIMIT:,} bytes were kept" if missing else "cut" if how == "cut" else ""
        status = f"{response.status} {response.reason}".rstrip()
        return Outcome(status, tuple(response.getheaders()), Body(bytes(kept), length, why, missing), how)
    finally:
        response.close()
