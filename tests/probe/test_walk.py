from __future__ import annotations

import functools
from collections import deque
from dataclasses import dataclass
from typing import Any, NamedTuple

from flask import g
from werkzeug.local import LocalProxy

from tests.support.answering import Slotted
from wsgitrace.probe.walk import walk


def leaf(environ, start_response):
    start_response("200 OK", [])
    return []


def decorated(app):
    @functools.wraps(app)
    def inner(*args, **kwargs):
        return app(*args, **kwargs)

    return inner


@dataclass(frozen=True)
class Frozen:
    app: Any

    def __call__(self, environ, start_response):
        return self.app(environ, start_response)


class Pair(NamedTuple):
    name: str
    app: Any

    def __call__(self, environ, start_response):
        return self.app(environ, start_response)


class Holding:
    def __init__(self, **held):
        self.__dict__.update(held)

    def __call__(self, environ, start_response):
        return []


class Hostile:
    """Runs no code without an exception."""

    def __getattr__(self, name):
        raise RuntimeError(f"asked for {name}")

    def __eq__(self, other):
        raise RuntimeError("compared")

    __hash__ = None

    def __repr__(self):
        raise RuntimeError("shown")

    def __call__(self):
        raise RuntimeError("called")

    @property
    def app(self):
        raise RuntimeError("property read")

    @property
    def __dict__(self):
        raise RuntimeError("dict read")

    def __bool__(self):
        raise RuntimeError("tested")

    def __len__(self):
        raise RuntimeError("measured")


def names(application):
    return [
        (type(found.this) if found.this is not None else found.function).__name__
        for found in walk(application, "tests:app")
        if found.listed
    ]


def test_one_function():
    (found,) = walk(leaf, "tests:leaf")
    assert (found.function, found.this, found.parent, found.how) == (leaf, None, None, "the application, tests:leaf")


def test_every_shape_of_holder():
    assert names(Slotted(Frozen(Pair("x", leaf)))) == ["Slotted", "Frozen", "Pair", "leaf"]


def test_partials_and_methods():
    def configured(config, environ, start_response):
        return config["app"](environ, start_response)

    found = names(functools.partial(configured, {"app": Slotted(leaf)}))
    assert found[-2:] == ["Slotted", "leaf"]
    assert names(Slotted(leaf).__call__) == ["Slotted", "leaf"]


def test_containers():
    assert names(Holding(routes={"/": [("x", deque([leaf]))]})) == ["Holding", "leaf"]


def test_depth_counts_from_the_last_layer():
    deep = Holding(a=[[[[[[leaf]]]]]])
    assert names(deep) == ["Holding"]
    assert names(Holding(a=[Slotted([[leaf]])])) == ["Holding", "Slotted", "leaf"]


def test_a_cycle_ends():
    first = Slotted(None)
    first.app = Slotted(first)
    assert names(first) == ["Slotted", "Slotted"]


def test_each_layer_tells_where_it_hangs():
    found = walk(Slotted(leaf), "tests:app")
    assert found[1].how == f"attribute .app of {Slotted.__module__}.Slotted"
    assert found[1].parent == 0


def test_functions_of_unknown_names_are_layers_where_they_are_held_as_one():
    application = Slotted(lambda *a: leaf(*a))  # noqa: PLW0108
    assert [found.function.__name__ for found in walk(application, "x") if found.listed] == [
        "__call__",
        "<lambda>",
        "leaf",
    ]
    assert names(decorated(leaf)) == ["leaf", "leaf"]


def test_helpers_and_coroutines_are_not_layers():
    def helper(environ, start_response, required):
        return required

    async def coroutine(environ, start_response):
        return []

    assert names(Holding(a=helper, b=coroutine)) == ["Holding"]


def test_longer_names_tell_each_by_itself():
    class Service:
        def __call__(self, req_env, start_response, wsgi_url=None):
            return [wsgi_url]

        def respond(self, start_response):
            return self

    service = Service()
    assert names(service) == ["Service"]
    assert names(Holding(a=service.respond)) == ["Holding", "Service"]


def test_no_code_of_the_application_is_run():
    unbound = LocalProxy(lambda: 1 / 0)
    assert names(Holding(app=Hostile(), b=Hostile(), c=unbound, d=g, e={"x": Hostile()}, f=leaf)) == ["Holding", "leaf"]
    assert names(Hostile()) == []


def test_a_lot_of_objects_are_not_all_looked_at():
    assert names(Holding(many=[object() for _ in range(100_000)], last=leaf)) == ["Holding", "leaf"]
