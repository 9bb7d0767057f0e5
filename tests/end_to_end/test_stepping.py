"""Real stacks, held at a layer and stepped through past every boundary; what is edited on the way out arrives."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.served import Service
from tests.support.waiting import until
from wsgitrace.events import Edited, HeadersEdit, Held, from_text
from wsgitrace.trace import Trace
from wsgitrace.trace.stepping import boundaries, target, target_back

ROOT = Path(__file__).parents[2]
REQUEST = b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"

STACKS = {
    "demos.shop": ("", "with_session", ["called shop", "start_response shop", "start_response with_session"]),
    "demos.flask_shop": (
        "flask",
        "start_the_clock",
        ["called home", "returned stop_the_clock", "start_response Response"],
    ),
    "demos.django_shop": (
        "django",
        "SessionMiddleware",
        ["called CommonMiddleware", "returned CommonMiddleware", "returned SessionMiddleware"],
    ),
}
"""The framework, the layer to hold at, and some of the stops after that, in order."""


class Rider:
    """Holds the first request of a stack, and steps it."""

    def __init__(self, service):
        self.service = service
        self.client = service.open(REQUEST)
        self.stops = []
        self.note()

    @property
    def hold(self):
        return next(iter(self.service.state.holds), None)

    def note(self, before=None):
        """Wait until it stands elsewhere, or is over; False when it is."""
        state = until(lambda: self._moved(before))
        if state == "over":
            return False
        self.stops.append((self.hold.kind, self.hold.layer, self.hold.event))
        return True

    def _moved(self, before):
        hold = self.hold
        if hold is not None and hold.event != before:
            return "held"
        return "over" if self.service.summaries.qsize() else None

    def into(self, edits=()):
        before = self.hold.event
        self.service.supervisor.step(self.hold.number, "into", edits=edits)
        return self.note(before)

    def answer(self):
        data = b""
        while part := self.client.recv(65536):
            data += part
        return data

    def trace(self):
        with self.service.capture() as capture:
            until(lambda: capture.summary(1).done)
            return Trace.from_events(capture.events(1))


@pytest.fixture
def rider(tmp_path):
    riders = []

    def ride(demo, layer):
        start = {"app": f"{demo}:app", "directory": str(ROOT)}
        riders.append(Rider(Service(tmp_path, "", start=start, breakpoints=[f"layer:{layer} once:yes"])))
        return riders[-1]

    yield ride
    for each in riders:
        each.client.close()
        each.service.close()


@pytest.mark.parametrize("demo", STACKS)
def test_a_stack_is_walked_through_both_ways(demo, rider):
    framework, layer, expected = STACKS[demo]
    if framework:
        pytest.importorskip(framework)
    ride = rider(demo, layer)
    assert ride.stops[0][0] == "called"
    while ride.hold.kind != "start_response":
        assert ride.into()
    with ride.service.capture() as capture:
        held = until(lambda: [e for e in capture.events(1) if isinstance(e, Held) and e.event == ride.hold.event])
        given = Trace.from_events(capture.events(1)).by_id[held[0].span].headers
    edit = HeadersEdit((*given, ("X-Stepped", "yes")))
    more = ride.into(edits=(edit,))
    while more:
        more = ride.into()
    assert b"\r\nX-Stepped: yes\r\n" in ride.answer()
    trace = ride.trace()
    names = {span.layer_id: span.name.rpartition(".")[2] for span in trace.spans}
    told = [f"{kind} {names.get(number, 'server')}" for kind, number, _ in ride.stops]
    assert [stop for stop in told if stop in expected] == expected, told
    assert [(event.what, event.name) for event in trace.recording.of(Edited)] == [("header", "X-Stepped")]
    walked = [seq for _, _, seq in ride.stops]
    # A recording stops at the items of a list as well, which are all there at once where the request is live.
    assert set(walked) <= set(boundaries(trace)), "a recording stops where the request did"
    first = trace.by_id[next(event for event in trace.events if event.seq == walked[0]).span]
    left = target(trace, walked[0], "out")
    assert first.returned.seq == left
    assert target_back(trace, left, "out") == walked[0]
    assert [from_text(value) for name, value in trace.response.headers if name == "X-Stepped"] == ["yes"]
