"""The selector: one thread that owns every connection while no application runs for it."""

from __future__ import annotations

from collections import deque
from socket import socket as RealSocket  # noqa: N812 -- the class as it is now, whatever a later patch puts in its place
from time import monotonic
from typing import TYPE_CHECKING

from wsgitrace.server.connection import Connection, Phase
from wsgitrace.server.environ import connection_environ, peer_address, peer_name
from wsgitrace.server.errors import note, report
from wsgitrace.server.head import Refusal
from wsgitrace.server.poller import ended, new_poller
from wsgitrace.server.pool import STANDSTILL
from wsgitrace.server.refusals import answer

if TYPE_CHECKING:
    from wsgitrace.server.observer import Observer
    from wsgitrace.server.options import ServerOptions
    from wsgitrace.server.pool import Pool

_READ = 16 * 1024
_ACCEPTS = 64
"""Connections accepted before the others are looked at again."""
_DRAIN_TICK = 0.02
"""How often, in seconds, a stopping server looks whether all is done."""
_LONG = 0.5
"""An application that has run for so many seconds is watched for a client that goes away."""

_NEWCOMER = 0.1
"""Seconds that a stopping server gives a client that has connected and sent nothing: its request is on its way."""

# Looked up in a module rather than in an enumeration, which is several times slower.
_READING = Phase.READING
_RUNNING = Phase.RUNNING
_ANSWERING = Phase.ANSWERING
_LINGERING = Phase.LINGERING
_CLOSED = Phase.CLOSED


