"""The server's side of a request body: taken off the wire as the application asks for it, and sometimes before."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING

from wsgitrace.server.body import BodyError, ChunkedDecoder, SizedDecoder
from wsgitrace.server.errors import ClientGoneError, ClientStalledError
from wsgitrace.server.spool import Spool

if TYPE_CHECKING:
    from wsgitrace.server.body import Decoder
    from wsgitrace.server.connection import Connection
    from wsgitrace.server.head import RequestHead

_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
_NOTHING = SizedDecoder(0)
"""Of a request without a body; never given anything to decode."""


class Intake:
    """One request body, from the wire to ``wsgi.input``."""

    __slots__ = ("_connection", "_decoder", "_error", "_over", "_spool", "continue_due", "received", "size")

    def __init__(self, connection: Connection, head: RequestHead) -> None:
        self._connection = connection
        self.size = length = head.fields.content_length
        """Bytes of the whole body; None while nobody knows."""
        self._decoder: Decoder = (
            _NOTHING if length == 0 else ChunkedDecoder(connection.options) if length is None else SizedDecoder(length)
        )
        self._error: BodyError | None = None
        self._spool: Spool | None = None
        """What came before the application asked for it, which is all read before anything else."""
        self._over = False
        self.continue_due = head.fields.expects_continue
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
        if self._spool is not None and not self._over:
            part = self._spool.take()
            if part:
                return part
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

    # Before the application asks.

    def measure(self) -> None:
        """Take a chunked body off the wire until its size is known, unless the client pauses, or sends on and on.

        RFC 3875 4.1.2 has CONTENT_LENGTH set for every body, to the size without transfer codings; without it many
        applications take a chunked upload for an empty one.

        Raises:
            BodyError: the body is malformed or ends early.

        """
        options = self._connection.options
        deadline = monotonic() + options.spool_timeout
        while not self._decoder.ended and self.received < options.spool_limit:
            data = self._connection.take_buffer()
            if not data:
                patience = min(options.spool_patience, deadline - monotonic())
                if patience <= 0:
                    return
                try:
                    data = self._receive(patience)
                except ClientStalledError:
                    return
            self._store(data)
        if self._decoder.ended:
            self.size = self.received

    @property
    def may_come(self) -> bool:
        """More of the body can be taken off the wire while the client takes nothing of its response."""
        return not (
            self._decoder.ended
            or self._error is not None
            or self._connection.half_closed
            or (self._spool is not None and self._spool.left > self._connection.options.spool_limit)
        )

    def keep(self) -> None:
        """Take off the wire what is there, while the client takes nothing of its response.

        Many clients read nothing before they have sent all: an application that answers as it reads would wait for
        such a client, which waits for it.
        """
        connection = self._connection
        try:
            self._store(connection.take_buffer() or connection.poll_input())
        except BodyError as error:
            self._error = error

    # Around the response.

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
        if self._decoder.ended:
            return True
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
        self._over = True
        if self._spool is not None:
            self._spool.close()
        if not self._decoder.ended:
            self._error = BodyError("the request is over", rule="A49", status=400)

    def client_gone(self) -> bool:
        """Whether the client has closed its connection, as far as can be told without sending it anything.

        One that has only sent its last byte counts as gone here: nearly all that do so are, and an application that
        asks wants to know before it works in vain. The server itself goes on until the client resets the connection.
        """
        return self._over or self._connection.has_left()

    def _decode(self, data: bytes) -> bytes:
        decoder = self._decoder
        part = decoder.decode(data)
        self.received += len(part)
        if decoder.ended and decoder.rest:
            self._connection.buffer = decoder.rest
            decoder.rest = b""
        return part

    def _store(self, data: bytes) -> None:
        part = self._decode(data)
        if not part:
            return
        if self._spool is None:
            self._spool = Spool(self._connection.options.spool_memory)
        try:
            self._spool.put(part)
        except OSError as error:
            raise BodyError(f"the request body cannot be kept: {error}", rule="H40", status=500) from error

    def _receive(self, patience: float | None = None) -> bytes:
        """Wait for bytes.

        Raises:
            BodyError: the client is gone, has no more to say, or has been silent for ``body_timeout``.
            ClientStalledError: it has been silent for ``patience``, when that is given.

        """
        connection = self._connection
        try:
            if self.continue_due:
                self.continue_due = False
                connection.send(_CONTINUE)
            data = connection.receive(connection.options.body_timeout if patience is None else patience)
        except ClientGoneError as error:
            raise BodyError(f"the request body is incomplete: {error}", rule="H22", status=400) from error
        except ClientStalledError as error:
            if patience is not None:
                raise
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
