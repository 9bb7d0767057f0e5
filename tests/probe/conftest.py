"""A probe with a sender that keeps what it is given; the code of every function is restored after each test."""

from __future__ import annotations

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

    def names(self):
        """Names of the layers that were called in the last exchange, in order."""
        return [self.sender.layers[event.layer].name for event in self.sender.of_event(Called)]


@pytest.fixture
def bench():
    benches = []

    def make(application, name="tests:app", **settings):
        made = Bench(application, name, **settings)
        benches.append(made)
        return made

    yield make
    for made in benches:
        made.probe.detach()
