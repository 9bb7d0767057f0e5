"""Small applications: what each framework lets one do that the demonstrations do not."""

from __future__ import annotations

import functools
import gc
import inspect
import threading
import traceback
import warnings
import weakref
from http.cookies import SimpleCookie
from types import SimpleNamespace

import bottle
import falcon
import flask
import flask.views
import pytest

from tests.support.fake_sender import FakeSender
from tests.support.wsgi_driver import environ_for, serve
from wsgitrace.events import Called, FrameworkChanges, LayerFound, Raised
from wsgitrace.probe.frameworks.django import DjangoAdapter
from wsgitrace.probe.frameworks.flask import FlaskAdapter
from wsgitrace.probe.frameworks.layers import FrameworkLayers
from wsgitrace.probe.frameworks.naming import named
from wsgitrace.probe.layers import Layers
from wsgitrace.trace import Trace


def framework_calls(bench):
    """Short names of the framework's layers that were called in the last exchange.

    What another test's application left alive may have taken a name first: the number after it is no matter here.
    """
    layers = bench.sender.layers
    called = [layers[event.layer] for event in bench.sender.of_event(Called)]
    return [layer.name.rpartition(".")[2].partition("#")[0] for layer in called if layer.kind == "framework"]


def trace_of(bench):
    return Trace.from_events([*bench.sender.of(LayerFound), *bench.sender.events()])


def flask_app():  # noqa: C901 -- one of each
    app = flask.Flask("small")
    shop = flask.Blueprint("shop", "small")

    @app.before_request
    def before():
        flask.session["seen"] = True

    @shop.before_request
    def before_shop():
        flask.g.shop = "seeds"

    @app.teardown_request
    def teardown(_error):
        pass

    @app.teardown_appcontext
    def teardown_app(_error):
        pass

    @shop.get("/view")
    def view():
        return "plain"

    @shop.get("/async")
    async def later():
        return "later"

    class Methods(flask.views.MethodView):
        def get(self):
            return "by method"

    @app.get("/raises")
    def raises():
        raise LookupError("seeds")

    @app.errorhandler(LookupError)
    def lookup(error):
        return "".join(traceback.format_tb(error.__traceback__)), 500

    @app.get("/this-request")
    def this_request():
        @flask.after_this_request
        def once(response):
            response.headers["X-Once"] = "1"
            return response

        return "once"

    app.secret_key = "tests"
    shop.add_url_rule("/methods", view_func=Methods.as_view("methods"))
    app.register_blueprint(shop, url_prefix="/shop")
    return app


def test_flask(bench):
    made = bench(flask_app())
    found = {layer.name.rpartition(".")[2]: layer.how for layer in made.sender.of(LayerFound)}
    assert found["before_shop"] == "before_request of blueprint shop"
    ends = ["teardown", "teardown_app"]
    for path, calls in {
        "/shop/view": ["before", "before_shop", "view"],
        "/shop/async": ["before", "before_shop", "later"],
        "/shop/methods": ["before", "before_shop", "Methods"],
        "/raises": ["before", "raises", "lookup"],
        "/this-request": ["before", "this_request", "once"],
    }.items():
        made.serve(environ_for(path=path))
        assert framework_calls(made) == calls + ends, path
    assert made.sender.faults == []
    known = len(made.sender.layers)
    for _ in range(20):
        made.serve(environ_for(path="/this-request"))
    assert len(made.sender.layers) == known


def test_a_function_of_flask_is_a_layer_in_each_of_its_roles_and_what_a_request_makes_goes_with_it(bench):
    app = flask.Flask("small")
    made_in_request = []

    def both():
        flask.g.calls = flask.g.get("calls", 0) + 1
        if flask.g.calls == 1:
            return None

        @flask.after_this_request
        def once(response):
            return response

        made_in_request.append(weakref.ref(once))
        return "both"

    app.before_request(both)
    app.get("/")(both)
    made = bench(app)
    for _ in range(2):
        made.serve(environ_for(path="/"))
        assert framework_calls(made) == ["both", "both", "once"]
        assert [made.sender.layers[event.layer].part for event in made.sender.of_event(Called)][1:4] == [
            "hook",
            "view",
            "hook",
        ]
    gc.collect()
    assert [once() for once in made_in_request] == [None, None]


