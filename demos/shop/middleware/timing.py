"""Shape: a closure that is a generator, so that it runs only when the server asks for the first chunk."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment


def timing(app: WSGIApplication) -> WSGIApplication:
    """Say in ``Server-Timing`` how long ``app`` took to answer; browsers show it beside their own timings."""

    def timed(environ: WSGIEnvironment, start_response: StartResponse) -> Iterator[bytes]:
        began = time.perf_counter()

        def stamped(status: str, headers: list[tuple[str, str]], *exc_info: Any) -> Callable[[bytes], object]:
            took = 1000 * (time.perf_counter() - began)
            return start_response(status, [*headers, ("Server-Timing", f"shop;dur={took:.1f}")], *exc_info)

        chunks = app(environ, stamped)
        try:
            for chunk in chunks:  # noqa: UP028 -- "yield from" would close the iterator as well, a second time
                yield chunk
        finally:
            # PEP 3333: whoever calls an application closes the iterable it returned, not an iterator over it.
            if close := getattr(chunks, "close", None):
                close()

    return timed
