"""Layers that take environ and start_response by name alone."""

from __future__ import annotations

import pytest


def application(environ, start_response):
    start_response("200 OK", [])
    return [environ["note"]]


def by_name(*, environ, start_response):
    environ["note"] = b"noted"
    return application(environ, start_response)


class ByName:
    def __init__(self, app):
        self.app = app

    def __call__(self, *, environ, start_response):
        environ["note"] = b"noted"
        return self.app(environ, start_response)


class Naming:
    def __init__(self, app):
        self.app = app

    def __call__(self, environ, start_response):
        return self.app(environ=environ, start_response=start_response)


class Making:
    """Makes its inner layer anew for each request, where no walk finds it."""

    def __call__(self, environ, start_response):
        def made(*, environ, start_response):
            return by_name(environ=environ, start_response=start_response)

        return made(environ=environ, start_response=start_response)


@pytest.mark.usefixtures("whole_heap")
@pytest.mark.parametrize(
    ("stack", "called"),
    [
        (Naming(by_name), ["Naming", "by_name", "application"]),
        (Naming(ByName(application)), ["Naming", "ByName", "application"]),
        (Making(), ["Making", "made", "by_name", "application"]),
    ],
    ids=["function", "object", "made for the request"],
)
def test_layers_called_by_keywords_are_passes(bench, stack, called):
    made = bench(stack)
    assert made.serve().body == b"noted"
    assert made.serve().body == b"noted"
    assert [name.rpartition(".")[2] for name in made.names()] == called
    assert not made.sender.faults
