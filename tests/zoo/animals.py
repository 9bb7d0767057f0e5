"""The zoo: small applications on real middleware from the package index, each made by one function.

The golden lists beside them name the layers of a request in the order of their calls. They were recorded, then judged
by what the packages are known to do; before a list is changed, the package's source has to explain the change.
"""
# ruff: noqa: PLC0415 -- each package is imported only for its own application

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

GET = {"path": "/"}


@dataclass
class Animal:
    modules: tuple
    make: Any
    requests: list = field(default_factory=lambda: [GET])


ZOO = {}


def animal(*modules, requests=(GET,)):
    def register(make):
        ZOO[make.__name__] = Animal(modules, make, list(requests))
        return make

    return register


def hello(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "5")])
    return [b"hello"]


def flask_hello():
    import flask

    app = flask.Flask("zoo")
    app.add_url_rule("/", "home", lambda: "hello")
    return app


@animal("whitenoise", requests=[GET, {"path": "/static/a.txt"}])
def whitenoise_around_an_application():
    import os

    from whitenoise import WhiteNoise

    folder = tempfile.mkdtemp()
    file = Path(folder, "a.txt")
    file.write_text("static")
    os.utime(file, (1_700_000_000, 1_700_000_000))
    return WhiteNoise(hello, root=folder, prefix="static/")


@animal("paste.cascade", requests=[GET, {"path": "/missing"}, {"path": "/sub/x"}])
def paste_url_map_cascade_gzip():
    from paste.cascade import Cascade
    from paste.gzipper import middleware as gzip
    from paste.httpexceptions import HTTPNotFound
    from paste.urlmap import URLMap

    def missing(environ, start_response):
        return HTTPNotFound().wsgi_application(environ, start_response)

    urls = URLMap()
    urls["/"] = Cascade([missing, hello])
    urls["/sub"] = gzip(hello)
    return urls


@animal("paste.cascade")
def paste_registry_recursive():
    from paste.recursive import RecursiveMiddleware
    from paste.registry import RegistryManager

    return RegistryManager(RecursiveMiddleware(hello))


@animal("beaker")
def beaker_session():
    from beaker.middleware import SessionMiddleware

    def app(environ, start_response):
        environ["beaker.session"]["seen"] = 1
        return hello(environ, start_response)

    return SessionMiddleware(app, {"session.type": "memory"})


@animal("webob")
def webob_wsgify():
    from webob import Response
    from webob.dec import wsgify

    @wsgify
    def app(request):
        return Response("hello")

    @wsgify.middleware
    def middleware(request, app):
        return request.get_response(app)

    return middleware(app)


@animal("webob")
def webob_subrequest():
    from webob import Request

    def app(environ, start_response):
        inner = Request.blank("/inner").get_response(hello)
        return inner(environ, start_response)

    return app


@animal("sentry_sdk")
def sentry_around_an_application():
    import sentry_sdk
    from sentry_sdk.integrations.wsgi import SentryWsgiMiddleware

    sentry_sdk.init(dsn=None, default_integrations=False, auto_enabling_integrations=False)
    return SentryWsgiMiddleware(hello)


@animal("sentry_sdk", "flask")
def sentry_inside_flask():
    import sentry_sdk
    from sentry_sdk.integrations.flask import FlaskIntegration

    sentry_sdk.init(
        dsn="http://key@127.0.0.1:9/1",
        integrations=[FlaskIntegration()],
        default_integrations=False,
        auto_enabling_integrations=False,
        transport=lambda _event: None,
    )
    return flask_hello()


@animal("opentelemetry.instrumentation.wsgi")
def opentelemetry_around_an_application():
    from opentelemetry.instrumentation.wsgi import OpenTelemetryMiddleware

    return OpenTelemetryMiddleware(hello)


@animal("opentelemetry.instrumentation.flask", "flask")
def opentelemetry_inside_flask():
    from opentelemetry.instrumentation.flask import FlaskInstrumentor

    app = flask_hello()
    FlaskInstrumentor().instrument_app(app)
    return app


@animal("a2wsgi", "starlette")
def starlette_through_a2wsgi():
    from a2wsgi import ASGIMiddleware
    from starlette.applications import Starlette
    from starlette.responses import PlainTextResponse
    from starlette.routing import Route

    async def home(request):
        return PlainTextResponse("hello")

    return ASGIMiddleware(Starlette(routes=[Route("/", home)]))


@animal("wsgidav", requests=[{"path": "/a.txt"}, {"path": "/missing"}])
def wsgidav_folder():
    import os

    from wsgidav.wsgidav_app import WsgiDAVApp

    folder = tempfile.mkdtemp()
    file = Path(folder, "a.txt")
    file.write_text("shared")
    os.utime(file, (1_700_000_000, 1_700_000_000))
    return WsgiDAVApp(
        {
            "provider_mapping": {"/": folder},
            "simple_dc": {"user_mapping": {"*": True}},
            "logging": {"enable": False},
            "verbose": 0,
        }
    )


@animal("cherrypy")
def cherrypy_tree():
    import cherrypy

    class Root:
        @cherrypy.expose
        def index(self):
            return "hello"

    cherrypy.config.update({"environment": "embedded", "log.screen": False})
    cherrypy.tree.mount(Root(), "/")
    return cherrypy.tree


@animal("prometheus_client", requests=[GET, {"path": "/metrics/"}])
def prometheus_in_a_dispatcher():
    from prometheus_client import CollectorRegistry, Counter, make_wsgi_app
    from werkzeug.middleware.dispatcher import DispatcherMiddleware

    registry = CollectorRegistry()
    Counter("visits", "Visits", registry=registry)
    return DispatcherMiddleware(hello, {"/metrics": make_wsgi_app(registry)})


@animal("repoze.who")
def repoze_who():
    from repoze.who.classifiers import default_challenge_decider, default_request_classifier
    from repoze.who.middleware import PluggableAuthenticationMiddleware

    return PluggableAuthenticationMiddleware(
        hello, [], [], [], [], default_request_classifier, default_challenge_decider
    )


@animal("static", requests=[{"path": "/a.txt"}])
def static_cling():
    import os

    import static

    folder = tempfile.mkdtemp()
    file = Path(folder, "a.txt")
    file.write_text("static")
    os.utime(file, (1_700_000_000, 1_700_000_000))
    return static.Cling(folder)


@animal("wsgicors")
def cors():
    from wsgicors import CORS

    return CORS(hello, headers="*", methods="*", maxage="180", origin="*")


@animal("wsgi_basic_auth")
def basic_auth_refuses():
    import wsgi_basic_auth

    return wsgi_basic_auth.BasicAuth(hello, users={"a": "b"})


@animal("dozer")
def dozer():
    from dozer import Dozer

    made = Dozer(hello)
    made.running = False
    return made


@animal("elasticapm")
def elastic_apm_around_an_application():
    from elasticapm import Client
    from elasticapm.middleware import ElasticAPM

    client = Client(service_name="zoo", server_url="http://127.0.0.1:9", disable_send=True, metrics_interval="0s",
                    central_config=False, instrument=False)  # fmt: skip
    return ElasticAPM(hello, client)


@animal("flask", "werkzeug", requests=[GET, {"path": "/missing"}])
def flask_behind_profiler_and_lint():
    import io

    from werkzeug.middleware.lint import LintMiddleware
    from werkzeug.middleware.profiler import ProfilerMiddleware

    return ProfilerMiddleware(LintMiddleware(flask_hello()), stream=io.StringIO())
