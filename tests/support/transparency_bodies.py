"""Applications with bodies of every shape."""

from __future__ import annotations

import io
import itertools
from types import GeneratorType

from tests.support.answering import PassOn
from tests.support.transparency_cases import HEADERS, LoggedBody, adding_header, case, generating, plain
from tests.support.wsgi_driver import FileWrapper


@case
def function(log):
    return plain(log)


@case
def list_body(log):
    result = [b"one", b"two"]

    def app(environ, start_response):
        start_response("200 OK", list(HEADERS))
        return result

    def middleware(environ, start_response):
        got = app(environ, start_response)
        log.append(f"identity {got is result}")
        return got

    return middleware


@case
def tuple_body(log):
    def app(environ, start_response):
        start_response("200 OK", list(HEADERS))
        return (b"one",)

    return PassOn(PassOn(app))


@case
def pass_through(log):
    return PassOn(PassOn(PassOn(plain(log))))


@case
def generator_app(log):
    def app(environ, start_response):
        log.append("started")
        start_response("200 OK", list(HEADERS))
        try:
            yield b"x"
            yield b"y"
        finally:
            log.append("app finally")

    def check(environ, start_response):
        body = app(environ, start_response)
        log.append((isinstance(body, GeneratorType), type(body).__name__, hasattr(body, "send"), iter(body) is body))
        return body

    return check


@case
def generator_middleware(log):
    return generating(adding_header(generating(plain(log), log)), log)


@case
def closing_early(log):
    def middleware(environ, start_response):
        body = plain(log, [b"1", b"2", b"3"])(environ, start_response)
        first = next(iter(body))
        body.close()
        return [first]

    return PassOn(middleware)


@case
def never_closing(log):
    inner = plain(log)

    def middleware(environ, start_response):
        return [b"".join(inner(environ, start_response))]

    return middleware


@case
def never_iterated(log):
    inner = plain(log)

    def middleware(environ, start_response):
        inner(environ, start_response).close()
        return []

    return middleware


@case
def re_iterable(log):
    class Pages:
        def __iter__(self):
            log.append("iter")
            return iter([b"p", b"q"])

        def __len__(self):
            log.append("len")
            return 2

        def close(self):
            log.append("close")

    def app(environ, start_response):
        start_response("200 OK", list(HEADERS))
        return Pages()

    def twice(environ, start_response):
        body = app(environ, start_response)
        log.append((len(body), list(body), isinstance(body, Pages)))
        return body

    return twice


@case
def getitem_only(log):
    class Old:
        def __getitem__(self, index):
            log.append(index)
            return [b"k", b"l"][index]

    def app(environ, start_response):
        start_response("200 OK", list(HEADERS))
        return Old()

    return PassOn(app)


@case
def c_iterators(log):
    def app(environ, start_response):
        start_response("200 OK", list(HEADERS))
        if environ["PATH_INFO"] == "/file":
            return io.BytesIO(b"line\nline two\n")
        if environ["PATH_INFO"] == "/map":
            return map(bytes.upper, LoggedBody(log, [b"m", b"n"]))
        return itertools.chain([b"c"], LoggedBody(log, [b"d"]))

    return PassOn(app)


@case
def file_wrapper_identity(log):
    def app(environ, start_response):
        start_response("200 OK", list(HEADERS))
        return environ["wsgi.file_wrapper"](io.BytesIO(b"f" * 20_000), 8192)

    def check(environ, start_response):
        body = app(environ, start_response)
        log.append((type(body) is FileWrapper, environ["wsgi.file_wrapper"] is FileWrapper))
        return body

    return check


@case
def attributes_of_body(log):
    class Rich(LoggedBody):
        colour = "red"

        def __contains__(self, item):
            return item == "x"

        def __enter__(self):
            return self

        def __exit__(self, *exc_info):
            return None

    def app(environ, start_response):
        start_response("200 OK", list(HEADERS))
        return Rich(log, [b"r"])

    def check(environ, start_response):
        body = app(environ, start_response)
        body.added = 1
        log.append((body.colour, body.added, "x" in body, isinstance(body, Rich), hasattr(body, "absent")))
        del body.added
        log.append(hasattr(body, "added"))
        return body

    return check


@case
def bad_bodies(log):
    def app(environ, start_response):
        start_response("200 OK", list(HEADERS))
        return {"/none": None, "/str": "text", "/int": 7, "/dict": {b"k": 1}}.get(environ["PATH_INFO"], b"bytes")

    return PassOn(app)
