"""Middleware around an application, from packages that are made for that."""
# ruff: noqa: PLC0415 -- each package is imported only for its own application

from __future__ import annotations

import io
import logging
import textwrap

from tests.zoo.animal import GET, LINT, OF_HELLO, animal, folder, hello


@animal("whitenoise", requests=[GET, {"path": "/static/a.txt"}], more=OF_HELLO)
def whitenoise_around_an_application(between):
    from whitenoise import WhiteNoise

    return WhiteNoise(between(hello), root=folder(a="static"), prefix="static/")


@animal("paste.cascade", requests=[GET, {"path": "/missing"}, {"path": "/sub/x"}], more=OF_HELLO)
def paste_url_map_cascade_gzip(between):
    from paste.cascade import Cascade
    from paste.gzipper import middleware as gzip
    from paste.httpexceptions import HTTPNotFound
    from paste.urlmap import URLMap

    def missing(environ, start_response):
        return HTTPNotFound().wsgi_application(environ, start_response)

    urls = URLMap()
    urls["/"] = between(Cascade([between(missing), between(hello)]))
    urls["/sub"] = between(gzip(between(hello)))
    return urls


@animal("paste.cascade", more=OF_HELLO)
def paste_registry_recursive(between):
    from paste.recursive import RecursiveMiddleware
    from paste.registry import RegistryManager

    return RegistryManager(between(RecursiveMiddleware(between(hello))))


@animal("paste.recursive", requests=[GET, {"path": "/forward"}, {"path": "/include"}])
def paste_recursive_calls(between):
    from paste.recursive import ForwardRequestException, RecursiveMiddleware

    def app(environ, start_response):
        if environ["PATH_INFO"] == "/forward":
            raise ForwardRequestException("/")
        if environ["PATH_INFO"] == "/include":
            included = environ["paste.recursive.include"]("/")
            start_response("200 OK", [("Content-Type", "text/plain")])
            return [b"included ", included.body]
        return hello(environ, start_response)

    return RecursiveMiddleware(app)


@animal("paste.translogger", more=OF_HELLO)
def paste_logger_errors_exceptions(between):
    from paste.evalexception import EvalException
    from paste.httpexceptions import HTTPExceptionHandler
    from paste.translogger import TransLogger

    logger = logging.getLogger("zoo")
    logger.addHandler(logging.NullHandler())
    logger.propagate = False
    stack = between(HTTPExceptionHandler(between(EvalException(between(hello)))))
    return TransLogger(stack, logger=logger, setup_console_handler=False)


@animal("paste.deploy", "paste.gzipper", more=OF_HELLO)
def paste_deploy(between):
    from pathlib import Path

    from paste.deploy import loadapp

    file = Path(folder(), "zoo.ini")
    text = """
        [pipeline:main]
        pipeline = registry exceptions hello
        [filter:registry]
        paste.filter_app_factory = paste.registry:make_registry_manager
        [filter:exceptions]
        paste.filter_app_factory = paste.httpexceptions:make_middleware
        [app:hello]
        paste.app_factory = tests.zoo.middleware_animals:hello_factory
    """
    file.write_text(textwrap.dedent(text))
    return loadapp(f"config:{file}")


def hello_factory(global_config):
    return hello


@animal("beaker", more=OF_HELLO)
def beaker_session(between):
    from beaker.middleware import SessionMiddleware

    def app(environ, start_response):
        environ["beaker.session"]["seen"] = 1
        return hello(environ, start_response)

    return SessionMiddleware(between(app), {"session.type": "memory"})


@animal("beaker", more=OF_HELLO)
def beaker_cache_and_session(between):
    from beaker.middleware import CacheMiddleware, SessionMiddleware

    return CacheMiddleware(between(SessionMiddleware(between(hello), {"session.type": "memory"})))


@animal("webob", always=True)
def webob_wsgify(between):
    from webob import Response
    from webob.dec import wsgify

    @wsgify
    def app(request):
        return Response("hello")

    @wsgify.middleware
    def middleware(request, app):
        return request.get_response(app)

    return middleware(between(app))


@animal("webob")
def webob_subrequest(between):
    from webob import Request

    def app(environ, start_response):
        inner = Request.blank("/inner").get_response(between(hello))
        return inner(environ, start_response)

    return app


