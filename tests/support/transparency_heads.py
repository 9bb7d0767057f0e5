"""Applications that call ``start_response`` in every way, and those that raise."""

# ruff: noqa: TRY301 -- shapes that real applications have
from __future__ import annotations

import sys
import threading

from tests.support.answering import PassOn
from tests.support.transparency_cases import HEADERS, LoggedBody, adding_header, case
from tests.support.wsgi_driver import frames_of


def failing(log, phase):
    class Failing(LoggedBody):
        def __next__(self):
            if phase == "next":
                raise KeyError("in next")
            return super().__next__()

        def close(self):
            super().close()
            if phase == "close":
                raise OSError(5, "in close")

    def app(environ, start_response):
        if phase == "before":
            raise ValueError("before")
        start_response("200 OK", list(HEADERS))
        if phase == "after":
            raise ValueError("after")
        return Failing(log, [b"z"])

    return app


def _catching(app, log):
    def middleware(environ, start_response):
        try:
            return app(environ, start_response)
        except Exception as error:
            log.append((repr(error), frames_of(error), type(error.__context__).__name__))
            raise

    return middleware


@case
def write_callable(log):
    def app(environ, start_response):
        write = start_response("200 OK", list(HEADERS))
        write(b"first")
        write(b"second")
        return LoggedBody(log, [b"third"])

    return adding_header(PassOn(app))


@case
def exc_info(log):
    def app(environ, start_response):
        start_response("200 OK", list(HEADERS))
        try:
            raise ValueError("inside")
        except ValueError:
            start_response("500 Oops", [("Content-Type", "text/plain")], sys.exc_info())
        return [b"sorry"]

    return adding_header(app)


@case
def exc_info_too_late(log):
    def app(environ, start_response):
        start_response("200 OK", list(HEADERS))
        yield b"some"
        try:
            raise ValueError("inside")
        except ValueError:
            start_response("500 Oops", [("Content-Type", "text/plain")], exc_info=sys.exc_info())
        yield b"never"

    return PassOn(app)


@case
def start_response_twice(log):
    def app(environ, start_response):
        start_response("200 OK", list(HEADERS))
        start_response("201 Created", [])
        return []

    return PassOn(app)


@case
def start_response_missing(log):
    return PassOn(lambda environ, start_response: [b"data"])


@case
def start_response_late(log):
    def app(environ, start_response):
        def body():
            log.append("late")
            start_response("200 OK", list(HEADERS))
            yield b"data"

        return body()

    return PassOn(app)


@case
def start_response_from_thread(log):
    def app(environ, start_response):
        thread = threading.Thread(target=start_response, args=("200 OK", list(HEADERS)))
        thread.start()
        thread.join()
        return [b"data"]

    return PassOn(app)


@case
def raises_before(log):
    return _catching(PassOn(failing(log, "before")), log)


@case
def raises_after(log):
    return _catching(PassOn(_catching(failing(log, "after"), log)), log)


@case
def raises_in_next(log):
    def middleware(environ, start_response):
        body = failing(log, "next")(environ, start_response)
        try:
            yield from body
        except KeyError as error:
            log.append(frames_of(error))
            yield b"caught"
        finally:
            body.close()

    return PassOn(middleware)


@case
def raises_in_close(log):
    return PassOn(failing(log, "close"))


@case
def swallowed(log):
    inner = PassOn(failing(log, "before"))

    def middleware(environ, start_response):
        try:
            return inner(environ, start_response)
        except ValueError as error:
            log.append(frames_of(error))
            start_response("500 Swallowed", list(HEADERS))
            return [b"swallowed"]

    return PassOn(middleware)


@case
def bad_start_response(log):
    def app(environ, start_response):
        if environ["PATH_INFO"] == "/bytes":
            start_response(b"200 OK", [(b"a", 1), "b", ("c",)])
        elif environ["PATH_INFO"] == "/none":
            start_response(None, None)
        else:
            start_response()
        return [b""]

    return PassOn(app)
