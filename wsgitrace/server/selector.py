"""The selector: one thread that owns every connection while no application runs for it."""

from __future__ import annotations

from collections import deque
from time import monotonic
from typing import TYPE_CHECKING

from wsgitrace.server.connection import Connection, Phase
from wsgitrace.server.ending import Endings, is_heritable
from wsgitrace.server.entrance import Entrance
from wsgitrace.server.errors import HandshakeError, report
from wsgitrace.server.head import Refusal
from wsgitrace.server.poller import ended, new_poller
from wsgitrace.server.pool import STANDSTILL

if TYPE_CHECKING:
    from collections.abc import Sequence
    from socket import socket

    from wsgitrace.server.ending import Heir
    from wsgitrace.server.entrance import Arrival
    from wsgitrace.server.observer import Observer
    from wsgitrace.server.options import ServerOptions
    from wsgitrace.server.pool import Pool
    from wsgitrace.server.tls import Tls

_READ = 16 * 1024
_DRAIN_TICK = 0.02
"""How often, in seconds, a stopping server looks whether all is done."""
_LONG = 0.5
"""An application that has run for so many seconds is watched for a client that goes away."""

_SLOW = 1.0
"""A client that has sent no whole head for so many seconds may have to go when all places are taken."""

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
        self,
        listeners: Sequence[socket],
        options: ServerOptions,
        pool: Pool[Connection],
        observer: Observer | None,
        tls: Tls | None,
    ) -> None:
        self._options = options
        self._pool = pool
        self._poller = new_poller()
        self._entrance = Entrance(listeners, self._poller, options, tls)
        self._connections: dict[int, Connection] = {}
        self._endings = Endings(self._connections, self._poller, options, observer)
        self._returned: deque[Connection] = deque()
        self._injected: deque[tuple[socket, str, str, object, str]] = deque()
        self._inherited: deque[socket] = deque()
        self._stop_at: float | None = None
        self._heir: Heir | None = None
        self._swept = 0.0
        self.done = False
        """Nobody waits for sockets any more: a connection that is given back is closed."""

    def run(self) -> None:
        """Serve until told to stop, and until then finish what is open."""
        self._entrance.unlock()
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
            if self._pool.waiting:
                self._pool.rouse()
            now = monotonic()
            if now - self._swept >= self._options.tick:
                self._swept = now
                self._sweep(now)
            if self._pool.waiting:
                for connection in self._pool.tend():
                    self._endings.refuse_running(connection, "no thread was free in time")
            if self._stop_at is not None and (now >= self._stop_at or self._is_drained()):
                return

    def stop(self, drain: float, heir: Heir | None = None) -> None:
        """Make ``run`` end within about ``drain`` seconds; from any thread or signal handler.

        Connections between two requests go to ``heir``, if there is one.
        """
        at = monotonic() + drain
        self._heir = self._heir or heir
        if self._stop_at is None or at < self._stop_at:
            self._stop_at = at
        self._poller.wake()

    def inject(self, sock: socket, peer: str, scheme: str, origin: object, server: str) -> None:
        """Adopt a connected socket; from any thread."""
        self._injected.append((sock, peer, scheme, origin, server))
        self._poller.wake()

    def inherit(self, sock: socket) -> None:
        """Adopt a connection that another server had accepted; from any thread."""
        self._inherited.append(sock)
        self._poller.wake()

    def cut(self) -> None:
        """Close all that is left; the threads that still run are woken, and close theirs."""
        self.done = True
        for connection in list(self._connections.values()):
            if connection.phase is _RUNNING:
                connection.drop()
            else:
                self._endings.close(connection)
        while self._injected:
            self._injected.popleft()[0].close()
        while self._inherited:
            self._inherited.popleft().close()

    def close(self) -> None:
        """Release what is the selector's own; a thread that still runs closes its connection itself."""
        # A thread may have given a connection back while they were being cut.
        for connection in list(self._connections.values()):
            if connection.phase is not _RUNNING:
                self._endings.close(connection)
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
            # The old one is over by now perhaps, and the deadlines may be looked at before this connection is.
            connection.deadline = now + self._options.idle_timeout
            connection.phase = _READING
            self._returned.append(connection)
            self._poller.wake()
        else:
            self._endings.linger(connection)

    # All else runs in the selector's own thread.

    def _timeout(self) -> float | None:
        if self._pool.pressed:
            return STANDSTILL
        if self._stop_at is not None:
            return max(0.0, min(_DRAIN_TICK, self._stop_at - monotonic()))
        return self._options.tick if self._connections or not self._entrance.open else None

    def _attend(self, ready: list[int]) -> None:
        entered: list[int] = []
        for fd in ready:
            connection = self._connections.get(fd)
            if connection is None:
                # New connections come last: none of them can then be mistaken for the one an event is about.
                if fd in self._entrance:
                    entered.append(fd)
                continue
            if connection.phase is _RUNNING:
                continue
            try:
                self._on_event(connection)
            except Exception as error:  # noqa: BLE001 -- whatever one client brings about, the others are served
                report(error, f"wsgitrace: the connection of {connection.peer} was closed for an error of the server:")
                self._endings.close(connection)
        for fd in entered:
            self._accept(fd)

    def _accept(self, fd: int) -> None:
        if self._stop_at is not None:
            return
        if not self._has_room():
            self._entrance.lock()
            return
        for arrival in self._entrance.newcomers(fd):
            self._add(arrival)
            if not self._has_room():
                self._entrance.lock()
                return

    def _adopt(self) -> None:
        while self._injected:
            sock, peer, scheme, origin, server = self._injected.popleft()
            if self._stop_at is None:
                self._add(self._entrance.injected(sock, peer, scheme, origin, server))
            else:
                sock.close()
        while self._inherited:
            arrival = self._entrance.inherited(self._inherited.popleft())
            if arrival is not None:
                self._add(arrival)

    def _add(self, arrival: Arrival) -> None:
        connection = Connection(
            arrival.sock,
            arrival.peer,
            arrival.environ,
            options=self._options,
            blocking=self._pool.blocking,
            origin=arrival.origin,
        )
        if arrival.known:
            connection.requests = 1
            connection.deadline = connection.since + self._options.idle_timeout
        self._connections[connection.fd] = connection
        self._poller.arm(connection.fd)

    def _has_room(self) -> bool:
        return len(self._connections) < self._options.connections_limit or self._evict()

    def _evict(self) -> bool:
        """Make room: by the connection that has been idle longest, else by the head that has been coming longest."""
        reading = [each for each in self._connections.values() if each.phase is _READING]
        idle = [each for each in reading if each.requests and not each.buffer]
        if idle:
            self._endings.close(min(idle, key=_since))
            return True
        late = monotonic() - _SLOW
        slow = [each for each in reading if each.since < late]
        if slow:
            self._endings.expel(min(slow, key=_since), "others wait for the place of a head that came so slowly")
        return bool(slow)

    def _on_event(self, connection: Connection) -> None:
        fd = connection.fd
        if connection.phase is _ANSWERING:
            self._endings.send_outbox(connection)
            return
        try:
            data = connection.sock.recv(_READ)
        except (BlockingIOError, InterruptedError):
            self._poller.arm(fd)
            return
        except HandshakeError as error:
            self._endings.refuse_handshake(connection, error)
            return
        except OSError:
            self._endings.close(connection)
            return
        if connection.phase is _LINGERING:
            self._endings.read_on(connection, data)
        elif data:
            first = not connection.buffer
            connection.feed(data)
            self._advance(connection, first=first)
        elif connection.buffer:
            self._endings.refuse(
                connection, Refusal(len(connection.buffer), "H01", "the head ends before its empty line", 400)
            )
        else:
            self._endings.close(connection)

    def _advance(self, connection: Connection, *, first: bool) -> None:
        """Do what the buffer allows; ``first`` says that nothing of this head was there before."""
        verdict = connection.next_head()
        if verdict is None:
            # Empty lines are no beginning: they keep nothing open.
            if first and connection.buffer:
                connection.deadline = monotonic() + self._options.head_timeout
            self._poller.arm(connection.fd)
        elif isinstance(verdict, Refusal):
            self._endings.refuse(connection, verdict)
        else:
            connection.head = verdict
            connection.since = monotonic()
            connection.phase = _RUNNING
            if not self._pool.submit(connection):
                self._endings.refuse_running(connection, "too many requests wait for a thread")

    def _resume(self, connection: Connection) -> None:
        """Look at what was received while the application ran."""
        if connection.phase is not _READING:
            return
        if self._stop_at is not None and not connection.buffer:
            self._let_go([connection])
            return
        connection.deadline = monotonic() + self._options.idle_timeout
        self._advance(connection, first=True)

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
            self._entrance.unlock()

    def _expire(self, connection: Connection) -> None:
        if connection.phase is _READING and connection.buffer:
            seconds = self._options.head_timeout
            reason = f"the head was not complete after {seconds:g} seconds"
            self._endings.refuse(connection, Refusal(len(connection.buffer), "H40", reason, 408))
        elif connection.phase is _READING:
            # What came since this thread last looked is a request in time.
            self._close_idle(connection)
        else:
            self._endings.close(connection)

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
        self._entrance.lock()
        connections = list(self._connections.values())
        for connection in connections:
            # Who will be served by the next server need not be told that the connection closes.
            connection.closing = self._heir is None or not is_heritable(connection)
        self._let_go([each for each in connections if each.phase is _READING and not each.buffer])

    def _let_go(self, idle: list[Connection]) -> None:
        """Part with connections on which no request has begun."""
        newcomers_until = monotonic() + _NEWCOMER
        for connection in idle if self._heir is None else self._endings.bequeath(idle, self._heir):
            connection.closing = True
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
            self._endings.close(connection)

    def _is_drained(self) -> bool:
        return not self._connections and not self._pool.busy


def _since(connection: Connection) -> float:
    return connection.since
