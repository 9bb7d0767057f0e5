"""Stacks of layers of every shape, and what layers do to the environ."""

# ruff: noqa: PLW0108 -- shapes that real applications have
from __future__ import annotations

import functools
import io
import itertools
import threading
from contextvars import copy_context
from wsgiref.validate import validator

from tests.support.answering import PassOn, Slotted
from tests.support.transparency_cases import HEADERS, LoggedBody, adding_header, case, plain
from tests.support.wsgi_driver import frames_of


@case
def reads_input(log):
    def app(environ, start_response):
        stream = environ["wsgi.input"]
        log.append((stream.read(2), stream.readline(), stream.readlines(), stream.read()))
        environ["wsgi.errors"].write("careful\n")
        environ["wsgi.errors"].writelines(line for line in ["one\n", "two\n"])
        environ["wsgi.errors"].flush()
        start_response("200 OK", list(HEADERS))
        return list(log)[:0] or [b"read"]

    return PassOn(app)


@case
def replaces_input(log):
    def app(environ, start_response):
        log.append((environ["wsgi.input"].read(), list(environ)))
        start_response("200 OK", list(HEADERS))
        return [b"read"]

    def middleware(environ, start_response):
        data = b"".join(environ["wsgi.input"])
        environ["wsgi.input"] = io.BytesIO(data[::-1])
        del environ["HTTP_ACCEPT"]
        environ["PATH_INFO"] = "/changed"
        return app(environ, start_response)

    return middleware


@case
def hostile_values(log):
    class Hostile:
        def __eq__(self, other):
            raise RuntimeError("compared")

        def __hash__(self):
            raise RuntimeError("hashed")

        def __repr__(self):
            raise RuntimeError("shown")

        def __getattr__(self, name):
            raise RuntimeError(f"asked for {name}")

    def inner(environ, start_response):
        environ["hostile"] = Hostile()
        start_response("200 \udcff", [("X-Odd", "\udc80é")])
        return [b"fine"]

    def middleware(environ, start_response):
        environ["hostile"] = Hostile()
        environ["odd \udcff"] = "\ud800"
        environ["big"] = 2**200
        environ[7] = 1
        return inner(environ, start_response)

    return middleware


@case
def classes(log):
    class Keyword:
        def __init__(self, app):
            self.app = app

        def __call__(self, *args, **kwargs):
            return self.app(*args, **kwargs)

    class Kept:
        def __init__(self, app):
            self.wrapped = functools.partial(self.run, app)

        def run(self, app, environ, start_response):
            return app(environ, start_response=start_response)

        def __call__(self, environ, start_response):
            return self.wrapped(environ, start_response)

    return Slotted(Keyword(Kept(lambda environ, start_response: plain(log)(environ, start_response))))


@case
def class_as_application(log):
    class Application:
        def __init__(self, environ, start_response):
            self.environ = environ
            self.start = start_response

        def __iter__(self):
            log.append("iter")
            self.start("200 OK", list(HEADERS))
            yield b"from a class"

        def close(self):
            log.append("close")

    return PassOn(Application)


@case
def made_per_request(log):
    class Responder:
        def __init__(self, text):
            self.text = text

        def __call__(self, environ, start_response):
            start_response("200 OK", list(HEADERS))
            return [self.text]

    def app(environ, start_response):
        return PassOn(Responder(environ["PATH_INFO"].encode()))(environ, start_response)

    return app


@case
def retries(log):
    count = itertools.count()

    def flaky(environ, start_response):
        if next(count) % 3 != 2:
            raise ConnectionError("again")
        start_response("200 OK", list(HEADERS))
        return LoggedBody(log, [b"at last"])

    def middleware(environ, start_response):
        for _ in range(2):
            try:
                return flaky(environ, start_response)
            except ConnectionError as error:
                log.append(frames_of(error))
        return flaky(environ, start_response)

    return middleware


@case
def in_another_context(log):
    inner = plain(log)

    def threaded(environ, start_response):
        result = []
        thread = threading.Thread(target=lambda: result.append(inner(dict(environ), start_response)))
        thread.start()
        thread.join()
        return result[0]

    def contextual(environ, start_response):
        return copy_context().run(threaded, environ, start_response)

    return contextual


@case
def validated_between(log):
    def app(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"validated"]

    return validator(adding_header(validator(PassOn(validator(app)))))


@case
def identity_checks(log):
    @functools.wraps(plain)
    def hello(environ, start_response):
        start_response("200 OK", list(HEADERS))
        return [b"hello"]

    routes = {hello: b"known"}
    names = (hello.__name__, hello.__qualname__, hello.__doc__, hello.__defaults__)

    class Router:
        def __init__(self, app):
            self.app = app

        def __call__(self, environ, start_response):
            now = (hello.__name__, hello.__qualname__, hello.__doc__, hello.__defaults__)
            log.append((self.app is hello, routes[self.app], now == names))
            return self.app(environ, start_response)

    return Router(hello)


@case
def lookalikes(log):
    class Router:
        def __call__(self, request):
            return request

    def policy(environ, router):
        log.append(("policy", type(router).__name__, router(5)))
        return []

    def escape(environ, f):
        return f(environ["PATH_INFO"])

    def start(environ, start_response):
        # Called like WSGI's and given something else.
        return (environ, start_response)

    def app(environ, start_response):
        log.append(escape(environ, str.upper))
        policy(environ, Router())
        log.append(start("x", "y"))
        log.append(start({"REQUEST_METHOD": "GET"}, 5))
        start_response("200 OK", list(HEADERS))
        return [b"ok"]

    return PassOn(app)
