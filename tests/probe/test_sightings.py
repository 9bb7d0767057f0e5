"""Layers that no walk from the application can find: found by what is on the stack, from the next request on."""

from __future__ import annotations

import functools
import sys

import pytest

from tests.support.wsgi_driver import environ_for, serve, stack_locals
from wsgitrace.events import Called, LayerFound

CASES = {}


def case(make):
    CASES[make.__name__] = make
    return make


def leaf(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"leaf"]


def outer(app):
    def call(environ, start_response):
        return app(environ, start_response)

    return call


@case
def lambdas_made_per_request():
    def app(environ, start_response):
        inner = lambda x, y: leaf(x, y)  # noqa: E731, PLW0108 -- the shape
        return inner(environ, start_response)

    return app, ["app", "<lambda>", "leaf"]


@case
def closures_made_per_request():
    def adding(app, text):
        def add(one, two):
            return [*app(one, two), text]

        return add

    def app(environ, start_response):
        return adding(adding(leaf, b"1"), b"2")(environ, start_response)

    return app, ["app", "adding", "adding", "leaf"]


@case
def named_closures_made_per_request():
    def app(environ, start_response):
        def inner(environ, start_response):
            return leaf(environ, start_response)

        return inner(environ, start_response)

    return app, ["app", "app", "leaf"]


@case
def decorated_per_request():
    def decorated(app):
        @functools.wraps(app)
        def wrapper(*args, **kwargs):
            return app(*args, **kwargs)

        return wrapper

    def app(environ, start_response):
        return decorated(leaf)(environ, start_response)

    return app, ["app", "decorated", "leaf"]


@case
def instances_made_per_request():
    class Middleware:
        def __init__(self, app):
            self.app = app

        def __call__(self, one, two):
            return self.app(one, two)

    def app(environ, start_response):
        return Middleware(Middleware(leaf))(environ, start_response)

    return app, ["app", "Middleware", "Middleware", "leaf"]


@case
def classes_made_per_request():
    def app(environ, start_response):
        class Once:
            def __call__(self, *args):
                return leaf(*args)

        return Once()(environ, start_response)

    return app, ["app", "Once", "leaf"]


@case
def built_lazily():
    made = []

    def build():
        return outer(lambda x, y: leaf(x, y))  # noqa: PLW0108 -- the shape

    def app(environ, start_response):
        if not made:
            made.append(build())
        return made[0](environ, start_response)

    return app, ["app", "outer", "<lambda>", "leaf"]


@case
def lambda_that_answers():
    def app(environ, start_response):
        answer = lambda one, begin: [begin("204 No Content", [])][1:]  # noqa: E731 -- the shape
        return answer(environ, start_response)

    return app, ["app", "<lambda>"]


@case
def found_by_its_exception():
    def app(environ, start_response):
        def fails(one, two):
            raise ValueError("x")

        return fails(environ, start_response)

    return app, ["app", "app"]


@case
def start_response_wrapped_before_it():
    def app(environ, start_response):
        def begin(status, headers, exc_info=None):
            return start_response(status, [*headers, ("X-Wrapped", "1")], exc_info)

        inner = lambda x, y: leaf(x, y)  # noqa: E731, PLW0108 -- the shape
        return inner(environ, begin)

    return app, ["app", "<lambda>", "leaf"]


@case
def start_response_partially_applied_before_it():
    def my_start_response(outer, status, headers, exc_info=None):
        return outer(status, headers, exc_info)

    def app(environ, start_response):
        inner = lambda *args: leaf(*args)  # noqa: E731, PLW0108 -- the shape
        return inner(environ, functools.partial(my_start_response, start_response))

    return app, ["app", "<lambda>", "leaf"]


def short(layer):
    name = layer.name.split("#")[0]
    return "<lambda>" if name.startswith("<lambda>") else name.rpartition(".")[2]


