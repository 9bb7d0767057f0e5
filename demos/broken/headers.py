"""Faults in the head of a response."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .plain import HTML, TEXT, answer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

CACHED = {"content-type", "content-length", "etag", "cache-control"}


class Cache:
    """A cache that keeps only the header fields that it knows, also on the way to the client."""

    def __init__(self, app: WSGIApplication) -> None:
        self.app = app

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Drop every other header field."""

        def start(status: str, headers: list[tuple[str, str]], *exc_info: Any) -> Callable[[bytes], object]:
            kept = [(name, value) for name, value in headers if name.lower() in CACHED]
            return start_response(status, [*kept, ("X-Cache", "MISS")], *exc_info)

        return self.app(environ, start)


def listing(_environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """A page of a longer list; ``X-Total`` says how long it is."""
    return answer(start_response, "items 1 to 10\n", ("X-Total", "412"), ("Link", '</?page=2>; rel="next"'))


def with_banner(app: WSGIApplication) -> WSGIApplication:
    """Put a banner under every page, and its length beside the length that was there."""
    banner = b"<p>Free delivery today!</p>\n"

    def decorated(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        def start(status: str, headers: list[tuple[str, str]], *exc_info: Any) -> Callable[[bytes], object]:
            length = sum(int(value) for name, value in headers if name == "Content-Length") + len(banner)
            return start_response(status, [*headers, ("Content-Length", str(length))], *exc_info)

        return [*app(environ, start), banner]

    return decorated


def page(_environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """An ordinary page."""
    return answer(start_response, "<h1>Plants</h1>\n", HTML)


def menu(_environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Announce as many bytes as there are characters, which is fewer."""
    text = "Crème brûlée, naïve café, jalapeño\n"
    start_response("200 OK", [TEXT, ("Content-Length", str(len(text)))])
    return [text.encode()]


def with_session(app: WSGIApplication) -> WSGIApplication:
    """Set the session's cookie for the whole site."""

    def session(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        def start(status: str, headers: list[tuple[str, str]], *exc_info: Any) -> Callable[[bytes], object]:
            return start_response(status, [*headers, ("Set-Cookie", "session=guest; Path=/; HttpOnly")], *exc_info)

        return app(environ, start)

    return session


def own_session(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Set the same cookie once more, for this part of the site."""
    path = environ.get("SCRIPT_NAME", "") or "/shop"
    sent = environ.get("HTTP_COOKIE", "none")
    return answer(start_response, f"your cookies: {sent}\n", ("Set-Cookie", f"session=ada; Path={path}; HttpOnly"))


def by_hand(_environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Chunk the body by hand. PEP 3333 leaves hop-by-hop header fields to the server alone."""
    start_response("200 OK", [TEXT, ("Transfer-Encoding", "chunked"), ("Connection", "keep-alive")])
    return [b"6\r\nhello\n\r\n", b"0\r\n\r\n"]


header_dropped = Cache(listing)
double_length = with_banner(page)
wrong_length = menu
cookie_twice = with_session(own_session)
hop_by_hop = by_hand
