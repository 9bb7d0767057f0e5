"""Requests that tests and screenshots tell again and again, each as an :class:`~tests.support.streams.Exchange`."""

from __future__ import annotations

import json
import zlib
from typing import TYPE_CHECKING

from tests.support.streams import Exchange

if TYPE_CHECKING:
    from collections.abc import Callable

JSON = [("Content-Type", "application/json")]
HTML = [("Content-Type", "text/html; charset=utf-8")]
TEXT = [("Content-Type", "text/plain; charset=utf-8")]


def hello() -> Exchange:
    """The tutorial: one middleware that only hands on, one application."""
    exchange = Exchange("GET", "/", headers=[("Host", "127.0.0.1:8000")])
    with (
        exchange.call("demos.hello.simple_middleware") as middleware,
        middleware.call("demos.hello.simple_app", "application") as app,
    ):
        app.start_response("200 OK", TEXT)
        app.returns([b"Hello, World!\n"])
    return exchange.finish()


def page(target: str = "/cart") -> Exchange:
    """A page of the shop: six middlewares, three of which change something."""
    exchange = Exchange(
        "GET",
        target,
        headers=[
            ("Host", "shop.example"),
            ("Cookie", "sid=9f3c"),
            ("X-Forwarded-For", "203.0.113.9"),
            ("Accept-Encoding", "gzip"),
        ],
    )
    html = b"<!doctype html><title>Cart</title>" + b"<p>A-17 anvil</p>" * 40
    with exchange.call("demos.shop.errors.ErrorPages") as errors, errors.call("demos.shop.timing.Timing") as timing:
        with timing.call("werkzeug.middleware.proxy_fix.ProxyFix", wraps=True) as proxy:
            proxy.environ["REMOTE_ADDR"] = "203.0.113.9"
            proxy.environ["werkzeug.proxy_fix.orig"] = "127.0.0.1"
            with proxy.call("demos.shop.gzip.GZip") as gzip:
                with gzip.call("demos.shop.session.Session", wraps=True) as session:
                    session.environ["shop.session"] = "9f3c"
                    with session.call("demos.shop.auth.Auth", wraps=True) as auth:
                        auth.environ["shop.user"] = "ada"
                        with auth.call("demos.shop.app.Shop", "application") as app:
                            app.wait(12.4)
                            app.start_response("200 OK", [*HTML, ("Content-Length", str(len(html)))])
                            app.returns([html])
                    session.wait(0.8)
                    session.start_response(
                        "200 OK", [*HTML, ("Content-Length", str(len(html))), ("Set-Cookie", "sid=9f3c; HttpOnly")]
                    )
                squeezed = _gzip(html)
                gzip.wait(1.1)
                gzip.start_response(
                    "200 OK",
                    [
                        *HTML,
                        ("Set-Cookie", "sid=9f3c; HttpOnly"),
                        ("Content-Encoding", "gzip"),
                        ("Content-Length", str(len(squeezed))),
                        ("Vary", "Accept-Encoding"),
                    ],
                )
                gzip.returns([squeezed])
        timing.start_response(
            "200 OK",
            [
                *HTML,
                ("Set-Cookie", "sid=9f3c; HttpOnly"),
                ("Content-Encoding", "gzip"),
                ("Content-Length", str(len(squeezed))),
                ("Vary", "Accept-Encoding"),
                ("X-Time", "14.9ms"),
            ],
        )
    return exchange.finish()


def upload() -> Exchange:
    """A form posted as JSON and answered as JSON, the body read in two bites."""
    sent = json.dumps({"sku": "A-17", "count": 2, "note": "für Ada"}).encode()
    exchange = Exchange("POST", "/api/cart", headers=[("Host", "shop.example"), *JSON], body=sent)
    with (
        exchange.call("demos.shop.session.Session") as session,
        session.call("demos.shop.app.Shop", "application") as app,
    ):
        app.read(16)
        app.read()
        app.start_response("201 Created", JSON)
        app.returns([json.dumps({"ok": True, "items": [1, 2, 3]}).encode()])
    return exchange.finish()