@animal("fanstatic", requests=[GET, {"path": "/fanstatic/zoo/a.txt"}, {"path": "/fanstatic/missing"}], more=OF_HELLO)
def fanstatic_resources(between):
    from fanstatic import Delegator, Injector, Library, LibraryRegistry, Publisher

    registry = LibraryRegistry([Library("zoo", str(folder(a="static")))])
    return Delegator(between(Injector(between(hello))), between(Publisher(registry)))


@animal("repoze.who", more=OF_HELLO)
def repoze_who(between):
    from repoze.who.classifiers import default_challenge_decider, default_request_classifier
    from repoze.who.middleware import PluggableAuthenticationMiddleware

    return PluggableAuthenticationMiddleware(
        between(hello), [], [], [], [], default_request_classifier, default_challenge_decider
    )


@animal("repoze.who", requests=[GET, {"path": "/", "HTTP_AUTHORIZATION": "Basic YTpi"}])
def repoze_who_challenges(between):
    from repoze.who.classifiers import default_challenge_decider, default_request_classifier
    from repoze.who.middleware import PluggableAuthenticationMiddleware
    from repoze.who.plugins.basicauth import BasicAuthPlugin

    class Known:
        @staticmethod
        def authenticate(environ, identity):
            return identity["login"] if identity["password"] == "b" else None

    def app(environ, start_response):
        if "REMOTE_USER" in environ:
            return hello(environ, start_response)
        start_response("401 Unauthorized", [("Content-Type", "text/plain")])
        return [b"who?"]

    basic = BasicAuthPlugin("zoo")
    return PluggableAuthenticationMiddleware(
        between(app), [("basic", basic)], [("known", Known())], [("basic", basic)], [],
        default_request_classifier, default_challenge_decider,
    )  # fmt: skip


@animal("repoze.tm", "transaction", more=OF_HELLO)
def repoze_transactions(between):
    from repoze.tm import TM

    return TM(between(hello))


@animal("static", requests=[{"path": "/a.txt"}])
def static_cling(between):
    import static

    return static.Cling(folder(a="static"))


@animal("wsgicors", more=[*OF_HELLO, {"method": "OPTIONS", "path": "/", "HTTP_ORIGIN": "x"}])
def cors(between):
    from wsgicors import CORS

    return CORS(between(hello), headers="*", methods="*", maxage="180", origin="*")


@animal("wsgi_basic_auth", requests=[GET, {"path": "/", "HTTP_AUTHORIZATION": "Basic YTpi"}])
def basic_auth(between):
    import wsgi_basic_auth

    return wsgi_basic_auth.BasicAuth(between(hello), users={"a": "b"})


@animal("werkzeug", requests=[GET, {"path": "/api/x"}, {"path": "/static/a.txt"}], more=OF_HELLO)
def werkzeug_stack(between):
    from werkzeug.middleware.dispatcher import DispatcherMiddleware
    from werkzeug.middleware.http_proxy import ProxyMiddleware
    from werkzeug.middleware.proxy_fix import ProxyFix
    from werkzeug.middleware.shared_data import SharedDataMiddleware
    from werkzeug.wrappers import Request, Response

    @Request.application
    def api(request):
        return Response(f"api {request.path}", headers=[("X-A", "1")])

    proxy = ProxyMiddleware(between(DispatcherMiddleware(between(hello), {"/api": between(api)})), {})
    return ProxyFix(between(SharedDataMiddleware(between(proxy), {"/static": folder(a="static")})))


@animal("werkzeug", requests=[GET], more=[{"path": "/stream"}, {"path": "/wrong"}, {"path": "/wrong/later"}])
def werkzeug_debugger(between):
    from werkzeug.debug import DebuggedApplication, tbtools

    # The page has a new number for each frame of each request.
    tbtools.DebugFrameSummary.render_html = lambda frame, **_: f"{frame.name}\n"
    tbtools.DebugTraceback.render_debugger_html = lambda traceback, **_: traceback.render_traceback_text()
    return DebuggedApplication(between(hello), evalex=False)


@animal("werkzeug", more=OF_HELLO, alarms=LINT, times=100)
def werkzeug_profiler_and_lint(between):
    from werkzeug.middleware.lint import LintMiddleware
    from werkzeug.middleware.profiler import ProfilerMiddleware

    return ProfilerMiddleware(between(LintMiddleware(between(hello))), stream=io.StringIO())
