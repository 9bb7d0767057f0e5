"""The request target: its four forms (RFC 9112 3.2), and the authority in it or in Host."""

from __future__ import annotations

import re
from socket import AF_INET6, inet_pton
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

_REG_NAME = r"(?:[A-Za-z0-9\-._~!$&'()*+,;=]|%[0-9A-Fa-f]{2})"
_IP_LITERAL = r"\[(?:([0-9A-Fa-f:.]{2,45})|[vV][0-9A-Fa-f]+\.[A-Za-z0-9\-._~!$&'()*+,;=:]+)\]"
_HOST = re.compile(rf"(?:{_IP_LITERAL}|{_REG_NAME}*+)(?::[0-9]{{0,5}})?")
_ABSOLUTE = re.compile(r"[hH][tT][tT][pP][sS]?://([^/?]*)(/[^?]*)?(\?.*)?")


class Target(NamedTuple):
    """What a request target says."""

    path: str
    """Percent-decoded once, bytes as latin-1; ``*`` for ``OPTIONS *``."""
    query: str
    """As sent, without the question mark."""
    authority: str | None
    """Host and port of an absolute-form target, which replace the Host field (RFC 9112 3.2.2)."""


class TargetError(ValueError):
    """The target has none of the forms that its method may have."""

    def __init__(self, reason: str, offset: int = 0, status: int = 400) -> None:
        super().__init__(reason)
        self.reason = reason
        self.offset = offset
        self.status = status


def is_host(value: str) -> bool:
    """Whether ``value`` is ``uri-host [ ":" port ]`` (RFC 9110 7.2); an empty host is one."""
    match = _HOST.fullmatch(value)
    return match is not None and (match[1] is None or _is_ipv6(match[1]))


def parse_target(method: str, target: str) -> Target:
    """Split ``target``.

    Raises:
        TargetError: with the offset in ``target`` of what is wrong.

    """
    if method == "CONNECT":
        return _connect(target)
    if "#" in target:
        raise TargetError("a request target has no fragment", target.index("#"))
    if target[0] == "/":
        path, _, query = target.partition("?")
        if "%" in path:
            path = _decoded(path)
        return Target(path, query, None)
    if target == "*":
        if method != "OPTIONS":
            raise TargetError("the target * is for OPTIONS only")
        return Target("*", "", None)
    absolute = _ABSOLUTE.fullmatch(target)
    if absolute is None:
        raise TargetError("the target is neither a path that begins with / nor an http URL")
    authority, path, query = absolute.groups(default="")
    start = absolute.start(1)
    if "@" in authority:
        raise TargetError("the authority of an http URL must not hold a user name", start)
    if not authority or authority[0] == ":" or not is_host(authority):
        raise TargetError("the authority of the target is not host[:port]", start)
    # RFC 9112 3.2.4: an empty path with OPTIONS means the server itself, as * does.
    path = path or ("*" if method == "OPTIONS" and not query else "/")
    return Target(_decoded(path), query[1:], authority)


def _connect(target: str) -> Target:
    host, colon, port = target.rpartition(":")
    if not (host and colon and port and is_host(target)):
        raise TargetError("the target of CONNECT is host:port")
    raise TargetError("CONNECT asks for a tunnel, which a WSGI application cannot give", status=501)


def _is_ipv6(text: str) -> bool:
    try:
        inet_pton(AF_INET6, text)
    except OSError:
        return False
    return True


def _decoded(path: str) -> str:
    if "%" not in path:
        return path
    return unquote_to_bytes(path.encode("latin-1")).decode("latin-1")
