"""One client's connection: its bytes in both directions, and who owns it at the moment."""

from __future__ import annotations

from contextlib import suppress
from enum import Enum
from socket import AF_UNIX, IPPROTO_TCP, SHUT_RDWR, SHUT_WR, SO_LINGER, SOL_SOCKET, TCP_NODELAY
from socket import socket as RealSocket  # noqa: N812 -- the class as it is now, whatever a later patch puts in its place
from struct import pack
from time import monotonic
from typing import TYPE_CHECKING

from wsgitrace.server.errors import ClientGoneError, ClientStalledError
from wsgitrace.server.head import Refusal, RequestHead, check_partial, parse_head
from wsgitrace.server.poller import ended, wait_for

if TYPE_CHECKING:
    from wsgitrace.server.intake import Intake
    from wsgitrace.server.options import ServerOptions
    from wsgitrace.server.pool import Blocking
    from wsgitrace.server.tls import TlsSocket

_BODY_READ = 64 * 1024
"""Received at once. From 128 KiB on, glibc maps and unmaps the memory for it each time, which doubles the price."""
_JOIN_BELOW = 64 * 1024
"""Up to this, joining two parts costs less than sending them by one call that scatters."""


class Phase(Enum):
    """Who owns a connection. Only the owner reads, writes or closes it; the selector owns all but RUNNING."""

    READING = "waits for a request head, or for the rest of one"
    RUNNING = "belongs to the thread that runs the application"
    ANSWERING = "a refusal is being sent"
    LINGERING = "was told that it closes; what still comes is thrown away"
    CLOSED = "closed"


