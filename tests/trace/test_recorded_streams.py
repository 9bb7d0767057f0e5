"""The streams that the probe records of the demos, whole and cut anywhere, as when the worker dies."""

import pytest

from demos import hello, shop
from demos.broken import FAULTS
from tests.support.fake_sender import FakeSender
from tests.support.invariants import check, grows
from tests.support.wsgi_driver import environ_for, serve
from wsgitrace.events import Done, Events, Start
from wsgitrace.probe import Probe
from wsgitrace.trace import Trace

FORM = {"CONTENT_TYPE": "application/x-www-form-urlencoded"}
REQUESTS = [("GET", "/", b""), ("HEAD", "/", b""), ("POST", "/cart/add", b"sku=A-17&count=2"), ("GET", "/nope", b"")]
APPLICATIONS = {"hello": hello.app, "shop": shop.app} | {name: fault.app for name, fault in FAULTS.items()}


def record(name, application, *request):
    """The trace of one request, as the probe records it."""
    method, path, body = request
    sender = FakeSender()
    probe = Probe(sender, Start(app=name, directory=""))
    try:
        probe.find_layers(application, name)
        serve(probe.application(application), environ_for(method, path, body=body, **FORM), observer=probe)
    finally:
        probe.detach()
    assert sender.faults == []
    assert sum(frame.count for frame in sender.of(Events)) == len(sender.events())
    return Trace.from_events([*sender.layers.values(), *sender.events()])


@pytest.mark.parametrize("request_", REQUESTS, ids=lambda request: f"{request[0]} {request[1]}")
@pytest.mark.parametrize("name", APPLICATIONS)
def test_every_prefix_of_what_a_demo_does(name, request_):
    whole = record(name, APPLICATIONS[name], *request_)
    check(whole)
    assert whole.done
    assert whole.lost == 0
    before = None
    for event in whole.events:
        trace = whole.at(event.seq)
        check(trace)
        if before is not None:
            grows(before, trace)
        before = trace
        died = Trace.from_events(
            [*whole.layers.values(), *trace.events, Done(event.seq + 1, 0, 0, event.at, "worker gone")]
        )
        check(died)
        assert died.done


def test_the_faults_of_the_demos_are_seen():
    swallowed = record("swallowed", FAULTS["swallowed"].app, *REQUESTS[0])
    assert [span.swallowed for span in swallowed.spans] == [False, True, False]
    dropped = record("header_dropped", FAULTS["header_dropped"].app, *REQUESTS[0]).span(1).response_changes
    assert [(change.kind, change.name) for change in dropped.headers][:1] == [("removed", "X-Total")]
    joined = record("buffered", FAULTS["buffered"].app, *REQUESTS[0]).span(1).response_changes.body
    assert (joined.kind, joined.buffered) == ("joined", True)
    leaked = record("never_closed", FAULTS["never_closed"].app, *REQUESTS[0])
    assert leaked.span(2).closed is False
    eaten = record("body_eaten", FAULTS["body_eaten"].app, *REQUESTS[2])
    assert [sum(read.got for read in span.reads) for span in eaten.spans] == [0, 16, 0]
