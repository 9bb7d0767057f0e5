"""Callables without Python code: they are layers where they hang in the place of an application."""

from __future__ import annotations

import ctypes
import functools
import operator

import pytest

from tests.support.wsgi_driver import frames_of, serve
from wsgitrace.events import Called, Raised
from wsgitrace.probe.opaque import StandIn, is_opaque

Compiled = ctypes.PYFUNCTYPE(ctypes.py_object, ctypes.py_object, ctypes.py_object)
"""Makes a C function of a Python one; of a class of its own, which can be changed."""


def leaf(environ, start_response):
    start_response("200 OK", [])
    return [b"leaf"]


class Holding:
    def __init__(self, app):
        self.app = app

    def __call__(self, environ, start_response):
        return self.app(environ, start_response)


class Slotted(Holding):
    __slots__ = ("app",)


def in_closure(app):
    def holding(environ, start_response):
        return app(environ, start_response)

    return holding


def called(made):
    names = [made.sender.layers[event.layer].name for event in made.sender.of_event(Called)]
    return [name.partition("#")[0].rpartition(".")[2] for name in names]


@pytest.mark.parametrize("hold", [lambda app: app, Holding, Slotted, in_closure])
@pytest.mark.usefixtures("whole_heap")
def test_a_class_that_can_be_changed_is(bench, hold):
    compiled = Compiled(leaf)
    own = "__call__" in vars(Compiled)
    stack = hold(compiled)
    plain = serve(stack)
    made = bench(stack)
    for _ in range(2):
        assert made.serve() == plain
        assert called(made)[-2:] == ["CFunctionType", "leaf"]
    assert not made.sender.faults
    assert all(layer.intercepted for layer in made.found)
    made.probe.detach()
    assert ("__call__" in vars(Compiled)) is own
    assert serve(stack) == plain


class Caught:
    """Holds a bound method of C, for which there is neither a class to change nor code to swap."""

    def __init__(self, answers):
        self.app = {}.setdefault
        self.answers = answers

    def __call__(self, environ, start_response):
        try:
            self.app(environ, start_response)
        except TypeError as error:
            self.answers.append((frames_of(error), type(self.app), self.app == self.app, repr(self.app)))
        return leaf(environ, start_response)


@pytest.mark.usefixtures("whole_heap")
def test_what_cannot_be_changed_is_stood_in_for(bench):
    answers = []
    stack = Caught(answers)
    held = stack.app
    plain = serve(stack)
    made = bench(stack)
    assert type(vars(stack)["app"]) is StandIn
    assert isinstance(stack.app, type(held))
    assert stack.app.__self__ is held.__self__
    assert (hash(stack.app), repr(stack.app), stack.app == held) == (hash(held), repr(held), True)
    assert made.serve() == plain
    assert called(made) == ["Caught", "setdefault", "leaf"]
    assert [event.span for event in made.sender.of_event(Raised)] == [2]
    # One frame more, as for every layer.
    assert len(answers[1][0]) <= len(answers[0][0]) + 1
    made.probe.detach()
    assert stack.app is held
    assert serve(stack) == plain


def test_what_nothing_can_stand_in_for_is_listed_as_seen(bench):
    class Frozen:
        __slots__ = ()
        application = {}.setdefault

        def __call__(self, environ, start_response):
            return leaf(environ, start_response)

    made = bench(Frozen())
    opaque = [layer for layer in made.found if not layer.intercepted]
    assert [layer.name for layer in opaque] == ["dict.setdefault"]
    assert opaque[0].how == (
        f"class attribute .application of {__name__}.{Frozen.__qualname__}; "
        "no Python code, and held where nothing can stand in for it"
    )
    assert made.serve().body == b"leaf"


@pytest.mark.parametrize(
    "value",
    [
        leaf,
        Holding(leaf),
        Holding,
        Holding(leaf).__call__,
        functools.partial(leaf),
        functools.lru_cache(leaf),
        operator.methodcaller("call"),
        "text",
    ],
)
def test_what_only_hands_calls_on_is_left_alone(value):
    assert not is_opaque(value)


def test_what_wrapt_calls_in_the_place_of_an_application_is_seen_and_no_more(bench):
    wrapt = pytest.importorskip("wrapt")

    @wrapt.decorator
    def decorating(wrapped, _instance, args, kwargs):
        return wrapped(*args, **kwargs)

    def inner(environ, start_response):
        start_response("200 OK", [])
        return [b"inner"]

    made = bench(decorating(inner))
    assert made.serve().body == b"inner"
    seen = [layer for layer in made.sender.layers.values() if not layer.intercepted]
    assert [layer.name.rpartition(".")[2] for layer in seen] == [
        "test_what_wrapt_calls_in_the_place_of_an_application_is_seen_and_no_more"
    ]
    assert "wrapt" in seen[0].how
    assert made.sender.faults == []
