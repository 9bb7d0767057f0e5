"""CPU that the probe adds to a request: everything recorded, encoded and queued, nothing sent.

Prints microseconds per request and ratios, from interleaved rounds in one process. Decides nothing.

    python -m tests.benchmarks.probe_cost [rounds]
"""

from __future__ import annotations

import gc
import statistics
import sys
from time import process_time_ns
from wsgiref.validate import validator

from tests.support.wsgi_driver import FileWrapper, Handle
from wsgitrace.events import Start
from wsgitrace.probe import Probe

REQUESTS = 2_000
BROWSER = {f"HTTP_X_{n}": "value of a header as long as they are" for n in range(20)}


class CountingSender:
    """Takes frames as the real one does, and forgets them."""

    drafts = None

    def __init__(self):
        self.bytes = 0

    def put(self, frame, rank=None, count=1):
        self.bytes += len(frame)
        return True

    def send(self, frame):
        pass

    def every_tick(self, callback):
        pass

    def want_ticks(self):
        pass


class Stream:
    """What both streams of an environ must have to pass for one."""

    def read(self, size=-1):
        return b""

    readline = readlines = __iter__ = write = writelines = flush = read


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


def chunked(count):
    def app(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        return (b"chunk of a body" for _ in range(count))

    return app


def rewriting(app):
    def middleware(environ, start_response):
        for item in app(environ, start_response):
            yield bytes(item)

    return middleware


def stack(layers, changing=0):
    app = leaf
    for index in range(layers - 1):
        app = Changing(app, f"k{index}") if index < changing else PassOn(app)
    return app


def request(application, observer):
    environ = {
        "REQUEST_METHOD": "GET", "SCRIPT_NAME": "", "PATH_INFO": "/shop", "QUERY_STRING": "page=1",
        "SERVER_NAME": "127.0.0.1", "SERVER_PORT": "8000", "SERVER_PROTOCOL": "HTTP/1.1", "REMOTE_ADDR": "127.0.0.1",
        "wsgi.version": (1, 0), "wsgi.url_scheme": "http", "wsgi.input": Stream(), "wsgi.errors": Stream(),
        "wsgi.multithread": True, "wsgi.multiprocess": False, "wsgi.run_once": False,
        "wsgi.file_wrapper": FileWrapper, "wsgi.input_terminated": True, **BROWSER,
    }  # fmt: skip
    handle = Handle(b"GET /shop?page=1 HTTP/1.1\r\n" + b"X: y\r\n" * 20 + b"\r\n", "GET", "/shop?page=1", 0)
    head = []

    def start_response(status, headers, exc_info=None):
        head[:] = [(status, headers)]

    if observer is not None:
        observer.head(handle)
    body = application(environ, start_response)
    for index, item in enumerate(body):
        if observer is not None:
            if index == 0:
                observer.response_head(handle, *head[0])
            observer.sent(handle, len(item))
    if hasattr(body, "close"):
        body.close()
    if observer is not None:
        observer.done(handle, complete=True)


def measure(application, observer):
    gc.collect()
    began = process_time_ns()
    for _ in range(REQUESTS):
        request(application, observer)
    return (process_time_ns() - began) / REQUESTS / 1000


def main(rounds):
    sender = CountingSender()
    cases = {
        "1 layer": stack(1),
        "5 layers, none changes": stack(5),
        "5 layers, 2 change": stack(5, 2),
        "5 layers, 4 change": stack(5, 4),
        "20 layers, none changes": stack(20),
        "20 chunks": chunked(20),
        "20 chunks, 2 layers": rewriting(chunked(20)),
    }
    plain, validated = stack(5), validator(stack(5))
    yardstick = statistics.median(measure(validated, None) - measure(plain, None) for _ in range(rounds))
    print(f"wsgiref.validate adds {yardstick:.1f} microseconds to a request, here and now")
    print(f"{'case':28} {'untraced':>9} {'traced':>9} {'added':>9} {'/validate':>9} {'bytes':>7}")
    for name, application in cases.items():
        untraced, traced = [], []
        for _ in range(rounds):
            untraced.append(measure(application, None))
            probe = Probe(sender, Start(app="bench", directory=""))
            probe.find_layers(application, "bench")
            entered = probe.application(application)
            before = sender.bytes
            traced.append(measure(entered, probe))
            size = (sender.bytes - before) / REQUESTS
            probe.detach()
        low, high = statistics.median(untraced), statistics.median(traced)
        print(f"{name:28} {low:8.2f}u {high:8.2f}u {high - low:8.2f}u {(high - low) / yardstick:9.2f} {size:7.0f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
