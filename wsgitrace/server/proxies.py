"""What proxies in front say of a request, by the header fields that are believed, and no others.

The design is that of mod_wsgi's ``WSGITrustedProxyHeaders``: fields of the same meaning are a family, and of each
family at most the believed ones ever reach the application: a proxy that sets one of them passes the others on as the
client sent them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from wsgitrace.server.target import is_host

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_ADDRESS: Final = frozenset({"X-FORWARDED-FOR", "X-CLIENT-IP", "X-REAL-IP", "CLIENT-IP", "X-CLUSTER-CLIENT-IP"})
_SCHEME: Final = frozenset(
    {
        "X-FORWARDED-PROTO",
        "X-FORWARDED-SCHEME",
        "X-FORWARDED-PROTOCOL",
        "X-FORWARDED-HTTPS",
        "X-FORWARDED-SSL",
        "X-HTTPS",
        "X-SCHEME",
        "FRONT-END-HTTPS",
    }
)
_HOST: Final = frozenset({"X-FORWARDED-HOST", "X-HOST", "X-ORIGINAL-HOST"})
_PORT: Final = frozenset({"X-FORWARDED-PORT"})
_NAME: Final = frozenset({"X-FORWARDED-SERVER", "X-FORWARDED-BY"})
_SCRIPT: Final = frozenset({"X-FORWARDED-PREFIX", "X-FORWARDED-SCRIPT-NAME", "X-SCRIPT-NAME", "X-FORWARDED-PATH"})
_FORWARDED: Final = "FORWARDED"
_ALL: Final = _ADDRESS | _SCHEME | _HOST | _PORT | _NAME | _SCRIPT | {_FORWARDED}

_PORTED: Final = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^:\[\]]+)(?::([0-9]{1,5}))?")
_PLAIN: Final = re.compile(r"[0-9A-Za-z:._%-]{1,64}")
_PAIR: Final = re.compile(r'[ \t]*([A-Za-z0-9!#$%&\'*+.^_`|~-]+)=(?:"((?:[^"\\]|\\.)*)"|([^";,\s]*))[ \t]*')
_HTTPS_WORDS: Final = frozenset({"https", "on", "1", "true", "wss"})
_PORTS: Final = {"http": "80", "https": "443"}


class Proxies:
    """``count`` proxies stand in front, each of which adds to the believed header ``fields`` what it sees."""

    def __init__(self, count: int, fields: Iterable[str]) -> None:
        believed = [name.strip().upper() for name in fields] if count else []
        self._count = count
        self._dropped = tuple(_key(name) for name in sorted(_ALL - set(believed)))
        self._believed: list[tuple[str, Callable[[dict[str, Any], str], None]]] = [
            (_key(name), reader) for name in believed for reader in [_reader(name)] if reader is not None
        ]
        self._forwarded = _FORWARDED in believed

    @staticmethod
    def unknown(fields: Iterable[str]) -> list[str]:
        """Those of ``fields`` that no proxy is known to send, or that have no meaning here."""
        return [name for name in fields if name.strip().upper() not in _ALL]

    def apply(self, environ: dict[str, Any]) -> None:
        """Drop what is not believed; put what is where an application looks for it."""
        for key in self._dropped:
            environ.pop(key, None)
        for key, reader in self._believed:
            if key in environ:
                value = self._outermost(environ, key, environ[key].split(","), appended=reader is _address)
                if value:
                    reader(environ, value)
        if self._forwarded and "HTTP_FORWARDED" in environ:
            self._apply_forwarded(environ)

    def _outermost(self, environ: dict[str, Any], key: str, values: list[str], *, appended: bool) -> str:
        """What the outermost of the proxies said; what stands before it is the client's own, and goes.

        ``appended``: each proxy adds a value, so that fewer than there are proxies come from none of them. Of other
        fields a proxy may have put its own in the place of what was there.
        """
        own = values[-self._count :]
        if appended and len(own) < self._count:
            del environ[key]
            return ""
        if len(own) < len(values):
            environ[key] = ",".join(own).strip(" \t")
        return own[0].strip(" \t")

    def _apply_forwarded(self, environ: dict[str, Any]) -> None:
        """RFC 7239."""
        elements = _elements(environ["HTTP_FORWARDED"])
        element = self._outermost(environ, "HTTP_FORWARDED", elements, appended=True)
        for match in _PAIR.finditer(element):
            value = re.sub(r"\\(.)", r"\1", match[2]) if match[2] is not None else match[3]
            reader = {"for": _address, "proto": _scheme, "host": _host}.get(match[1].lower())
            if reader is not None and value:
                reader(environ, value)


def _elements(value: str) -> list[str]:
    """Split at commas, those in quotes left out."""
    return [match[0] for match in re.finditer(r'(?:"(?:[^"\\]|\\.)*"|[^",])+', value)]


def _key(name: str) -> str:
    return "HTTP_" + name.replace("-", "_")


def _reader(name: str) -> Callable[[dict[str, Any], str], None] | None:
    families = ((_ADDRESS, _address), (_SCHEME, _scheme), (_HOST, _host), (_PORT, _port), (_NAME, _name))
    for family, reader in (*families, (_SCRIPT, _script)):
        if name in family:
            return reader
    return None


def _address(environ: dict[str, Any], value: str) -> None:
    if value.count(":") > 1 and not value.startswith("["):
        host, port = value, None
    else:
        match = _PORTED.fullmatch(value)
        if match is None:
            return
        host, port = match[1].strip("[]"), match[2]
    if _PLAIN.fullmatch(host) is None:
        return
    environ["REMOTE_ADDR"] = host
    # The port of the proxy's own connection says nothing of the client.
    environ.pop("REMOTE_PORT", None)
    if port:
        environ["REMOTE_PORT"] = port


def _scheme(environ: dict[str, Any], value: str) -> None:
    scheme = "https" if value.lower() in _HTTPS_WORDS else "http"
    if environ["wsgi.url_scheme"] == scheme:
        return
    if environ["SERVER_PORT"] == _PORTS[environ["wsgi.url_scheme"]]:
        environ["SERVER_PORT"] = _PORTS[scheme]
    environ["wsgi.url_scheme"] = scheme
    if scheme == "https":
        environ["HTTPS"] = "on"
    else:
        environ.pop("HTTPS", None)


def _host(environ: dict[str, Any], value: str) -> None:
    if not is_host(value):
        return
    environ["HTTP_HOST"] = value
    match = _PORTED.fullmatch(value)
    if match is not None:
        environ["SERVER_NAME"] = match[1]
        environ["SERVER_PORT"] = match[2] or _PORTS[environ["wsgi.url_scheme"]]


def _port(environ: dict[str, Any], value: str) -> None:
    if value.isascii() and value.isdigit() and len(value) <= 5:  # noqa: PLR2004 -- digits of the largest port
        environ["SERVER_PORT"] = value


def _name(environ: dict[str, Any], value: str) -> None:
    if value and is_host(value):
        environ["SERVER_NAME"] = value


def _script(environ: dict[str, Any], value: str) -> None:
    """PEP 3333: SCRIPT_NAME is empty or begins with a slash; PATH_INFO is what comes after it."""
    prefix = value.rstrip("/")
    if not prefix.startswith("/") or prefix.startswith("//"):
        return
    environ["SCRIPT_NAME"] = prefix
    path = environ["PATH_INFO"]
    if path == prefix or path.startswith(f"{prefix}/"):
        environ["PATH_INFO"] = path[len(prefix) :]