def test_what_is_made_for_each_request_does_not_fill_the_list():
    sender = FakeSender()
    layers = FrameworkLayers(Layers(sender))
    made = [lambda: None for _ in range(20)]
    found = [layers.of(one, "view", "view") for one in made]
    assert len({layer.id for layer in found}) == len(sender.of(LayerFound)) < len(made)
    assert [layers.of(one, "view", "view") for one in made] == found
    assert layers.of(lambda: None, "view", "view", parent=1) not in found


def test_flask_tells_session_and_g(bench):
    made = bench(flask_app())
    made.serve(environ_for(path="/shop/view"))
    keys = [change.key for event in made.sender.of_event(FrameworkChanges) for change in event.attributes]
    assert keys == ["session.seen", "g.shop"]


def test_tracebacks_are_the_very_same(bench):
    app = flask_app()
    plain = serve(app, environ_for(path="/raises")).body
    assert bench(app).serve(environ_for(path="/raises")).body == plain


def test_functions_stay_what_they_are(bench):
    app = flask_app()
    before = dict(app.view_functions), dict(app.before_request_funcs)
    signatures = {name: inspect.signature(view) for name, view in app.view_functions.items()}
    made = bench(app)
    made.serve(environ_for(path="/shop/view"))
    assert (dict(app.view_functions), dict(app.before_request_funcs)) == before
    assert {name: inspect.signature(view) for name, view in app.view_functions.items()} == signatures
    assert inspect.iscoroutinefunction(app.view_functions["shop.later"])


def test_a_failing_adapter_detaches_itself_and_harms_no_request(bench, monkeypatch):
    app = flask_app()
    plain = serve(app, environ_for(path="/shop/view"))
    made = bench(app)

    def fail(*_):
        raise RuntimeError("ours")

    monkeypatch.setattr(FlaskAdapter, "sources", fail)
    for _ in range(3):
        assert made.serve(environ_for(path="/shop/view")).body == plain.body
    assert [(fault.hook, fault.error) for fault in made.sender.faults] == [("Flask adapter", "RuntimeError: ours")]
    assert framework_calls(made) == []
    assert made.sender.ended().how == "complete"


def test_an_application_made_in_a_request(bench):
    made_later = []

    def lazy(environ, start_response):
        if not made_later:
            made_later.append(flask_app())
        return made_later[0](environ, start_response)

    made = bench(lazy)
    made.serve(environ_for(path="/shop/view"))
    assert framework_calls(made) == ["before", "before_shop", "view", "teardown", "teardown_app"]


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


def decorated(method):
    @functools.wraps(method)
    def decorator(self):
        return method(self)

    return decorator


class Site:
    @decorated
    def login(self):
        """As of Django's admin."""


def test_a_decorated_method_is_where_it_is_written():
    assert named(Site().login) == (f"{__name__}.Site.login", __file__, Site.login.__wrapped__.__code__.co_firstlineno)


def test_what_wrapt_is_around_is_one_layer_by_its_own_name_though_it_is_wrapped_for_each_request():
    wrapt = pytest.importorskip("wrapt")

    def view():
        """As New Relic wraps it."""

    def wrapped():
        return wrapt.FunctionWrapper(view, lambda inner, _instance, args, kwargs: inner(*args, **kwargs))

    assert named(wrapped()) == named(view)
    layers = FrameworkLayers(Layers(FakeSender()))
    assert layers.of(wrapped(), "view", "view") is layers.of(wrapped(), "view", "view")


def test_a_view_made_of_a_class_has_the_name_of_the_class_whatever_decorates_its_method():
    class Seeds:
        def __init__(self, first=0):
            self.first = first

        @decorated
        def dispatch(self):
            """Answer."""

    def view():
        """As Django's ``as_view()`` makes it."""

    view.view_class = Seeds
    view.__dict__.update(Seeds.dispatch.__dict__)
    assert named(view).name == f"{__name__}.{Seeds.__qualname__}"
    assert named(view).line == Seeds.dispatch.__wrapped__.__code__.co_firstlineno


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


def test_a_function_that_another_tool_put_in_place_of_the_frameworks_is_seen_through(bench, monkeypatch):
    ensure_sync = flask.Flask.ensure_sync

    def patched(self, *args, **kwargs):
        return ensure_sync(self, *args, **kwargs)

    monkeypatch.setattr(flask.Flask, "ensure_sync", patched)
    made = bench(flask_app())
    made.serve(environ_for(path="/shop/view"))
    assert framework_calls(made) == ["before", "before_shop", "view", "teardown", "teardown_app"]
    assert made.sender.faults == []


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
