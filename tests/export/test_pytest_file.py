"""Exported tests, run: they pass while the application answers the same, and fail when it does not."""

from __future__ import annotations

import gzip
import json
import re
import sys
from types import ModuleType

import pytest

from tests.support.streams import Exchange
from wsgitrace.export import CLIENTS
from wsgitrace.export.pytest_clients import fitting_client
from wsgitrace.export.pytest_file import pytest_file
from wsgitrace.redact import Masker, Names

MODULE = "an_application_of_the_exported_tests"
INSTALLED = frozenset({"werkzeug"})


def told(app, method="GET", target="/", *, headers=(), body=b"", layer="shop.Shop"):
    """A request to an application, as it would have been recorded."""
    exchange = Exchange(method, target, headers=[("Host", "shop.test:8000"), *headers], body=body)
    with exchange.call(layer, "application") as call:
        if body:
            call.read()
        started = []
        environ = {
            "REQUEST_METHOD": method,
            "PATH_INFO": target.partition("?")[0],
            "QUERY_STRING": target.partition("?")[2],
            "body": body,
            **{f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers},
        }
        chunks = list(app(environ, lambda *given: started.append(given)))
        call.start_response(*started[0])
        call.returns(chunks)
    exchange.finish()
    return exchange.trace()


def application(change=None):
    """Answers with what it was asked; ``change`` is the fault of a later version."""

    def app(environ, start_response):
        length = int(environ.get("CONTENT_LENGTH") or 0)
        body = environ["body"] if "body" in environ else environ["wsgi.input"].read(length)
        asked = {
            "method": environ["REQUEST_METHOD"],
            "path": environ["PATH_INFO"],
            "query": environ["QUERY_STRING"],
            "body": body.decode("latin-1"),
            "cookie": environ.get("HTTP_COOKIE"),
            "list": [1, None, True, "é" * 90],
        }
        status = "418 Teapot" if change == "status" else "200 OK"
        if change == "body":
            asked["list"].append(2)
        kind = "text/json" if change == "header" else "application/json"
        start_response(status, [("Content-Type", kind), ("Server-Timing", f"a;dur={id(asked)}"), ("Set-Cookie", "a=b")])
        return [json.dumps(asked).encode()]

    return app


def outcome(text, app):
    """Run the tests of a file against an application: names of those that fail."""
    module = ModuleType(MODULE)
    module.app = app
    sys.modules[MODULE] = module
    try:
        namespace = {}
        exec(compile(text, "exported", "exec"), namespace)
        failed = []
        for name, test in list(namespace.items()):
            if name.startswith("test_"):
                try:
                    test()
                except AssertionError:
                    failed.append(name)
        return failed
    finally:
        del sys.modules[MODULE]


@pytest.fixture
def exported(taken):
    def make(traces, client="plain", masker=None):
        exchanges = [taken(trace, masker, app=f"{MODULE}:app", resolved=f"{MODULE}:app") for trace in traces]
        return pytest_file(exchanges, client, INSTALLED)

    return make


@pytest.fixture
def requests():
    app = application()
    return [
        told(app, "GET", "/a%20b?x=1&x=2"),
        told(app, "POST", "/cart", headers=[("Cookie", "sid=9f3c"), ("Content-Type", "a/b")], body=b"\0'\xff\n"),
    ]


@pytest.mark.parametrize("client", ["plain", "werkzeug"])
def test_tests_pass_until_the_behaviour_changes(exported, requests, client):
    requests[0] = told(application(), "GET", "/ab?x=1&x=2")
    text = exported(requests, client)
    assert outcome(text, application()) == []
    for change in ("status", "header", "body"):
        assert outcome(text, application(change)) == ["test_7_get_ab", "test_7_post_cart"], change


@pytest.mark.parametrize("client", ["plain", "werkzeug"])
def test_what_was_written_by_write_is_part_of_the_answer(exported, client):
    def app(_environ, start_response):
        write = start_response("200 OK", [("Content-Type", "text/plain")])
        write(b"written ")
        return [b"returned"]

    exchange = Exchange("GET", "/", headers=[("Host", "shop.test")])
    with exchange.call("shop.Shop", "application") as call:
        call.start_response("200 OK", [("Content-Type", "text/plain")])
        call.write(b"written ")
        call.returns([b"returned"])
    exchange.finish()
    text = exported([exchange.trace()], client)
    assert "'written returned'" in text
    assert outcome(text, app) == []


def test_what_is_masked_may_be_anything(exported, requests):
    text = exported(requests, masker=Masker(Names()))
    assert "9f3c" not in text
    assert text.count("# Secrets in it are masked") == 1
    before = application()

    def app(environ, start_response):
        (answer,) = before(environ, start_response)
        return [answer]

    assert outcome(text, app) == ["test_7_get_a_20b"]  # the application that was told of knows no percent signs


