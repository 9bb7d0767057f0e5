"""Where an application is served: the sockets, and how they are told."""

from __future__ import annotations

import ipaddress
import os
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from wsgitrace import supervisor as supervising
from wsgitrace.cli.refusal import Refusal, tell

if TYPE_CHECKING:
    from wsgitrace.setting_kinds import Bind
    from wsgitrace.settings import Settings

__all__ = ["Addresses", "is_free", "listen"]


@dataclass(frozen=True, slots=True)
class Addresses:
    """Listening sockets."""

    sockets: tuple[socket.socket, ...]
    """At least one."""
    urls: tuple[str, ...]
    """Where each is reached: as a browser on this machine takes it, or ``unix:`` and a path."""
    files: tuple[tuple[socket.socket, os.stat_result], ...] = ()
    """The unix sockets that were made here, and what was made."""

    @property
    def url(self) -> str:
        """The first that a browser takes; else the first."""
        return next((url for url in self.urls if not url.startswith("unix:")), self.urls[0])

    @property
    def others(self) -> tuple[str, ...]:
        """All but :attr:`url`."""
        return tuple(url for url in self.urls if url != self.url)

    @property
    def shown(self) -> str:
        """All of them, in words."""
        return " and ".join(filter(None, (", ".join(self.urls[:-1]), self.urls[-1])))

    def close(self) -> None:
        """Close all of them, and remove the files of those that have one and were made here."""
        for listener, made in self.files:
            supervising.unlink(listener, made)
        for listener in self.sockets:
            listener.close()


def listen(settings: Settings) -> Addresses:
    """Bind all addresses, before anything of the application is imported. Raises :class:`Refusal`."""
    scheme = "https" if settings.cert is not None or settings.https else "http"
    passed = supervising.passed_by_systemd(os.environ)
    addressed = any(settings.given(name) for name in ("bind", "host", "port"))
    sockets: list[socket.socket] = []
    files: list[tuple[socket.socket, os.stat_result]] = []
    try:
        if passed and not addressed:
            sockets += [supervising.inherit(fd) for fd in passed]
        else:
            for bind in settings.binds:
                listener = _listen_on(bind, settings)
                sockets.append(listener)
                if bind.path:
                    files.append((listener, Path(listener.getsockname()).lstat()))
    except supervising.BindError as problem:
        Addresses(tuple(sockets), (), tuple(files)).close()
        raise Refusal(str(problem)) from None
    for listener in sockets:
        _warn(listener)
    return Addresses(tuple(sockets), tuple(_url(listener, scheme) for listener in sockets), tuple(files))


def is_free(settings: Settings) -> bool:
    """Whether the address can be bound now."""
    try:
        supervising.bind(settings.host, settings.port).close()
    except supervising.BindError:
        return False
    return True


def _listen_on(bind: Bind, settings: Settings) -> socket.socket:
    if bind.path:
        return supervising.bind_unix(bind.path, settings.socket_mode)
    if bind.fd is not None:
        return supervising.inherit(bind.fd)
    port = settings.port if bind.port is None else bind.port
    return supervising.bind(bind.host or settings.host, port)


def _warn(listener: socket.socket) -> None:
    if listener.family == socket.AF_UNIX:
        return
    host = listener.getsockname()[0]
    if not ipaddress.ip_address(host.partition("%")[0]).is_loopback:
        tell(
            f"serving on {host}, not only to this machine: everybody who can reach it can use the application, and "
            f"the passwords and cookies that they send are recorded."
        )


def _url(listener: socket.socket, scheme: str) -> str:
    if listener.family == socket.AF_UNIX:
        return f"unix:{listener.getsockname()}"
    host, port = listener.getsockname()[:2]
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 -- compared with, not bound
    return f"{scheme}://[{host}]:{port}/" if ":" in host else f"{scheme}://{host}:{port}/"
