"""Small applications on real frameworks and middleware."""
# ruff: noqa: PLC0415 -- each framework is imported only by the test that wants it

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass
class Framework:
    module: str
    make: Any
    requests: list = field(default_factory=lambda: [{"path": "/"}, {"path": "/missing"}])


FRAMEWORKS = {}


def framework(module, *requests):
    def register(make):
        FRAMEWORKS[make.__name__] = Framework(module, make, list(requests) or [{"path": "/"}, {"path": "/missing"}])
        return make

    return register


FORM = {"method": "POST", "path": "/form", "body": b"a=1&b=2", "CONTENT_TYPE": "application/x-www-form-urlencoded"}


@framework("flask", {"path": "/"}, {"path": "/stream"}, {"path": "/missing"}, {"path": "/fails"}, FORM)
def flask_app():
    import flask
    from werkzeug.middleware.proxy_fix import ProxyFix

    app = flask.Flask("shop_on_flask")

    @app.get("/")
    def home():
        return "hello"

    @app.get("/stream")
    def stream():
        return flask.Response((f"{n}\n" for n in range(3)), mimetype="text/plain")

    @app.get("/fails")
    def fails():
        flask.abort(418)

    @app.post("/form")
    def form():
        return dict(flask.request.form)

    app.wsgi_app = ProxyFix(app.wsgi_app)
    return app


@framework("werkzeug", {"path": "/"}, {"path": "/api/x"}, {"path": "/static/none"})
def werkzeug_stack():
    from werkzeug.middleware.dispatcher import DispatcherMiddleware
    from werkzeug.middleware.lint import LintMiddleware
    from werkzeug.middleware.proxy_fix import ProxyFix
    from werkzeug.middleware.shared_data import SharedDataMiddleware
    from werkzeug.wrappers import Request, Response

    @Request.application
    def api(request):
        return Response(f"api {request.path}", headers=[("X-A", "1")])

    def home(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "4")])
        return [b"home"]

    return ProxyFix(SharedDataMiddleware(DispatcherMiddleware(LintMiddleware(home), {"/api": api}), {"/static": "/"}))


def own_urls(get_response):
    """Django middleware: other URLs than those of the project."""

    def middleware(request):
        request.urlconf = "transparency_urls"
        return get_response(request)

    return middleware


@framework("django", {"path": "/"}, {"path": "/stream"}, {"path": "/missing"})
def django_app():
    import importlib
    import types

    # A process has the settings of one project, and other tests in this one want those of the demo.
    importlib.import_module("demos.django_shop")
    import sys

    from django.core.wsgi import WSGIHandler
    from django.http import HttpResponse, StreamingHttpResponse
    from django.test.utils import override_settings
    from django.urls import path

    urls = types.ModuleType("transparency_urls")
    urls.urlpatterns = [
        path("", lambda request: HttpResponse("hello")),
        path("stream", lambda request: StreamingHttpResponse(iter([b"a", b"b"]))),
    ]
    sys.modules["transparency_urls"] = urls
    middleware = [f"{__name__}.own_urls", "django.middleware.gzip.GZipMiddleware"]
    with override_settings(MIDDLEWARE=[*middleware, "django.middleware.common.CommonMiddleware"]):
        return WSGIHandler()


@framework("pyramid")
def pyramid_app():
    from pyramid.config import Configurator
    from pyramid.response import Response

    def tween_factory(handler, registry):
        def tween(request):
            response = handler(request)
            response.headers["X-Tween"] = "1"
            return response

        return tween

    with Configurator() as config:
        config.add_route("home", "/")
        config.add_view(lambda request: Response("hello"), route_name="home")
        config.registry["factory"] = tween_factory
        return config.make_wsgi_app()


@framework("falcon")
def falcon_app():
    import falcon

    class Home:
        def on_get(self, request, response):
            response.text = "hello"

    app = falcon.App()
    app.add_route("/", Home())
    return app


@framework("bottle", {"path": "/"}, {"path": "/stream"}, {"path": "/missing"})
def bottle_app():
    import bottle

    app = bottle.Bottle()
    app.route("/", callback=lambda: "hello")

    def stream():
        yield "a"
        yield "b"

    app.route("/stream", callback=stream)
    return app


@framework("webob")
def webob_stack():
    from webob import Request, Response
    from webob.dec import wsgify

    @wsgify
    def app(request):
        if request.path == "/":
            inner = Request.blank("/inner").get_response(leaf)
            return Response(b"sub " + inner.body)
        return Response("other", status=404)

    def leaf(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [environ["PATH_INFO"].encode()]

    @wsgify.middleware
    def outer(request, application):
        response = request.get_response(application)
        response.headers["X-Outer"] = "1"
        return response

    return outer(app)


@framework("django", {"path": "/dj/"}, {"path": "/flask/"}, {"path": "/"})
def mixed_stack():
    import flask
    from werkzeug.middleware.dispatcher import DispatcherMiddleware

    app = flask.Flask("mixed")
    app.add_url_rule("/", view_func=lambda: "root")
    return DispatcherMiddleware(app, {"/dj": django_app(), "/flask": app})


@framework("wsgiref")
def wsgiref_demo():
    from wsgiref.simple_server import demo_app
    from wsgiref.validate import validator

    def steady(environ, start_response):
        small = {key: environ[key] for key in ("PATH_INFO", "REQUEST_METHOD")}
        return demo_app(small, start_response)

    return validator(steady)
