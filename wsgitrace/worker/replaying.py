"""Running a recorded request again: through the server, as if a client had sent it."""

from __future__ import annotations

import socket
from _thread import start_new_thread as _start_new_thread
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from wsgitrace.events import Replay

_socketpair = socket.socketpair
_DISCARD = 2**16


class Injecting(Protocol):
    """The part of the server that is needed here."""

    def inject(
        self, sock: socket.socket, peer: str, scheme: str = "http", origin: object = None, server: str = ""
    ) -> None:
        """Adopt a connection as if it had been accepted from ``peer``, at the address ``server``."""


def replay(server: Injecting, command: Replay) -> None:
    """Have the server serve the recorded request; returns at once. The response goes to the recording, not to anybody.

    The connection stays open for as long as the server keeps it: a client that leaves early would be another story
    than the one that was recorded.
    """
    theirs, ours = _socketpair()
    server.inject(theirs, command.peer, command.scheme, command, command.server)
    _start_new_thread(_send, (ours, command.head + command.body))
    _start_new_thread(_receive, (ours, command.head))


def _send(sock: socket.socket, data: bytes) -> None:
    try:
        sock.sendall(data)
    except OSError:
        # The server answered and closed without reading all of the body: it may, the original did not have to.
        return


def _receive(sock: socket.socket, head: bytes) -> None:
    # Only a reader of responses knows where this one ends on a connection that is kept alive.
    from http.client import HTTPException, HTTPResponse  # noqa: PLC0415 -- most workers never replay

    try:
        response = HTTPResponse(sock, method=head.partition(b" ")[0].decode("latin-1"))
        response.begin()
        while response.read(_DISCARD):
            pass
        response.close()
    except (OSError, HTTPException, ValueError):
        # What is on the wire is recorded by the server's own account of it.
        pass
    finally:
        sock.close()
