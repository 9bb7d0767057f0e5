from __future__ import annotations

import socket
import threading

import pytest

from wsgitrace.capture import Summary
from wsgitrace.events import Done, HeadReceived, InputRead
from wsgitrace.export import take
from wsgitrace.redact import Masker
from wsgitrace.trace import Trace

WALL = 1_763_820_127_123_456_000


def summary_of(trace, number=7, **facts):
    """The row of a trace, as far as an export asks for it."""
    head, response = trace.head, trace.response
    known = {
        "number": number, "worker": 1, "local": number, "wall": WALL, "state": "done", "how": trace.how or "complete",
        "method": head.method if head else "", "target": head.target if head else "",
        "path": head.path if head else "", "status": response.code if response else None,
        "duration": trace.duration, "held": 0, "first_byte": trace.first_byte, "request_size": 0,
        "response_size": trace.sent, "chunks": 0, "layers": len(trace.spans) - 1, "exception": "",
        "start_responses": 0, "input": "none", "short_circuit": "", "content_type": "", "events": len(trace.events),
        "dropped": 0, "note": "", "replay_of": None, "held_at": "", "held_event": 0, "peer": "", "stored": 0,
        "swallowed": False, "closed": True, "pinned": False,
    }  # fmt: skip
    return Summary(**{**known, **facts})


@pytest.fixture
def taken():
    """An exchange as an export sees it, of a trace."""

    def make(trace, masker=None, **facts):
        return take(summary_of(trace), trace, masker or Masker.revealing(), **facts)

    return make


@pytest.fixture
def request_of(taken):
    """The same of a request alone: its head as bytes, and its body."""

    def make(head, body=b"", masker=None):
        events = [HeadReceived(0, 0, 0, 0, raw=head, peer="127.0.0.1:5")]
        if body:
            events.append(InputRead(1, 0, 0, 0, "read", None, len(body), 0, end=True, data=body))
        else:
            events.append(InputRead(1, 0, 0, 0, "read", None, 0, 0, end=True))
        return taken(Trace.from_events([*events, Done(2, 0, 0, 9, how="complete")]), masker)

    return make


class Receiver:
    """A server that keeps the bytes of each request and answers with nothing."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.received = []
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    @property
    def host(self):
        return f"127.0.0.1:{self.listener.getsockname()[1]}"

    def take(self):
        """Head and body of the one request that came."""
        (data,) = self.received
        self.received.clear()
        return data

    def _serve(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            with connection:
                self._answer(connection)

    def _answer(self, connection):
        connection.settimeout(30)
        head, body = b"", b""
        while b"\r\n\r\n" not in head:
            more = connection.recv(65536)
            if not more:
                return
            head += more
        head, _, body = head.partition(b"\r\n\r\n")
        fields = fields_of(head)
        if "100-continue" in fields.get("expect", ""):
            connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        chunked = "transfer-encoding" in fields
        while (not body.endswith(b"0\r\n\r\n")) if chunked else (len(body) < int(fields.get("content-length", "0"))):
            more = connection.recv(65536)
            if not more:
                break
            body += more
        self.received.append((head, unchunked(body) if chunked else body))
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")


def fields_of(head):
    """Fields by lower-case names."""
    pairs = [line.partition(":") for line in head.decode("latin-1").split("\r\n")[1:]]
    return {name.lower(): value.strip() for name, _, value in pairs}


def unchunked(data):
    found = b""
    while data:
        size, _, rest = data.partition(b"\r\n")
        count = int(size, 16)
        found, data = found + rest[:count], rest[count + 2 :]
        if not count:
            break
    return found


@pytest.fixture(scope="session")
def receiver():
    receiver = Receiver()
    yield receiver
    receiver.listener.close()
