"""What answers while there is no worker: without it, clients would wait in the backlog until the next save."""

from __future__ import annotations

import contextlib
import socket
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Iterable, Sequence

_MOST: Final = 64
"""Connections at a time; the oldest one goes for a new one."""

_PATIENCE: Final = 5.0
"""Seconds that a connection is kept."""

_READ: Final = 2**16
"""Bytes read at a time, and of a head before it is answered as it is."""

_HEAD_END: Final = b"\r\n\r\n"


class StandIn:
    """Answers every connection to listening sockets with 503 and the reason, on an event loop. Nothing is recorded.

    ``again``: a save starts the next worker.
    """

    def __init__(
        self, loop: asyncio.AbstractEventLoop, listeners: Sequence[socket.socket], reason: str, *, again: bool
    ) -> None:
        text = f"There is no application: {reason}\n"
        text += "\nIt is started again when a file of it is saved.\n" if again else ""
        body = text.encode("utf-8", "backslashreplace")
        self._head = (
            b"HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain; charset=utf-8\r\n"
            b"Content-Length: %d\r\nCache-Control: no-store\r\nRetry-After: 1\r\nConnection: close\r\n\r\n" % len(body)
        )
        self._body = body
        self._loop = loop
        self._listeners = [listener.dup() for listener in listeners]
        self._unanswered: dict[socket.socket, bytes] = {}
        self._timers: dict[socket.socket, asyncio.TimerHandle] = {}
        for listener in self._listeners:
            listener.setblocking(False)  # noqa: FBT003 -- its only argument
            loop.add_reader(listener, self._accept, listener)

    def adopt(self, connections: Iterable[socket.socket]) -> None:
        """Answer on these too, which a worker had left to the next one."""
        for connection in connections:
            self._take(connection)

    def close(self) -> None:
        """Leave the listening sockets to a worker; what is not answered yet is cut."""
        for listener in self._listeners:
            self._loop.remove_reader(listener)
            listener.close()
        for connection in tuple(self._timers):
            self._drop(connection)

    def _accept(self, listener: socket.socket) -> None:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        self._take(connection)

    def _take(self, connection: socket.socket) -> None:
        if len(self._timers) >= _MOST:
            self._drop(next(iter(self._timers)))
        connection.setblocking(False)  # noqa: FBT003 -- its only argument
        self._unanswered[connection] = b""
        self._timers[connection] = self._loop.call_later(_PATIENCE, self._drop, connection)
        self._loop.add_reader(connection, self._read, connection)

    def _read(self, connection: socket.socket) -> None:
        try:
            data = connection.recv(_READ)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._drop(connection)
        elif connection in self._unanswered:
            head = self._unanswered[connection] = self._unanswered[connection] + data
            if _HEAD_END in head or len(head) >= _READ:
                self._answer(connection, head)

    def _answer(self, connection: socket.socket, head: bytes) -> None:
        """Answer, and read on what is still sent: closed at once, TCP would take the answer back (RFC 9112, 9.6)."""
        del self._unanswered[connection]
        with contextlib.suppress(OSError):
            connection.send(self._head if head.startswith(b"HEAD ") else self._head + self._body)
            connection.shutdown(socket.SHUT_WR)

    def _drop(self, connection: socket.socket) -> None:
        self._unanswered.pop(connection, None)
        timer = self._timers.pop(connection, None)
        if timer is not None:
            timer.cancel()
            self._loop.remove_reader(connection)
            connection.close()
