from __future__ import annotations

import threading

import pytest

from tests.support.answering import PassOn
from tests.support.holding import InThread
from tests.support.waiting import PATIENCE, until
from wsgitrace.events import Began, Called, Ended, Events, Held, Progress, Released


def simple_app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    yield b"one"
    yield b"two"


PASSED_ON = PassOn(simple_app)


def held_at(made):
    return [frame.held_at for frame in made.sender.of(Progress) if frame.state == "held"]


def step_to(made, count):
    made.probe.step(made.probe.held[0])
    until(lambda: len(held_at(made)) == count and made.probe.held)


def test_holds_the_next_exchange_at_its_first_layer(shared):
    made = shared(PASSED_ON)
    made.probe.hold_next()
    running = InThread(made)
    until(lambda: made.probe.held and held_at(made))
    (number,) = made.probe.held
    (progress,) = [frame for frame in made.sender.of(Progress) if frame.state == "held"]
    assert progress.held_at == f"called {PassOn.__module__}.PassOn"
    events = made.sender.events(number)
    assert isinstance(events[-1], Held)
    assert events[-1].event == progress.held_event
    assert isinstance(events[progress.held_event], Called)
    assert running.outcome is None
    made.probe.resume(number)
    assert running.join().body == b"onetwo"
    assert made.probe.held == ()
    (released,) = made.sender.of_event(Released)
    assert released.by == "continue"
    assert made.sender.ended().held == released.held > 0


def test_only_one_exchange_is_held(shared):
    made = shared(PASSED_ON)
    made.probe.hold_next()
    first = InThread(made)
    until(lambda: made.probe.held)
    assert InThread(made).join().body == b"onetwo"
    made.probe.resume()
    assert first.join().body == b"onetwo"


def test_the_order_can_be_taken_back(shared):
    made = shared(PASSED_ON)
    made.probe.hold_next()
    made.probe.hold_next(on=False)
    assert made.serve().body == b"onetwo"
    assert not made.sender.of_event(Held)


def test_steps_from_boundary_to_boundary(shared):
    made = shared(PASSED_ON)
    made.probe.hold_next()
    running = InThread(made)
    until(lambda: held_at(made))
    for count in range(2, 11):
        step_to(made, count)
    made.probe.step(made.probe.held[0])
    outcome = running.join()
    assert outcome.body == b"onetwo"
    app, outer = f"{__name__}.simple_app", f"{PassOn.__module__}.PassOn"
    assert held_at(made) == [
        f"called {outer}",
        f"called {app}",
        f"returned {app}",
        f"returned {outer}",
        f"start_response {app}",
        f"chunk {app}",
        "head server",
        f"chunk {app}",
        f"end {app}",
        f"close {app}",
    ]
    assert {event.by for event in made.sender.of_event(Released)} == {"step"}


def test_a_held_thread_does_not_count_against_the_pool(shared, monkeypatch):
    blocked = []
    made = shared(PASSED_ON)
    original = made.probe.head

    def head(exchange):
        blocked.append(exchange)
        original(exchange)

    monkeypatch.setattr(made.probe, "head", head)
    made.probe.hold_next()
    running = InThread(made)
    until(lambda: held_at(made))
    assert blocked[0].blocked == 1
    made.probe.resume()
    running.join()


def test_what_happened_so_far_is_sent_before_it_waits(shared):
    made = shared(PASSED_ON)
    made.probe.hold_next()
    running = InThread(made)
    until(lambda: held_at(made))
    assert [type(frame) for frame in made.sender.frames if not hasattr(frame, "kind")] == [Began, Events, Progress]
    assert not made.sender.of(Ended)
    made.probe.resume()
    running.join()


def test_commands_for_what_is_not_held_do_nothing(shared):
    made = shared(PASSED_ON)
    made.probe.step(99)
    made.probe.resume(99)
    assert made.serve().body == b"onetwo"


def test_stops_at_an_exception(bench):
    def failing(environ, start_response):
        raise ValueError("no")

    made = bench(failing)
    made.probe.hold_next()
    running = InThread(made)
    until(lambda: held_at(made))
    step_to(made, 2)
    assert held_at(made)[1].startswith("raised ")
    made.probe.resume()
    assert running.join().error == "ValueError('no')"


def test_goes_on_by_itself_after_the_time_out(bench):
    made = bench(simple_app, hold_timeout=0.01)
    made.probe.hold_next()
    assert made.serve().body == b"onetwo"
    assert [event.by for event in made.sender.of_event(Released)] == ["timeout"]


def test_zero_means_that_it_waits_for_ever(bench):
    made = bench(simple_app, hold_timeout=0)
    made.probe.hold_next()
    running = InThread(made)
    until(lambda: held_at(made))
    made.probe.resume(1)
    assert running.join().body == b"onetwo"


@pytest.mark.parametrize("by", ["shutdown", "debugger gone"])
def test_nothing_is_held_any_more_at_the_end(by, bench):
    made = bench(simple_app)
    made.probe.hold_next()
    running = InThread(made)
    until(lambda: held_at(made))
    made.probe.resume(None, by)
    assert running.join().body == b"onetwo"
    assert [event.by for event in made.sender.of_event(Released)] == [by]
    made.probe.hold_next()
    assert made.serve().body == b"onetwo"
    assert not made.sender.of_event(Held)


@pytest.mark.parametrize("exchange", [1, None])
def test_one_that_is_on_its_way_after_a_step_is_let_go_too(exchange, bench):
    inside, go_on = threading.Event(), threading.Event()

    def app(environ, start_response):
        inside.set()
        assert go_on.wait(PATIENCE)
        return simple_app(environ, start_response)

    made = bench(PassOn(app))
    made.probe.hold_next()
    running = InThread(made)
    until(lambda: made.probe.held == (1,))
    step_to(made, 2)
    made.probe.step(1)
    assert inside.wait(PATIENCE)
    assert made.probe.held == ()
    made.probe.resume(exchange)
    go_on.set()
    assert running.join().body == b"onetwo"
    assert len(held_at(made)) == 2
