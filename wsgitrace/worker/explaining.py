"""What is served while there is no application: a 503 that says why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wsgitrace.events import from_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from wsgitrace.events import ImportFailed


def explanation(failed: ImportFailed) -> Callable[..., Iterable[bytes]]:
    """A WSGI application that answers every request with the reason that the real one did not load."""
    text = f"The application did not load: {failed.message}\n\n{from_text(failed.traceback)}\n"
    text += "It is tried again when a file of it is saved.\n"
    body = text.encode("utf-8", "backslashreplace")

    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        headers = [
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Content-Length", str(len(body))),
            ("Cache-Control", "no-store"),
            ("Retry-After", "1"),
        ]
        start_response("503 Service Unavailable", headers)
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]

    return application
