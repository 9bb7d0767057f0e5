"""Middleware that is made in other ways than by a class or one closure."""

from __future__ import annotations

import functools

import pytest

from tests.support.wsgi_driver import serve
from wsgitrace.events import Called


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


def missing(one, two):
    two("404 Not Found", [])
    return []


class Cascade:
    """Hands on a start_response of its own, through which nothing is seen of what answers."""

    def __init__(self, *apps):
        self.apps = apps

    def __call__(self, environ, start_response):
        for app in self.apps:
            caught = []

            def capture(*args, caught=caught):
                caught.append(args)

            body = app(environ, capture)
            if not caught[0][0].startswith("404"):
                break
        start_response(*caught[0])
        return body


class Catching:
    def __init__(self, *apps):
        self.routes = {"all": apps}

    def __call__(self, environ, start_response):
        for app in self.routes["all"]:
            try:
                return app(environ, start_response)
            except ValueError:
                continue
        return []


def fails(one, two):
    raise ValueError


def noted(environ, start_response):
    return application({**environ, "note": b"cascaded"}, start_response)


def with_next(environ, start_response, next_app):
    return next_app(environ, start_response)


class Base:
    def __call__(self, environ, start_response):
        return application({**environ, "note": b"base"}, start_response)


class Decorated:
    def unwrapped(function):  # noqa: N805 -- a decorator for the methods below
        def wrapper(self, *args):
            return function(self, *args)

        return wrapper

    @unwrapped
    def __call__(self, environ, start_response):
        return application({**environ, "note": b"decorated"}, start_response)


class Aliased:
    def wsgi(self, environ, start_response):
        return application({**environ, "note": b"aliased"}, start_response)

    __call__ = wsgi


class Answering:
    def __call__(self, one, two):
        return application({**one, "note": b"object"}, two)


class CalledThroughAnother:
    __call__ = Answering()


class CalledWithoutObject:
    @staticmethod
    def __call__(one, two):
        return application({**one, "note": b"static"}, two)


def local_class():
    class Local(Base):
        def __call__(self, environ, start_response):
            def begin(status, headers, exc_info=None):
                return start_response(status, headers)

            return super().__call__(environ, begin)

    return Local()


@pytest.mark.parametrize(
    ("stack", "called"),
    [
        (lambda: Cascade(missing, missing, noted), ["Cascade", "missing", "missing", "noted", "application"]),
        (lambda: Catching(fails, noted), ["Catching", "fails", "noted", "application"]),
        (lambda: Decorated(), ["Decorated", "application"]),  # noqa: PLW0108 -- made for each test
        (lambda: Aliased(), ["Aliased", "application"]),  # noqa: PLW0108 -- made for each test
        (lambda: CalledThroughAnother(), ["Answering", "application"]),  # noqa: PLW0108 -- made for each test
        (lambda: CalledWithoutObject(), ["CalledWithoutObject", "application"]),  # noqa: PLW0108 -- made for each test
        (local_class, ["Local", "Base", "application"]),
        (
            lambda: lambda environ, start_response: with_next(environ, start_response, noted),
            ["<lambda>", "with_next", "noted", "application"],
        ),
    ],
)
@pytest.mark.usefixtures("whole_heap")
def test_every_layer_is_called_by_its_name_from_the_first_request_on(bench, stack, called):
    plain = serve(stack())
    made = bench(stack())
    for exchange in (1, 2):
        assert made.serve() == plain
        names = [made.sender.layers[event.layer].name for event in made.sender.of_event(Called, exchange)]
        assert [short(name) for name in names] == called
    assert not made.sender.faults


def short(name):
    return name.partition(" ")[0].rpartition(".")[2]


def test_a_function_that_takes_more_than_wsgi_asks_for_is_no_layer(bench):
    def send(environ, start_response, content):
        start_response("200 OK", [])
        return [content]

    def app(environ, start_response):
        return send(environ, start_response, b"content")

    made = bench(app)
    assert [made.serve().body for _ in range(3)] == [b"content"] * 3
    assert len(made.found) == 2
    assert len(made.names()) == 1


