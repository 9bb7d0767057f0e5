"""The streams that the probe records of the demos, whole and cut anywhere, as when the worker dies."""

from functools import cache

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


@cache
def recorded(name):
    """The traces of the requests to an application, as the probe records them."""
    sender = FakeSender()
    probe = Probe(sender, Start(app=name, directory=""))
    try:
        probe.find_layers(APPLICATIONS[name], name)
        for method, path, body in REQUESTS:
            environ = environ_for(method, path, body=body, **FORM)
            serve(probe.application(APPLICATIONS[name]), environ, observer=probe)
    finally:
        probe.detach()
    assert sender.faults == []
    assert sum(frame.count for frame in sender.of(Events)) == sum(len(sender.events(n)) for n in range(1, 5))
    return [Trace.from_events([*sender.layers.values(), *sender.events(number)]) for number in range(1, 5)]


@pytest.mark.parametrize("index", range(len(REQUESTS)), ids=lambda index: " ".join(REQUESTS[index][:2]))
@pytest.mark.parametrize("name", APPLICATIONS)
def test_every_prefix_of_what_a_demo_does(name, index):
    whole = recorded(name)[index]
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
    swallowed = recorded("swallowed")[0]
    assert [span.swallowed for span in swallowed.spans] == [False, True, False]
    dropped = recorded("header_dropped")[0].span(1).response_changes
    assert [(change.kind, change.name) for change in dropped.headers][:1] == [("removed", "X-Total")]
    joined = recorded("buffered")[0].span(1).response_changes.body
    assert (joined.kind, joined.buffered) == ("joined", True)
    leaked = recorded("never_closed")[0]
    assert leaked.span(2).closed is False
    eaten = recorded("body_eaten")[2]
    assert [sum(read.got for read in span.reads) for span in eaten.spans] == [0, 16, 0]
