from __future__ import annotations

import functools
import gc
import inspect
import sys
import weakref

import pytest
from werkzeug.middleware import proxy_fix
from werkzeug.wrappers import Response

from tests.support.wsgi_driver import environ_for, serve, stack_locals
from wsgitrace.probe.trampoline import Parameters, call_source, original_code, swap

pytestmark = pytest.mark.smoke


class Hook:
    """Sees every call, changes none."""

    def __init__(self):
        self.orig = None
        self.calls = []

    def enter(self, this, environ, start_response):
        self.calls.append((this, environ, start_response))

    def untraced(self, error):
        pass


def swapped(function):
    hook = Hook()
    parameters = Parameters.of(function.__code__)
    swap(function, hook, call_source(parameters, parameters.positional.index("environ")))
    return hook


def everything(environ, start_response, third=3, /, fourth=4, *more, keyword=5, **others):
    return environ, start_response, third, fourth, more, keyword, others


def test_every_form_of_parameters_arrives():
    signature = inspect.signature(everything)
    hook = swapped(everything)
    try:
        assert everything(1, 2) == (1, 2, 3, 4, (), 5, {})
        assert everything(1, 2, 30, 40, 50, keyword=60, other=70) == (1, 2, 30, 40, (50,), 60, {"other": 70})
        assert hook.calls == [(None, 1, 2), (None, 1, 2)]
        with pytest.raises(TypeError, match=r"everything\(\) missing 1 required positional argument: 'start_response'"):
            everything(1)
        assert inspect.signature(everything) == signature
    finally:
        everything.__code__ = original_code(everything)


def test_the_function_stays_what_it_was(bench):
    def make(free):
        @functools.wraps(make_nothing)
        def app(environ, start_response, extra=free):
            start_response("200 OK", [])
            return [free]

        return app

    app = make(b"free")
    before = (app.__name__, app.__qualname__, app.__doc__, app.__defaults__, app.__closure__, app.__module__)
    code = app.__code__
    source = inspect.getsourcelines(code)
    lines = (code.co_name, code.co_qualname, code.co_filename, code.co_firstlineno, code.co_freevars)
    made = bench(app)
    assert app.__code__ is not code
    swapped_code = app.__code__
    assert before == (app.__name__, app.__qualname__, app.__doc__, app.__defaults__, app.__closure__, app.__module__)
    assert lines == (
        swapped_code.co_name,
        swapped_code.co_qualname,
        swapped_code.co_filename,
        swapped_code.co_firstlineno,
        swapped_code.co_freevars,
    )
    assert inspect.getsourcelines(swapped_code) == source
    assert made.serve().body == b"free"
    made.probe.unpatch()
    assert app.__code__ is code


def test_a_generator_function_stays_one(bench):
    def app(environ, start_response):
        start_response("200 OK", [])
        yield b"one"
        yield b"two"

    code = app.__code__
    made = bench(app)  # silently: the project's tests run with warnings as errors
    assert inspect.isgeneratorfunction(app)
    for _ in range(100):  # CPython replaces instructions by faster ones only after a while
        assert made.serve().body == b"onetwo"
    assert type(app({"no": "environ"}, lambda *_args: None)).__name__ == "generator"
    made.probe.unpatch()
    assert app.__code__ is code
    assert serve(app).body == b"onetwo"


def make_nothing(environ, start_response):
    """Nothing."""


@pytest.mark.usefixtures("whole_heap")
def test_every_function_has_its_very_code_again_after_unpatching(bench):
    functions = [proxy_fix.ProxyFix.__call__, Response.__call__, make_nothing]
    codes = [function.__code__ for function in functions]
    made = bench(make_nothing)
    assert all(function.__code__ is not code for function, code in zip(functions, codes, strict=True))
    made.probe.detach()
    assert all(function.__code__ is code for function, code in zip(functions, codes, strict=True))


def test_finding_layers_twice_swaps_once(bench):
    made = bench(make_nothing)
    code = make_nothing.__code__
    made.probe.find_layers(make_nothing, "again")
    assert make_nothing.__code__ is code


def test_locals_of_every_frame_are_readable(bench):
    # Without COPY_FREE_VARS in the trampoline this crashes CPython 3.11 and 3.12.
    def closing_over(app, one, two):
        def middleware(environ, start_response):
            return app(environ, start_response) if one or two else []

        return middleware

    seen = []

    def app(environ, start_response):
        seen.append(stack_locals())
        frame = sys._getframe(1)
        while frame is not None:
            seen.append(frame.f_lineno)
            frame = frame.f_back
        start_response("200 OK", [])
        return [b"read"]

    class Base:
        def __call__(self, environ, start_response):
            return app(environ, start_response)

    class Derived(Base):
        def __call__(self, environ, start_response):
            return super().__call__(environ, start_response)

    made = bench(closing_over(closing_over(Derived(), 1, 2), 3, 4))
    assert made.serve().body == b"read"
    assert seen[0] > 10
    test = "test_locals_of_every_frame_are_readable"
    assert [name.rpartition(".")[2] for name in made.names()] == ["closing_over", "closing_over#2", "Derived", test]


def test_a_patched_function_that_is_dropped_is_collected(bench):
    def make():
        def app(environ, start_response):
            start_response("200 OK", [])
            return [b""]

        return app

    app = make()
    made = bench(app)
    gone = weakref.ref(app)
    made.serve()
    made.application = made.found = None
    made.probe.detach()
    del app
    gc.collect()
    assert gone() is None


def test_a_function_called_outside_of_any_exchange_does_what_it_did(bench):
    def app(environ, start_response):
        start_response("200 OK", [])
        raise ValueError("x")

    bench(app)
    assert serve(app, environ_for()).error == "ValueError('x')"
    with pytest.raises(ValueError, match="x") as caught:
        app({}, lambda *args: None)
    assert [frame.name for frame in caught.traceback][1:] == ["app"]