def test_code_compiled_for_each_request_is_one_layer(bench):
    def app(environ, start_response):
        names = {"application": application}
        exec("def made(one, two): return application(one, two)", names)
        return names["made"]({**environ, "note": b"made"}, start_response)

    made = bench(app)
    assert [made.serve().body for _ in range(4)] == [b"made"] * 4
    layers = [layer.name for layer in made.sender.layers.values() if layer.kind != "framework"]
    assert sorted(map(short, layers)) == sorted(["server", short(layers[1]), "application", "made"])


def test_sealed_code_is_seen_and_left_as_it_is(bench):
    def sealed(environ, start_response):
        return application({**environ, "note": b"sealed"}, start_response)

    sealed.__code__ = sealed.__code__.replace(co_filename="<frozen shop>")
    code = sealed.__code__
    made = bench(sealed)
    (found,) = [layer for layer in made.found if not layer.intercepted]
    assert (short(found.name), found.how) == (
        "test_sealed_code_is_seen_and_left_as_it_is",
        "the application, tests:app; its code is frozen or obfuscated",
    )
    assert [made.serve().body for _ in range(3)] == [b"sealed"] * 3
    assert [short(name) for name in made.names()] == ["application"]
    assert sealed.__code__ is code


@pytest.mark.usefixtures("whole_heap")
def test_sealed_code_that_is_first_seen_in_a_request(bench):
    def sealed(one, two):
        return application({**one, "note": b"sealed"}, two)

    sealed.__code__ = sealed.__code__.replace(co_filename="<frozen shop>")
    table = [lambda: sealed]

    def app(environ, start_response):
        return table[0]()(environ, start_response)

    made = bench(app)
    assert [made.serve().body for _ in range(3)] == [b"sealed"] * 3
    found = [layer for layer in made.sender.layers.values() if not layer.intercepted]
    assert [(layer.how, layer.exchange) for layer in found] == [
        ("seen on the stack; its code is frozen or obfuscated", 1)
    ]


class Handler:
    """A decorator of methods that makes of environ something else before it calls on."""

    def __init__(self, method, this=None):
        self.method, self.this = method, this

    def __get__(self, this, kind=None):
        return self if this is None else Handler(self.method, this)

    def __call__(self, req, *args):
        environ, req = req, req["PATH_INFO"]
        return self.method(self.this, req)({**environ, "note": b"handled"}, *args)


class Handled:
    @Handler
    def __call__(self, path):
        return application


class Making:
    def __init__(self, app):
        def pass_on(environ, start_response):
            return app({**environ, "note": b"made"}, start_response)

        self.made = pass_on

    def __call__(self, environ, start_response):
        return self.made(environ, start_response)


def test_a_method_that_a_decorator_made_an_object_of(bench):
    made = bench(Handled())
    for exchange in (1, 2):
        assert made.serve().body == b"handled"
        names = [made.sender.layers[event.layer].name for event in made.sender.of_event(Called, exchange)]
        assert [short(name) for name in names] == ["Handled", "application"]


def test_a_closure_that_an_object_makes_has_the_name_of_both(bench):
    made = bench(Making(application))
    assert made.serve().body == b"made"
    assert [name.removeprefix(f"{__name__}.") for name in made.names()] == ["Making", "Making.pass_on", "application"]


@pytest.mark.usefixtures("whole_heap")
def test_what_another_module_put_in_place_of_a_method_has_its_own_name(bench):
    names = {"own": Base.__call__, "__name__": "monitor.patching"}
    exec("def patched(self, environ, start_response): return own(self, {**environ}, start_response)", names)

    class Patched(Base):
        __call__ = names["patched"]

    made = bench(Patched())
    assert made.serve().body == b"base"
    assert [name.removeprefix(f"{__name__}.") for name in made.names()] == [
        "monitor.patching.patched",
        "Base",
        "application",
    ]
