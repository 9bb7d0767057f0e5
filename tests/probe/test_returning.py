from __future__ import annotations

import threading

import pytest

from tests.support.answering import PassOn
from tests.support.holding import Pilot
from tests.support.waiting import PATIENCE, until
from wsgitrace.events import Done, HeadReceived, LayerFound, Replay
from wsgitrace.trace import Trace
from wsgitrace.trace.stepping import boundaries, ordinal, unrecorded_before


def streams(environ, start_response):
    start_response("200 OK", [])
    for index in range(40):
        yield b"%d" % index


STREAMS = PassOn(streams)


def replayed_to(made, pilot, hold_at):
    """Where a replay stands that is held once, with so many events before."""
    before = len(pilot.stops)
    origin = Replay(1, b"", b"", "peer", hold_at=hold_at)
    thread = threading.Thread(target=lambda: made.serve(origin=origin), daemon=True)
    thread.start()
    until(lambda: len(pilot.stops) > before and made.probe.held)
    made.probe.resume()
    thread.join(PATIENCE)
    assert not thread.is_alive()
    assert len(pilot.stops) == before + 1, "held once"
    return pilot.stops[-1]


def test_a_replay_is_held_where_the_original_stood_however_often_that_was_held(shared):
    made = shared(STREAMS)
    pilot = Pilot(made, "layer:PassOn once:yes")
    running = pilot.run()
    stops = {}
    for _ in range(8):
        pilot.step()
        held = pilot.held
        stops[held.ordinal] = pilot.stops[-1]
        assert held.previous < held.ordinal
    made.probe.resume()
    running.join()
    trace = Trace.from_events([*made.sender.of(LayerFound), *made.sender.events()])
    known = {ordinal(trace, seq) for seq in boundaries(trace)}
    assert stops.keys() <= known
    pilot.arm()
    assert {at: replayed_to(made, pilot, at) for at in stops} == stops


def test_beyond_the_bound_on_events_a_stop_still_knows_the_boundary_before(bench):
    made = bench(STREAMS, events=20)
    pilot = Pilot(made, "on:chunk after:30")
    running = pilot.run()
    number, held = made.probe.held[0], pilot.held
    trace = Trace.from_events([*made.sender.of(LayerFound), *made.sender.events(number)])
    assert trace.recording.of(type(held)), "where it is held is recorded all the same"
    earlier = unrecorded_before(trace, held.event)
    assert earlier == held.previous > 20
    pilot.arm()
    made.probe.resume()
    running.join()
    assert replayed_to(made, pilot, earlier) == "chunk streams"


def listing(environ, start_response):
    environ["wsgi.input"].read()
    start_response("200 OK", [])
    return [b"one", b"two", b"three"]


@pytest.mark.parametrize("application", [listing, streams], ids=["a list", "a generator"])
def test_a_step_ends_at_the_same_events_live_and_over_the_recording(bench, application):
    made = bench(PassOn(application))
    pilot = Pilot(made, "layer:PassOn once:yes")
    running = pilot.run()
    live = [pilot.held.event]
    while running.outcome is None:
        before = len(pilot.stops)
        made.probe.step(made.probe.held[0])
        until(lambda before=before: running.outcome or (len(pilot.stops) > before and made.probe.held))
        if len(pilot.stops) > before:
            live.append(pilot.held.event)
    running.join()
    trace = Trace.from_events([*made.sender.of(LayerFound), *made.sender.events()])
    recorded = [event.seq for event in trace.events if event.seq in set(boundaries(trace))]
    outside = {event.seq for event in trace.events if isinstance(event, HeadReceived | Done)}
    assert live == [seq for seq in recorded if seq not in outside]
