"""PEP 3333's class as application."""

from __future__ import annotations

import pytest

from tests.support.answering import PassOn
from wsgitrace.events import Called, Chunk, CloseBegan, CloseEnded, IterationBegan, IterationEnded, Returned

pytestmark = pytest.mark.smoke


class Application:
    def __init__(self, environ, start_response):
        self.start = start_response

    def __iter__(self):
        self.start("200 OK", [])
        yield b"one"
        yield b"two"

    def close(self):
        self.start = None


@pytest.mark.usefixtures("whole_heap")
def test_a_class_is_a_layer_and_its_instance_the_body(bench):
    made = bench(PassOn(Application))
    assert made.serve().body == b"onetwo"
    assert [found.name.rpartition(".")[2] for found in made.found] == ["server", "PassOn", "Application"]
    events = made.sender.events()
    kinds = [type(event) for event in events if event.span == 2]
    for kind in (Called, Returned, IterationBegan, Chunk, IterationEnded, CloseBegan, CloseEnded):
        assert kind in kinds
    assert [event.data for event in events if isinstance(event, Chunk)] == [b"one", b"two"]
    assert next(event.passed for event in events if isinstance(event, Returned) and event.span == 1) == 2
    ended = made.sender.ended()
    assert (ended.chunks, ended.closed, ended.layers) == (2, True, 2)


def test_instances_made_outside_of_a_request_are_left_alone(bench):
    bench(Application)
    called = []
    instance = Application({"REQUEST_METHOD": "GET"}, lambda status, headers: called.append(status))
    assert list(instance) == [b"one", b"two"]
    instance.close()
    assert called == ["200 OK"]
