"""Ways in which layers are held, called and left that the other shapes do not have: the same log, the right layers."""

from __future__ import annotations

import functools
import operator

import pytest

from tests.support.answering import PassOn
from tests.support.wsgi_driver import environ_for, serve

SHAPES = {}


def shape(*layers):
    def register(make):
        SHAPES[make.__name__] = make, list(layers)
        return make

    return register


def answering(log, *items):
    def leaf(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        return list(items or (b"leaf",))

    return leaf


@shape("Property", "answering")
def held_by_a_property(log):
    class Property:
        def __init__(self, app):
            self._kept = {"deep": [app]}

        @property
        def app(self):
            log.append("asked")
            return self._kept["deep"][0]

        def __call__(self, environ, start_response):
            return self.app(environ, start_response)

    return Property(answering(log))


@shape("never", "generates")
def a_generator_that_is_never_iterated(log):
    def generates(environ, start_response):
        log.append("never said")
        start_response("200 OK", [])
        yield b"never"

    def never(environ, start_response):
        log.append(type(generates(environ, start_response)).__name__)
        start_response("204 No Content", [])
        return []

    return never


@shape("early", "generates")
def a_generator_that_is_closed_in_the_middle(log):
    def generates(environ, start_response):
        start_response("200 OK", [])
        try:
            yield b"one"
            yield b"two"
        except GeneratorExit:
            log.append("exit")
            raise

    def early(environ, start_response):
        body = generates(environ, start_response)
        first = next(body)
        body.close()
        log.append("closed")
        return [first]

    return early


@shape("replacing", "fails")
def an_exception_that_is_replaced(log):
    def fails(environ, start_response):
        raise KeyError("inner")

    def replacing(environ, start_response):
        try:
            return fails(environ, start_response)
        except KeyError as error:
            log.append(type(error.__context__).__name__)
            raise LookupError("outer") from error

    return replacing


@shape("Recursive", "Recursive", "Recursive")
def one_that_calls_itself(log):
    class Recursive:
        def __call__(self, environ, start_response):
            depth = environ.get("depth", 0)
            if depth == 2:
                start_response("200 OK", [])
                return [b"deep"]
            return self({**environ, "depth": depth + 1}, start_response)

    return Recursive()


@shape("keeps", "answering")
def an_object_made_of_both_arguments(log):
    class Kept:
        def __init__(self, environ, start_response):
            self.environ, self.start_response = environ, start_response

        def go_on(self, app):
            return app(self.environ, self.start_response)

    app = answering(log)

    def keeps(environ, start_response):
        return Kept(environ, start_response).go_on(app)

    return keeps


@shape("PassOn", "call", "answering")
def called_by_something_written_in_c(log):
    app = answering(log)
    calls = functools.partial(operator.call, app)

    def call(environ, start_response):
        return calls(environ, start_response)

    return PassOn(functools.partial(call))


@shape("cascade", "missing", "answering")
def a_cascade(log):
    def missing(environ, start_response):
        start_response("404 Not Found", [])
        return [b"missing"]

    apps = (missing, answering(log))

    def cascade(environ, start_response):
        for app in apps[:-1]:
            said = []
            app(environ, lambda status, headers, exc_info=None, said=said: said.append(status))
            log.append(said)
            if not said[0].startswith("404"):
                break
        return apps[-1](environ, start_response)

    return cascade


@pytest.mark.smoke
@pytest.mark.parametrize("name", SHAPES)
def test_shape(name, bench):
    make, layers = SHAPES[name]
    plain_log, traced_log = [], []
    application = make(plain_log)
    plain = [serve(application, environ_for()) for _ in range(3)]
    made = bench(make(traced_log))
    assert [made.serve(environ_for()) for _ in range(3)] == plain
    assert traced_log == plain_log
    called = [layer.split("#")[0].rpartition(".")[2] for layer in made.names()]
    # A closure is called as what made it, and of the shapes that is the test's own function.
    expected = [name if layer[0].islower() and layer != "answering" else layer for layer in layers]
    assert called == expected
    assert not made.sender.faults


@pytest.mark.smoke
def test_what_layers_are_given_shows_itself_as_what_it_stands_for(bench):
    # A debugger, or Sentry, shows the variables of a frame: not all that hangs on ours.
    shown = []

    def app(environ, start_response):
        write = start_response("200 OK", [])
        shown.extend(map(repr, (start_response, write, environ["wsgi.input"], environ["wsgi.errors"])))
        return []

    made = bench(PassOn(app))
    made.serve(environ_for())
    assert [text.split()[0] for text in shown] == ["<bound", "<bound", "<_io.BytesIO", "<_io.StringIO"]
