"""A server on a real socket, and a client that sees every byte."""

from __future__ import annotations

import contextlib
import socket
import threading
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.support import conversation
from tests.support.waiting import PATIENCE, until
from wsgitrace.server import Server, ServerOptions


@dataclass
class Answer:
    """One response as it was on the wire."""

    status: str
    fields: list[tuple[str, str]]
    head: bytes
    body: bytes = b""
    chunks: list[bytes] = field(default_factory=list)

    @property
    def code(self):
        return int(self.status[:3])

    def all(self, name):
        return [value for key, value in self.fields if key.lower() == name.lower()]

    def get(self, name):
        values = self.all(name)
        assert len(values) < 2, f"{name} is there {len(values)} times"
        return values[0] if values else None


class Wire:
    """A client that knows only bytes."""

    def __init__(self, sock):
        self.sock = sock
        self.buffer = b""
        sock.settimeout(PATIENCE)

    def send(self, data):
        self.sock.sendall(data)
        return self

    def line(self):
        return self.until_mark(b"\r\n")

    def until_mark(self, mark):
        while mark not in self.buffer:
            assert self._more(), f"the connection ended at {self.buffer!r}"
        data, _, self.buffer = self.buffer.partition(mark)
        return data + mark

    def exactly(self, count):
        while len(self.buffer) < count:
            assert self._more(), f"the connection ended at {self.buffer!r}"
        data, self.buffer = self.buffer[:count], self.buffer[count:]
        return data

    def _more(self):
        data = self.sock.recv(65536)
        self.buffer += data
        return data

    def rest(self):
        """All until the server ends the connection."""
        while self._more():
            pass
        data, self.buffer = self.buffer, b""
        return data

    def is_closed(self):
        return self.rest() == b""

    def head(self):
        raw = self.until_mark(b"\r\n\r\n")
        lines = raw[:-4].decode("latin-1").split("\r\n")
        assert lines[0].startswith("HTTP/1.1 ")
        fields = [tuple(line.split(": ", 1)) for line in lines[1:]]
        return Answer(lines[0][9:], fields, raw)

    def chunk(self):
        size = int(self.line(), 16)
        data = self.exactly(size)
        assert self.exactly(2) == b"\r\n"
        return data

    def answer(self, method="GET"):
        """The next response, body by its framing."""
        answer = self.head()
        length = answer.get("Content-Length")
        coding = answer.get("Transfer-Encoding")
        assert not (length and coding)
        if method == "HEAD" or answer.code in {100, 204, 304}:
            return answer
        if coding:
            while chunk := self.chunk():
                answer.chunks.append(chunk)
            answer.body = b"".join(answer.chunks)
        elif length is not None:
            answer.body = self.exactly(int(length))
        else:
            answer.body = self.rest()
        return answer

    def ask(self, target="/", *fields, method="GET", version="HTTP/1.1", body=b""):
        lines = [f"{method} {target} {version}", "Host: test", *fields]
        self.send(("\r\n".join(lines) + "\r\n\r\n").encode("latin-1") + body)
        return self

    def get(self, target="/", *fields, method="GET", version="HTTP/1.1", body=b""):
        return self.ask(target, *fields, method=method, version=version, body=body).answer(method)

    def reset(self):
        """Leave by a reset."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        self.sock.close()

    def close(self):
        self.sock.close()


class Notes:
    """An observer that writes down what it is told."""

    def __init__(self):
        self.all = []
        self.threads = []

    def _note(self, *what):
        self.threads.append(threading.get_ident())
        self.all.append(what)

    def head(self, exchange):
        self._note("head", exchange.method, exchange.target)
        self.exchange = exchange

    def refused(self, raw, offset, rule, reason, status, peer, origin=None):  # noqa: PLR0917 -- the observer's protocol
        self._note("refused", raw, offset, rule, reason, status, peer)

    def response_head(self, exchange, status, headers):
        self._note("response_head", status, list(headers))

    def sent(self, exchange, count):
        self._note("sent", count)

    def broke(self, exchange, error):
        self._note("broke", error.rule)

    def gone(self, exchange):
        self._note("gone")

    def done(self, exchange, complete):
        self._note("done", complete)

    @property
    def names(self):
        return [what[0] for what in self.all]

    def facts(self, name):
        return [what[1:] for what in self.all if what[0] == name]

    def wait(self, name, count=1):
        return until(lambda: len(self.facts(name)) >= count and self.facts(name), f"{count} x {name} in {self.all}")


class Running:
    """A server in a thread of its own."""

    def __init__(self, application, family=socket.AF_INET, address=("127.0.0.1", 0), **facts: Any):
        self.listener = socket.create_server(address, family=family, backlog=64)
        self.address = self.listener.getsockname()
        self.server = Server(application, self.listener, **facts)
        self.wires = []
        self.thread = threading.Thread(target=self.server.serve)
        self.thread.start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.address[1]}"

    def connect(self):
        sock = socket.socket(self.listener.family, socket.SOCK_STREAM)
        sock.settimeout(PATIENCE)
        sock.connect(self.address)
        wire = Wire(sock)
        self.wires.append(wire)
        return wire

    def inject(self, peer, *, sent=b"", **facts):
        """A client in this process, that has sent something already when the server first looks."""
        ours, theirs = socket.socketpair()
        ours.sendall(sent)
        self.server.inject(theirs, peer, **facts)
        wire = Wire(ours)
        self.wires.append(wire)
        return wire

    def send(self, data):
        """One connection, these bytes, everything that comes back until the server closes."""
        return self.connect().send(data).rest()

    def stop(self, drain=PATIENCE):
        self.server.stop(drain)
        self.thread.join(PATIENCE)
        assert not self.thread.is_alive()

    def close(self):
        for wire in self.wires:
            wire.close()
        self.stop(0)
        self.listener.close()


@pytest.fixture
def serve():
    """Start servers; they stop at the end of the test, and no thread of theirs is left."""
    with contextlib.ExitStack() as stack:

        def start(application, **facts):
            running = Running(application, **facts)
            stack.callback(running.close)
            return running

        yield start


@pytest.fixture(scope="module")
def say():
    """Talk to one server that lives as long as the module."""
    asked = []

    def noting(environ, start_response):
        environ["test.asked"] = asked
        return conversation.application(environ, start_response)

    running = Running(noting)
    yield lambda text: conversation.talk(running, asked, text.encode("latin-1"))
    running.close()


@pytest.fixture
def notes():
    return Notes()


@pytest.fixture
def wait_until():
    return until


@pytest.fixture
def options():
    return ServerOptions()


def _hello(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "5")])
    return [b"hello"]


def _echo(environ, start_response):
    body = environ["wsgi.input"].read()
    start_response("200 OK", [("Content-Length", str(len(body)))])
    return [body]


@pytest.fixture
def hello():
    return _hello


@pytest.fixture
def echo():
    return _echo


@pytest.fixture
def gate():
    """An application that waits, inside, to be let go."""

    class Gate:
        def __init__(self):
            self.entered = threading.Semaphore(0)
            self.leave = threading.Semaphore(0)

        def __call__(self, environ, start_response):
            if environ["PATH_INFO"] == "/wait":
                self.entered.release()
                # Longer than any client waits: whoever is answered meanwhile was not answered in its place.
                assert self.leave.acquire(timeout=2 * PATIENCE)
            start_response("200 OK", [("Content-Length", "5")])
            return [environ["PATH_INFO"][-5:].encode().ljust(5, b".")]

    return Gate()
