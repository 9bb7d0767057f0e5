"""Applications of a known number of layers, to be measured."""

from __future__ import annotations

CHUNKS = 20


def leaf(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "5")])
    return [b"hello"]


class PassOn:
    def __init__(self, app):
        self.app = app

    def __call__(self, environ, start_response):
        return self.app(environ, start_response)


class Changing:
    def __init__(self, app, key):
        self.app = app
        self.key = key

    def __call__(self, environ, start_response):
        environ[self.key] = "1"

        def start(status, headers, exc_info=None):
            return start_response(status, [*headers, ("X-Layer", self.key)], exc_info)

        return self.app(environ, start)


def stack(layers, changing=0, app=leaf):
    """``layers`` in all, ``app`` the innermost; of the others the ``changing`` innermost ones change something."""
    for index in range(layers - 1):
        app = Changing(app, f"k{index}") if index < changing else PassOn(app)
    return app


def chunked(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return (b"chunk of a body" for _ in range(CHUNKS))


def rewriting(app):
    def middleware(environ, start_response):
        for item in app(environ, start_response):
            yield bytes(item)

    return middleware
