"""What goes wrong between server, client and application, and ``wsgi.errors`` where it is told."""

from __future__ import annotations

import sys
from contextlib import suppress
from traceback import print_exception
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from socket import socket

_HERE = __file__.removesuffix("errors.py")


class ApplicationError(AssertionError):
    """The application broke a rule of PEP 3333 or HTTP. An ``AssertionError``, as other servers raise here."""

    def __init__(self, reason: str, rule: str) -> None:
        super().__init__(f"{reason} (rule {rule})")
        self.rule = rule
        """Its id, as in ``A32``."""


class BrokenResponseError(ApplicationError):
    """It broke it by what it returned: nobody is left in the application to raise this to."""


class ClientGoneError(ConnectionError):
    """The client closed or reset the connection."""


class ClientStalledError(TimeoutError):
    """The client took no byte of its response, or sent none of its request, for too long."""


class HandshakeError(ConnectionError):
    """No TLS came to pass with a client."""

    def __init__(self, reason: str, sock: socket, plain: bytes = b"") -> None:
        super().__init__(reason)
        self.reason = reason
        self.sock = sock
        """The connection, without TLS."""
        self.plain = plain
        """What a client sent that speaks no TLS; empty of one that does."""


class ErrorStream:
    """``wsgi.errors``: whatever ``sys.stderr`` is at the time of the call."""

    __slots__ = ()

    def write(self, text: str) -> None:
        """Write ``text``, also what the stream cannot encode (PEP 3333: any string)."""
        if not isinstance(text, str):
            raise TypeError(f"wsgi.errors takes str, not {type(text).__name__}")
        stream = sys.stderr
        if stream is None:
            return
        try:
            stream.write(text)
        except UnicodeEncodeError:
            encoding = stream.encoding or "ascii"
            stream.write(text.encode(encoding, "backslashreplace").decode(encoding))

    def writelines(self, lines: Iterable[str]) -> None:
        """Write each of ``lines``, which hold their own line ends."""
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        """Flush the stream."""
        if sys.stderr is not None:
            sys.stderr.flush()


def report(error: BaseException, what: str) -> None:
    """Write a traceback to ``sys.stderr``; never raises."""
    stream = ErrorStream()
    trace = error.__traceback__
    # The outermost frames are the server's own and tell nobody anything.
    while trace is not None and trace.tb_frame.f_code.co_filename.startswith(_HERE):
        trace = trace.tb_next
    # A broken stderr, or an exception that cannot be printed, harms no request.
    with suppress(Exception):
        stream.write(f"{what}\n")
        print_exception(type(error), error, trace, file=stream)
        stream.flush()


def note(text: str) -> None:
    """Write one line to ``sys.stderr``; never raises."""
    stream = ErrorStream()
    with suppress(Exception):
        stream.write(f"wsgitrace: {text}\n")
        stream.flush()
