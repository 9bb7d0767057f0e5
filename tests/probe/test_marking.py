from __future__ import annotations

import functools
import weakref

import pytest

import wsgitrace


def leaf(environ, start_response):
    start_response("200 OK", [])
    return [b"leaf"]


class Router:
    def __init__(self, app):
        self.app = app

    def dispatch(self, request, begin):
        return self.app(request, begin)

    def __call__(self, environ, start_response):
        return self.dispatch(environ, start_response)


def short(name):
    return name.rpartition(".")[2]


def test_a_marked_layer_has_its_name(bench):
    application = wsgitrace.layer("front door")(Router(leaf))
    made = bench(application)
    assert [found.name for found in made.found][1:] == ["front door", f"{__name__}.leaf"]
    assert made.serve().body == b"leaf"
    assert [short(name) for name in made.names()] == ["front door", "leaf"]


@pytest.mark.usefixtures("whole_heap")
def test_what_nothing_tells_from_other_callables_is_a_layer_when_it_is_marked(bench):
    @wsgitrace.layer("hidden")
    def hidden(one, two):
        return leaf(one, two)

    held = weakref.ref(hidden)

    def application(environ, start_response):
        return held()(environ, start_response)

    made = bench(application)
    assert [found.how for found in made.found if found.name == "hidden"] == ["marked by wsgitrace.layer"]
    assert made.serve().body == b"leaf"
    assert [short(name) for name in made.names()][1:] == ["hidden", "leaf"]


@pytest.mark.usefixtures("whole_heap")
def test_marked_for_every_request_it_is_one_layer(bench):
    def application(environ, start_response):
        def inner(one, two):
            return leaf(one, two)

        return wsgitrace.layer("per request")(inner)(environ, start_response)

    made = bench(application)
    for _ in range(3):
        assert made.serve().body == b"leaf"
        assert [short(name) for name in made.names()][1:] == ["per request", "leaf"]
    assert [layer.name for layer in made.sender.layers.values()].count("per request") == 1
    assert not made.sender.faults


def test_what_cannot_be_observed_is_shown_as_seen_only(bench):
    native = wsgitrace.layer("native")(functools.partial(map, leaf))
    made = bench(leaf)
    (found,) = [found for found in made.found if found.name == "native"]
    assert not found.intercepted
    assert native
    assert made.serve().body == b"leaf"
