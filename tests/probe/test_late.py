"""Layers that nobody saw called: their passes are recorded from when they began to run, in the very first request."""

from __future__ import annotations

import functools
import gc
import sys
import threading
import weakref
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.support.wsgi_driver import frames_of, serve, stack_locals
from wsgitrace.events import Called, Raised, Returned, StartResponse
from wsgitrace.probe import discovery

DEEP = {"deep": 2} if sys.version_info < (3, 12) else {}
"""How Python is made to tell of them."""


def leaf(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"leaf"]


def by_c(function, one, two):
    """Call ``function`` so that no Python code is seen to do it."""
    return next(map(function, [one], [two]))


class Hidden:
    """Holds its applications where no walk looks for them."""

    def __init__(self, *functions):
        self.find = lambda index: by_index(functions, index)

    def __call__(self, environ, start_response):
        return by_c(self.find(0), environ, start_response)


def by_index(functions, index):
    return functions[index]


def passing(one, two):
    return leaf(one, two)


def passing_anything(*args):
    return leaf(*args)


def passing_from_cells(one, two):
    def inner():
        return leaf(one, two)

    return inner()


def generating(one, two):
    return (item.upper() for item in leaf(one, two))


def changing(one, two):
    def begin(status, headers, exc_info=None):
        return two(status, [*headers, ("X-Changed", "1")], exc_info)

    return leaf(dict(one, changed="1"), begin)


def answering(one, two):
    two("204 " + "No Content", [])
    return []


def nested(one, two):
    return by_c(passing, one, two)


class Callable:
    def run(self, one, two):
        return self.go(one, two)

    def go(self, one, two):
        return leaf(one, two)


LAYERS = {
    "passing": (passing, ["passing", "leaf"]),
    "anything": (passing_anything, ["passing_anything", "leaf"]),
    "cells": (passing_from_cells, ["passing_from_cells", "leaf"]),
    "generating": (generating, ["generating", "leaf"]),
    "changing": (changing, ["changing", "leaf"]),
    "answering": (answering, ["answering"]),
    "nested": (nested, ["nested", "passing", "leaf"]),
    "method": (Callable().run, ["run", "leaf"]),
}


def made_anew(function):
    """The same function, but one that nothing knows of."""
    if not hasattr(function, "__code__") or hasattr(function, "__self__"):
        return function
    return type(function)(function.__code__.replace(), function.__globals__)


def called(made, exchange=None):
    names = [made.sender.layers[event.layer].name for event in made.sender.of_event(Called, exchange)]
    return [name.partition("#")[0].rpartition(".")[2] for name in names]


@pytest.mark.parametrize("name", LAYERS)
@pytest.mark.usefixtures("whole_heap")
def test_a_layer_is_recorded_in_the_request_that_it_is_first_seen_in(bench, name):
    function, expected = LAYERS[name]
    function = made_anew(function)
    plain = serve(Hidden(function))
    made = bench(Hidden(function), **DEEP)
    profiler, threads = sys.getprofile(), threading.getprofile()
    for exchange in (1, 2, 3):
        outcome = made.serve()
        assert (outcome.status, outcome.headers, outcome.body) == (plain.status, plain.headers, plain.body)
        assert called(made, exchange) == ["Hidden", *expected]
        assert len(made.sender.of_event(Returned, exchange)) == len(expected) + 1
        if name != "changing":  # there the layer's own answers
            assert made.sender.of_event(StartResponse, exchange)[0].span == len(expected) + 1
    assert not made.sender.faults
    assert (sys.getprofile(), threading.getprofile()) == (profiler, threads)


def test_what_it_raises_is_told_where_it_is_known(bench):
    def failing(one, two):
        raise LookupError("lost")

    def app(environ, start_response):
        try:
            return by_c(failing, environ, start_response)
        except LookupError as error:
            frames.append(frames_of(error))
            raise

    frames = []
    assert serve(app).error
    made = bench(app, **DEEP)
    assert made.serve().error == "LookupError('lost')"
    assert len(called(made)) == 2
    assert [event.span for event in made.sender.of_event(Raised)] == [2, 1]
    assert frames[1] == frames[0]
    assert serve(leaf).body == b"leaf"


