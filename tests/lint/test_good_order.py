"""Middleware and frameworks in good order: no rule is broken, whatever is asked of them."""

from __future__ import annotations

import contextlib
import importlib
import io
import warnings
from pathlib import Path

import pytest
from werkzeug.debug import DebuggedApplication
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.middleware.profiler import ProfilerMiddleware
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.middleware.shared_data import SharedDataMiddleware
from werkzeug.utils import send_file
from werkzeug.wrappers import Request, Response

from tests.support.linted import Linted
from wsgitrace.trace.lint import lint

REQUESTS = {
    "get": {},
    "head": {"method": "HEAD"},
    "post": {"method": "POST", "body": b"a=1", "headers": ["Content-Type: application/x-www-form-urlencoded"]},
    "conditional": {"headers": ['If-None-Match: "1"', "If-Modified-Since: Mon, 23 Nov 2037 00:00:00 GMT"]},
    "range": {"headers": ["Range: bytes=0-1"]},
    "old": {"version": "1.0"},
    "proxied": {"headers": ["X-Forwarded-For: 203.0.113.9", "X-Forwarded-Prefix: /api", "X-Forwarded-Proto: https"]},
    "leaving": {"target": "/stream", "leave_after": 10},
}


def werkzeug_response(environ, start_response):
    request = Request(environ)
    if request.path == "/stream":
        return Response((b"x" * 50_000 for _ in range(20)), mimetype="text/plain")(environ, start_response)
    response = Response(f"form: {dict(request.form)}", mimetype="text/plain")
    response.set_etag("1")
    response.set_cookie("visit", "1")
    return response.make_conditional(request, accept_ranges=True, complete_length=8)(environ, start_response)


def werkzeug_middleware():
    application = ProfilerMiddleware(werkzeug_response, stream=io.StringIO())
    application = SharedDataMiddleware(application, {"/lint": __file__})
    application = DispatcherMiddleware(application, {"/mounted": werkzeug_response})
    return ProxyFix(DebuggedApplication(application, pin_security=False), x_prefix=1)


def webob_middleware():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # some versions import cgi, which Python is about to drop
        webob = pytest.importorskip("webob", reason="WebOb is not installed", exc_type=ImportError)
        wsgify = importlib.import_module("webob.dec").wsgify

    @wsgify
    def application(request):
        if request.path_info == "/stream":
            return webob.Response(app_iter=(b"x" * 50_000 for _ in range(20)), content_type="text/plain")
        response = webob.Response(f"form: {dict(request.POST)}", content_type="text/plain", conditional_response=True)
        response.etag = "1"
        response.set_cookie("visit", "1")
        return response

    @wsgify.middleware
    def adding(request, inner):
        response = request.get_response(inner)
        response.headers["X-Added"] = "1"
        return response

    @wsgify.middleware
    def looking(request, inner):
        request.environ["tests.fields"] = len(request.POST)
        return inner

    return adding(looking(application))


@pytest.fixture(scope="module", params=[werkzeug_middleware, webob_middleware])
def served(request):
    with contextlib.redirect_stderr(io.StringIO()), Linted(request.param()) as served:
        yield served
        assert not served.sender.faults


@pytest.mark.parametrize("name", REQUESTS)
def test_nothing_is_broken(served, name):
    trace = served.get(**REQUESTS[name])
    assert trace.root.status[:1] in "23"
    found = [(broken.rule.id, trace.span(broken.span).name, broken.text) for broken in lint(trace)]
    assert found == []


@pytest.mark.parametrize("target", ["/lint", "/mounted/x", "/mounted"])
def test_nothing_is_broken_elsewhere(served, target):
    trace = served.get(target)
    assert [(broken.rule.id, trace.span(broken.span).name, broken.text) for broken in lint(trace)] == []


def fail():
    raise KeyError("no")


def flask_application():
    flask = pytest.importorskip("flask")
    app = flask.Flask("good")
    app.add_url_rule("/", "page", lambda: {"a": 1})
    app.add_url_rule("/moved", "moved", lambda: flask.redirect("/"))
    app.add_url_rule("/file", "file", lambda: flask.send_file(__file__, conditional=True))
    app.add_url_rule("/stream", "stream", lambda: flask.Response(chunks(), mimetype="text/event-stream"))
    app.add_url_rule("/broken", "broken", fail)
    return app


def bottle_application():
    bottle = pytest.importorskip("bottle")
    app = bottle.Bottle()
    app.route("/", "GET", lambda: {"a": 1})
    app.route("/moved", "GET", lambda: bottle.redirect("/"))
    app.route("/file", "GET", lambda: bottle.static_file("test_good_order.py", str(Path(__file__).parent), etag=False))
    app.route("/stream", "GET", chunks)
    app.route("/broken", "GET", fail)
    return app


def falcon_application():
    falcon = pytest.importorskip("falcon")

    def resource(answer):
        return type("Resource", (), {"on_get": answer, "on_head": answer})()

    def page(_, __, response):
        response.media = {"a": 1}

    def moved(_, __, ___):
        raise falcon.HTTPFound("/")

    def stream(_, __, response):
        response.stream = chunks()

    app = falcon.App()
    for path, answer in (("/", page), ("/moved", moved), ("/stream", stream), ("/broken", lambda *_: fail())):
        app.add_route(path, resource(answer))
    app.add_static_route("/", str(Path(__file__).parent))
    return app


def debugged_application():
    @Request.application
    def application(request):
        if request.path == "/moved":
            return Response("", 302, {"Location": "/"})
        if request.path == "/file":
            return send_file(__file__, request.environ, conditional=True)
        if request.path == "/stream":
            return Response(chunks(), mimetype="text/plain")
        return fail() if request.path == "/broken" else Response("hi", 200 if request.path == "/" else 404)

    return DebuggedApplication(application, evalex=True, pin_security=False)


def chunks():
    return (b"x" * 20_000 for _ in range(20))


@pytest.fixture(
    scope="module", params=[flask_application, bottle_application, falcon_application, debugged_application]
)
def framework(request):
    with contextlib.redirect_stderr(io.StringIO()), Linted(request.param()) as served:
        yield served
        assert not served.sender.faults


ASKED = {
    "page": {},
    "head": {"method": "HEAD"},
    "options": {"method": "OPTIONS"},
    "unknown": {"method": "PROPFIND"},
    "missing": {"target": "/missing"},
    "moved": {"target": "/moved"},
    "file": {"target": "/file", "headers": ["Accept-Encoding: gzip"]},
    "head of a file": {"target": "/file", "method": "HEAD"},
    "range": {"target": "/file", "headers": ["Range: bytes=0-9"]},
    "unchanged": {"target": "/file", "headers": ["If-Modified-Since: Mon, 23 Nov 2037 00:00:00 GMT"]},
    "stream": {"target": "/stream"},
    "leaving": {"target": "/stream", "leave_after": 10},
    "old": {"target": "/stream", "version": "1.0"},
    "broken": {"target": "/broken"},
}


@pytest.mark.parametrize("name", ASKED)
def test_a_framework_breaks_nothing(framework, name):
    trace = framework.get(**ASKED[name])
    assert [(broken.rule.id, trace.span(broken.span).name, broken.text) for broken in lint(trace)] == []
