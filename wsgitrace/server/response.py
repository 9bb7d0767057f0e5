"""The response: ``start_response``, ``write()``, iteration, and how the message is framed on the wire."""

from __future__ import annotations

from enum import Enum
from http import HTTPStatus
from typing import TYPE_CHECKING

from wsgitrace.server.errors import ApplicationError, BrokenResponseError, ClientGoneError, note
from wsgitrace.server.fields import announce, http_date
from wsgitrace.server.file_wrapper import FileWrapper, remaining
from wsgitrace.server.transmit import send_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from types import TracebackType
    from typing import TypeAlias

    from wsgitrace.server.connection import Connection
    from wsgitrace.server.fields import Announced
    from wsgitrace.server.head import RequestHead
    from wsgitrace.server.intake import Intake

    ExcInfo: TypeAlias = tuple[type[BaseException], BaseException, TracebackType] | tuple[None, None, None]

_SEPARATE_ABOVE = 16 * 1024
"""A chunk of up to this is copied into one piece with its framing."""


class Framing(Enum):
    """How the client sees where the body ends."""

    EMPTY = "there is none: HEAD, 204, 205, 304"
    SIZED = "Content-Length"
    CHUNKED = "Transfer-Encoding: chunked"
    UNTIL_CLOSE = "the end of the connection"


# Looked up in a module rather than in an enumeration, which is several times slower.
_EMPTY = Framing.EMPTY
_SIZED = Framing.SIZED
_CHUNKED = Framing.CHUNKED
_UNTIL_CLOSE = Framing.UNTIL_CLOSE
_BODYLESS = frozenset({204, 205, 304})


