from __future__ import annotations

import random
import threading
import zlib
from typing import TYPE_CHECKING

from demos.client import browse, photo
from demos.shop import app
from tests.support.http_server import free_port, serving
from tests.support.waiting import until

if TYPE_CHECKING:
    from collections.abc import Iterable
    from wsgiref.types import StartResponse, WSGIEnvironment

SIGHTS = {
    "GET /",
    "GET /static/shop.css",
    "GET /art/pothos.svg",
    "GET /api/suggestion",
    "POST /api/cart",
    "POST /login",
    "POST /checkout",
    "GET /account",
    "GET /api/stock",
    "HEAD /",
    "PUT /cart",
}


class Watched:
    """The shop, with a list of what was asked of it."""

    def __init__(self) -> None:
        self.seen: set[str] = set()
        self.statuses: set[str] = set()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        self.seen.add(f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}")

        def start(status: str, headers: list[tuple[str, str]], *exc_info: object) -> object:
            self.statuses.add(status[:3])
            return start_response(status, headers, *exc_info)

        return app(environ, start)


def test_visitors_see_the_whole_shop_and_leave_when_told() -> None:
    stop = threading.Event()
    watched = Watched()
    with serving(watched) as url:
        thread = threading.Thread(target=browse, args=(url, stop), kwargs={"pace": 0.0, "seed": 4}, daemon=True)
        thread.start()
        try:
            until(lambda: watched.seen >= SIGHTS and watched.statuses >= {"200", "201", "303", "403", "404", "500"})
            until(lambda: any(sight.endswith("/reviews") for sight in watched.seen))
        finally:
            stop.set()
            thread.join(20)
    assert not thread.is_alive()


def test_visitors_wait_for_a_server_that_is_away() -> None:
    stop = threading.Event()
    url = f"http://127.0.0.1:{free_port()}"
    thread = threading.Thread(target=browse, args=(url, stop), kwargs={"pace": 0.0, "seed": 1}, daemon=True)
    thread.start()
    assert not stop.wait(0.2)
    assert thread.is_alive()
    stop.set()
    thread.join(20)
    assert not thread.is_alive()


def test_a_photo_is_a_whole_png() -> None:
    picture = photo(random.Random(1), size=8)
    assert picture.startswith(b"\x89PNG\r\n\x1a\n")
    start = picture.index(b"IDAT") + 4
    assert len(zlib.decompress(picture[start : picture.index(b"IEND") - 8])) == 8 * (1 + 3 * 8)
