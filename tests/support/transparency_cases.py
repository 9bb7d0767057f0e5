"""What the applications of the transparency suite are made of, and their names."""

from __future__ import annotations

HEADERS = [("Content-Type", "text/plain"), ("X-Order", "1"), ("X-Order", "2")]
CASES = {}
"""Applications by name: each is made anew, with a log to write to."""


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
