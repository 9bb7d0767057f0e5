"""A small Flask application with one of each."""

from __future__ import annotations

import gc
import inspect
import traceback
import weakref

import flask
import flask.views

from tests.probe.frameworks.calls import framework_calls
from tests.support.fake_sender import FakeSender
from tests.support.wsgi_driver import environ_for, serve
from wsgitrace.events import Called, FrameworkChanges, LayerFound
from wsgitrace.probe.frameworks.flask import FlaskAdapter
from wsgitrace.probe.frameworks.layers import FrameworkLayers
from wsgitrace.probe.layers import Layers


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


def test_a_function_that_another_tool_put_in_place_of_the_frameworks_is_seen_through(bench, monkeypatch):
    ensure_sync = flask.Flask.ensure_sync

    def patched(self, *args, **kwargs):
        return ensure_sync(self, *args, **kwargs)

    monkeypatch.setattr(flask.Flask, "ensure_sync", patched)
    made = bench(flask_app())
    made.serve(environ_for(path="/shop/view"))
    assert framework_calls(made) == ["before", "before_shop", "view", "teardown", "teardown_app"]
    assert made.sender.faults == []
