"""Whole applications, and servers of applications of other kinds."""
# ruff: noqa: PLC0415 -- each package is imported only for its own application

from __future__ import annotations

from tests.zoo.animal import GET, animal, folder, read_locals


@animal("a2wsgi", "starlette", requests=[GET], more=[{"path": "/stream"}, {"path": "/missing"}])
def starlette_through_a2wsgi(between):
    from a2wsgi import ASGIMiddleware
    from starlette.applications import Starlette
    from starlette.responses import PlainTextResponse, StreamingResponse
    from starlette.routing import Route

    async def home(request):
        read_locals()
        return PlainTextResponse("hello")

    async def stream(request):
        async def items():
            yield b"a"
            yield b"b"

        return StreamingResponse(items(), media_type="text/plain")

    return ASGIMiddleware(Starlette(routes=[Route("/", home), Route("/stream", stream)]))


@animal(
    "wsgidav",
    requests=[{"path": "/a.txt"}, {"path": "/missing"}, {"path": "/"}],
    more=[
        {"path": "/", "method": "OPTIONS"},
        {"path": "/a.txt", "method": "PROPFIND", "HTTP_DEPTH": "0"},
        {"path": "/a.txt", "method": "HEAD"},
        {"path": "/a.txt", "HTTP_RANGE": "bytes=2-3"},
    ],
    always=True,
)
def wsgidav_folder(between):
    from wsgidav.wsgidav_app import WsgiDAVApp

    return WsgiDAVApp(
        {
            "provider_mapping": {"/": folder(a="shared")},
            "simple_dc": {"user_mapping": {"*": True}},
            "logging": {"enable": False},
            "verbose": 0,
        }
    )


@animal("cherrypy", requests=[GET, {"path": "/missing"}], more=[{"path": "/stream"}], always=True)
def cherrypy_tree(between):
    import cherrypy

    class Root:
        @cherrypy.expose
        def index(self):
            read_locals()
            return "hello"

        @cherrypy.expose
        def stream(self):
            yield "a"
            yield "b"

        stream._cp_config = {"response.stream": True}  # noqa: RUF012 -- an attribute of the function

    cherrypy.config.update({"environment": "embedded", "log.screen": False, "request.show_tracebacks": False})
    cherrypy.tree.mount(Root(), "/")
    return cherrypy.tree


@animal(
    "mercurial",
    requests=[GET, {"path": "/file"}],
    more=[{"path": "/", "query": "cmd=capabilities"}],
    once=True,
    times=30,
)
def mercurial_web(between):
    from mercurial import initialization

    initialization.init()  # before anything else is imported of it
    from mercurial import hg, ui
    from mercurial.hgweb import hgweb

    path = folder().encode()
    options = ui.ui.load()
    hg.repository(options, path, create=True)
    return hgweb(path)


@animal("flask", "django", "werkzeug.middleware.dispatcher", requests=[{"path": "/django/"}, {"path": "/"}], once=True)
def django_and_flask_in_a_dispatcher(between):
    from werkzeug.middleware.dispatcher import DispatcherMiddleware

    from tests.zoo.django_animals import django_app
    from tests.zoo.framework_animals import flask_app

    return DispatcherMiddleware(between(flask_app()), {"/django": between(django_app())})
