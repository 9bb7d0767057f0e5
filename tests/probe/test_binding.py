"""Lambdas that stand for a method are told from those that are layers."""

from __future__ import annotations

import functools

import pytest

from tests.support.wsgi_driver import environ_for
from wsgitrace.events import Called
from wsgitrace.probe.binding import binds


def made(call, this, app):
    return {
        "anything": lambda *args, **kwargs: call(this, *args, **kwargs),
        "two": lambda environ, start_response: call(this, environ, start_response),
        "no object": lambda environ, start_response: app(environ, start_response),  # noqa: PLW0108 -- a layer
        "no object, anything": lambda *args, **kwargs: app(*args, **kwargs),  # noqa: PLW0108 -- a layer
        "the other way round": lambda environ, start_response: call(this, start_response, environ),
        "object not first": lambda environ, start_response: call(environ, this, start_response),
        "in a list": lambda environ, start_response: [call(this, environ, start_response)],
        "of an attribute": lambda environ, start_response: call(this.app, environ, start_response),
        "one more": lambda environ, start_response: call(this, environ, start_response, 1),
        "two calls": lambda environ, start_response: call(this(environ, start_response)),
        "no arguments": lambda: call(this),
    }


@pytest.mark.parametrize("name", made(None, None, None))
def test_only_a_lambda_that_hands_on_its_arguments_after_an_object_binds(name):
    assert binds(made(None, None, None)[name].__code__) is (name in {"anything", "two"})


class Shop:
    def __call__(self, environ, start_response):
        start_response("200 OK", [])
        return [b"shop"]


class Around:
    def __init__(self, app):
        self.app = app

    def __call__(self, environ, start_response):
        return self.app(environ, start_response)


def of_another_module(source, **names):
    """What ``source`` defines as ``tool``, as if a module ``watcher`` had it."""
    namespace = {"__name__": "watcher", "functools": functools, **names}
    exec(source, namespace)
    return namespace["tool"]


PATCH = """
def tool(old):
    def patched_call(self, environ, start_response):
        return Around(lambda *args, **kwargs: old(self, *args, **kwargs))(environ, start_response)

    return patched_call
"""
DECORATED = """
def tool(old):
    def if_enabled(patched):
        @functools.wraps(old)
        def runner(*args, **kwargs):
            return patched(*args, **kwargs)

        return runner

    @if_enabled
    def patched_call(self, environ, start_response):
        return Around(lambda one, two: old(self, one, two))(environ, start_response)

    return patched_call
"""


@pytest.mark.parametrize("source", [PATCH, DECORATED], ids=["patch", "decorated"])
def test_what_a_tool_put_in_the_place_of_a_method_has_its_own_name(bench, monkeypatch, source):
    monkeypatch.setattr(Shop, "__call__", of_another_module(source, Around=Around)(Shop.__call__))
    made = bench(Shop())
    for _ in range(2):
        assert made.serve(environ_for()).body == b"shop"
    number = made.sender.ended().exchange
    names = [made.sender.layers[event.layer].name for event in made.sender.of_event(Called, number)]
    assert names == ["watcher.patched_call", f"{__name__}.Around", f"{__name__}.Shop"]
    assert made.sender.faults == []