def streaming(chunks: int = 5, *, over: bool = False) -> Exchange:
    """Server-sent events through a layer that hands each one on; in flight unless ``over``."""
    exchange = Exchange("GET", "/events", headers=[("Host", "shop.example"), ("Accept", "text/event-stream")])
    with exchange.call("demos.shop.timing.Timing") as timing:
        with timing.call("demos.shop.app.Shop", "application") as app:
            app.start_response("200 OK", [("Content-Type", "text/event-stream")])
            app.returns(generator=True)
        timing.returns(generator=True)
    exchange.response_head()
    total = 0
    for number in range(chunks):
        timing.yields(app.yields(b"data: %d\n\n" % number, took=40))
        total += app.chunks[-1].length
        exchange.sent(total)
    return exchange.finish() if over else exchange


def buffered() -> Exchange:
    """A stream that a middleware joins into one item: it arrives all at once."""
    exchange = Exchange("GET", "/report.csv")
    with exchange.call("demos.broken.Buffering") as layer:
        with layer.call("demos.shop.app.Shop", "application") as app:
            app.start_response("200 OK", [("Content-Type", "text/csv")])
            app.returns(generator=True)
        rows = [app.yields(b"%d;anvil\n" % number, took=100) for number in range(8)]
        app.ends()
        app.close()
        layer.returns([b"".join(row.data for row in rows)])
    return exchange.finish()


def swallowed() -> Exchange:
    """The application raises; a middleware answers 200 all the same."""
    exchange = Exchange("POST", "/cart/checkout", body=b"coupon=")
    with exchange.call("demos.shop.session.Session") as session, session.call("demos.broken.Swallow") as swallow:
        with swallow.call("demos.shop.app.Shop", "application") as app:
            app.read()
            app.wait(3)
            app.raises("KeyError", "'coupon'")
        swallow.start_response("200 OK", JSON)
        swallow.returns([b'{"ok": true}'])
    return exchange.finish()


def failing() -> Exchange:
    """An exception that leaves every layer: the server answers 500."""
    exchange = Exchange("GET", "/boom")
    with (
        exchange.call("demos.shop.session.Session") as session,
        session.call("demos.shop.app.Shop", "application") as app,
    ):
        app.errors("Traceback (most recent call last): ...")
        app.raises("ZeroDivisionError", "division by zero")
    return exchange.finish()


def failing_stream() -> Exchange:
    """An exception in the middle of a stream that is passed through: the response is cut."""
    exchange = Exchange("GET", "/events")
    with (
        exchange.call("demos.shop.session.Session") as session,
        session.call("demos.shop.app.Shop", "application") as app,
    ):
        app.start_response("200 OK", TEXT)
        app.returns(generator=True)
    exchange.response_head()
    app.yields(b"one", took=1)
    app.raises("OSError", "disk on fire", during="next", took=2)
    return exchange.finish("cut")


def retried() -> Exchange:
    """A middleware that calls the application again after a 503."""
    exchange = Exchange("GET", "/flaky")
    with exchange.call("demos.shop.retry.Retry") as retry:
        for status in ("503 Service Unavailable", "200 OK"):
            with retry.call("demos.shop.app.Shop", "application", wraps=True) as app:
                app.wait(5)
                app.start_response(status, TEXT)
                app.returns([status.encode()])
            retry.wait(1)
        retry.start_response("200 OK", TEXT)
        retry.returns(inner=app)
    return exchange.finish()


def short_circuit() -> Exchange:
    """A middleware answers by itself: the application it holds is never called."""
    exchange = Exchange("GET", "/admin")
    exchange.layer("demos.shop.auth.Auth")
    exchange.layer("demos.shop.app.Shop", "application", parent="demos.shop.auth.Auth")
    with exchange.call("demos.shop.auth.Auth") as auth:
        auth.start_response("302 Found", [("Location", "/login")])
        auth.returns([])
    return exchange.finish()


def written() -> Exchange:
    """The old way: ``write()`` before an empty list."""
    exchange = Exchange("GET", "/old")
    with (
        exchange.call("demos.shop.session.Session") as session,
        session.call("demos.shop.old.old", "application") as app,
    ):
        app.start_response("200 OK", TEXT)
        app.write(b"first ")
        app.write(b"second")
        app.returns([])
    return exchange.finish()


def held() -> Exchange:
    """Held at the call of its second layer, and still parked."""
    exchange = Exchange("POST", "/cart/checkout", body=b"coupon=FREE")
    session = exchange.call("demos.shop.session.Session")
    session.environ["shop.session"] = "9f3c"
    session.call("demos.shop.auth.Auth")
    exchange.held()
    return exchange


