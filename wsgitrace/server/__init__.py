"""The server: sockets to HTTP/1.1 to a WSGI call and back. Knows nothing of tracing."""

from __future__ import annotations

from wsgitrace.server.observer import Exchange, Observer
from wsgitrace.server.options import ServerOptions
from wsgitrace.server.server import Server

__all__ = ["Exchange", "Observer", "Server", "ServerOptions"]