class Selector:
    """Accepts, reads heads, refuses, lingers, and keeps every deadline."""

    def __init__(
        self, listener: RealSocket, options: ServerOptions, pool: Pool[Connection], observer: Observer | None
    ) -> None:
        self._listener = listener
        self._listener_fd = listener.fileno()
        self._options = options
        self._pool = pool
        self._observer = observer
        self._poller = new_poller()
        self._connections: dict[int, Connection] = {}
        self._returned: deque[Connection] = deque()
        self._injected: deque[tuple[RealSocket, str, str, object]] = deque()
        self._address = listener.getsockname()
        self._accepting = False
        self._stop_at: float | None = None
        self._swept = 0.0
        self.done = False
        """Nobody waits for sockets any more: a connection that is given back is closed."""
        listener.settimeout(0)

    def run(self) -> None:
        """Serve until told to stop, and until then finish what is open."""
        self._accept_on()
        stopping = False
        while True:
            ready = self._poller.wait(self._timeout())
            if self._stop_at is not None and not stopping:
                stopping = True
                self._begin_stop()
            self._adopt()
            self._attend(ready)
            while self._returned:
                self._resume(self._returned.popleft())
            now = monotonic()
            if now - self._swept >= self._options.tick:
                self._swept = now
                self._sweep(now)
            if self._pool.waiting:
                for connection in self._pool.tend():
                    self._refuse_running(connection, "no thread was free in time")
            if self._stop_at is not None and (now >= self._stop_at or self._is_drained()):
                return

    def stop(self, drain: float) -> None:
        """Make ``run`` end within about ``drain`` seconds; from any thread or signal handler."""
        at = monotonic() + drain
        if self._stop_at is None or at < self._stop_at:
            self._stop_at = at
        self._poller.wake()

    def inject(self, sock: RealSocket, peer: str, scheme: str, origin: object) -> None:
        """Adopt a connected socket; from any thread."""
        self._injected.append((sock, peer, scheme, origin))
        self._poller.wake()

    def cut(self) -> None:
        """Close all that is left; the threads that still run are woken, and close theirs."""
        self.done = True
        for connection in list(self._connections.values()):
            if connection.phase is _RUNNING:
                connection.drop()
            else:
                self._close(connection)
        while self._injected:
            self._injected.popleft()[0].close()

    def close(self) -> None:
        """Release what is the selector's own; a thread that still runs closes its connection itself."""
        # A thread may have given a connection back while they were being cut.
        for connection in list(self._connections.values()):
            if connection.phase is not _RUNNING:
                self._close(connection)
        self._poller.close()

    # From the threads of the pool.

    def give_back(self, connection: Connection, *, keep_alive: bool) -> None:
        """Take over a connection whose exchange is over."""
        connection.head = None
        if self.done:
            connection.phase = _CLOSED
            self._connections.pop(connection.fd, None)
            connection.sock.close()
            return
        now = monotonic()
        connection.since = now
        if keep_alive and not connection.buffer and self._stop_at is None:
            connection.deadline = now + self._options.idle_timeout
            connection.phase = _READING
            self._poller.arm(connection.fd)
        elif keep_alive:
            connection.phase = _READING
            self._returned.append(connection)
            self._poller.wake()
        else:
            self._linger(connection)

    # All else runs in the selector's own thread.

    def _timeout(self) -> float | None:
        if self._pool.pressed:
            return STANDSTILL
        if self._stop_at is not None:
            return max(0.0, min(_DRAIN_TICK, self._stop_at - monotonic()))
        return self._options.tick if self._connections or not self._accepting else None

    def _attend(self, ready: list[int]) -> None:
        accept = False
        for fd in ready:
            # New connections come last: none of them can then be mistaken for the one an event is about.
            if fd == self._listener_fd:
                accept = True
                continue
            connection = self._connections.get(fd)
            if connection is None or connection.phase is _RUNNING:
                continue
            try:
                self._on_event(connection)
            except Exception as error:  # noqa: BLE001 -- whatever one client brings about, the others are served
                report(error, f"wsgitrace: the connection of {connection.peer} was closed for an error of the server:")
                self._close(connection)
        if accept and self._stop_at is None:
            self._accept()

    def _accept_on(self) -> None:
        if not self._accepting:
            self._accepting = True
            self._poller.keep(self._listener_fd)

    def _accept_off(self) -> None:
        if self._accepting:
            self._accepting = False
            self._poller.forget(self._listener_fd)

    def _accept(self) -> None:
        listener = self._listener
        for _ in range(_ACCEPTS):
            if len(self._connections) >= self._options.connections_limit and not self._evict():
                self._accept_off()
                return
            try:
                # Not accept(): it makes its socket of whatever class the socket module holds by then.
                fd, address = listener._accept()  # type: ignore[attr-defined]  # noqa: SLF001 -- see above
            except (BlockingIOError, ConnectionAbortedError, InterruptedError):
                return
            except OSError as error:
                # No descriptors left, most likely. The client waits in the backlog until the next sweep.
                note(f"no connection could be accepted: {error}")
                self._accept_off()
                return
            sock = RealSocket(listener.family, listener.type, listener.proto, fileno=fd)
            peer = peer_name(address) or peer_name(self._address)
            server = sock.getsockname() if isinstance(address, tuple) else None
            environ = connection_environ(server, address, "http", self._options)
            self._add(sock, peer, environ)

    def _adopt(self) -> None:
        while self._injected:
            sock, peer, scheme, origin = self._injected.popleft()
            if self._stop_at is not None:
                sock.close()
                continue
            environ = connection_environ(self._address, peer_address(peer), scheme, self._options)
            self._add(sock, peer, environ, origin)

    def _add(self, sock: RealSocket, peer: str, environ: dict[str, object], origin: object = None) -> None:
        connection = Connection(sock, peer, environ, options=self._options, blocking=self._pool.blocking, origin=origin)
        self._connections[connection.fd] = connection
        self._poller.arm(connection.fd)

    def _evict(self) -> bool:
        """Close the connection that has been idle longest, if any is."""
        idle = [c for c in self._connections.values() if c.phase is _READING and c.requests and not c.buffer]
        if not idle:
            return False
        self._close(min(idle, key=_since))
        return True

    def _on_event(self, connection: Connection) -> None:
        fd = connection.fd
        if connection.phase is _ANSWERING:
            self._send_outbox(connection)
            return
        try:
            data = connection.sock.recv(_READ)
        except (BlockingIOError, InterruptedError):
            self._poller.arm(fd)
            return
        except OSError:
            self._close(connection)
            return
        if connection.phase is _LINGERING:
            connection.lingered += len(data)
            if not data or connection.lingered > self._options.linger_limit:
                self._close(connection)
            else:
                self._poller.arm(fd)
        elif data:
            first = not connection.buffer
            connection.feed(data)
            self._advance(connection, first=first)
        elif connection.buffer:
            self._refuse(connection, Refusal(len(connection.buffer), "H01", "the head ends before its empty line", 400))
        else:
            self._close(connection)

    def _advance(self, connection: Connection, *, first: bool) -> None:
        """Do what the buffer allows; ``first`` says that nothing of this head was there before."""
        verdict = connection.next_head()
        if verdict is None:
            # Empty lines are no beginning: they keep nothing open.
            if first and connection.buffer:
                connection.deadline = monotonic() + self._options.head_timeout
            self._poller.arm(connection.fd)
        elif isinstance(verdict, Refusal):
            self._refuse(connection, verdict)
        else:
            connection.head = verdict
            connection.since = monotonic()
            connection.phase = _RUNNING
            if not self._pool.submit(connection):
                self._refuse_running(connection, "too many requests wait for a thread")

    def _resume(self, connection: Connection) -> None:
        """Look at what was received while the application ran."""
        if connection.phase is not _READING:
            return
        if self._stop_at is not None and not connection.buffer:
            self._close_idle(connection)
            return
        connection.deadline = monotonic() + self._options.idle_timeout
        self._advance(connection, first=True)

    def _refuse(self, connection: Connection, refusal: Refusal) -> None:
        raw = bytes(connection.buffer[: self._options.head_limit])
        end = raw.find(b"\r\n\r\n")
        self._answer(connection, refusal, raw if end < 0 else raw[: end + 4])

    def _refuse_running(self, connection: Connection, reason: str) -> None:
        """Take back a request that no thread had room for."""
        raw = connection.head.raw if connection.head is not None else b""
        connection.head = None
        self._answer(connection, Refusal(0, "H40", reason, 503), raw)

    def _answer(self, connection: Connection, refusal: Refusal, raw: bytes) -> None:
        if self._observer is not None:
            try:
                self._observer.refused(
                    raw, refusal.offset, refusal.rule, refusal.reason, refusal.status, connection.peer
                )
            except BaseException as error:  # noqa: BLE001 -- a fault of the observer never becomes one of the server
                report(error, "wsgitrace: the observer failed (refused):")
        connection.buffer = b""
        connection.outbox = answer(refusal, raw)
        connection.phase = _ANSWERING
        connection.deadline = monotonic() + self._options.linger_timeout
        self._send_outbox(connection)

    def _send_outbox(self, connection: Connection) -> None:
        try:
            sent = connection.sock.send(connection.outbox)
        except (BlockingIOError, InterruptedError):
            sent = 0
        except OSError:
            self._close(connection)
            return
        connection.outbox = connection.outbox[sent:]
        if connection.outbox:
            self._poller.arm(connection.fd, writing=True)
        else:
            self._linger(connection)

    def _linger(self, connection: Connection) -> None:
        """RFC 9112 9.6: half close, then read on for a while, lest a reset destroy the answer on its way."""
        connection.buffer = b""
        if connection.gone or connection.dropped or connection.cut_short or not connection.shut():
            self._close(connection)
            return
        connection.deadline = monotonic() + self._options.linger_timeout
        connection.phase = _LINGERING
        self._poller.arm(connection.fd)

    def _close(self, connection: Connection) -> None:
        connection.phase = _CLOSED
        self._poller.forget(connection.fd)
        self._connections.pop(connection.fd, None)
        connection.sock.close()

    def _sweep(self, now: float) -> None:
        """Keep the deadlines."""
        running: list[int] = []
        for connection in list(self._connections.values()):
            phase = connection.phase
            if phase is _RUNNING:
                if now - connection.since > _LONG:
                    running.append(connection.fd)
            elif now >= connection.deadline:
                self._expire(connection)
        if running:
            self._watch(running)
        if self._stop_at is None:
            # If there is still no room, the next client turns it off again until the next sweep.
            self._accept_on()

    def _expire(self, connection: Connection) -> None:
        if connection.phase is _READING and connection.buffer:
            seconds = self._options.head_timeout
            reason = f"the head was not complete after {seconds:g} seconds"
            self._refuse(connection, Refusal(len(connection.buffer), "H40", reason, 408))
        else:
            self._close(connection)

    def _watch(self, running: list[int]) -> None:
        """Notice clients that went away while the application is busy."""
        gone, half = ended(running)
        for fd in gone:
            connection = self._connections.get(fd)
            if connection is not None and connection.phase is _RUNNING:
                connection.gone = True
        for fd in half:
            connection = self._connections.get(fd)
            if connection is not None:
                connection.half_closed = True

    def _begin_stop(self) -> None:
        self._accept_off()
        connections = list(self._connections.values())
        for connection in connections:
            connection.closing = True
        newcomers_until = monotonic() + _NEWCOMER
        for connection in connections:
            if connection.phase is not _READING or connection.buffer:
                continue
            if connection.requests:
                self._close_idle(connection)
            else:
                connection.deadline = min(connection.deadline, newcomers_until)

    def _close_idle(self, connection: Connection) -> None:
        """Close it, unless its client has just asked for something."""
        data = connection.poll_input()
        if data:
            connection.feed(data)
            self._advance(connection, first=True)
        else:
            self._close(connection)

    def _is_drained(self) -> bool:
        return not self._connections and not self._pool.busy


def _since(connection: Connection) -> float:
    return connection.since
