"""Faults around an exception."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .plain import TEXT, answer

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment


class AlreadyRegisteredError(Exception):
    """Somebody has that name already."""


class Friendly:
    """Never shows an error: it sends the visitor home instead, and tells nobody."""

    def __init__(self, app: WSGIApplication) -> None:
        self.app = app

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Catch everything."""
        try:
            return self.app(environ, start_response)
        except Exception:  # noqa: BLE001 -- the fault itself
            home = environ.get("SCRIPT_NAME", "") + "/welcome"
            return answer(start_response, "", ("Location", home), status="302 Found")


def register(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Register a visitor, which fails: the name is taken."""
    if environ.get("PATH_INFO") == "/welcome":
        return answer(start_response, "Welcome! (But are you registered?)\n")
    raise AlreadyRegisteredError("ada")


def tidy(app: WSGIApplication) -> WSGIApplication:
    """Answer an error that comes in the middle of a body with a second head."""

    def guarded(environ: WSGIEnvironment, start_response: StartResponse) -> Iterator[bytes]:
        try:
            yield from app(environ, start_response)
        except ZeroDivisionError:
            # PEP 3333: a second call without exc_info is an error; with it, the server raises the first one again.
            start_response("500 Internal Server Error", [TEXT])
            yield b"Sorry!\n"

    return guarded


def averages(_environ: WSGIEnvironment, start_response: StartResponse) -> Iterator[bytes]:
    """Divide by ever less, line by line, until it is nothing."""
    start_response("200 OK", [TEXT])
    for count in (4, 2, 1, 0):
        yield f"12 / {count} = {12 / count}\n".encode()


swallowed = Friendly(register)
dies_midway = averages
answers_twice = tidy(averages)