class Response:
    """One response, from nothing announced to its last byte."""

    __slots__ = (
        "_announced",
        "_called",
        "_closed",
        "_connection",
        "_framing",
        "_intake",
        "_keep_alive",
        "_left",
        "_line",
        "_tell",
        "_wrote",
        "complete",
        "head_sent",
    )

    def __init__(
        self,
        connection: Connection,
        request: RequestHead,
        intake: Intake,
        tell: Callable[..., None] | None,
    ) -> None:
        self._connection = connection
        self._line = request.line
        self._intake = intake
        self._tell = tell
        self._keep_alive = request.fields.keep_alive
        self._announced: Announced | None = None
        self._called = False
        self._closed = False
        self._framing = _UNTIL_CLOSE
        self._left = 0
        """Bytes that Content-Length still promises."""
        self._wrote = False
        self.head_sent = False
        self.complete = False
        """The whole message was handed to the operating system."""

    @property
    def keep_alive(self) -> bool:
        """The client was told that the connection stays open, and got the whole message."""
        return self._keep_alive and self.complete

    @property
    def framing(self) -> Framing:
        """How the body is framed, once the head was sent."""
        return self._framing

    # What the application calls.

    def start_response(
        self, status: str, headers: list[tuple[str, str]], exc_info: ExcInfo | None = None
    ) -> Callable[[bytes], None]:
        """Take note of status and headers (PEP 3333, "The start_response Callable").

        Raises:
            ApplicationError: it was called already, or what it was given must not go on the wire.
            BaseException: the exception of ``exc_info``, when the head was sent already.

        """
        if exc_info is not None:
            try:
                if self.head_sent and exc_info[1] is not None:
                    raise exc_info[1].with_traceback(exc_info[2])
            finally:
                # PEP 3333: avoids a circular reference through the traceback.
                exc_info = None
        elif self._called:
            raise ApplicationError("start_response() was called a second time without exc_info", "A32")
        if self.head_sent:
            raise ApplicationError("start_response() was called after the response head was sent", "A32")
        self._called = True
        self._announced = None
        self._announced = announce(status, headers)
        return self.write

    def write(self, data: bytes) -> None:
        """Send ``data`` now (PEP 3333, "The write Callable").

        Raises:
            ApplicationError: ``data`` is not bytes, is more than Content-Length allows, or the response is over.
            ClientGoneError: nobody is there to receive it.

        """
        if type(data) is not bytes:
            raise ApplicationError(f"write() takes bytes, not {type(data).__name__}", "A36")
        if self._closed:
            raise ApplicationError("write() was called after the response was over", "A36")
        if self._announced is None:
            raise ApplicationError("write() was called after start_response() had failed", "A32")
        self._wrote = True
        excess = self.head_sent and self._framing is _SIZED and len(data) > self._left
        if not self.head_sent and self._announced.length is not None:
            excess = len(data) > self._announced.length and not self._is_bodyless(self._announced)
        self._emit(data[: self._left] if excess and self.head_sent else data, None)
        if excess:
            raise ApplicationError("write() was given more bytes than Content-Length says", "A23")

    # What the server calls.

    def deliver(self, result: Iterable[bytes]) -> None:
        """Iterate the application's result, handing each item to the operating system before asking for the next."""
        kind = type(result)
        if kind is FileWrapper and self._deliver_file(result):  # type: ignore[arg-type]
            return
        if kind is not list and not hasattr(kind, "__iter__") and not hasattr(kind, "__getitem__"):
            raise BrokenResponseError(f"the application returned {kind.__name__}, which is no iterable", "A02")
        connection = self._connection
        for item in result:
            if type(item) is not bytes:
                raise BrokenResponseError(f"an item of the response is {type(item).__name__}, not bytes", "A04")
            if item:
                if self.head_sent and self._framing is _SIZED and not self._left:
                    self._note_excess()
                    break
                self._emit(item, None if self.head_sent else self._length_of(result, item))
                if self._framing is _EMPTY:
                    break
            if connection.gone:
                raise ClientGoneError("the client is gone")
        self.finish()

    def finish(self) -> None:
        """The application has nothing more to send."""
        if not self.head_sent:
            if self._announced is None:
                raise BrokenResponseError("the application did not call start_response()", "A06")
            self._begin(b"", 0)
        if self._framing is _CHUNKED:
            self._intake.await_end()
            self._connection.send(b"0\r\n\r\n")
        elif self._framing is _SIZED and self._left:
            self._closed = True
            note(f"the response to {self._line.method} {self._line.target!r} is {self._left} bytes short")
            return
        self._closed = True
        self.complete = True

    def mend_length(self, more: int) -> bool:
        """Announce so many bytes more; False when no length was announced, or it is on the wire already."""
        mended = None if self._announced is None or self.head_sent else self._announced.mended(more)
        if mended is None:
            return False
        self._announced = mended
        return True

    def replace(self, status: str, body: bytes) -> None:
        """Instead of what the application announced and did not send: a plain answer of the server."""
        self._announced = announce(
            status, [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(body)))]
        )
        self._emit(body, None)
        self.finish()

    def abandon(self) -> None:
        """Leave the message as it is: cut short, which the client must be able to see."""
        self._closed = True
        framing = self._framing
        if not self.head_sent:
            return
        if framing is _EMPTY or (framing is _SIZED and not self._left):
            self.complete = True
        elif framing is _UNTIL_CLOSE:
            # An orderly end would say that this was all.
            self._connection.cut_off()

    def _length_of(self, result: Iterable[bytes], item: bytes) -> int | None:
        """PEP 3333: from a result of one item the length of the body is known."""
        if self.head_sent or self._wrote or (self._announced is not None and self._announced.length is not None):
            return None
        if not hasattr(type(result), "__len__"):
            return None
        try:
            return len(item) if len(result) == 1 else None  # type: ignore[arg-type]
        except Exception:  # noqa: BLE001 -- a length that cannot be told is none
            return None

    def _deliver_file(self, wrapper: FileWrapper) -> bool:
        """Send a regular file by the operating system alone; False when it has to be read."""
        if self._connection.encrypted or self._announced is None or self._wrote or self._is_bodyless(self._announced):
            return False
        extent = remaining(wrapper)
        if extent is None or not extent[1]:
            return False
        position, size = extent
        announced = self._announced.length
        count = size if announced is None else min(size, announced)
        self._begin(b"", size)
        if self._framing is _SIZED:
            for sent in send_file(self._connection, wrapper.file, position, count):
                self._left -= sent
                self._tell_sent(sent)
        self.finish()
        return True

    def _is_bodyless(self, announced: Announced) -> bool:
        return announced.code in _BODYLESS or self._line.method == "HEAD"

    def _emit(self, data: bytes, length: int | None) -> None:
        """Send body bytes, and the head before the first of them."""
        if not self.head_sent:
            if self._announced is None:
                raise BrokenResponseError("the application sent body bytes before it called start_response()", "A05")
            self._begin(data, length)
            return
        framing = self._framing
        if not data or framing is _EMPTY:
            return
        if framing is _CHUNKED:
            if len(data) <= _SEPARATE_ABOVE:
                self._connection.send(b"%x\r\n%b\r\n" % (len(data), data))
            else:
                self._connection.send(b"%x\r\n" % len(data), data)
                self._connection.send(b"\r\n")
        else:
            if framing is _SIZED:
                if len(data) > self._left:
                    data = data[: self._left]
                    self._note_excess()
                self._left -= len(data)
            self._connection.send(data)
        self._tell_sent(len(data))

    def _begin(self, data: bytes, length: int | None) -> None:
        """Decide the framing, once, and send the head with the first body bytes."""
        announced = self._announced
        if announced is None:
            raise BrokenResponseError("the application did not call start_response()", "A06")
        if announced.length is not None and announced.code in _BODYLESS:
            # RFC 9110 8.6: no length in a 204; in a 304 only the true one, which nobody here can know; 205 is empty.
            announced = announced.unsized()
        extra = self._frame(announced, length)
        framing = self._framing
        if self._tell is not None:
            self._tell("response_head", announced.status, [*announced.fields, *extra])
        lines = "".join([f"{name}: {value}\r\n" for name, value in extra])
        head = b"%b%b\r\n" % (announced.head, lines.encode("ascii"))
        self.head_sent = True
        self._intake.continue_due = False
        if framing is _EMPTY or not data:
            self._connection.send(head)
            return
        count = len(data)
        if framing is _CHUNKED:
            head += b"%x\r\n" % count
            data += b"\r\n"
        elif framing is _SIZED:
            if count > self._left:
                data = data[: self._left]
                count = len(data)
                if not self._wrote:
                    self._note_excess()
            self._left -= count
        self._connection.send(head, data)
        self._tell_sent(count)

    def _frame(self, announced: Announced, length: int | None) -> list[tuple[str, str]]:
        """Choose the framing; give the fields that say so, Date and Connection included."""
        extra: list[tuple[str, str]] = []
        if self._is_bodyless(announced):
            self._framing = _EMPTY
            if announced.code == HTTPStatus.RESET_CONTENT:
                extra.append(("Content-Length", "0"))
            elif length and announced.length is None and announced.code not in _BODYLESS:
                extra.append(("Content-Length", str(length)))
        elif announced.length is not None:
            self._framing = _SIZED
            self._left = announced.length
        elif length is not None:
            self._framing = _SIZED
            self._left = length
            extra.append(("Content-Length", str(length)))
        elif self._line.modern:
            self._framing = _CHUNKED
            extra.append(("Transfer-Encoding", "chunked"))
        else:
            self._framing = _UNTIL_CLOSE
            self._keep_alive = False
        if not announced.has_date:
            extra.append(("Date", http_date()))
        self._keep_alive = (
            self._keep_alive and not announced.close and not self._connection.closing and self._intake.settle()
        )
        if not self._keep_alive:
            extra.append(("Connection", "close"))
        elif not self._line.modern:
            extra.append(("Connection", "keep-alive"))
        return extra

    def _note_excess(self) -> None:
        note(f"the response to {self._line.method} {self._line.target!r} is longer than its Content-Length; cut")

    def _tell_sent(self, count: int) -> None:
        if self._tell is not None and count:
            self._tell("sent", count)
