"""A fault that shows only while several requests are on their way at once."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from .plain import answer

if TYPE_CHECKING:
    from collections.abc import Iterable
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment


class Tenants:
    """Knows each tenant as long as it is served. Whoever ends first forgets it for the others, too."""

    def __init__(self, app: WSGIApplication) -> None:
        self.app = app
        self.served: dict[str, str] = {}

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Look the tenant up unless it is known, and tell the view who it is."""
        host = environ.get("HTTP_HOST", "")
        if host not in self.served:
            self.served[host] = f"the tenant of {host or 'nowhere'}"
        connect()
        environ["shop.tenant"] = self.served[host]  # known a moment ago; by now the one before may have left
        try:
            return self.app(environ, start_response)
        finally:
            self.served.pop(host, None)


def connect() -> None:
    """Reach the tenant's database, which takes a moment."""
    time.sleep(0.003)


def dashboard(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Take longer over a page than it took to get here."""
    time.sleep(0.02)
    return answer(start_response, f"Hello, {environ['shop.tenant']}!\n")


tenant_forgotten = Tenants(dashboard)
