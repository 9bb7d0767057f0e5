"""What a request is made of in wsgitrace: the pieces of the server, and of the probe, each timed by itself.

The request goes over a real connection, but in one thread, as the selector and then a thread of the pool would run it.
What a server under load uses beyond the sum of the pieces is the hand-over between its threads.
"""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
from typing import TYPE_CHECKING, Any

from tests.benchmarks.contest import BROWSER
from tests.benchmarks.pieces import per_request, watching
from wsgitrace.events import Start
from wsgitrace.link import Remains, Sender, share
from wsgitrace.link import drafts as link_drafts
from wsgitrace.probe import Probe, bodies, boundary, entry, recorder
from wsgitrace.probe import start_response as starting
from wsgitrace.server import connection as server_connection
from wsgitrace.server import exchange as server_exchange
from wsgitrace.server.environ import connection_environ
from wsgitrace.server.options import ServerOptions
from wsgitrace.server.poller import new_poller
from wsgitrace.server.pool import Pool
from wsgitrace.server.response import Response

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.benchmarks.contest import Case
REST = "hand-over between threads, trampolines, the application, all else"
FITS = ("hello", "browser", "8k", "chunks", "upload")
"""The cases whose response fits in what the system keeps for a client that does not read."""
_READ = 16 * 1024
_ANSWER = 2**17
_WARM = 200
SERVER = (
    ("server: the head parsed", server_connection, "parse_head"),
    ("server: the environ made", server_exchange, "request_environ"),
    ("server: the body's intake", server_exchange, "Intake"),
    ("server: start_response, what it is given checked", Response, "start_response"),
    ("server: the response head made", Response, "_begin"),
    ("server: around the call of the application", server_exchange.Exchange, "run"),
)
PROBE = (
    ("probe: an exchange begins", Probe, "head"),
    ("probe: streams and start_response put in place", entry.TracedApplication, "_open", "_given"),
    ("probe: a layer is called", boundary.CallHook, "enter"),
    ("probe: the whole environ as plain data", boundary, "whole"),
    ("probe: environs compared", boundary, "same", "difference_in"),
    ("probe: kept against a crash", recorder.Recording, "secure"),
    ("probe: kept against a crash", link_drafts.Drafts, "begin", "add", "end"),
    ("probe: start_response told", starting.TracingStartResponse, "_tell"),
    ("probe: a layer returns", boundary.CallHook, "leave"),
    ("probe: items of the body", boundary, "_record_items"),
    ("probe: items of the body", bodies, "record_chunk"),
    ("probe: response head and sent bytes told", Probe, "response_head", "sent"),
    ("probe: an exchange ends", Probe, "done"),
    ("probe: events encoded", recorder, "encode", "encode_batch", "encode_frame"),
    ("probe: put in the queue", Sender, "put_next"),
)


class _Line:
    """One connection, both ends."""

    def __init__(self, asked: bytes) -> None:
        self._asked = asked
        options = ServerOptions()
        with socket.create_server(("127.0.0.1", 0)) as listener:
            self._client = socket.create_connection(listener.getsockname())
            ours, peer = listener.accept()
            environ = connection_environ(listener.getsockname(), peer, "http", options)
        pool: Pool[Any] = Pool(options, lambda _: None)
        self._connection = server_connection.Connection(
            ours, "127.0.0.1:50000", environ, options=options, blocking=pool.blocking
        )
        self._poller = new_poller()

    def request(self, application: Any, observer: Probe | None) -> None:
        """One request, from its first byte to the last of its response."""
        self._client.sendall(self._asked)
        self._await()
        self._connection.feed(self._receive())
        head: Any = self._connection.next_head()
        server_exchange.Exchange(self._connection, head, observer).run(application)
        self._client.recv(_ANSWER)

    def close(self) -> None:
        """Both ends, and what waits for them."""
        self._poller.close()
        self._client.close()
        self._connection.sock.close()

    def _await(self) -> None:
        """As the selector does, once a thread of the pool has given the connection back."""
        self._poller.arm(self._connection.fd)
        self._poller.wait(None)

    def _receive(self) -> bytes:
        """Likewise."""
        return self._connection.sock.recv(_READ)


SYSTEM = (
    ("system calls: epoll_wait, epoll_ctl", _Line, "_await"),
    ("system calls: recv", _Line, "_receive"),
    ("system calls: send", server_connection.Connection, "send"),
)


def request_bytes(case: Case) -> bytes:
    """What the load sends."""
    fields = {"Host": "127.0.0.1:8000"} | (BROWSER if case.browser else {})
    if case.upload:
        fields["Content-Length"] = str(case.upload)
    lines = [f"{'POST' if case.upload else 'GET'} {case.path} HTTP/1.1"]
    lines += [f"{name}: {value}" for name, value in fields.items()]
    return "\r\n".join([*lines, "", ""]).encode("ascii") + b"x" * case.upload


def where(application: Any, asked: bytes, sender: Sender | None) -> dict[str, float]:
    """Microseconds of each piece of a request whose bytes are ``asked``; with a ``sender``, traced.

    The response has to be one of those that fit.
    """
    watched = (*SYSTEM, *SERVER, *(PROBE if sender is not None else ()))
    with (
        contextlib.closing(_Line(asked)) as line,
        watching(*watched) as pieces,
        observed(application, sender) as (entered, observer),
    ):
        for _ in range(_WARM):
            line.request(entered, observer)
        return per_request(pieces, lambda: line.request(entered, observer))


@contextlib.contextmanager
def sending() -> Iterator[Sender]:
    """A sender as a worker has it; what it sends is read by another process, and forgotten."""
    ours, theirs = socket.socketpair()
    memory = share()
    with ours:
        with theirs:
            reader = subprocess.Popen(["cat"], stdin=theirs, stdout=subprocess.DEVNULL)
        sender = Sender(ours, remains=Remains(memory))
        os.close(memory)
        yield sender
        sender.flush(10)
        sender.close()
        ours.shutdown(socket.SHUT_RDWR)
        reader.wait()


@contextlib.contextmanager
def observed(application: Any, sender: Sender | None) -> Iterator[tuple[Any, Probe | None]]:
    """What the server is given where it is traced, and where not."""
    if sender is None:
        yield application, None
        return
    probe = Probe(sender, Start(app="bench", directory=""))
    try:
        probe.find_layers(application, "bench")
        yield probe.application(application), probe
    finally:
        probe.detach()


def table(pieces: dict[str, float], used: float) -> list[str]:
    """A line for each piece, the dearest first; ``used``: microseconds of CPU that a request took in all."""
    rows = sorted(pieces.items(), key=lambda row: -row[1])
    rows.append((REST, used - sum(pieces.values())))
    return [f"{label:58} {cost:7.1f} us {cost / used:6.1%}" for label, cost in rows]
