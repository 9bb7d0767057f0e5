"""Shape: a frozen class with slots, its instance is the application."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment


@dataclass(frozen=True, slots=True)
class ProxyHeaders:
    """Believe a proxy in front of us, if it is one we know, about who asked and how."""

    app: WSGIApplication
    trusted: tuple[str, ...] = ("127.0.0.0/8", "::1/128")

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Put what ``X-Forwarded-*`` says in its CGI place, then call on."""
        if self._trusts(environ.get("REMOTE_ADDR", "")):
            if clients := environ.get("HTTP_X_FORWARDED_FOR"):
                # Each proxy appends the peer it saw: only the last entry was written by the one we trust.
                environ["REMOTE_ADDR"] = clients.rpartition(",")[2].strip()
            if (scheme := environ.get("HTTP_X_FORWARDED_PROTO")) in {"http", "https"}:
                environ["wsgi.url_scheme"] = scheme
            if (prefix := environ.get("HTTP_X_FORWARDED_PREFIX", "").rstrip("/")).startswith("/"):
                environ["SCRIPT_NAME"] = prefix + environ.get("SCRIPT_NAME", "")
        return self.app(environ, start_response)

    def _trusts(self, peer: str) -> bool:
        try:
            address = ipaddress.ip_address(peer)
        except ValueError:
            return False
        return any(address in ipaddress.ip_network(network) for network in self.trusted)
