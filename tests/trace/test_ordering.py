"""Advice on the order of layers: by what they did in an exchange, and by their names alone."""

from __future__ import annotations

import pytest

from tests.support import stories
from tests.support.streams import Exchange
from wsgitrace.events import LayerFound, ResponseHead
from wsgitrace.trace.ordering import ORDERS, advise, advise_stack

HTML = ("Content-Type", "text/html")
FORWARDED = [("Host", "a.example"), ("X-Forwarded-For", "203.0.113.9, 10.0.0.1")]


def advised(exchange):
    return {(each.order.id, each.outer, each.inner) for each in advise(exchange.finish().trace())}


def answered(exchange, *layers, inner=(), status="200 OK"):
    """Layers from the outside in, each with what it adds to the headers; the last is the application."""
    calls = []
    for name, _ in layers:
        around = calls[-1] if calls else exchange
        calls.append(around.call(name, wraps=True) if calls else around.call(name))
    headers = before = [HTML, *inner]
    for index, (call, (_, added)) in enumerate(zip(calls[::-1], layers[::-1], strict=True)):
        headers = added(headers) if callable(added) else [*headers, *added]
        if not index or headers != before:
            call.start_response(status, headers)
        if not index:
            call.returns([b"x" * 200])
        elif any(name == "Content-Encoding" for name, _ in headers[len(before) :]):
            call.returns([b"packed by " + call.layer.name.encode()])
        else:
            call.returns(inner=calls[::-1][index - 1])
        before = headers
    return exchange


def test_two_that_are_called_proxies_are_one_too_many_though_the_second_changes_nothing():
    exchange = Exchange("GET", "/", headers=FORWARDED)
    with exchange.call("mounts.app") as mounts:
        mounts.environ["PATH_INFO"] = "/x"
        with mounts.call("a.ProxyFix") as outer:
            outer.environ["REMOTE_ADDR"] = "10.0.0.1"
            with outer.call("a.ProxyFix#2") as inner, inner.call("a.app", "application") as app:
                app.start_response("200 OK", [HTML])
                app.returns([b"x"])
    assert advised(exchange) == {("two-proxies", "a.ProxyFix", "a.ProxyFix#2")}, "and who dispatches may be outside"


GZIP = [("Content-Encoding", "gzip"), ("Vary", "Accept-Encoding")]


@pytest.mark.parametrize(
    ("layers", "expected"),
    [
        ([("a.Gzip", GZIP), ("a.Etags", [("ETag", '"1"')]), ("a.app", [])], set()),
        (
            [("a.Etags", [("ETag", '"1"')]), ("a.Gzip", GZIP), ("a.app", [])],
            {("etag-of-compressed", "a.Etags", "a.Gzip")},
        ),
        (
            [("a.Sessions", [("Set-Cookie", "s=1")]), ("a.Gzip", GZIP), ("a.app", [])],
            {("session-outside-compression", "a.Sessions", "a.Gzip")},
        ),
        (
            [("a.Outer", [("Content-Encoding", "br")]), ("a.Gzip", GZIP), ("a.app", [])],
            {("compressed-twice", "a.Outer", "a.Gzip")},
        ),
        (
            [
                ("a.Language", lambda headers: [*headers[:-1], ("Vary", "Accept-Language")]),
                ("a.Gzip", GZIP),
                ("a.app", []),
            ],
            {("vary-lost", "a.Language", "a.Gzip")},
        ),
    ],
)
def test_what_stands_outside_of_compression(layers, expected):
    assert advised(answered(Exchange("GET", "/"), *layers)) == expected


def believing(exchange, *names, address="203.0.113.9"):
    call = None
    for name in names:
        call = exchange.call(name) if call is None else call.call(name)
        if "Proxy" in name:
            call.environ["REMOTE_ADDR"] = f"{address}{len(name)}"
        elif name != "a.app":
            call.environ[f"{name}.seen"] = "1"
    call.start_response("200 OK", [HTML])
    call.returns([b""])
    for outer in exchange.calls[-2::-1]:
        outer.returns(inner=exchange.calls[outer.span])
    return exchange


def test_who_believes_a_proxy_is_outermost():
    sent = Exchange("GET", "/", headers=FORWARDED)
    assert advised(believing(sent, "a.ProxyFix", "a.Audit", "a.app")) == set()
    sent = Exchange("GET", "/", headers=FORWARDED)
    assert advised(believing(sent, "a.Audit", "a.ProxyFix", "a.app")) == {("proxy-inside", "a.Audit", "a.ProxyFix")}
    sent = Exchange("GET", "/", headers=[("Host", "a.example")])
    assert advised(believing(sent, "a.Audit", "a.ProxyFix", "a.app")) == set()


def test_two_believe_a_proxy():
    sent = Exchange("GET", "/", headers=FORWARDED)
    assert advised(believing(sent, "a.ProxyFix", "b.ProxyHeaders", "a.app")) == {
        ("two-proxies", "a.ProxyFix", "b.ProxyHeaders")
    }


def test_a_stream_that_is_held_back():
    found = advise(stories.buffered().trace())
    assert [(each.order.id, each.outer.rpartition(".")[2]) for each in found] == [("stream-buffered", "Buffering")]
    assert found[0].evidence == "8 items came over 700 ms, and the first went out after the last"
    assert found[0].reason.startswith("Buffering collects the items of a stream from Shop")


def test_an_error_outside_of_the_layer_that_answers_errors():
    exchange = Exchange("GET", "/")
    outer = exchange.call("a.Auth")
    catcher = outer.call("a.ErrorPages", wraps=True)
    inner = catcher.call("a.app")
    inner.raises("KeyError")
    catcher.start_response("500 Oops", [HTML])
    catcher.returns([b"sorry"])
    outer.raises("ValueError")
    exchange.put(ResponseHead, 0, status="500 Internal Server Error", headers=())
    assert advised(exchange) == {("errors-outside", "a.Auth", "a.ErrorPages")}


@pytest.mark.parametrize("name", sorted(stories.STORIES))
def test_any_prefix_gets_advice_or_none(name):
    trace = stories.STORIES[name]().trace()
    for event in trace.events[::3]:
        for each in advise(trace.at(event.seq)):
            assert each.order.id in ORDERS
            assert each.reason
            assert each.evidence


def stack(*names):
    found = [LayerFound(0, "wsgitrace.server", "server", "", 0, "")]
    for number, name in enumerate(names, 1):
        kind = "application" if number == len(names) else "wsgi"
        found.append(LayerFound(number, name, kind, "", 0, "", number - 1 if number > 1 else None))
    return {(each.order.id, each.outer, each.inner) for each in advise_stack(found)}


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["w.ProxyFix", "w.Gzip", "w.Session", "w.app"], set()),
        (["w.Session", "w.ProxyFix", "w.app"], {("proxy-inside", "w.Session", "w.ProxyFix")}),
        (["w.DispatcherMiddleware", "w.ProxyFix", "w.app"], set()),
        (["w.ProxyFix", "w.ProxyFix", "w.app"], {("two-proxies", "w.ProxyFix", "w.ProxyFix")}),
        (["w.ETags", "w.gzip_middleware", "w.app"], {("etag-of-compressed", "w.ETags", "w.gzip_middleware")}),
        (
            ["w.SessionMiddleware", "w.Compress", "w.app"],
            {("session-outside-compression", "w.SessionMiddleware", "w.Compress")},
        ),
        (["w.Gzip", "w.Brotli", "w.app"], {("compressed-twice", "w.Gzip", "w.Brotli")}),
    ],
)
def test_names_alone_tell_of_an_order(names, expected):
    assert stack(*names) == expected
