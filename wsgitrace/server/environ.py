"""The ``environ`` of PEP 3333 and RFC 3875."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wsgitrace import __version__
from wsgitrace.server.errors import ErrorStream
from wsgitrace.server.file_wrapper import FileWrapper
from wsgitrace.server.input import Input

if TYPE_CHECKING:
    from wsgitrace.server.head import RequestHead
    from wsgitrace.server.intake import Intake
    from wsgitrace.server.options import ServerOptions

_UNNAMED = ("localhost", "80")
"""Server name and port where the address has none; PEP 3333 wants both, never empty."""


def connection_environ(server: object, client: object, scheme: str, options: ServerOptions) -> dict[str, object]:
    """What is the same for all requests of one connection, from the two socket addresses."""
    name, port = _host_and_port(server) or _UNNAMED
    remote = _host_and_port(client)
    environ: dict[str, object] = {
        "SCRIPT_NAME": "",
        # RFC 3875 4.1.14: in brackets, as it stands in a URL, which PEP 3333 has made of it where there is no Host.
        "SERVER_NAME": f"[{name}]" if ":" in name else name,
        "SERVER_PORT": port,
        "SERVER_SOFTWARE": f"wsgitrace/{__version__}",
        # RFC 3875 4.1: empty means none, as for a client on a unix socket.
        "REMOTE_ADDR": remote[0] if remote else "",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scheme,
        "wsgi.multithread": options.threads > 1,
        "wsgi.multiprocess": options.multiprocess,
        "wsgi.run_once": False,
        "wsgi.input_terminated": True,
        "wsgi.file_wrapper": FileWrapper,
    }
    if remote:
        environ["REMOTE_PORT"] = remote[1]
    return environ


def request_environ(base: dict[str, object], head: RequestHead, intake: Intake) -> dict[str, Any]:
    """A fresh environ, of which the server keeps nothing."""
    environ = base.copy()
    line = head.line
    environ["REQUEST_METHOD"] = line.method
    environ["PATH_INFO"] = line.path
    environ["QUERY_STRING"] = line.query
    environ["REQUEST_URI"] = environ["RAW_URI"] = line.target
    environ["SERVER_PROTOCOL"] = line.version
    environ["wsgi.input"] = Input(intake)
    environ["wsgi.errors"] = ErrorStream()
    environ.update(head.fields.variables)
    if head.fields.content_length is None:
        # Hop-by-hop, and undone here: Bottle and dulwich would decode once more what is decoded already.
        environ.pop("HTTP_TRANSFER_ENCODING", None)
        if intake.size is not None:
            environ["CONTENT_LENGTH"] = str(intake.size)
    # By the name that applications which serve long polls know, too.
    environ["wsgitrace.client_disconnected"] = environ["waitress.client_disconnected"] = intake.client_gone
    return environ


def peer_name(address: object) -> str:
    """A socket address as shown: ``host:port``, ``[host]:port``, or a path."""
    pair = _host_and_port(address)
    if pair is None:
        return address if isinstance(address, str) else ""
    host, port = pair
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def peer_address(peer: str) -> object:
    """The socket address that :func:`peer_name` shows so."""
    host, colon, port = peer.rpartition(":")
    if not colon or not port.isascii() or not port.isdigit():
        return peer
    return host.removeprefix("[").removesuffix("]"), int(port)


def _host_and_port(address: object) -> tuple[str, str] | None:
    if isinstance(address, tuple) and len(address) >= len(_UNNAMED) and address[0]:
        return str(address[0]), str(address[1])
    return None
