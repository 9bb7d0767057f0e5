"""Callables without Python code: they are layers where they hang in the place of an application."""

from __future__ import annotations

import ctypes
import functools
import operator

import pytest

from tests.support.wsgi_driver import frames_of, serve
from wsgitrace.events import Called, Raised
from wsgitrace.probe.opaque import StandIn, decorator_of, is_opaque

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


def marking(wrapt, name):
    """A decorator by wrapt that adds a header field and changes the environ."""

    @wrapt.decorator
    def decorating(wrapped, _instance, args, kwargs):
        environ, start_response = args

        def start(status, headers, exc_info=None):
            return start_response(status, [*headers, ("X-By", name)], exc_info)

        return wrapped({**environ, name: "was here"}, start, **kwargs)

    return decorating


def test_what_wrapt_calls_in_the_place_of_an_application_is_a_layer(bench):
    wrapt = pytest.importorskip("wrapt")
    decorating = marking(wrapt, "one")

    def inner(environ, start_response):
        start_response("200 OK", [])
        return [environ["one"].encode()]

    application = decorating(decorating(inner))
    code = decorator_of(application).__code__
    made = bench(application)
    served = made.serve()
    assert served.body == b"was here"
    assert served.headers == [("X-By", "one")] * 2
    assert [layer.name.rpartition(".")[2] for layer in made.found[1:]] == [
        "marking",
        "marking#2",
        "test_what_wrapt_calls_in_the_place_of_an_application_is_a_layer",
    ]
    assert made.names() == [layer.name for layer in made.found[1:]]
    assert made.sender.faults == []
    made.probe.detach()
    assert decorator_of(application).__code__ is code
    assert made.serve().headers == [("X-By", "one")] * 2


def test_methods_and_objects_may_be_what_wrapt_is_around(bench):
    wrapt = pytest.importorskip("wrapt")
    decorating = marking(wrapt, "two")
    made = bench(decorating(Holding(decorating(Holding(leaf).__call__))))
    assert made.serve().body == b"leaf"
    assert called(made) == ["marking", "Holding", "marking", "Holding", "leaf"]
    assert len(set(made.names())) == 5
    assert made.sender.faults == []


def test_an_exception_passes_what_wrapt_calls_with_no_frame_of_ours_left(bench):
    wrapt = pytest.importorskip("wrapt")

    @wrapt.decorator
    def decorating(wrapped, _instance, args, kwargs):
        return wrapped(*args, **kwargs)

    @decorating
    def failing(environ, start_response):
        raise LookupError(environ["PATH_INFO"])

    plain = serve(failing)
    made = bench(failing)
    assert made.serve() == plain
    assert [event.type for event in made.sender.of_event(Raised)] == ["LookupError"] * 2


def test_what_wrapt_calls_with_other_arguments_than_it_documents_is_seen_and_no_more(bench):
    wrapt = pytest.importorskip("wrapt")

    def inner(environ, start_response):
        start_response("200 OK", [])
        return [b"inner"]

    def wrapper(*all_of_it):
        wrapped, _instance, args, kwargs = all_of_it
        return wrapped(*args, **kwargs)

    made = bench(wrapt.FunctionWrapper(inner, wrapper))
    assert made.serve().body == b"inner"
    (seen,) = [layer for layer in made.sender.layers.values() if not layer.intercepted]
    assert "wrapt" in seen.how
    assert made.sender.faults == []
