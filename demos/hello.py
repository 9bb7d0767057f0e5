"""The application and the middleware that every WSGI tutorial begins with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment


def simple_app(_environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Greet whoever asks."""
    body = b"Hello, World!\n"
    start_response("200 OK", [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(body)))])
    return [body]


def simple_middleware(app: WSGIApplication) -> WSGIApplication:
    """Wrap ``app``: note who asked on the way in, sign the answer on the way out."""

    def middleware(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        environ["hello.visitor"] = environ.get("REMOTE_ADDR", "a stranger")

        def signed(status: str, headers: list[tuple[str, str]], *exc_info: Any) -> Callable[[bytes], object]:
            return start_response(status, [*headers, ("X-Greeted-By", "simple_middleware")], *exc_info)

        return app(environ, signed)

    return middleware


app = simple_middleware(simple_app)
