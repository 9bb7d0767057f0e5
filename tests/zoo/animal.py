"""What the animals of the zoo are made of: the register, and the application that most of them hold."""

from __future__ import annotations

import os
import re
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

GET = {"path": "/"}
LINT = ("doesn't have the attribute readlines",)
"""An alarm: the stream that Werkzeug's LintMiddleware puts in the place of ``wsgi.input`` has none."""

CHANGING = re.compile(
    r"\d{4}-\d\d-\d\d[ T][\d:]{8}(\.\d+|Z)|\w{3}, \d\d[ -]\w{3}[ -]\d{4} [\d:]{8} GMT|\b1[67]\d{8}\b"
    r"|: \d+\.\d+s|0x[0-9a-f]+|1\.\d+e\+09|nonce=[^,]+|expires=[^;]+|sessionid=[^;]+|session=[^;]+|csrftoken=\w+"
    r'|/tmp/tmp\w+|"end_id":"[^"]+|tbid="\d+|^"\d+-\d+-|etag>\d+-'
)
"""Times, addresses, numbers of files and everything else that is new in each process."""


class Log(list):
    """What was done to the application: each ``next()`` and ``close()``, each piece of input."""

    keeps = True
    """False where requests are too many to keep anything of."""

    def append(self, item):
        """Keep one."""
        if self.keeps:
            super().append(item)


LOG = Log()

OF_HELLO = (
    {"path": "/stream"},
    {"path": "/stream", "items": 1},
    {"path": "/generator"},
    {"path": "/generator", "items": 2},
    {"path": "/write"},
    {"path": "/wrong"},
    {"path": "/wrong/later"},
    {"path": "/wrong/close"},
    {"path": "/form", "method": "POST", "body": b"one\ntwo\nthree"},
    {"path": "/", "method": "HEAD"},
)
"""Requests of everything that :func:`hello` can do. ``items``: the client is gone after so many."""


@dataclass
class Animal:
    """One application."""

    modules: tuple
    """Without these it cannot be visited."""
    make: Any
    """Makes it. Its one argument is put between each two layers that it joins: nothing, or a validator."""
    requests: list
    """Those whose layers are in the golden list."""
    more: list = field(default_factory=list)
    """Those that only have to be answered the same."""
    alarms: tuple = ()
    """What ``wsgiref.validate`` says of it, traced or not: parts of the sentences."""
    always: bool = False
    """True when it belongs to the tests that run without being asked for."""
    once: bool = False
    """True when a process can make it only once."""
    frames: int = 0
    """How many frames a traceback may have more: one for each layer that has no Python code, at most."""
    times: int = 300
    """Requests after which nothing is left behind."""


ZOO: dict[str, Animal] = {}


def animal(*modules, requests=(GET,), more=(), alarms=(), **options):
    """Enter an application in the register."""

    def register(make):
        ZOO[make.__name__] = Animal(modules, make, list(requests), list(more), tuple(alarms), **options)
        return make

    return register


def plainly(text):
    """What is the same in each process."""
    return CHANGING.sub("*", text)


class Logged:
    """A body that logs what is done to it."""

    def __init__(self, items, fails=""):
        self.items = iter(items)
        self.fails = fails

    def __iter__(self):
        LOG.append("iter")
        return self

    def __next__(self):
        try:
            item = next(self.items)
        except StopIteration:
            LOG.append("end")
            if self.fails == "later":
                raise ValueError("in next") from None
            raise
        LOG.append(f"next {item!r}")
        return item

    def close(self):
        LOG.append("close")
        if self.fails == "close":
            raise ValueError("in close")


def generated():
    try:
        yield b"one"
        LOG.append("two is wanted")
        yield b"two"
    finally:
        LOG.append("closed")


def read_locals():
    """Read the variables of every frame, as a debugger does."""
    total = 0
    frame = sys._getframe(1)
    while frame is not None:
        total += len(frame.f_locals)
        frame = frame.f_back
    assert total


def hello(environ, start_response):
    """What the path says; by default five bytes."""
    path = environ["PATH_INFO"]
    read_locals()
    if path.endswith("wrong"):
        raise ValueError("wrong")
    if path.endswith("form"):
        stream = environ["wsgi.input"]
        LOG.append(repr([stream.readline(), stream.read(4), *stream]))
    kind = [("Content-Type", "text/plain")]
    if path.endswith("write"):
        write = start_response("200 OK", kind)
        write(b"written ")
        write(b"twice")
        return Logged([])
    if path.endswith(("stream", "later", "close")):
        start_response("200 OK", [*kind, ("X-Order", "1"), ("X-Order", "2")])
        return Logged([b"one", b"", b"two" * 50, b"three"], path.rpartition("/")[2])
    if path.endswith("generator"):
        start_response("200 OK", kind)
        return generated()
    start_response("200 OK", [*kind, ("Content-Length", "5")])
    return [b"" if environ["REQUEST_METHOD"] == "HEAD" else b"hello"]


def folder(**files):
    """A folder of text files that have not changed for long."""
    made = tempfile.mkdtemp()
    for name, text in files.items():
        file = Path(made, f"{name}.txt")
        file.write_text(text)
        os.utime(file, (1_700_000_000, 1_700_000_000))
    return made
