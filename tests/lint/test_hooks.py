"""What a layer of a framework gave is its own fault, not that of the application around it."""

from __future__ import annotations

from tests.support.linted import found
from tests.support.streams import Exchange
from wsgitrace.events import FrameworkChanges, to_headers

TEXT = ("Content-Type", "text/plain")


def changed(exchange, call, *headers):
    exchange.put(FrameworkChanges, call.span, when="out", status="200 OK", headers=to_headers([TEXT, *headers]))
    call.returns([])


def test_a_hook_is_named_for_the_field_that_it_gave():
    bad, connection = ("X A", "1"), ("Connection", "close")
    exchange = Exchange("GET", "/")
    with exchange.call("flask.app.Flask", "application") as app:
        with app.call("shop.views.cart", "framework") as view:
            changed(exchange, view, connection)
        with app.call("shop.hooks.add", "framework") as hook:
            changed(exchange, hook, connection, bad)
        with app.call("werkzeug.wrappers.Response", "response") as response:
            response.start_response("200 OK", [TEXT, connection, bad, ("Content-Length", "3"), ("ETag", "w/x")])
            response.returns([b"abc"])
        app.returns(inner=response)
    assert found(exchange.finish().trace()) == [("A15", "add"), ("A20", "cart"), ("A29", "Response")]


def test_a_middleware_of_a_framework_is_named_for_the_length_that_it_gave():
    exchange = Exchange("GET", "/")
    with exchange.call("django.core.handlers.wsgi.WSGIHandler", "application") as app:
        with app.call("shop.middleware.Length", "framework") as length:
            with length.call("shop.views.cart", "framework") as view:
                changed(exchange, view)
            changed(exchange, length, ("Content-Length", "9"))
        app.start_response("200 OK", [TEXT, ("Content-Length", "9")])
        app.returns([b"abc"])
    assert found(exchange.finish().trace()) == [("A23", "Length")]
