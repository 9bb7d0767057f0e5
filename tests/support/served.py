"""An application written for a test, under a supervisor, and a client of it."""

from __future__ import annotations

import contextlib
import http.client
import itertools
import os
import socket
import textwrap
from pathlib import Path
from time import monotonic

from tests.support.waiting import PATIENCE, until
from wsgitrace.capture import Capture, Writer
from wsgitrace.events import Start
from wsgitrace.supervisor import Supervisor, bind


def alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    try:
        state = Path(f"/proc/{pid}/stat").read_text("utf-8")
    except FileNotFoundError:
        # No /proc here, or it ended between the two looks.
        return not Path("/proc/self/stat").exists()
    return state.rpartition(")")[2].split()[0] != "Z"


@contextlib.contextmanager
def services(folder):
    """Makes services, each in a folder of its own below that; they are closed at the end."""
    with contextlib.ExitStack() as stack:
        numbers = itertools.count()

        def make(source, **options):
            own = folder / f"app{next(numbers)}"
            own.mkdir()
            service = Service(own, source, **options)
            stack.callback(service.close)
            return service

        yield make


class Service:
    """A supervisor on an application written for the test, and a client of it."""

    def __init__(self, folder, source, **options):
        self.folder = folder
        self.app = folder / "served.py"
        if source:
            self.write(source)
        options.pop("prepare", lambda _: None)(folder)
        self.listener = bind("127.0.0.1", 0)
        self.port = self.listener.getsockname()[1]
        self.writer = Writer.create(folder / "recording.wtrace")
        start = {"app": "served", "directory": str(folder)} | options.pop("start", {})
        options = {"reload": False} | options
        breakpoints = options.pop("breakpoints", ())
        self.supervisor = Supervisor(Start(**start), [self.listener], self.writer, **options)
        self.summaries = self.supervisor.summaries
        self.supervisor.begin_breakpoints([(text, True) for text in breakpoints])
        self.supervisor.start()

    def write(self, source):
        """Save the application as careful editors do: never is there half a file."""
        spare = self.app.with_suffix(".py~")
        spare.write_text(textwrap.dedent(source))
        spare.replace(self.app)

    @property
    def state(self):
        return self.supervisor.state

    def phase(self, phase):
        """Wait for a phase; returns the state then."""
        return until(lambda: self.state if self.state.phase == phase else None)

    def get(self, path="/", method="GET", body=None, headers=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        with contextlib.closing(connection):
            connection.request(method, path, body, headers or {})
            response = connection.getresponse()
            return response.status, response.read()

    def open(self, request):
        """A connection on which a request was sent."""
        client = socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE)
        client.sendall(request)
        return client

    def hold(self, path="/"):
        """A connection whose request is held, as the next one that comes."""
        self.supervisor.hold_next()
        return self.held(path)

    def held(self, path="/"):
        """A connection whose request is held: the first one sent once the worker knows that it shall."""
        deadline = monotonic() + PATIENCE
        while monotonic() < deadline:
            client = self.open(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
            until(lambda: self._is_held or self.summaries.qsize(), "a request that is held or over")
            if self._is_held:
                return client
            client.close()
            self.ended()
        raise AssertionError("no request was held")

    @property
    def _is_held(self):
        """Told of in both ways, which come one after the other."""
        return self.state.held and self.state.holds

    def ended(self):
        """The next exchange that ends."""
        return self.summaries.get(timeout=PATIENCE)

    def capture(self):
        return contextlib.closing(Capture.open(self.writer.path))

    def output(self):
        with self.capture() as capture:
            return [(row.stream, row.text, row.exchange) for row in capture.output(limit=1000)]

    def close(self):
        self.supervisor.stop(0.2)
        self.writer.close()
        self.listener.close()
