"""Applications of every shape, each made anew, with a log of every ``next()`` and ``close()`` of their bodies."""

# ruff: noqa: TRY301, PLW0108 -- shapes that real applications have
from __future__ import annotations

import functools
import io
import itertools
import sys
import threading
from contextvars import copy_context
from types import GeneratorType
from wsgiref.validate import validator

from tests.support.answering import PassOn
from tests.support.wsgi_driver import FileWrapper, frames_of

HEADERS = [("Content-Type", "text/plain"), ("X-Order", "1"), ("X-Order", "2")]
CASES = {}


def case(make):
    CASES[make.__name__] = make
    return make


class LoggedBody:
    """An iterable that logs what is done to it."""

    def __init__(self, log, items, name="body"):
        self.log, self.name = log, name
        self.items = iter(items)

    def __iter__(self):
        self.log.append(f"{self.name} iter")
        return self

    def __next__(self):
        try:
            item = next(self.items)
        except StopIteration:
            self.log.append(f"{self.name} end")
            raise
        self.log.append(f"{self.name} next {item!r}")
        return item

    def close(self):
        self.log.append(f"{self.name} close")


def plain(log, items=(b"a", b"", b"bc")):
    def app(environ, start_response):
        log.append(f"called {environ['PATH_INFO']} {type(environ) is dict}")
        start_response("200 OK", list(HEADERS))
        return LoggedBody(log, items)

    return app


def generating(app, log):
    def middleware(environ, start_response):
        body = app(environ, start_response)
        try:
            for item in body:
                log.append(f"passing {item!r}")
                yield item.upper()
        finally:
            log.append("finally")
            if hasattr(body, "close"):
                body.close()

    return middleware


def adding_header(app):
    def middleware(environ, start_response):
        def start(status, headers, exc_info=None):
            return start_response(status, [*headers, ("X-Added", "yes")], exc_info)

        environ["added.key"] = object()
        return app(environ, start)

    return middleware


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
    class Slotted:
        __slots__ = ("app",)

        def __init__(self, app):
            self.app = app

        def __call__(self, environ, start_response):
            return self.app(environ, start_response)

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
def bad_bodies(log):
    def app(environ, start_response):
        start_response("200 OK", list(HEADERS))
        return {"/none": None, "/str": "text", "/int": 7, "/dict": {b"k": 1}}.get(environ["PATH_INFO"], b"bytes")

    return PassOn(app)


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


REQUESTS = {
    "c_iterators": ["/chain", "/file", "/map"],
    "bad_bodies": ["/none", "/str", "/int", "/dict", "/bytes"],
    "bad_start_response": ["/bytes", "/none", "/nothing"],
}
