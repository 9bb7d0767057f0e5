"""How connections end: by a refusal, by lingering, at once, or in the hands of the next server."""

from __future__ import annotations

from contextlib import suppress
from socket import AF_UNIX
from time import monotonic
from typing import TYPE_CHECKING

from wsgitrace.server.connection import Phase
from wsgitrace.server.errors import report
from wsgitrace.server.head import Refusal
from wsgitrace.server.refusals import answer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import TypeAlias

    from wsgitrace.server.connection import Connection
    from wsgitrace.server.errors import HandshakeError
    from wsgitrace.server.observer import Observer
    from wsgitrace.server.options import ServerOptions
    from wsgitrace.server.poller import Poller

    Heir: TypeAlias = Callable[[Sequence[int]], int]
    """Takes over connections by their descriptors, which stay the giver's to close; how many, from the first on."""


class Endings:
    """What the selector does with a connection that it will not read another request from. In its thread only."""

    def __init__(
        self, connections: dict[int, Connection], poller: Poller, options: ServerOptions, observer: Observer | None
    ) -> None:
        self._connections = connections
        self._poller = poller
        self._options = options
        self._observer = observer

    def refuse(self, connection: Connection, refusal: Refusal) -> None:
        """Answer bytes that are no request."""
        raw = bytes(connection.buffer[: self._options.head_limit])
        end = raw.find(b"\r\n\r\n")
        self._answer(connection, refusal, raw if end < 0 else raw[: end + 4])

    def refuse_running(self, connection: Connection, reason: str) -> None:
        """Take back a request that no thread had room for."""
        raw = connection.head.raw if connection.head is not None else b""
        connection.head = None
        self._answer(connection, Refusal(0, "H40", reason, 503), raw)

    def expel(self, connection: Connection, reason: str) -> None:
        """Close a connection whose place is needed at once, with an answer if the system takes it."""
        refusal = Refusal(len(connection.buffer), "H40", reason, 503)
        self._tell(connection, refusal, bytes(connection.buffer))
        with suppress(OSError):
            connection.sock.send(answer(refusal, b""))
        self.close(connection)

    def refuse_handshake(self, connection: Connection, error: HandshakeError) -> None:
        """Answer a client that does not speak TLS in plain text; of one that does, only tell."""
        if error.plain:
            connection.sock = error.sock
            self._answer(connection, Refusal(0, "TLS", error.reason, 400), error.plain)
        else:
            self._tell(connection, Refusal(0, "TLS", error.reason, 0), b"")
            self.close(connection)

    def send_outbox(self, connection: Connection) -> None:
        """Send what is left of a refusal."""
        try:
            sent = connection.sock.send(connection.outbox)
        except (BlockingIOError, InterruptedError):
            sent = 0
        except OSError:
            self.close(connection)
            return
        connection.outbox = connection.outbox[sent:]
        if connection.outbox:
            self._poller.arm(connection.fd, writing=True)
        else:
            self.linger(connection)

    def linger(self, connection: Connection) -> None:
        """RFC 9112 9.6: half close, then read on for a while, lest a reset destroy the answer on its way."""
        connection.buffer = b""
        if connection.gone or connection.dropped or connection.cut_short or not connection.shut():
            self.close(connection)
            return
        connection.deadline = monotonic() + self._options.linger_timeout
        connection.phase = Phase.LINGERING
        self._poller.arm(connection.fd)

    def read_on(self, connection: Connection, data: bytes) -> None:
        """Throw away what still comes from a client that was told that the connection closes."""
        connection.lingered += len(data)
        if not data or connection.lingered > self._options.linger_limit:
            self.close(connection)
        else:
            self._poller.arm(connection.fd)

    def close(self, connection: Connection) -> None:
        """Close it at once."""
        connection.phase = Phase.CLOSED
        self._poller.forget(connection.fd)
        self._connections.pop(connection.fd, None)
        connection.sock.close()

    def bequeath(self, connections: Sequence[Connection], heir: Heir) -> list[Connection]:
        """Hand over connections between two requests; give back those that cannot be."""
        kept = [each for each in connections if not is_heritable(each)]
        heritable = [each for each in connections if is_heritable(each)]
        given = heir([each.fd for each in heritable]) if heritable else 0
        for each in heritable[:given]:
            self.close(each)
        return kept + heritable[given:]

    def _answer(self, connection: Connection, refusal: Refusal, raw: bytes) -> None:
        self._tell(connection, refusal, raw)
        connection.buffer = b""
        connection.outbox = answer(refusal, raw)
        connection.phase = Phase.ANSWERING
        connection.deadline = monotonic() + self._options.linger_timeout
        self.send_outbox(connection)

    def _tell(self, connection: Connection, refusal: Refusal, raw: bytes) -> None:
        if self._observer is None:
            return
        rule, reason, status = refusal.rule, refusal.reason, refusal.status
        try:
            self._observer.refused(raw, refusal.offset, rule, reason, status, connection.peer, connection.origin)
        except BaseException as error:  # noqa: BLE001 -- a fault of the observer never becomes one of the server
            report(error, "wsgitrace: the observer failed (refused):")


def is_heritable(connection: Connection) -> bool:
    """Whether another process could serve it: not the state of TLS, nor one that was injected into this one."""
    if connection.encrypted or connection.origin is not None:
        return False
    # One end of a pair, which has no name: whoever injected it is in this process.
    return connection.sock.family != AF_UNIX or bool(connection.sock.getsockname())
