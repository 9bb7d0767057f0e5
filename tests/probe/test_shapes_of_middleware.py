"""Middleware that is made in other ways than by a class or one closure."""

from __future__ import annotations

import functools

import pytest


def application(environ, start_response):
    start_response("200 OK", [])
    return [environ["note"]]


def noting(app, environ, start_response, note=b"noted"):
    environ["note"] = note
    return app(environ, start_response)


def requires(note):
    def decorate(app):
        @functools.wraps(app)
        def guard(environ, start_response):
            environ["note"] = note
            return app(environ, start_response)

        return guard

    return decorate


def short_names(made):
    return [found.name.rpartition(".")[2] for found in made.found]


@pytest.mark.parametrize(
    ("stack", "body"),
    [
        (functools.partial(noting, application), b"noted"),
        (functools.partial(noting, application, note=b"other"), b"other"),
        (functools.partial(functools.partial(noting, application), note=b"again"), b"again"),
    ],
)
def test_a_function_with_its_first_argument_given(bench, stack, body):
    made = bench(stack)
    assert short_names(made) == ["server", "noting", "application"]
    assert [found.parent for found in made.found] == [None, 0, made.found[1].id]
    assert made.serve().body == body
    assert [name.rpartition(".")[2] for name in made.names()] == ["noting", "application"]
    layers = [layer for layer in made.sender.layers.values() if layer.kind != "framework"]  # other tests' still live
    assert layers == made.found


def test_one_function_around_itself(bench):
    made = bench(functools.partial(noting, functools.partial(noting, application)))
    assert short_names(made) == ["server", "noting", "noting#2", "application"]
    assert made.serve().body == b"noted"
    assert [name.rpartition(".")[2] for name in made.names()] == ["noting", "noting#2", "application"]


def test_a_decorator_with_arguments_gives_its_name(bench):
    made = bench(requires(b"login")(application))
    assert short_names(made) == ["server", "requires", "application"]
    assert made.serve().body == b"login"


@pytest.mark.parametrize(("module", "seen"), [("wsgitrace.demos.broken.index", True), ("wsgitrace.probe", False)])
def test_demos_installed_with_wsgitrace_are_applications_like_any_other(bench, module, seen):
    class Holder:
        __module__ = module

        def __init__(self, app):
            self.app = app

    holder = Holder(functools.partial(noting, application))

    def dispatch(environ, start_response):
        return holder.app(environ, start_response)

    made = bench(dispatch)
    assert ("noting" in short_names(made)) is seen
    assert made.serve().body == b"noted"


def test_a_helper_that_takes_something_else_first_is_no_layer(bench):
    class Files:
        def __init__(self, app):
            self.app = app

        def __call__(self, environ, start_response):
            return self.serve(b"content", environ, start_response)

        @staticmethod
        def serve(file, environ, start_response):
            start_response("200 OK", [])
            return [file]

    made = bench(Files(application))
    assert made.serve().body == b"content"
    assert [name.rpartition(".")[2] for name in made.names()] == ["Files"]
