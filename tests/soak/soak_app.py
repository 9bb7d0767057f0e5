"""What the soak asks: an application that behaves, and every way in which one may not."""

from __future__ import annotations

MEGABYTE = b"m" * 2**20


def app(environ, start_response):
    return PATHS.get(environ["PATH_INFO"], hello)(environ, start_response)


def hello(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"hello"]


def echo(environ, start_response):
    body = environ["wsgi.input"].read()
    start_response("200 OK", [("Content-Length", str(len(body)))])
    return [body]


def stream(environ, start_response):
    start_response("200 OK", [])
    return (b"%d\n" % number for number in range(100))


def large(environ, start_response):
    start_response("200 OK", [("Content-Length", str(len(MEGABYTE)))])
    return [MEGABYTE]


def huge(environ, start_response):
    start_response("200 OK", [("Content-Length", str(10 * 2**30))])
    return (MEGABYTE for _ in range(10 * 2**10))


def endless(environ, start_response):
    start_response("200 OK", [])
    while True:
        yield b"and on " * 1000


def unread(environ, start_response):
    start_response("413 Content Too Large", [("Content-Length", "0")])
    return []


def leave(environ, start_response):
    raise SystemExit(3)


def interrupt(environ, start_response):
    raise KeyboardInterrupt


def clear(environ, start_response):
    environ.clear()
    start_response("200 OK", [("Content-Length", "5")])
    return [b"clear"]


def short_status(environ, start_response):
    start_response("20", [])
    return [b"never"]


def deep(environ, start_response):
    return deep(environ, start_response)


def late_fault(environ, start_response):
    start_response("200 OK", [])
    yield b"begun"
    raise ValueError("after the head was sent")


def text(environ, start_response):
    start_response("200 OK", [])
    return ["not bytes"]


PATHS = {
    "/echo": echo,
    "/stream": stream,
    "/large": large,
    "/huge": huge,
    "/endless": endless,
    "/unread": unread,
    "/leave": leave,
    "/interrupt": interrupt,
    "/clear": clear,
    "/short-status": short_status,
    "/deep": deep,
    "/late-fault": late_fault,
    "/text": text,
}
