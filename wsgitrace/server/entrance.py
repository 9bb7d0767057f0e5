"""The entrance: the listening sockets, and what comes in by them."""

from __future__ import annotations

from socket import AF_UNIX
from socket import socket as RealSocket  # noqa: N812 -- the class as it is now, whatever a later patch puts in its place
from typing import TYPE_CHECKING, NamedTuple

from wsgitrace.server.environ import connection_environ, peer_address, peer_name
from wsgitrace.server.errors import note

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from wsgitrace.server.options import ServerOptions
    from wsgitrace.server.poller import Poller
    from wsgitrace.server.tls import Tls, TlsSocket

_ACCEPTS = 64
"""Connections accepted from one socket before the others are looked at again."""


class Arrival(NamedTuple):
    """A client's connection and what its environs begin with."""

    sock: RealSocket | TlsSocket
    peer: str
    environ: dict[str, object]
    origin: object = None
    known: bool = False
    """It was served before, by a server that has handed it over."""


class Entrance:
    """Any number of listening sockets, all of which speak TLS or none; only the selector's thread enters here."""

    def __init__(
        self, listeners: Sequence[RealSocket], poller: Poller, options: ServerOptions, tls: Tls | None
    ) -> None:
        self._listeners = {listener.fileno(): listener for listener in listeners}
        self._address = listeners[0].getsockname()
        """That of the first one, where there is nothing better to tell."""
        self._poller = poller
        self._options = options
        self._tls = tls
        self._scheme = "http" if tls is None else "https"
        self.open = False
        """Whether newcomers are reported."""
        for listener in listeners:
            listener.settimeout(0)

    def __contains__(self, fd: int) -> bool:
        return fd in self._listeners

    def unlock(self) -> None:
        """Have newcomers reported from now on."""
        if not self.open:
            self.open = True
            for fd in self._listeners:
                self._poller.keep(fd)

    def lock(self) -> None:
        """Leave newcomers in the backlog."""
        if self.open:
            self.open = False
            for fd in self._listeners:
                self._poller.forget(fd)

    def newcomers(self, fd: int) -> Iterator[Arrival]:
        """Who waits at one of the sockets; locks the entrance when the system has no room for more."""
        listener = self._listeners[fd]
        for _ in range(_ACCEPTS):
            try:
                # Not accept(): it makes its socket of whatever class the socket module holds by then.
                accepted, address = listener._accept()  # type: ignore[attr-defined]  # noqa: SLF001 -- see above
            except (BlockingIOError, ConnectionAbortedError, InterruptedError):
                return
            except OSError as error:
                # No descriptors left, most likely. The client waits in the backlog until the next sweep.
                note(f"no connection could be accepted: {error}")
                self.lock()
                return
            sock = RealSocket(listener.family, listener.type, listener.proto, fileno=accepted)
            yield self._arrival(sock, address)

    def injected(self, sock: RealSocket, peer: str, scheme: str, origin: object, server: str) -> Arrival:
        """One end of a pair, as if it came from ``peer`` to ``server``."""
        own = peer_address(server) if server else self._address
        return Arrival(sock, peer, connection_environ(own, peer_address(peer), scheme, self._options), origin)

    def inherited(self, sock: RealSocket) -> Arrival | None:
        """A connection that another server had accepted; None when it is gone already."""
        try:
            return self._arrival(sock, sock.getpeername(), known=True)
        except OSError:
            sock.close()
            return None

    def _arrival(self, sock: RealSocket, address: object, *, known: bool = False) -> Arrival:
        own = sock.getsockname()
        # A client on a unix socket has no address: it is known by the one that it came to.
        peer = peer_name(address) or peer_name(own)
        server = None if sock.family == AF_UNIX else own
        environ = connection_environ(server, address, self._scheme, self._options)
        if server is None and self._tls is not None:
            environ["SERVER_PORT"] = "443"
        if self._tls is None:
            return Arrival(sock, peer, environ, known=known)
        return Arrival(self._tls.wrap(sock, environ), peer, environ)