def test_after_an_exception_that_was_caught_the_next_layer_has_the_right_parent(bench):
    def failing(one, two):
        raise LookupError

    def app(environ, start_response):
        try:
            by_c(failing, environ, start_response)
        except LookupError:
            return leaf(environ, start_response)

    made = bench(app, **DEEP)
    assert made.serve().body == b"leaf"
    assert [event.parent for event in made.sender.of_event(Called)] == [0, 1, 1]


def test_locals_of_every_frame_are_readable(bench):
    seen = []

    def looking(one, two):
        seen.append(stack_locals())
        return [*leaf(one, two), str(len(seen)).encode()]

    made = bench(Hidden(looking), **DEEP)
    assert [made.serve().body for _ in range(3)] == [b"leaf1", b"leaf2", b"leaf3"]
    assert min(seen) > 10


def test_calls_in_threads_belong_to_their_exchanges(bench):
    def app(environ, start_response):
        def inner(one, two):
            return leaf(one, two)

        with ThreadPoolExecutor(1) as pool:
            return pool.submit(functools.partial(inner), environ, start_response).result()

    made = bench(app, **DEEP)
    results = []

    def request():
        results.append(made.serve().body)

    threads = [threading.Thread(target=request) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert results == [b"leaf"] * 8
    assert made.serve().body == b"leaf"
    assert not made.sender.faults
    assert [event.parent for event in made.sender.of_event(Called)] in ([0, 1, 2], [0, 0, 2])


def test_what_is_called_with_an_environ_and_is_no_layer_is_left_alone(bench):
    def choose(environ, table):
        return table.get(environ["PATH_INFO"], b"none")

    def escape(environ, quote):
        return quote(environ["PATH_INFO"])

    def app(environ, start_response):
        assert by_c(choose, environ, {"/": b"home"}) == b"home"
        assert by_c(escape, environ, str) == "/"
        return leaf(environ, start_response)

    made = bench(app, **DEEP)
    assert [made.serve().body for _ in range(3)] == [b"leaf"] * 3
    assert len(made.sender.of_event(Called)) == 2


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="calls are seen before they are made")
@pytest.mark.usefixtures("whole_heap")
def test_another_profiler_is_left_alone(bench):
    def profiler(*_):
        return None

    made = bench(Hidden(made_anew(passing)), **DEEP)
    sys.setprofile(profiler)
    try:
        made.serve()
        assert sys.getprofile() is profiler
    finally:
        sys.setprofile(None)
    assert called(made) == ["Hidden", "leaf"]


def test_functions_made_for_a_request_go_with_it(bench):
    gone = []

    def app(environ, start_response):
        class Page:
            def __init__(self):
                self.handler = lambda one, two: self.answer(one, two)  # noqa: PLW0108 -- a cycle

            def answer(self, one, two):
                return leaf(one, two)

        names = {"leaf": leaf}
        exec("def made(one, two): return leaf(one, two)", names)
        page = Page()
        weakref.finalize(page, gone.append, "page")
        weakref.finalize(names["made"], gone.append, "made")
        return [*page.handler(environ, start_response), *names["made"](environ, lambda *_: None)]

    made = bench(app, **DEEP)
    for _ in range(10):
        assert made.serve().body == b"leafleaf"
    gc.collect()
    assert (gone.count("page"), gone.count("made")) == (10, 10)
    made.probe.detach()
    assert serve(app).body == b"leafleaf"


def test_what_makes_functions_is_not_looked_for_at_every_request(bench, monkeypatch):
    planted = []
    monkeypatch.setattr(discovery, "_PLANTED", 5)
    monkeypatch.setattr(discovery, "plant", lambda old, new: planted.append((old, new)) or 0)
    source = "def make():\n    def made(one, two): return leaf(one, two)\n    return made"

    def app(environ, start_response):
        names = {"leaf": leaf}
        exec(source, names)  # code made anew each time, as of some templates
        return by_c(names["make"](), environ, start_response)

    made = bench(app, **DEEP)
    for _ in range(20):
        assert made.serve().body == b"leaf"
    assert len(planted) == 5
