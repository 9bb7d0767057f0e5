"""``wsgi.input``: the request body, taken off the wire as the application asks for it."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING

from wsgitrace.server.body import BodyError, ChunkedDecoder, SizedDecoder
from wsgitrace.server.errors import ClientGoneError, ClientStalledError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wsgitrace.server.body import Decoder
    from wsgitrace.server.connection import Connection
    from wsgitrace.server.head import RequestHead

_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
_NOTHING = SizedDecoder(0)
"""Of a request without a body; never given anything to decode."""


class Intake:
    """The server's side of a request body."""

    __slots__ = ("_connection", "_decoder", "_error", "continue_due", "received")

    def __init__(self, connection: Connection, head: RequestHead) -> None:
        self._connection = connection
        length = head.content_length
        self._decoder: Decoder = (
            _NOTHING if length == 0 else ChunkedDecoder(connection.options) if length is None else SizedDecoder(length)
        )
        self._error: BodyError | None = None
        self.continue_due = head.expects_continue
        """The client waits for ``100 Continue``; never sent once the response head is."""
        self.received = 0
        """Body bytes so far."""

    @property
    def ended(self) -> bool:
        """The whole body was taken off the wire."""
        return self._decoder.ended

    def more(self) -> bytes:
        """Some more bytes of the body, at least one; empty at its end, and ever after.

        Raises:
            BodyError: the body cannot be read to its end, now and ever after.

        """
        if self._error is not None:
            raise self._again(self._error)
        try:
            while not self._decoder.ended:
                part = self._decode(self._connection.take_buffer() or self._receive())
                if part:
                    return part
        except BodyError as error:
            self._error = error
            raise
        return b""

    def settle(self) -> bool:
        """Before the response head goes out: whether the connection can be used again after this body."""
        if self._decoder.ended:
            return True
        if self._error is not None or self.continue_due:
            # A client that was never told to continue may send the body or not: RFC 9110 10.1.1 leaves only closing.
            return False
        # How long a chunked body will be nobody knows; but a refused upload of any size should not be waited for.
        return isinstance(self._decoder, SizedDecoder) and self._decoder.left <= self._connection.options.drain_limit

    def await_end(self) -> None:
        """Before the response ends: let a client that is about to end its request do so first.

        An application that knows where its input ends, as Git's protocol does, reads no further and answers. A client
        that has the whole answer before it sent the last chunk takes that for a failure; git waits for ever.
        """
        if self.received and not self._decoder.ended:
            self.drain(self._connection.options.body_end_timeout)

    def drain(self, timeout: float | None = None) -> bool:
        """After the response: throw the rest of the body away; whether the connection can be used again."""
        options = self._connection.options
        deadline = monotonic() + (options.drain_timeout if timeout is None else timeout)
        before = self.received
        try:
            while not self._decoder.ended:
                if self._error is not None or self.received - before > options.drain_limit:
                    return False
                data = self._connection.take_buffer() or self._connection.receive(max(0.0, deadline - monotonic()))
                if not data:
                    return False
                self._decode(data)
        except (BodyError, ClientGoneError, ClientStalledError):
            return False
        return True

    def end(self) -> None:
        """The exchange is over: whoever kept ``wsgi.input`` must not read what belongs to the next request."""
        if not self._decoder.ended:
            self._error = BodyError("the request is over", rule="A49", status=400)

    def _decode(self, data: bytes) -> bytes:
        decoder = self._decoder
        part = decoder.decode(data)
        self.received += len(part)
        if decoder.ended and decoder.rest:
            self._connection.buffer = decoder.rest
            decoder.rest = b""
        return part

    def _receive(self) -> bytes:
        connection = self._connection
        try:
            if self.continue_due:
                self.continue_due = False
                connection.send(_CONTINUE)
            data = connection.receive(connection.options.body_timeout)
        except ClientGoneError as error:
            raise BodyError(f"the request body is incomplete: {error}", rule="H22", status=400) from error
        except ClientStalledError as error:
            raise BodyError(f"the request body is incomplete: {error}", rule="H40", status=408) from error
        if not data:
            connection.half_closed = True
            raise BodyError(
                f"the request body is incomplete: it ended after {self.received} bytes", rule="H22", status=400
            )
        return data

    @staticmethod
    def _again(error: BodyError) -> BodyError:
        return BodyError(error.reason, rule=error.rule, status=error.status, offset=error.offset)


class Input:
    """What the application reads: ``read``, ``readline``, ``readlines`` and iteration, with an end of file."""

    __slots__ = ("_intake", "_pending", "_position")

    def __init__(self, intake: Intake) -> None:
        self._intake = intake
        self._pending = b""
        self._position = 0
        """How much of ``_pending`` was given away."""

    def read(self, size: int | None = -1, /) -> bytes:
        """Read ``size`` bytes, fewer only at the end of the body; all there is when negative or None."""
        if size is None or size < 0:
            return self._rest()
        part = self._take(size)
        if len(part) == size:
            return part
        parts = [part]
        missing = size - len(part)
        while missing and self._fill(parts):
            part = self._take(missing)
            parts.append(part)
            missing -= len(part)
        return b"".join(parts)

    def readline(self, size: int | None = -1, /) -> bytes:
        """Read up to and with the next line feed, at most ``size`` bytes."""
        room = -1 if size is None or size < 0 else size
        parts: list[bytes] = []
        while room:
            if self._position >= len(self._pending) and not self._fill(parts):
                break
            start = self._position
            limit = len(self._pending) if room < 0 else min(start + room, len(self._pending))
            end = self._pending.find(b"\n", start, limit) + 1
            parts.append(self._take((end or limit) - start))
            if end:
                break
            if room > 0:
                room -= limit - start
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def readlines(self, hint: int | None = -1, /) -> list[bytes]:
        """Read lines to the end, or until they make up ``hint`` bytes."""
        lines: list[bytes] = []
        total = 0
        while line := self.readline():
            lines.append(line)
            total += len(line)
            if hint is not None and 0 < hint <= total:
                break
        return lines

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        line = self.readline()
        if not line:
            raise StopIteration
        return line

    def _rest(self) -> bytes:
        parts = [self._take(len(self._pending))]
        while self._fill(parts):
            parts.append(self._take(len(self._pending)))
        return b"".join(parts)

    def _take(self, size: int) -> bytes:
        start = self._position
        part = self._pending[start : start + size]
        self._position = start + len(part)
        return part

    def _fill(self, taken: list[bytes]) -> bool:
        """Get more; if that fails, what this call has taken already stays readable."""
        try:
            self._pending = self._intake.more()
        except BodyError:
            self._pending = b"".join(taken)
            self._position = 0
            raise
        self._position = 0
        return bool(self._pending)
