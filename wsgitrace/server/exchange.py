"""One request and its response: the application called once, its result delivered, closed, and told about."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from wsgitrace.server.body import BodyError
from wsgitrace.server.environ import request_environ
from wsgitrace.server.errors import BrokenResponseError, ClientGoneError, ClientStalledError, note, report
from wsgitrace.server.head import Refusal
from wsgitrace.server.intake import Intake
from wsgitrace.server.poller import reset_within
from wsgitrace.server.refusals import answer
from wsgitrace.server.response import Response

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from contextlib import AbstractContextManager
    from typing import TypeAlias

    from wsgitrace.server.connection import Connection
    from wsgitrace.server.head import RequestHead
    from wsgitrace.server.observer import Observer

    Application: TypeAlias = Callable[[dict[str, Any], Callable[..., Callable[[bytes], None]]], Iterable[bytes]]

_REASONS = {
    400: "Bad Request",
    408: "Request Timeout",
    413: "Content Too Large",
    431: "Request Header Fields Too Large",
}
_RESET_TAKES = 0.02
"""How long the reset of a client that is gone may take to arrive after the last byte was sent to it, in seconds."""


class Exchange:
    """The observer's handle, and the run from head to done."""

    __slots__ = ("_connection", "_head", "_observer", "_response")

    def __init__(self, connection: Connection, head: RequestHead, observer: Observer | None) -> None:
        self._connection = connection
        self._head = head
        self._observer = observer
        """None too once it has failed: it is never called again for this exchange."""
        self._response: Response | None = None

    @property
    def head(self) -> bytes:
        """The request head as received, final empty line included."""
        return self._head.raw

    @property
    def method(self) -> str:
        """The request method."""
        return self._head.line.method

    @property
    def target(self) -> str:
        """The request target as sent, bytes as latin-1."""
        return self._head.line.target

    @property
    def peer(self) -> str:
        """The client's address."""
        return self._connection.peer

    @property
    def scheme(self) -> str:
        """``http`` or ``https``."""
        return self._connection.scheme

    @property
    def content_length(self) -> int | None:
        """Announced size of the request body: 0 when there is none, None when it is chunked."""
        return self._head.fields.content_length

    @property
    def origin(self) -> object | None:
        """What the connection was injected with; None for clients from outside."""
        return self._connection.origin

    def blocking(self) -> AbstractContextManager[None]:
        """While inside, the calling thread does not count against the pool."""
        return self._connection.blocking

    @property
    def hung_up(self) -> bool:
        """The client closed its connection, or has at least sent its last byte, as far as was noticed."""
        return self._connection.gone or self._connection.half_closed

    def mend_length(self, more: int) -> bool:
        """Announce a body of so many bytes more than the application did; False where none or too much was said yet."""
        return self._response is not None and self._response.mend_length(more)

    def drop(self) -> None:
        """Close the client's connection now. Safe from any thread."""
        self._connection.drop()

    def run(self, application: Application) -> bool:
        """Call the application and deliver what it returns; True when the connection can serve another request."""
        connection = self._connection
        intake = Intake(connection, self._head)
        if intake.size is None:
            try:
                intake.measure()
            except BodyError as error:
                intake.end()
                self._refuse(error)
                return False
        connection.intake = intake
        tell = self.tell if self._observer is not None else None
        self._response = response = Response(connection, self._head, intake, tell)
        environ = request_environ(connection.environ, self._head, intake)
        if self._observer is not None:
            self.tell("head")
        result: Iterable[bytes] | None = None
        try:
            result = application(environ, response.start_response)
            # Nothing is kept of the environ: it is the application's now.
            del environ
            response.deliver(result)
        except BaseException as error:  # noqa: BLE001 -- whatever an application raises ends its request and nothing else
            self._failed(error, response)
        finally:
            if result is not None:
                _close(result)
                del result
            if self._observer is not None:
                self._conclude(response)  # whatever came, or the observer would keep what it knows of the request
        self._response = None  # the response knows the exchange: neither would go before the garbage collector comes
        keep_alive = response.keep_alive and not connection.gone and intake.drain()
        intake.end()
        connection.intake = None
        return keep_alive

    def _refuse(self, error: BodyError) -> None:
        """Answer a chunked body that is none, of which the application was not told yet."""
        connection = self._connection
        raw = self._head.raw + error.near
        offset = len(self._head.raw) + error.offset - error.near_from
        left_out = f", byte {error.offset} of the body" if error.near_from else ""
        refusal = Refusal(offset, error.rule, error.reason + left_out, error.status)
        if self._observer is not None:
            try:
                self._observer.refused(
                    raw, offset, refusal.rule, refusal.reason, refusal.status, self.peer, self.origin
                )
            except BaseException as fault:  # noqa: BLE001 -- a fault of the observer never becomes one of the server
                report(fault, "wsgitrace: the observer failed (refused):")
        with suppress(ClientGoneError, ClientStalledError):
            connection.send(answer(refusal, raw))

    def _failed(self, error: BaseException, response: Response) -> None:
        if isinstance(error, BrokenResponseError):
            self.tell("broke", error)
        if not (isinstance(error, (ClientGoneError, BodyError)) and self._connection.gone):
            if isinstance(error, ClientStalledError):
                note(f"{self.method} {self.target!r}: {error}")
            else:
                report(error, f"Exception in the application at {self.method} {self.target!r}:")
        if response.head_sent or self._connection.gone:
            response.abandon()
            return
        if isinstance(error, BodyError):
            status, body = f"{error.status} {_REASONS[error.status]}", f"{error.reason} ({error.rule})\n".encode()
        else:
            status, body = "500 Internal Server Error", b"Internal Server Error\n"
        try:
            response.replace(status, body)
        except (ClientGoneError, ClientStalledError):
            response.abandon()

    def _conclude(self, response: Response) -> None:
        connection = self._connection
        if connection.half_closed and not connection.gone:
            # A client that went away answers what it is sent with a reset; one that has only no more to say does not.
            connection.gone = reset_within(connection.fd, _RESET_TAKES)
        complete = response.complete and not connection.gone
        if connection.gone and not connection.dropped:
            self.tell("gone")
        self.tell("done", complete)
        self._observer = None

    def tell(self, hook: str, *facts: object) -> None:
        """Tell the observer; if it fails it is never called again for this exchange, and the request goes on."""
        if self._observer is None:
            return
        try:
            getattr(self._observer, hook)(self, *facts)
        except BaseException as error:  # noqa: BLE001 -- a fault of the observer never becomes one of the request
            self._observer = None
            report(error, f"wsgitrace: the observer failed ({hook}) and was detached from this request:")


def _close(result: Iterable[bytes]) -> None:
    """PEP 3333: close() is called on what the application returned, whatever way the request ended."""
    try:
        close = getattr(result, "close", None)
        if close is not None:
            close()
    except BaseException as error:  # noqa: BLE001 -- the response is over, so nobody else can be told
        report(error, "Exception in close() of the application's response:")
