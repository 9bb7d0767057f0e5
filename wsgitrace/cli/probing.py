"""Requests that try an application out: each way of asking that tends to show what it does wrong."""

from __future__ import annotations

import contextlib
import socket
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from wsgitrace import supervisor as supervising
from wsgitrace.capture import Capture
from wsgitrace.cli.addresses import Addresses
from wsgitrace.cli.coming_up import wait_until_serving
from wsgitrace.cli.masking import masker_of
from wsgitrace.cli.serving import serving
from wsgitrace.query import parse

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from wsgitrace.cli.serving import Service
    from wsgitrace.query import Filter
    from wsgitrace.settings import Settings

__all__ = ["probed", "requests_for"]

_PATIENCE: Final = 5.0
"""Seconds that a response is read for: a stream may have no end."""

_WAIT: Final = 60.0
"""Seconds in which the application must have come up, and what was asked of it must have been recorded."""

_TICK: Final = 0.02
_FORM: Final = b"wsgitrace=lint&n=1"
_CHUNKS: Final = b"9\r\nwsgitrace\r\n9\r\n=lint&n=1\r\n0\r\n\r\n"
_HOST: Final = "Host: localhost"
_TYPE: Final = "Content-Type: application/x-www-form-urlencoded"
_CLOSE: Final = "Connection: close"


def requests_for(path: str) -> Iterator[tuple[bytes, int | None]]:
    """The bytes of each request, and after how many bytes of the response its client leaves; None: it stays."""
    target = quote(path if path.startswith("/") else f"/{path}", safe="/%?&=:@!$'()*+,;~-._")
    yield _head("GET", target), None
    yield _head("HEAD", target), None
    yield _head("OPTIONS", target), None
    yield _head("PROPFIND", target), None
    yield _head("GET", target, "Accept-Encoding: gzip"), None
    yield _head("GET", target, 'If-None-Match: "wsgitrace", *'), None
    yield _head("GET", target, "Range: bytes=0-0"), None
    yield _head("GET", f"{target}{'&' if '?' in target else '?'}wsgitrace=%FF"), None
    yield f"GET {target} HTTP/1.0\r\n\r\n".encode("latin-1"), None
    yield _head("POST", target, "Content-Length: 0"), None
    yield _head("POST", target, _TYPE, f"Content-Length: {len(_FORM)}") + _FORM, None
    yield _head("POST", target, _TYPE, "Transfer-Encoding: chunked") + _CHUNKS, None
    yield _head("POST", target, _TYPE, f"Content-Length: {len(_FORM) + 1}") + _FORM, 0
    yield _head("GET", target), None
    yield _head("GET", target), 1


def _head(method: str, target: str, *fields: str) -> bytes:
    return "\r\n".join([f"{method} {target} HTTP/1.1", _HOST, _CLOSE, *fields, "", ""]).encode("latin-1")


@contextlib.contextmanager
def probed(settings: Settings, paths: Sequence[str]) -> Iterator[tuple[Capture, Filter]]:
    """Serve the application and send it requests; the recording, and which of it they are: a file may be continued.

    Raises :class:`~wsgitrace.cli.coming_up.NotServingError` where the application did not come up.
    """
    listener = supervising.bind("127.0.0.1", 0)
    host, port = listener.getsockname()[:2]
    addresses = Addresses((listener,), (f"http://{host}:{port}/",))
    settings = replace(settings, https=False, cert=None, key=None, client_ca=None, breakpoints=())
    with serving(settings, addresses, save=settings.save, reload=False) as service:
        wait_until_serving(service, masker_of(settings), _WAIT)
        with Capture.open(service.writer.path) as capture:
            before = capture.newest()
            sent = 0
            for path in paths:
                for raw, leaves in requests_for(path):
                    _ask((host, port), raw, leaves)
                    sent += 1
            _await(service, capture, before + sent)
            yield capture, parse(f"id:>{before}")


def _ask(address: tuple[str, int], raw: bytes, leaves: int | None) -> None:
    """Send one request, and read its response for a while; whatever becomes of the connection is recorded."""
    deadline = time.monotonic() + _PATIENCE
    with (
        contextlib.suppress(OSError),
        socket.create_connection(address, timeout=_PATIENCE) as client,
    ):
        client.sendall(raw)
        got = 0
        while (leaves is None or got < leaves) and (left := deadline - time.monotonic()) > 0:
            client.settimeout(left)
            data = client.recv(65_536 if leaves is None else leaves)
            if not data:
                break
            got += len(data)


def _await(service: Service, capture: Capture, newest: int) -> None:
    """Wait until all that was sent has ended and is in the file, or the process is gone."""
    deadline = time.monotonic() + _WAIT
    while time.monotonic() < deadline:
        # Of a process that is gone, what was open is ended and written, too.
        if not capture.open_exchanges() and (capture.newest() >= newest or _is_gone(service)):
            return
        time.sleep(_TICK)


def _is_gone(service: Service) -> bool:
    return service.supervisor.state.phase != "serving"
