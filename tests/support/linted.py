"""An application behind the server and the probe, in this process: each request sent, and the trace of it."""

from __future__ import annotations

import contextlib
import socket
import threading

from tests.support.fake_sender import FakeSender
from tests.support.waiting import PATIENCE, until
from wsgitrace.events import Ended, Start
from wsgitrace.probe import Probe
from wsgitrace.server import Server, ServerOptions
from wsgitrace.trace import Trace
from wsgitrace.trace.lint import lint


class Linted:
    """Serves one application while inside. Requests are sent one after the other, each on a connection of its own."""

    def __init__(self, application):
        self.sender = FakeSender()
        self.probe = Probe(self.sender, Start(app="tests:app", directory=""))
        self.probe.find_layers(application, "tests:app")
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = self.listener.getsockname()
        self.server = Server(
            self.probe.application(application), self.listener, options=ServerOptions(threads=1), observer=self.probe
        )
        self.thread = threading.Thread(target=self.server.serve)
        self.sent = 0

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.server.stop(0.5)
        self.thread.join(PATIENCE)
        self.listener.close()
        self.probe.detach()

    def send(self, raw, *, leave_after=None):
        """Send bytes, and read all that comes, or leave after so many bytes of it; the trace."""
        self.sent += 1
        with socket.create_connection(self.address, timeout=PATIENCE) as client, contextlib.suppress(ConnectionError):
            client.sendall(raw)
            got = 0
            while (leave_after is None or got < leave_after) and (data := client.recv(65_536)):
                got += len(data)
        until(lambda: any(frame.exchange == self.sent for frame in self.sender.of(Ended)), "the end of the exchange")
        return Trace.from_events([*self.sender.layers.values(), *self.sender.events(self.sent)])

    def get(self, target="/", method="GET", *, body=b"", headers=(), version="1.1", leave_after=None):
        fields = ["Host: 127.0.0.1:8000", "Connection: close", *headers]
        if body:
            fields.append(f"Content-Length: {len(body)}")
        head = "\r\n".join([f"{method} {target} HTTP/{version}", *fields, "", ""])
        return self.send(head.encode("latin-1") + body, leave_after=leave_after)


def found(trace):
    """Rules broken in a trace, each with the short name of the layer at fault."""
    return sorted({(broken.rule.id, trace.span(broken.span).name) for broken in lint(trace)})
