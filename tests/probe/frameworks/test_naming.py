"""How the functions and views of frameworks are named."""

from __future__ import annotations

import functools

import pytest

from tests.support.fake_sender import FakeSender
from wsgitrace.probe.frameworks.layers import FrameworkLayers
from wsgitrace.probe.frameworks.naming import named
from wsgitrace.probe.layers import Layers


def decorated(method):
    @functools.wraps(method)
    def decorator(self):
        return method(self)

    return decorator


class Site:
    @decorated
    def login(self):
        """As of Django's admin."""


def test_a_decorated_method_is_where_it_is_written():
    assert named(Site().login) == (f"{__name__}.Site.login", __file__, Site.login.__wrapped__.__code__.co_firstlineno)


def test_what_wrapt_is_around_is_one_layer_by_its_own_name_though_it_is_wrapped_for_each_request():
    wrapt = pytest.importorskip("wrapt")

    def view():
        """As New Relic wraps it."""

    def wrapped():
        return wrapt.FunctionWrapper(view, lambda inner, _instance, args, kwargs: inner(*args, **kwargs))

    assert named(wrapped()) == named(view)
    layers = FrameworkLayers(Layers(FakeSender()))
    assert layers.of(wrapped(), "view", "view") is layers.of(wrapped(), "view", "view")


def test_a_view_made_of_a_class_has_the_name_of_the_class_whatever_decorates_its_method():
    class Seeds:
        def __init__(self, first=0):
            self.first = first

        @decorated
        def dispatch(self):
            """Answer."""

    def view():
        """As Django's ``as_view()`` makes it."""

    view.view_class = Seeds
    view.__dict__.update(Seeds.dispatch.__dict__)
    assert named(view).name == f"{__name__}.{Seeds.__qualname__}"
    assert named(view).line == Seeds.dispatch.__wrapped__.__code__.co_firstlineno
