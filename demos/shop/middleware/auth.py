"""Shape: a decorator with arguments, put above the application it guards."""

from __future__ import annotations

import functools
import json
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment


def requires_login(*guarded: str) -> Callable[[WSGIApplication], WSGIApplication]:
    """Let only visitors who are logged in reach paths that begin with one of ``guarded``.

    People are sent to the login page, programs get a 401; in both cases the application is not called at all.
    """

    def decorate(app: WSGIApplication) -> WSGIApplication:
        @functools.wraps(app)
        def guard(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
            environ["shop.user"] = user = environ["shop.session"].get("user")
            path = environ.get("PATH_INFO", "")
            if user or not path.startswith(guarded):
                return app(environ, start_response)
            if path.startswith("/api/"):
                return _refuse(start_response)
            location = f"{environ.get('SCRIPT_NAME', '')}/login?next={quote(path, encoding='latin-1')}"
            start_response("303 See Other", [("Location", location), ("Content-Type", "text/plain")])
            return []

        return guard

    return decorate


def _refuse(start_response: StartResponse) -> Iterable[bytes]:
    body = json.dumps({"error": "Log in first.", "status": HTTPStatus.UNAUTHORIZED}).encode()
    headers = [
        ("Content-Type", "application/json"),
        ("Content-Length", str(len(body))),
        ("WWW-Authenticate", 'Session realm="Fern & Fig"'),
    ]
    start_response("401 Unauthorized", headers)
    return [body]
