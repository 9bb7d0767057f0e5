"""CPU that the probe adds to a request: everything recorded, encoded, queued and sent by the sender's own thread.

Prints microseconds per request, and what each thing in it costs against its target. The targets are microseconds of the
machine that ``wsgiref.validate`` took 39 of; here it takes what the first line says. Where a cost misses its target,
the pieces follow that it is made of, timed in the same run. From interleaved rounds in one process; decides nothing.

    python -m tests.benchmarks.probe_cost [rounds]
"""

from __future__ import annotations

import gc
import statistics
import sys
from time import process_time_ns
from wsgiref.validate import validator

from tests.benchmarks.contest import BROWSER
from tests.benchmarks.framework_stacks import django_hello, flask_hello
from tests.benchmarks.pieces import per_request, watching
from tests.benchmarks.request_pieces import PROBE, observed, sending
from tests.benchmarks.stacks import CHUNKS, chunked, rewriting, stack
from tests.support.wsgi_driver import FileWrapper, Handle
from wsgitrace.events import Start
from wsgitrace.probe import Probe

REQUESTS = 1_000
FIELDS = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in BROWSER.items()}
HEAD = "\r\n".join(["GET /shop?page=1 HTTP/1.1", *(f"{name}: {value}" for name, value in BROWSER.items()), "", ""])
VALIDATE = 39.0
"""Microseconds of ``wsgiref.validate`` where the targets were set."""

CASES = {
    "1 layer": stack(1),
    "5 layers, none changes": stack(5),
    "5 layers, 2 change": stack(5, 2),
    "20 chunks": chunked,
    "20 chunks, 2 layers": rewriting(chunked),
    "Flask, 1 hook": flask_hello(1),
    "Flask, 6 hooks": flask_hello(6),
    "Django, 1 middleware": django_hello(1),
    "Django, 6 middleware": django_hello(6),
}
STACKS = ("1 layer", "5 layers, none changes", "5 layers, 2 change")


class Stream:
    """What both streams of an environ must have to pass for one."""

    def read(self, size=-1):
        return b""

    readline = readlines = __iter__ = write = writelines = flush = read


class Server:
    """Takes a response as the real server does."""

    def start_response(self, status, headers, exc_info=None):
        self.head = status, headers
        return self.write

    def write(self, data):
        pass


def request(application, observer):
    stream = Stream()
    environ = {
        "SCRIPT_NAME": "", "SERVER_NAME": "127.0.0.1", "SERVER_PORT": "8000", "SERVER_SOFTWARE": "wsgitrace",
        "REMOTE_ADDR": "127.0.0.1", "wsgi.version": (1, 0), "wsgi.url_scheme": "http", "wsgi.multithread": True,
        "wsgi.multiprocess": False, "wsgi.run_once": False, "wsgi.input_terminated": True,
        "wsgi.file_wrapper": FileWrapper, "REMOTE_PORT": "50000", "REQUEST_METHOD": "GET", "PATH_INFO": "/shop",
        "QUERY_STRING": "page=1", "REQUEST_URI": "/shop?page=1", "RAW_URI": "/shop?page=1",
        "SERVER_PROTOCOL": "HTTP/1.1", "wsgi.input": stream, "wsgi.errors": Stream(), "HTTP_HOST": "127.0.0.1:8000",
        **FIELDS, "wsgitrace.client_disconnected": stream.read, "waitress.client_disconnected": stream.read,
    }  # fmt: skip
    handle = Handle(HEAD.encode("ascii"), "GET", "/shop?page=1", 0)
    server = Server()
    if observer is not None:
        observer.head(handle)
    body = application(environ, server.start_response)
    size = 0
    for index, item in enumerate(body):
        size += len(item)
        if observer is not None and index == 0:
            observer.response_head(handle, *server.head)
    if hasattr(body, "close"):
        body.close()
    if observer is not None:
        observer.sent(handle, size)
        observer.done(handle, complete=True)


def measure(application, observer, requests=REQUESTS):
    gc.collect()
    began = process_time_ns()
    for _ in range(requests):
        request(application, observer)
    return (process_time_ns() - began) / requests / 1000


def added_by(application, sender, rounds):
    """Untraced and added microseconds of a request."""
    untraced, traced = [], []
    for _ in range(rounds):
        untraced.append(measure(application, None))
        probe = Probe(sender, Start(app="bench", directory=""))
        probe.find_layers(application, "bench")
        entered = probe.application(application)
        measure(entered, probe, 100)
        traced.append(measure(entered, probe))
        probe.detach()
    low = statistics.median(untraced)
    return low, statistics.median(traced) - low


def pieces_of(application, sender):
    """Microseconds of each piece of what is added to a request."""
    with watching(*PROBE) as pieces, observed(application, sender) as (entered, probe):
        measure(entered, probe, 100)
        return per_request(pieces, lambda: request(entered, probe))


def parted(one, five, two):
    """What is fixed, what a layer costs that changes nothing, and one that changes something, of three stacks'."""
    layer = (five - one) / 4
    return one - layer, layer, layer + (two - five) / 2


def explain(parts, sender):
    """Where the time goes, ``parts`` being the whole of it."""
    stacks = [pieces_of(CASES[name], sender) for name in STACKS]
    print(f"\n{'where it goes':48} {'fixed':>9} {'a layer':>9} {'changing':>9}")
    left = list(parts)
    for label in stacks[0]:
        costs = parted(*(pieces[label] for pieces in stacks))
        left = [rest - cost for rest, cost in zip(left, costs, strict=True)]
        print(f"{label:48} " + " ".join(f"{cost:8.2f}u" for cost in costs))
    print(f"{'trampolines, the thread that sends, all else':48} " + " ".join(f"{cost:8.2f}u" for cost in left))


def main(rounds):
    plain, validated = stack(5), validator(stack(5))
    yardstick = statistics.median(measure(validated, None) - measure(plain, None) for _ in range(rounds))
    slower = yardstick / VALIDATE
    print(f"wsgiref.validate adds {yardstick:.1f} microseconds to a request, here and now")
    print(f"{'a request':28} {'untraced':>9} {'added':>9}")
    added = {}
    with sending() as sender:
        for name, application in CASES.items():
            untraced, added[name] = added_by(application, sender, rounds)
            print(f"{name:28} {untraced:8.2f}u {added[name]:8.2f}u")
        parts = fixed, layer, changing = parted(*(added[name] for name in STACKS))
        costs = {
            "fixed": (fixed, 5.0),
            "layer that changes nothing": (layer, 1.5),
            "layer that changes something": (changing, 4.0),
            "chunk": ((added["20 chunks"] - added["1 layer"]) / CHUNKS, 0.35),
            "chunk, in one layer more": ((added["20 chunks, 2 layers"] - added["20 chunks"]) / CHUNKS, 0.35),
            "Flask hook": ((added["Flask, 6 hooks"] - added["Flask, 1 hook"]) / 5, 5.0),
            "Django middleware": ((added["Django, 6 middleware"] - added["Django, 1 middleware"]) / 5, 5.0),
            "5 layers, 2 change, all in": (added["5 layers, 2 change"], 20.0),
        }
        print(f"\n{'costs':28} {'here':>9} {'as there':>9} {'target':>9}")
        for name, (cost, target) in costs.items():
            print(f"{name:28} {cost:8.2f}u {cost / slower:8.2f}u {target:8.2f}u")
        if any(cost / slower > target for cost, target in costs.values()):
            explain(parts, sender)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
