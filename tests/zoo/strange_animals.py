"""Callables that are no Python functions, and layers that are called from elsewhere than from the layer outside."""
# ruff: noqa: PLC0415 -- each package is imported only for its own application

from __future__ import annotations

import functools
import sys
from pathlib import Path

from tests.zoo.animal import GET, OF_HELLO, animal, folder, hello

CYTHON = """
# cython: language_level=3, binding=True
class PythonClass:
    def __init__(self, app):
        self.app = app
    def __call__(self, environ, start_response):
        return self.app(environ, start_response)

def make_function(app):
    def function(environ, start_response):
        return app(environ, start_response)
    return function

cdef class ExtensionClass:
    cdef object app
    def __init__(self, app):
        self.app = app
    def __call__(self, environ, start_response):
        return self.app(environ, start_response)
"""


def compiled():
    """The module above, compiled."""
    import contextlib
    import importlib
    import io

    if "zoo_compiled" in sys.modules:
        return sys.modules["zoo_compiled"]
    home = folder()
    Path(home, "zoo_compiled.pyx").write_text(CYTHON)
    with contextlib.redirect_stdout(io.StringIO()):
        import pyximport

        pyximport.install(build_dir=home, language_level=3)
        sys.path.insert(0, home)
        return importlib.import_module("zoo_compiled")


@animal("Cython", more=OF_HELLO, frames=2)
def cython_class_around_a_function(between):
    module = compiled()
    return module.PythonClass(between(module.make_function(between(hello))))


@animal("Cython", more=OF_HELLO, frames=1)
def cython_extension_class(between):
    return compiled().ExtensionClass(between(hello))


@animal("wrapt", more=OF_HELLO)
def wrapt_decorator(between):
    import wrapt

    @wrapt.decorator
    def decorated(wrapped, instance, args, kwargs):
        return wrapped(*args, **kwargs)

    return decorated(between(decorated(hello)))


class Method:
    """An object whose method is asked for by C code."""

    def __init__(self, app):
        self.app = app

    def serve(self, environ, start_response):
        """Pass on."""
        return self.app(environ, start_response)


@animal("wsgiref", more=OF_HELLO)
def partial_made_per_request(between):
    def app(environ, start_response):
        # A callable of C calls another one, which calls the layer.
        return functools.partial(Method(between(hello)).serve)(environ, start_response)

    return app


@animal("greenlet", more=OF_HELLO)
def in_a_greenlet(between):
    import greenlet

    def app(environ, start_response):
        return greenlet.greenlet(between(hello)).switch(environ, start_response)

    return app


@animal("gevent", more=OF_HELLO)
def in_a_gevent_pool(between):
    import gevent

    def app(environ, start_response):
        return gevent.spawn(between(hello), environ, start_response).get()

    return app


@animal("wsgiref", more=OF_HELLO, requests=[GET])
def in_a_thread_with_its_context(between):
    from concurrent.futures import ThreadPoolExecutor
    from contextvars import copy_context

    pool = ThreadPoolExecutor(1)

    def app(environ, start_response):
        return pool.submit(copy_context().run, between(hello), environ, start_response).result()

    return app
