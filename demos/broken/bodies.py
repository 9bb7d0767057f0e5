"""Faults of the iterable: when its chunks come, and who closes it."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from .plain import TEXT, answer

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

TICKS = 10
TICK = 0.15


def ticker(_environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Ten lines, each as soon as it is known."""
    start_response("200 OK", [TEXT])
    return ticks()


def ticks() -> Iterator[bytes]:
    """The lines, a moment apart."""
    for number in range(TICKS):
        time.sleep(TICK if number else 0)
        yield f"tick {number}\n".encode()


class Joins:
    """Measures bodies, for which it collects them first."""

    def __init__(self, app: WSGIApplication) -> None:
        self.app = app

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """PEP 3333: middleware must not wait for more chunks before it passes one on."""
        chunks = self.app(environ, start_response)
        try:
            return [b"".join(chunks)]
        finally:
            if close := getattr(chunks, "close", None):
                close()


class Cursor:
    """Rows of a database: it borrows a connection until it is closed."""

    lock = threading.Lock()
    open = 0

    def __init__(self) -> None:
        with Cursor.lock:
            Cursor.open += 1
        self._closed = False

    def __iter__(self) -> Iterator[bytes]:
        yield f"{Cursor.open} connections are open, this one included.\n".encode()

    def close(self) -> None:
        """Give the connection back."""
        with Cursor.lock:
            Cursor.open -= not self._closed
        self._closed = True


def report(_environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Rows straight from the database."""
    start_response("200 OK", [TEXT])
    return Cursor()


def upper(app: WSGIApplication) -> WSGIApplication:
    """Shout, and lose ``close()`` on the way: ``map`` has none."""

    def loud(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        return map(bytes.upper, app(environ, start_response))

    return loud


def careful(app: WSGIApplication) -> WSGIApplication:
    """Close what the application returned in a ``finally``, of a generator that may never be started."""

    def passing(chunks: Iterable[bytes]) -> Iterator[bytes]:
        try:
            for chunk in chunks:  # noqa: UP028 -- written out, so that the "finally" below is all that closes
                yield chunk
        finally:
            if close := getattr(chunks, "close", None):
                close()

    def closing(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        return passing(app(environ, start_response))

    return closing


def no_bodies_for_head(app: WSGIApplication) -> WSGIApplication:
    """Answer HEAD by closing the body unread, as PEP 3333 allows."""

    def heads(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        chunks = app(environ, start_response)
        if environ["REQUEST_METHOD"] != "HEAD":
            return chunks
        if close := getattr(chunks, "close", None):
            close()
        return []

    return heads


def lookup(app: WSGIApplication) -> WSGIApplication:
    """Find the visitor's session, in a store that is far away."""

    def session(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        time.sleep(0.4)
        environ["broken.session"] = "found"
        return app(environ, start_response)

    return session


def tagged(app: WSGIApplication) -> WSGIApplication:
    """Do next to nothing, quickly."""

    def tag(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        environ["broken.tag"] = "x"
        return app(environ, start_response)

    return tag


def hello(_environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Answer at once."""
    return answer(start_response, "That took a while. Whose fault was it?\n")


def forgetful(_environ: WSGIEnvironment, start_response: StartResponse) -> Iterator[bytes]:
    """Send something before saying what it is."""
    yield b"the body first\n"
    start_response("200 OK", [TEXT])
    yield b"the head later\n"


def unencoded(_environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Return a str, whose items are neither bytes nor what was meant."""
    start_response("200 OK", [TEXT])
    return "not bytes\n"  # type: ignore[return-value]  # the fault itself


buffered = Joins(ticker)
never_closed = upper(report)
never_started = no_bodies_for_head(careful(report))
slow = tagged(lookup(tagged(hello)))
late_start = forgetful
str_body = unencoded