class Connection:
    """A non-blocking socket, what was read from it and not yet used, and the facts of its environ."""

    __slots__ = (
        "before",
        "blanks",
        "blocking",
        "buffer",
        "checked",
        "closing",
        "cut_short",
        "deadline",
        "dropped",
        "encrypted",
        "environ",
        "fd",
        "gone",
        "half_closed",
        "head",
        "intake",
        "lingered",
        "options",
        "origin",
        "outbox",
        "peer",
        "phase",
        "requests",
        "scheme",
        "since",
        "sock",
    )

    def __init__(
        self,
        sock: RealSocket | TlsSocket,
        peer: str,
        environ: dict[str, object],
        *,
        options: ServerOptions,
        blocking: Blocking,
        origin: object | None = None,
    ) -> None:
        self.sock = sock
        self.fd = sock.fileno()
        self.peer = peer
        self.environ = environ
        """What every environ of this connection begins with; copied, never given away."""
        self.scheme = str(environ["wsgi.url_scheme"])
        self.encrypted = type(sock) is not RealSocket
        """What goes over the wire is not what is sent, so that the system cannot send files by itself."""
        self.options = options
        self.blocking = blocking
        self.origin = origin
        self.buffer: bytes | bytearray = b""
        """Received and not used yet."""
        self.blanks = 0
        """Empty lines before this head."""
        self.checked = 0
        """How much of an incomplete head was checked already."""
        self.before: RequestHead | None = None
        """The last head that may come again but for its request line."""
        self.head: RequestHead | None = None
        """The request to run, while RUNNING."""
        self.intake: Intake | None = None
        """Its body."""
        self.phase = Phase.READING
        self.requests = 0
        """Complete heads so far."""
        self.since = monotonic()
        """When the phase began."""
        self.deadline = self.since + options.head_timeout
        """When the selector gives up on it; of no meaning while RUNNING."""
        self.outbox = b""
        """The rest of a refusal."""
        self.lingered = 0
        """Bytes thrown away while LINGERING."""
        self.gone = False
        """The client reset the connection, or closed it for good."""
        self.half_closed = False
        """The client sent its last byte while the application ran; it may still read."""
        self.closing = False
        """The server stops: the next response head says that it is the last."""
        self.dropped = False
        """The observer cut it."""
        self.cut_short = False
        """Its end must be a reset."""
        sock.settimeout(0)
        if sock.family != AF_UNIX:
            sock.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)

    # The selector's side.

    def feed(self, data: bytes) -> None:
        """Take bytes as received."""
        if not self.buffer:
            self.buffer = data
            return
        if isinstance(self.buffer, bytes):
            self.buffer = bytearray(self.buffer)
        self.buffer += data

    def next_head(self) -> RequestHead | Refusal | None:
        """Take a complete head out of the buffer; None while there is none. The buffer is kept on refusal."""
        buffer = self.buffer
        if buffer.startswith(b"\r\n"):
            blank = 2
            while buffer.startswith(b"\r\n", blank):
                blank += 2
            self.buffer = buffer = buffer[blank:]
            self.checked = 0
            self.blanks += blank // 2
        if not buffer or buffer == b"\r":
            return None
        if self.blanks > 1:
            # RFC 9112 2.2: one is ignored, as old clients sent one after a body.
            return Refusal(0, "H02", f"{self.blanks} empty lines stand before the request line", 400)
        options = self.options
        end = buffer.find(b"\r\n\r\n", max(0, self.checked - 3), options.head_limit + 4)
        if end < 0:
            refusal = check_partial(buffer, self.checked, options)
            self.checked = len(buffer)
            return refusal
        end += 4
        if end == len(buffer):
            raw = bytes(buffer)
            rest: bytes | bytearray = b""
        else:
            raw = bytes(buffer[:end])
            rest = buffer[end:]
        verdict = parse_head(raw, options, self.before)
        if isinstance(verdict, RequestHead):
            self.before = verdict if verdict.fields.lasting else None
            self.buffer = rest
            self.checked = self.blanks = 0
            self.requests += 1
        return verdict

    # The side of the thread that runs the application.

    def take_buffer(self) -> bytes:
        """What was received already."""
        data = bytes(self.buffer)
        self.buffer = b""
        return data

    def receive(self, timeout: float) -> bytes:
        """Wait for bytes; empty when the client sent its last one.

        Raises:
            ClientGoneError: the connection is gone.
            ClientStalledError: nothing came for ``timeout`` seconds.

        """
        while True:
            try:
                return self.sock.recv(_BODY_READ)
            except BlockingIOError:
                pass
            except OSError as error:
                self.gone = True
                raise ClientGoneError(f"the client is gone: {error}") from error
            with self.blocking:
                ready = wait_for(self.fd, timeout)
            if not ready:
                raise ClientStalledError(f"the client sent nothing for {timeout:g} seconds")

    def poll_input(self) -> bytes:
        """Bytes that came already, without waiting; empty when there are none."""
        try:
            data = self.sock.recv(_BODY_READ)
        except OSError:
            return b""
        if not data:
            self.half_closed = True
        return data

    def send(self, data: bytes, body: bytes = b"") -> None:
        """Hand ``data``, then ``body``, to the operating system; returns when it has taken all.

        Raises:
            ClientGoneError: the connection is gone.
            ClientStalledError: the client took nothing for ``reader_timeout`` seconds.

        """
        if body and len(body) <= _JOIN_BELOW:
            data += body
            body = b""
        try:
            done = self.sock.sendmsg((data, body)) if body else self.sock.send(data)
        except BlockingIOError:
            done = 0
        except OSError as error:
            self.gone = True
            raise ClientGoneError(f"the client is gone: {error}") from error
        if done < len(data):
            self._send_rest(memoryview(data)[done:])
            done = len(data)
        if body:
            self._send_rest(memoryview(body)[done - len(data) :])

    def _send_rest(self, view: memoryview) -> None:
        while view:
            try:
                view = view[self.sock.send(view) :]
                continue
            except BlockingIOError:
                pass
            except OSError as error:
                self.gone = True
                raise ClientGoneError(f"the client is gone: {error}") from error
            self.await_room()

    def await_room(self) -> None:
        """Wait until the client takes something of its response again; what it sends meanwhile of its body is kept.

        Raises:
            ClientStalledError: it did neither for ``reader_timeout`` seconds.

        """
        timeout = self.options.reader_timeout
        reading = self.intake is not None and self.intake.may_come
        with self.blocking:
            ready = wait_for(self.fd, timeout, writing=True, either=reading)
        if not ready:
            raise ClientStalledError(f"the client took nothing of its response for {timeout:g} seconds")
        if reading and self.intake is not None:
            self.intake.keep()

    def has_left(self) -> bool:
        """Whether the client has closed its side of the connection, or reset it."""
        if not (self.gone or self.half_closed):
            gone, half = ended([self.fd])
            self.gone = bool(gone)
            self.half_closed = bool(half)
        return self.gone or self.half_closed

    # Either side, as owner.

    def shut(self) -> bool:
        """Tell the client that nothing more comes; False when it is gone already."""
        try:
            self.sock.shutdown(SHUT_WR)
        except OSError:
            return False
        return True

    def cut_off(self) -> None:
        """Make the coming close a reset, so that what was sent cannot be taken for a complete message."""
        self.cut_short = True
        with suppress(OSError):
            self.sock.setsockopt(SOL_SOCKET, SO_LINGER, pack("ii", 1, 0))

    # Any thread.

    def drop(self) -> None:
        """Cut the connection: whoever waits for it wakes up."""
        self.dropped = True
        # Closed or gone: then there is nothing left to cut.
        with suppress(OSError):
            self.sock.shutdown(SHUT_RDWR)