@pytest.mark.smoke
@pytest.mark.parametrize("name", CASES)
@pytest.mark.usefixtures("whole_heap")
def test_every_layer_is_observed_from_the_second_request_on(name, bench):
    application, expected = CASES[name]()
    plain = [serve(application, environ_for()) for _ in range(4)]
    made = bench(application)
    assert [made.serve(environ_for()) for _ in range(4)] == plain
    assert not made.sender.faults
    # Where calls can be seen before they are made, no request has to show the way.
    for exchange in (1, 2, 3, 4) if sys.version_info >= (3, 12) else (2, 3, 4):
        called = made.sender.of_event(Called, exchange)
        # A closure is called as what made it.
        assert [short(made.sender.layers[event.layer]) for event in called] == [name, *expected[1:]]
    # Each is reported once, and says when it was first seen.
    layers = made.sender.of(LayerFound)
    assert len({layer.name for layer in layers}) == len(layers)
    assert {layer.exchange for layer in layers} <= {None, 1}
    assert all(layer.intercepted for layer in layers)


def test_what_makes_layers_has_its_very_code_again_after_unpatching(bench):
    made_now = []

    def making(text):
        def decorate(app):
            def inner(one, two):
                return [*app(one, two), text]

            made_now.append(inner)
            return inner

        return decorate

    def app(environ, start_response):
        return making(b"!")(leaf)(environ, start_response)

    codes = [making.__code__, app.__code__]
    made = bench(app)
    assert [made.serve().body for _ in range(3)] == [b"leaf!"] * 3
    assert made_now[-1].__code__ not in codes
    made.probe.detach()
    assert [making.__code__, app.__code__] == codes
    assert making.__code__ is codes[0]
    assert app.__code__ is codes[1]
    assert serve(app).body == b"leaf!"
    assert made_now[-1].__code__ is made_now[0].__code__


def test_locals_of_every_frame_are_readable_where_layers_are_made_anew(bench):
    seen = []

    def app(environ, start_response):
        first, second = object(), object()

        def inner(one, two):
            seen.append(stack_locals())
            return [*leaf(one, two), str(first is second).encode()]

        return inner(environ, start_response)

    made = bench(app)
    assert [made.serve().body for _ in range(3)] == [b"leafFalse"] * 3
    assert min(seen) > 10


def test_a_generator_that_runs_when_it_is_iterated_is_the_layer_that_was_called(bench):
    def streaming(app):
        def stream(environ, start_response):
            yield from app(environ, start_response)

        return stream

    made = bench(streaming(leaf))
    assert [made.serve().body for _ in range(3)] == [b"leaf"] * 3
    # Frameworks that another test has brought into this process tell of theirs, too.
    found = [short(layer) for layer in made.sender.of(LayerFound) if layer.kind != "framework"]
    assert found == ["server", "streaming", "leaf"]


@pytest.mark.usefixtures("whole_heap")
def test_what_looks_like_a_layer_by_half_is_left_alone(bench):
    def lookup(environ, convert):
        return convert(environ["REQUEST_METHOD"])

    def guess(environ, *more):
        return len(more)

    class Router:
        def __call__(self, environ, start_response):
            return leaf(environ, start_response)

    def policy(environ, router):
        return router

    def app(environ, start_response):
        assert lookup(environ, str.lower) == "get"
        assert lookup(environ, lambda text, quote=True: text) == "GET"
        assert guess(environ, 1) == 1
        return policy(environ, Router())(environ, start_response)

    codes = [function.__code__ for function in (lookup, guess, policy)]
    made = bench(app)
    assert [made.serve().body for _ in range(3)] == [b"leaf"] * 3
    assert [short(made.sender.layers[event.layer]) for event in made.sender.of_event(Called)][1:] == ["Router", "leaf"]
    assert not made.sender.faults
    made.probe.detach()
    assert all(function.__code__ is code for function, code in zip((lookup, guess, policy), codes, strict=True))