def test_an_answer_with_tokens_is_compared_but_for_them(exported):
    def page(token):
        html = f'<form><input type="hidden" name="csrf_token" value="{token}"></form>'.encode()

        def app(_environ, start_response):
            start_response("200 OK", [("Content-Type", "text/html; charset=utf-8"), ("Location", f"/?token={token}")])
            return [html if token != "gone" else b"<form></form>"]

        return app

    text = exported([told(page("a1b2c3d4e5"))])
    assert outcome(text, page("f6g7h8i9j0")) == []
    assert outcome(text, page("gone")) == ["test_7_get"]


def test_content_codings_are_undone_before_it_is_compared(exported):
    def packed(level, text="the same"):
        def app(_environ, start_response):
            start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Encoding", "gzip")])
            return [gzip.compress(text.encode() * 50, level, mtime=level)]

        return app

    text = exported([told(packed(1))])
    assert outcome(text, packed(9)) == []
    assert outcome(text, packed(9, "another")) == ["test_7_get"]


def test_long_bodies_are_compared_by_their_hash(exported):
    def app(data):
        def answer(_environ, start_response):
            start_response("200 OK", [("Content-Type", "image/png")])
            return [data]

        return answer

    text = exported([told(app(b"\xff" * 9_000))])
    assert len(text) < 3_000
    assert outcome(text, app(b"\xff" * 9_000)) == []
    assert outcome(text, app(b"\xff" * 8_999 + b"\0")) == ["test_7_get"]


def test_an_exception_that_left_the_application_is_expected(exported):
    exchange = Exchange("GET", "/broken", headers=[("Host", "shop.test")])
    with exchange.call("shop.Shop", "application") as call:
        call.raises("builtins.KeyError", "'coupon'")
    exchange.finish()

    def app(*_):
        raise KeyError("coupon")

    def other(*_):
        raise ValueError

    text = exported([exchange.trace()])
    assert outcome(text, app) == []
    assert outcome(text, other) == ["test_7_get_broken"]


@pytest.mark.parametrize("client", CLIENTS)
def test_every_client_is_a_program(exported, requests, client):
    compile(exported(requests, client), "exported", "exec")


@pytest.mark.parametrize(
    ("layer", "installed", "client"),
    [
        ("flask.app.Flask", {"webtest", "werkzeug"}, "flask"),
        ("shop.Shop", {"webtest", "werkzeug"}, "webtest"),
        ("shop.Shop", {"werkzeug"}, "werkzeug"),
        ("shop.Shop", set(), "plain"),
        ("django.core.handlers.wsgi.WSGIHandler", set(), "plain"),
    ],
    ids=["flask", "webtest", "werkzeug", "plain", "django without a pass inside"],
)
def test_the_client_is_that_of_the_framework_or_one_that_is_there(taken, layer, installed, client):
    exchange = taken(told(application(), layer=layer))
    assert fitting_client([exchange], frozenset(installed)) == client


def test_an_application_that_answers_with_exc_info_is_not_tested_by_werkzeug(taken):
    exchange = Exchange("GET", "/", headers=[("Host", "shop.test")])
    with exchange.call("shop.Shop", "application") as call:
        call.start_response("404 Not Found", [], exc_info="shop.NotFound")
        call.returns([b""])
    exchange.finish()
    fitting = [fitting_client([taken(exchange.trace())], names) for names in (INSTALLED, INSTALLED | {"webtest"})]
    assert fitting == ["plain", "webtest"]


def test_django_is_tested_by_its_own_client(taken):
    exchange = Exchange("GET", "/", headers=[("Host", "shop.test")])
    with exchange.call("django.core.handlers.wsgi.WSGIHandler", "application") as outer:
        with outer.call("django.middleware.common.CommonMiddleware", "framework"):
            pass
        outer.start_response("200 OK", [])
        outer.returns([b""])
    exchange.finish()
    assert fitting_client([taken(exchange.trace())], frozenset()) == "django"


@pytest.mark.parametrize(
    ("app", "resolved", "lines"),
    [
        ("shop:app", "shop:app", "from shop import app\n"),
        ("shop:site.wsgi", "shop:site.wsgi", "import shop\n\napp = shop.site.wsgi\n"),
        ("shop:make('x', n=1)", "shop:make", "from shop import make\n\napp = make('x', n=1)\n"),
        ("shop", "shop:create_app", "from shop import create_app\n\napp = create_app()\n"),
        ("web/wsgi.py", "wsgi:app", "sys.path.insert(0, 'web')\nfrom wsgi import app\n"),
        ("", "", "# Which application this was is not recorded: name yours here.\nfrom app import app\n"),
    ],
    ids=["name", "attribute", "call", "factory", "file", "unknown"],
)
def test_the_application_is_imported_as_it_was_named(taken, app, resolved, lines):
    exchange = taken(told(application()), app=app, resolved=resolved)
    text = pytest_file([exchange], "plain", frozenset())
    assert lines in text
    compile(text, "exported", "exec")


def test_names_of_tests_say_what_they_send(exported, requests):
    assert re.findall(r"^def (test_\w+)", exported(requests), re.MULTILINE) == ["test_7_get_a_20b", "test_7_post_cart"]