def released() -> Exchange:
    """Held for 12 s at its application, then let go."""
    exchange = Exchange("GET", "/slow")
    with (
        exchange.call("demos.shop.session.Session") as session,
        session.call("demos.shop.app.Shop", "application") as app,
    ):
        exchange.hold(12_000)
        app.wait(2)
        app.start_response("200 OK", TEXT)
        app.returns([b"ok"])
    return exchange.finish()


def unclosed() -> Exchange:
    """A layer forgets to close the generator inside it."""
    exchange = Exchange("GET", "/leak")
    with exchange.call("demos.broken.Forgetful") as layer:
        with layer.call("demos.shop.app.Shop", "application") as app:
            app.start_response("200 OK", TEXT)
            app.returns(generator=True)
        layer.returns(generator=True)
    layer.closes_inner = False
    layer.yields(app.yields(b"row", took=1))
    return exchange.finish()


def truncated() -> Exchange:
    """A body past the bound of what is recorded, of which the last item is known by its length only."""
    exchange = Exchange("GET", "/big.bin")
    with exchange.call("demos.shop.app.Shop", "application") as app:
        app.start_response("200 OK", [("Content-Type", "application/octet-stream")])
        app.returns(generator=True)
    app.yields(bytes(range(256)) * 4, took=1)
    exchange.truncated("response body", 1024)
    app.yields(b"\0" * 5000, stored=False, took=1)
    return exchange.finish()


def gone() -> Exchange:
    """The client leaves in the middle of a stream."""
    exchange = streaming(3)
    exchange.client_gone()
    exchange.calls[0].close()
    return exchange.finish("client gone")


def killed() -> Exchange:
    """The worker dies in the middle of a stream."""
    return streaming(2).killed()


def refused() -> Exchange:
    """Bytes that are no request."""
    return Exchange("GET", "/\x1b]52;c;bad").refused("a control character in the request target", offset=5)


def subrequest() -> Exchange:
    """A layer that makes up a request of its own to render an error page."""
    exchange = Exchange("GET", "/missing")
    with exchange.call("demos.shop.errors.ErrorPages") as errors:
        with errors.call("demos.shop.app.Shop", "application", wraps=True) as app:
            app.start_response("404 Not Found", TEXT)
            app.returns([b"no such page"])
        page_environ = {"REQUEST_METHOD": "GET", "PATH_INFO": "/errors/404", "wsgi.url_scheme": "http"}
        with errors.call("demos.shop.app.Shop", "application", subrequest=page_environ) as app:
            app.start_response("200 OK", HTML)
            app.returns([b"<h1>Not found</h1>"])
        errors.start_response("404 Not Found", HTML)
        errors.returns([b"<h1>Not found</h1>"])
    return exchange.finish()


def hostile() -> Exchange:
    """Everything that could hurt a terminal, in every place that a client or an application can fill."""
    bad = "\x1b]52;c;aGk=\x07[/red]\u202e\x9b31m"
    exchange = Exchange(
        "GET", "/" + bad.encode("utf-8").decode("latin-1"), headers=[("X-Evil", "\x1b[2J"), ("Host", "x")]
    )
    with exchange.call("demos.shop.session.Session") as session:
        session.environ["evil\x1b[0m"] = bad
        with session.call("demos.shop.app.Shop", "application") as app:
            app.errors(bad)
            app.start_response("200 \x1b[31mOK", [("X-\x1b[1m", bad), ("Content-Type", "text/plain; charset=utf-8")])
            app.returns([bad.encode()])
    return exchange.finish()


def _gzip(data: bytes) -> bytes:
    packer = zlib.compressobj(9, wbits=31)
    return packer.compress(data) + packer.flush()


STORIES: dict[str, Callable[[], Exchange]] = {
    each.__name__: each
    for each in (
        hello,
        page,
        upload,
        streaming,
        buffered,
        swallowed,
        failing,
        failing_stream,
        retried,
        short_circuit,
        written,
        held,
        released,
        unclosed,
        truncated,
        gone,
        killed,
        refused,
        subrequest,
        hostile,
    )
}
"""All of them by name."""
