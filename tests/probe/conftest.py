"""A probe with a sender that keeps what it is given, and no trace of it in the application afterwards."""

from __future__ import annotations

import gc

import pytest

from tests.support.fake_sender import FakeSender
from tests.support.wsgi_driver import serve
from wsgitrace.events import Called, Start
from wsgitrace.probe import Probe


class Bench:
    """A probe, its sender, and a server around one application."""

    def __init__(self, application, name="tests:app", **settings):
        self.sender = FakeSender()
        self.probe = Probe(self.sender, Start(app=name, directory="", **settings))
        self.found = self.probe.find_layers(application, name)
        self.application = self.probe.application(application)

    def serve(self, environ=None, **kwargs):
        return serve(self.application, environ, observer=self.probe, **kwargs)

    def names_found(self):
        """Names of the layers that were found before the first exchange, but for the server."""
        return [layer.name for layer in self.found[1:]]

    def names(self):
        """Names of the layers that were called in the last exchange, in order."""
        return [self.sender.layers[event.layer].name for event in self.sender.of_event(Called)]


class Shared:
    """The one bench that several tests of a module use, as long as no other is made: functions have one probe."""

    def __init__(self):
        self.application = self.bench = None

    def get(self, application):
        """The bench of ``application``; nothing is left in it of the tests before but the numbers of exchanges."""
        if self.bench is None or self.application is not application:
            self.end()
            self.application, self.bench = application, Bench(application)
        self.bench.sender.forget()
        return self.bench

    def rest(self):
        """A test is over."""
        if self.bench is not None:
            self.bench.probe.hold_next(on=False)
            self.bench.probe.arm(())
            self.bench.probe.resume()

    def end(self):
        """Another bench is made, or the module is over."""
        if self.bench is not None:
            self.bench.probe.detach()
        self.application = self.bench = None


@pytest.fixture(scope="module")
def _shared():
    shared = Shared()
    yield shared
    shared.end()


@pytest.fixture
def shared(_shared):
    """As ``bench``, for an application that tests of a module serve one after the other: its layers are found once."""
    yield _shared.get
    _shared.rest()


@pytest.fixture
def bench(_shared):
    _shared.end()
    benches = []

    def make(application, name="tests:app", **settings):
        made = Bench(application, name, **settings)
        benches.append(made)
        return made

    yield make
    for made in benches:
        made.probe.detach()


@pytest.fixture(autouse=True)
def _heap(request):
    """The scan for layers sees only what the test makes; before it there are hundreds of thousands of objects."""
    if "whole_heap" in request.fixturenames:
        yield
    else:
        gc.freeze()
        yield
        gc.unfreeze()


@pytest.fixture
def whole_heap():
    """Layers of a test that its module defines are to be found, too."""
