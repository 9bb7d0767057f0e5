"""What the server tells whoever watches it, and what it lets the watcher do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import AbstractContextManager


class Exchange(Protocol):
    """The server's handle of one request and its response."""

    @property
    def head(self) -> bytes:
        """The request head as received, final empty line included."""

    @property
    def method(self) -> str:
        """The request method."""

    @property
    def target(self) -> str:
        """The request target as sent, bytes as latin-1."""

    @property
    def peer(self) -> str:
        """The client's address, ``host:port`` or the path of a unix socket."""

    @property
    def scheme(self) -> str:
        """``http`` or ``https``."""

    @property
    def content_length(self) -> int | None:
        """Announced size of the request body: 0 when there is none, None when it is chunked."""

    @property
    def origin(self) -> object | None:
        """Whatever :meth:`Server.inject` was given with the connection; None for clients from outside."""

    def blocking(self) -> AbstractContextManager[None]:
        """While inside, the calling thread does not count against the pool."""

    @property
    def hung_up(self) -> bool:
        """The client closed its connection, or has at least sent its last byte, as far as was noticed."""

    def mend_length(self, more: int) -> bool:
        """Announce a body of so many bytes more than the application did; False where none or too much was said yet."""

    def drop(self) -> None:
        """Close the client's connection now. Safe from any thread."""


class Observer(Protocol):
    """Told of each exchange. A method that raises is never called again for that exchange.

    ``head`` is called in the thread that is about to call the application, immediately before it does.
    All others of one exchange come in the order of the wire, ``done`` last, exactly once, whatever happened.
    """

    def head(self, exchange: Exchange) -> None:
        """A complete head was received and accepted."""

    def refused(  # noqa: PLR0917 -- the facts of one refusal
        self, raw: bytes, offset: int, rule: str, reason: str, status: int, peer: str, origin: object = None
    ) -> None:
        """The bytes of a request were refused; no exchange comes of it. ``origin``: as an exchange has it."""

    def response_head(self, exchange: Exchange, status: str, headers: Sequence[tuple[str, str]]) -> None:
        """The response head is about to be put on the wire: status and header fields as sent."""

    def sent(self, exchange: Exchange, count: int) -> None:
        """``count`` body bytes, framing left out, were handed to the operating system."""

    def broke(self, exchange: Exchange, error: BaseException) -> None:
        """What the application returned was refused: ``error``, which was raised to nobody, says why."""

    def gone(self, exchange: Exchange) -> None:
        """The client closed or reset the connection before its response was complete."""

    def done(self, exchange: Exchange, complete: bool) -> None:  # noqa: FBT001 -- one fact, always given
        """The exchange is over; ``complete`` when the whole response was sent."""
