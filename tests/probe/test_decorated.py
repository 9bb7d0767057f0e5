"""Methods and functions that decorators made objects of, or are around: the layer is what their author wrote."""

from __future__ import annotations

import functools

import pytest

from wsgitrace.events import Called


class Answering:
    """A decorator of what takes a request and returns an application, as several libraries have one."""

    def __init__(self, func):
        self.func = func

    def __get__(self, this, kind=None):
        return Answering(self.func.__get__(this, kind))

    def __call__(self, req, *args):
        return self.func({**req, "note": b"made"})(req, *args)


class Middleware:
    def __init__(self, app):
        self.app = app

    @Answering
    def __call__(self, request):
        assert request
        return self.app


class Inner(Middleware):
    pass


class Views:
    @Answering
    def show(self, request):
        assert request
        return application


@Answering
def decorated_function(request):
    assert request
    return application


@Answering
def of_wsgi(environ, start_response):
    raise AssertionError


def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"hello"]


def counting(times):
    def decorate(function):
        @functools.wraps(function)
        def wrapper(*args, **kwargs):
            assert times
            return function(*args, **kwargs)

        return wrapper

    return decorate


class Decorated:
    def __init__(self, app):
        self.app = app

    @counting(1)
    @counting(2)
    def __call__(self, environ, start_response):
        environ["decorated"] = 1
        return self.app(environ, start_response)


def line_of(function):
    return function.__code__.co_firstlineno


def short(found):
    return found.name.removeprefix(f"{__name__}.")


def called(made, exchange):
    return [short(made.sender.layers[event.layer]) for event in made.sender.of_event(Called, exchange)]


def test_a_method_that_is_looked_up_anew_for_each_call_is_that_of_its_object(bench):
    made = bench(Middleware(Inner(Inner(application))))
    listed = ["Middleware", "Inner", "Inner#2", "application"]
    assert [short(found) for found in made.found if found.kind != "server"] == listed
    for exchange in (1, 2):
        assert made.serve().body == b"hello"
        assert called(made, exchange) == listed
    assert {found.line for found in made.found[1:4]} == {line_of(vars(Middleware)["__call__"].func)}


@pytest.mark.parametrize(
    ("app", "name"),
    [(Views().show, "Views.show"), (decorated_function, "decorated_function")],
    ids=["method", "function"],
)
def test_any_other_is_known_by_its_own_name(bench, app, name):
    made = bench(app)
    for exchange in (1, 2):
        assert made.serve().body == b"hello"
        assert called(made, exchange)[0] == name


def test_what_is_around_a_layer_is_a_layer_of_its_own(bench):
    made = bench(of_wsgi)
    assert [short(found) for found in made.found if found.kind != "server"] == ["Answering", "of_wsgi"]


def test_those_first_seen_in_a_request_are_told_apart(bench):
    def app(environ, start_response):
        return Middleware(decorated_function)(environ, start_response)

    made = bench(app)
    for exchange in (1, 2):
        assert made.serve().body == b"hello"
        if exchange == 2:
            assert called(made, exchange)[1:3] == ["Middleware", "decorated_function"]


def test_a_decorated_method_is_where_its_class_has_it(bench):
    made = bench(Decorated(application))
    assert made.serve().body == b"hello"
    layer = made.found[1]
    assert short(layer) == "Decorated"
    assert layer.line == line_of(Decorated.__call__.__wrapped__.__wrapped__)
    inner = made.sender.of_event(Called, 1)[1]
    assert layer.line < inner.line <= layer.line + 4
