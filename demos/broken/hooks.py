"""A webhook that cannot be sent a second time, as its sender signed it with the hour."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from .plain import answer

if TYPE_CHECKING:
    from collections.abc import Iterable
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

FRESH = 300
"""Seconds for which a signature is good."""


class Signed:
    """Takes what was signed a moment ago, and nothing that somebody kept and sends again."""

    def __init__(self, app: WSGIApplication) -> None:
        self.app = app

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Look at ``X-Signed-At``; a real one would look at the signature, too."""
        signed = environ.get("HTTP_X_SIGNED_AT", "")
        if environ["REQUEST_METHOD"] == "POST" and not (signed.isdecimal() and abs(time.time() - int(signed)) < FRESH):
            return answer(start_response, "the signature is too old\n", status="400 Bad Request")
        return self.app(environ, start_response)


def deliveries(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Take the delivery."""
    length = int(environ.get("CONTENT_LENGTH") or 0)
    body = environ["wsgi.input"].read(length)
    return answer(start_response, f"taken: {body.decode('utf-8', 'replace')}\n")


stale_hook = Signed(deliveries)
