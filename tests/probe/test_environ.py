"""Environs as plain data."""

from __future__ import annotations

from types import SimpleNamespace

from wsgitrace.events import Opaque
from wsgitrace.probe import environ as environs
from wsgitrace.probe.streams import ErrorsObserver, InputObserver
from wsgitrace.server.environ import connection_environ, request_environ
from wsgitrace.server.head import parse_head
from wsgitrace.server.intake import Intake
from wsgitrace.server.options import ServerOptions


def made_by_the_server(options):
    head = parse_head(b"GET /shop?page=1 HTTP/1.1\r\nHost: localhost\r\nX-Mark: \xff\r\n\r\n", options)
    base = connection_environ(("127.0.0.1", 8000), ("127.0.0.1", 50000), "http", options)
    environ = request_environ(base, head, Intake(SimpleNamespace(options=options), head))
    environ["wsgi.input"] = InputObserver(environ["wsgi.input"], None, 0)
    environ["wsgi.errors"] = ErrorsObserver(environ["wsgi.errors"], None)
    return environ


def test_all_that_the_server_puts_into_an_environ_is_told_without_a_look_at_each_value(monkeypatch):
    options = ServerOptions()
    environs.whole(made_by_the_server(options), short=True)  # from here on it knows what is in all of them
    environ = made_by_the_server(options)
    expected = environs.whole(environ, short=False)
    monkeypatch.setattr(environs, "rendered", None)
    assert environs.whole(environ, short=True) == expected
    assert expected["wsgitrace.client_disconnected"] == Opaque(
        "method", "", None, id(environ["wsgitrace.client_disconnected"])
    )


def test_keys_that_are_added_are_told_in_their_order_and_what_else_changed_with_them():
    before = {"A": "1", "B": "2"}
    added = {**before, "Z": "3", "Y": 4, "X": None}
    changed, removed = environs.difference(before, added)
    assert list(changed.items()) == [("Z", "3"), ("Y", 4), ("X", None)]
    assert removed == ()
    changed, removed = environs.difference(before, {"B": "5", "Z": "3", "Y": "4"})
    assert list(changed.items()) == [("B", "5"), ("Z", "3"), ("Y", "4")]
    assert removed == ("A",)
