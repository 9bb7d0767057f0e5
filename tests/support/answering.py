"""The smallest of applications and middleware."""

from __future__ import annotations


class PassOn:
    """Middleware that changes nothing."""

    def __init__(self, app):
        self.app = app

    def __call__(self, environ, start_response):
        return self.app(environ, start_response)


class Slotted:
    """The same, without a dictionary."""

    __slots__ = ("app",)

    def __init__(self, app):
        self.app = app

    def __call__(self, environ, start_response):
        return self.app(environ, start_response)


def answering(items, before=None):
    """An application that answers with ``items``, or what they return, once ``before`` was called on the environ."""

    def app(environ, start_response):
        if before is not None:
            before(environ)
        start_response("200 OK", [("Content-Type", "text/plain")])
        return items() if callable(items) else items

    return app
