"""Applications and response bodies that a server is tested with."""

from __future__ import annotations


def answering(*items, status="200 OK", headers=()):
    def application(environ, start_response):
        start_response(status, list(headers))
        return items if len(items) != 1 else list(items)

    return application


def failing(error):
    raise error


class Body:
    """An iterable that counts what is done with it."""

    def __init__(self, items, *, fail_close=False):
        self.items = items
        self.iterated = self.nexts = self.closed = 0
        self.after_close = 0
        self.fail_close = fail_close

    def __iter__(self):
        self.iterated += 1
        return Items(self)

    def close(self):
        self.closed += 1
        if self.fail_close:
            raise RuntimeError("from close")


class Items:
    """Its iterator, which has a close() that nobody may call."""

    def __init__(self, body):
        self.body = body
        self.inner = iter(body.items)

    def __iter__(self):
        return self

    def __next__(self):
        self.body.nexts += 1
        self.body.after_close += self.body.closed
        item = next(self.inner)
        if isinstance(item, BaseException):
            raise item
        return item() if callable(item) else item

    def close(self):
        raise AssertionError("close() belongs to the iterable, not to its iterator")


def exchange_with(serve, items, *, headers=(), method="GET", status="200 OK", version="HTTP/1.1", fail_close=False):
    body = Body(items, fail_close=fail_close)

    def application(environ, start_response):
        start_response(status, list(headers))
        return body

    running = serve(application)
    wire = running.connect().ask("/", "Connection: close", method=method, version=version)
    data = wire.rest()
    wire.close()
    running.stop()
    return body, data
