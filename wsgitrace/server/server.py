"""The server: a listening socket, an application, and whoever watches."""

from __future__ import annotations

from socket import socket as RealSocket  # noqa: N812 -- the class as it is now, whatever a later patch puts in its place
from time import monotonic, sleep
from typing import TYPE_CHECKING, Final

from wsgitrace.server.exchange import Exchange
from wsgitrace.server.options import ServerOptions
from wsgitrace.server.pool import Pool
from wsgitrace.server.selector import Selector

if TYPE_CHECKING:
    from wsgitrace.server.connection import Connection
    from wsgitrace.server.ending import Heir
    from wsgitrace.server.exchange import Application
    from wsgitrace.server.front import Front
    from wsgitrace.server.observer import Observer
    from wsgitrace.server.tls import Tls

_DEFAULTS: Final = ServerOptions()
_GRACE: Final = 0.5
"""How long threads may take to end after their connections were cut, in seconds."""


class Server:
    """Serves ``application`` on ``listeners``, which are bound and listening, and stay the caller's to close."""

    def __init__(
        self,
        application: Application,
        *listeners: RealSocket,
        options: ServerOptions = _DEFAULTS,
        observer: Observer | None = None,
        tls: Tls | None = None,
        front: Front | None = None,
    ) -> None:
        self.application = application
        """Called once per request; may be replaced at any time, for the requests that come after."""
        self._observer = observer
        self._front = front
        self._pool: Pool[Connection] = Pool(options, self._run)
        self._selector = Selector(listeners, options, self._pool, observer, tls)
        self.stuck_threads: tuple[str, ...] = ()
        """Names of the threads that had not ended when ``serve`` returned."""

    @property
    def open_exchanges(self) -> int:
        """Requests that run, or wait for a thread."""
        return self._pool.busy

    def serve(self) -> None:
        """Serve in the calling thread until :meth:`stop` has done its work. Once only."""
        try:
            self._selector.run()
        finally:
            self._pool.close()
            self._selector.cut()
            deadline = monotonic() + _GRACE
            while self._pool.names and monotonic() < deadline:
                sleep(_GRACE / 50)
            self.stuck_threads = self._pool.names
            self._selector.close()

    def stop(self, drain: float, heir: Heir | None = None) -> None:
        """Stop accepting; let open exchanges finish for ``drain`` seconds, then cut them; then ``serve`` returns.

        Connections on which no request has begun are closed; with ``heir``, a server that comes after this one takes
        them over. From any thread, or a signal handler. A second call can only make it sooner.
        """
        self._selector.stop(drain, heir)

    def inherit(self, sock: RealSocket) -> None:
        """Take over a connection that another server had accepted; it is this server's to close."""
        self._selector.inherit(sock)

    def inject(
        self, sock: RealSocket, peer: str, scheme: str = "http", origin: object = None, server: str = ""
    ) -> None:
        """Adopt one end of a socket pair as if it were accepted from ``peer``; it is the server's to close.

        ``server``: host and port that it is taken to have come to; empty: those of the first listening socket.
        """
        if type(sock) is not RealSocket:
            sock = RealSocket(sock.family, sock.type, sock.proto, fileno=sock.detach())
        self._selector.inject(sock, peer, scheme, origin, server)

    def _run(self, connection: Connection) -> None:
        keep_alive = False
        head = connection.head
        try:
            if head is not None:
                exchange = Exchange(connection, head, self._observer)
                application = self.application
                keep_alive = exchange.run(application if self._front is None else self._front.before(application))
        finally:
            self._selector.give_back(connection, keep_alive=keep_alive)
