"""Small applications: what each framework lets one do that the demonstrations do not."""

from __future__ import annotations

import inspect
import threading
import warnings
from http.cookies import SimpleCookie
from types import SimpleNamespace

import bottle
import falcon
import pytest

from tests.probe.frameworks.calls import framework_calls, trace_of
from tests.support.wsgi_driver import environ_for
from wsgitrace.events import Raised
from wsgitrace.probe.frameworks.django import DjangoAdapter


def falcon_app():
    class Late:
        def process_response(self, _request, response, _resource, _succeeded):
            response.set_header("X-Late", "1")

    class Things:
        def on_get(self, _request, _response):
            raise LookupError("seeds")

    def handle(_request, response, _error, _params):
        response.status = falcon.HTTP_418

    def sink(_request, response):
        response.text = "sunk"

    app = falcon.App()
    app.add_route("/things", Things())
    app.add_error_handler(LookupError, handle)
    app.add_sink(sink, "/sink")
    return app, Late


def test_falcon(bench):
    app, late = falcon_app()
    made = bench(app)
    app.add_middleware(late())
    for path, calls in {
        "/things": ["on_get", "handle", "process_response"],
        "/sink": ["sink", "process_response"],
    }.items():
        made.serve(environ_for(path=path))
        assert framework_calls(made) == calls
    assert made.sender.faults == []


def test_what_falcon_does_with_an_exception_is_the_applications_doing(bench):
    app, _ = falcon_app()
    made = bench(app)
    made.serve(environ_for(path="/things"))
    spans = {span.name.rpartition(".")[2]: span for span in trace_of(made).spans}
    assert spans["on_get"].raised_here
    assert [raised.type for raised in spans["App"].caught] == ["LookupError"]
    assert spans["handle"].response_changes.status == ("200 OK", "418 I'm a teapot")


def test_djangos_cookies_are_told_as_its_handler_sends_them():
    headers = SimpleNamespace(_store={"a": ("A", "1")})
    response = SimpleNamespace(headers=headers, status_code=200, cookies=SimpleCookie("b=c"))
    told = DjangoAdapter.answer(None, response)
    assert told == ("200 OK", (("A", "1"), ("Set-Cookie", response.cookies["b"].output(header=""))))


class Upper:
    """A Bottle plugin that is an object."""

    name = "upper"
    api = 2

    def apply(self, callback, _route):
        def shout(*args, **kwargs):
            return callback(*args, **kwargs).upper()

        return shout


def bottle_app():
    app = bottle.Bottle()

    class Seeds:
        def home(self):
            return "home"

    def rows(count=2):
        for row in range(count):
            yield f"row {row}\n"

    app.route("/", callback=Seeds().home)
    app.route("/rows", callback=rows, skip=True)
    app.install(Upper())

    @app.hook("after_request")
    def after():
        bottle.response.set_header("X-After", "1")

    other = bottle.Bottle()
    other.route("/inner", callback=lambda: "inner")
    app.mount("/wsgi", other.wsgi)
    return app


def test_bottle(bench):
    made = bench(bottle_app())
    assert made.serve().body == b"HOME"
    assert framework_calls(made) == ["JSONPlugin", "Upper", "home", "after"] or framework_calls(made) == [
        "Upper",
        "JSONPlugin",
        "home",
        "after",
    ]
    assert made.sender.ended().route == "/"


def test_a_callback_may_be_a_generator_function(bench):
    app = bottle_app()
    made = bench(app)
    assert made.serve(environ_for(path="/rows")).body == b"row 0\nrow 1\n"
    assert framework_calls(made) == ["rows", "after"]
    assert made.sender.ended().view.endswith("rows")
    (callback,) = [route.callback for route in app.routes if route.rule == "/rows"]
    assert inspect.isgeneratorfunction(callback)
    assert list(callback(1)) == ["row 0\n"]


def test_callbacks_and_plugins_called_where_bottle_runs_no_request_are_functions_like_others(bench):
    app, called = bottle_app(), []
    made = bench(app)
    made.serve(environ_for(path="/"))
    route = next(route for route in app.routes if route.rule == "/")
    thread = threading.Thread(target=lambda: called.append((route.callback(), route.call())))
    thread.start()
    thread.join()
    assert len(called) == 1
    assert made.sender.faults == []
    made.serve(environ_for(path="/"))
    assert "home" in framework_calls(made)


def test_a_mounted_application_is_a_layer_of_its_own_inside_the_view(bench):
    made = bench(bottle_app())
    assert made.serve(environ_for(path="/wsgi/inner")).body == b"inner"
    trace = trace_of(made)
    inner = [span for span in trace.spans if span.name.startswith("Bottle")][-1]
    around = trace.span(inner.parent)
    assert (around.layer.kind, around.layer.part) == ("framework", "view")


def pyramid_app():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # WebOb imports cgi
        from pyramid.config import Configurator  # noqa: PLC0415 -- see above
        from pyramid.response import Response  # noqa: PLC0415 -- see above

    class Tween:
        def __init__(self, handler, _registry):
            self.handler = handler

        def __call__(self, request):
            request.tweened = True
            return self.handler(request)

    def off(handler, _registry):
        return handler

    class Shop:
        def __init__(self, request):
            self.request = request

        def seeds(self):
            return Response("seeds")

    with Configurator() as config:
        module = "tests.probe.frameworks.test_small_apps"
        globals().update(pyramid_tween=Tween, pyramid_off=off)
        config.add_tween(f"{module}.pyramid_tween")
        config.add_tween(f"{module}.pyramid_off")
        config.add_route("seeds", "/seeds")
        config.add_view(Shop, attr="seeds", route_name="seeds")
        config.add_route("both", "/both")
        config.add_view(lambda _context, _request: Response("get"), route_name="both", request_method="GET")
        config.add_view(lambda _request: Response("post"), route_name="both", request_method="POST")
        return config.make_wsgi_app()


def test_pyramid(bench):
    made = bench(pyramid_app())
    made.serve(environ_for(path="/seeds"))
    assert framework_calls(made) == ["Tween", "excview_tween_factory", "handle_request", "seeds"]
    assert made.sender.ended().view.endswith("Shop.seeds")
    keys = {
        change.key: span.name
        for span in trace_of(made).spans
        for change in span.changes.all
        if change.of == "framework"
    }
    assert keys["request.tweened"].endswith("Tween")
    assert keys["request.matched_route"] == "Router.handle_request"


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_of_several_views_the_one_that_ran_is_told(bench, method):
    made = bench(pyramid_app())
    assert made.serve(environ_for(method, "/both")).body == method.lower().encode()
    assert len(framework_calls(made)) == 4
    assert made.sender.of_event(Raised) == []
