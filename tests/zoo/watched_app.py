"""An application that is watched by every tool at once: layers of each shape, variables in each frame."""

from __future__ import annotations

import functools
import sys

SEEN = []
"""How many variables each frame had, all frames of the stack together."""


class Keeping:
    """A layer with state."""

    def __init__(self, app):
        self.app = app

    def __call__(self, environ, start_response):
        """Pass on."""
        kept = {"path": environ["PATH_INFO"]}
        result = self.app(environ, start_response)
        assert kept
        return result


def closing_over(app, *values):
    def closure(environ, start_response):
        total = sum(values)
        environ["zoo.total"] = environ.get("zoo.total", 0) + total
        return app(environ, start_response)

    return closure


def decorated(app):
    @functools.wraps(app)
    def anything(*args, **kwargs):
        count = len(args)
        assert count
        return app(*args, **kwargs)

    return anything


def generating(app):
    def generator(environ, start_response):
        body = app(environ, start_response)
        try:
            for item in body:
                yield item.upper()
        finally:
            if hasattr(body, "close"):
                body.close()

    return generator


def made_anew(app):
    def per_request(environ, start_response):
        note = object()

        def inner(one, two):
            assert note
            return app(one, two)

        return inner(environ, start_response)

    return per_request


class AsApplication:
    """A class that is the application."""

    def __init__(self, environ, start_response):
        self.environ = environ
        self.start = start_response

    def __iter__(self):
        path = self.environ["PATH_INFO"]
        read_stack()
        self.start("200 OK", [("Content-Type", "text/plain")])
        yield path.encode()
        if path == "/late":
            raise LookupError(path)


def leaf(environ, start_response):
    secret = environ["PATH_INFO"] * 2
    read_stack()
    if environ["PATH_INFO"] == "/wrong":
        raise ValueError(secret)
    return AsApplication(environ, start_response)


def read_stack():
    frame, total = sys._getframe(1), 0
    while frame is not None:
        total += len(frame.f_locals)
        frame = frame.f_back
    SEEN.append(total)


def make():
    """The stack."""
    return Keeping(closing_over(decorated(made_anew(generating(closing_over(decorated(leaf), 1, 2)))), 3, 4))
