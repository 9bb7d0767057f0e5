"""Applications and middleware with one fault each, and the rules that they break.

The layer at fault is the one that is called ``faulty`` where it is defined.
"""

from __future__ import annotations

from dataclasses import dataclass, field

TEXT = ("Content-Type", "text/plain")


@dataclass(frozen=True)
class Case:
    """One program with one fault."""

    name: str
    make: object
    """Makes it."""
    expected: frozenset
    """Ids of the rules. Those of hygiene that are broken besides do not count."""
    request: dict = field(default_factory=dict)


CASES: dict[str, Case] = {}


def fault(*expected, **request):
    """Register a program: a function that makes it."""

    def register(make):
        CASES[make.__name__] = Case(make.__name__, make, frozenset(expected), request)
        return make

    return register


def fail():
    raise ValueError("no")


def answering(*items, status="200 OK", headers=(TEXT,)):
    def faulty(environ, start_response):
        start_response(status, list(headers))
        return list(items)

    return faulty


def plain(environ, start_response):
    start_response("200 OK", [TEXT])
    return [b"plain"]


def streaming(environ, start_response):
    start_response("200 OK", [TEXT])
    yield b"one"
    yield b"two"
    yield b"three"


class Resource:
    """An iterable that must be closed."""

    def __init__(self, *items):
        self.items = items

    def __iter__(self):
        return iter(self.items)

    def close(self):
        pass


def holding(environ, start_response):
    start_response("200 OK", [TEXT])
    return Resource(b"a", b"b")


def reading(environ, start_response):
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    start_response("200 OK", [TEXT])
    return [b"got %d" % len(body)]


def setting(inner=plain, /, **values):
    """A middleware that changes the environ."""

    def faulty(environ, start_response):
        for key, value in values.items():
            environ[key.replace("__", ".")] = value
        return inner(environ, start_response)

    return faulty


def around(inner=plain):
    """A middleware in good order, so that there is more than one layer to blame."""

    def passing(environ, start_response):
        def start(status, headers, exc_info=None):
            if exc_info is None:
                return start_response(status, headers)
            return start_response(status, headers, exc_info)

        return inner(environ, start)

    return passing
