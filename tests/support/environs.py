"""Environs as a server makes them, and how two differ, as the probe tells it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wsgitrace.events import Opaque

if TYPE_CHECKING:
    from collections.abc import Iterable


def difference(before: dict[str, Any], after: dict[str, Any]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Keys added or replaced, and keys removed, as the probe tells them."""
    added = {
        key: value
        for key, value in after.items()
        if key not in before
        or not (before[key] is value or (type(before[key]) is type(value) and before[key] == value))
    }
    return added, tuple(key for key in before if key not in after)


def first_environ(method: str, target: str, headers: Iterable[tuple[str, str]], peer: str) -> dict[str, Any]:
    """The environ as a server makes it."""
    path, _, query = target.partition("?")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "8000",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": peer.rpartition(":")[0],
        "REMOTE_PORT": peer.rpartition(":")[2],
        "wsgi.version": Opaque("tuple", "(1, 0)", 2, 0x10),
        "wsgi.url_scheme": "http",
        "wsgi.input": Opaque("wsgitrace.server.body.Input", identity=0x11),
        "wsgi.errors": Opaque("wsgitrace.server.environ.Errors", identity=0x12),
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for name, value in headers:
        key = name.upper().replace("-", "_")
        environ[key if key in {"CONTENT_TYPE", "CONTENT_LENGTH"} else f"HTTP_{key}"] = value
    return environ
