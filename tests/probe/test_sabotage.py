"""Promise 2: whichever observer fails, the request goes on with the same bytes, and the failure is reported once."""

from __future__ import annotations

import logging
import mmap

import pytest

from tests.support.transparency_apps import CASES, LoggedBody
from tests.support.wsgi_driver import environ_for, serve
from wsgitrace.events import Done, Ended, ObserverDetached
from wsgitrace.link.drafts import SIZE, Drafts, read
from wsgitrace.probe import (
    bodies,
    boundary,
    closing,
    constructors,
    entry,
    environ,
    exceptions,
    faults,
    logs,
    parking,
    recorder,
    start_response,
    streams,
)
from wsgitrace.probe import probe as probe_module

OBSERVERS = [
    (boundary, "_changes"),
    (boundary, "_record_environ_out"),
    (boundary, "_observed"),
    (boundary, "_record_items"),
    (boundary, "same"),
    (boundary, "difference_in"),
    (boundary, "whole"),
    (boundary, "Span"),
    (boundary, "Called"),
    (boundary, "Returned"),
    (boundary, "EnvironOut"),
    (boundary, "InputReplaced"),
    (boundary, "TracingStartResponse"),
    (boundary, "resembles_start_response"),
    (boundary, "get_ident"),
    (bodies, "wrap"),
    (bodies, "wraps"),
    (bodies, "pass_on"),
    (bodies, "record_chunk"),
    (bodies, "IterationBegan"),
    (bodies, "IterationEnded"),
    (closing, "CloseBegan"),
    (closing, "CloseEnded"),
    (bodies, "get_ident"),
    (constructors, "Returned"),
    (constructors, "IterationBegan"),
    (constructors, "CloseBegan"),
    (constructors, "CloseEnded"),
    (start_response, "_record_start"),
    (start_response, "record_write"),
    (start_response, "_passed_through"),
    (start_response, "_plain_headers"),
    (start_response, "TracingWrite"),
    (exceptions, "_traceback"),
    (exceptions, "message_of"),
    (entry, "TracingStartResponse"),
    (entry, "InputObserver"),
    (entry, "ErrorsObserver"),
    (environ, "rendered"),
    (streams, "InputRead"),
    (streams, "ErrorsWrite"),
    (streams, "_asked"),
    (logs, "message"),
    (recorder, "encode_batch"),
    (recorder, "Done"),
    (recorder, "Ended"),
    (recorder, "Began"),
    (recorder.Recording, "begin"),
    (recorder.Recording, "add"),
    (recorder.Recording, "flush"),
    (recorder.Recording, "elapsed"),
    (recorder.Recording, "keep"),
    (recorder.Recording, "keep_input"),
    (recorder, "conclude"),
    (probe_module, "Recording"),
    (probe_module, "HeadReceived"),
    (probe_module, "ResponseHead"),
    (probe_module, "Span"),
    (faults, "ObserverFault"),
]


def everything(log):
    """Every application of the transparency suite, by the path."""
    applications = {f"/{name}": make(log) for name, make in CASES.items()}

    def logging_app(environ, start_response):
        logging.getLogger("tests.sabotage").error("said %s", "so")
        start_response("200 OK", [])
        return LoggedBody(log, [b"logged"])

    applications["/logging"] = logging_app

    def dispatch(environ, start_response):
        return applications[environ["PATH_INFO"]](environ, start_response)

    return dispatch


PATHS = [f"/{name}" for name in CASES] + ["/logging"]


def outcomes(run):
    return [run(environ_for("POST", path, body=b"ab\ncd\nef")) for path in PATHS]


@pytest.fixture(scope="module")
def expected():
    log = []
    app = everything(log)
    return outcomes(lambda environ: serve(app, environ)), log


@pytest.fixture(autouse=True)
def _quiet():
    logger = logging.getLogger("tests.sabotage")
    logger.propagate = False
    handler = logging.NullHandler()
    logger.addHandler(handler)
    yield
    logger.propagate = True
    logger.removeHandler(handler)


def _raise(*args, **kwargs):
    raise LookupError("sabotaged")


@pytest.fixture
def drafting(bench):
    """As ``bench``, with memory where the debugger finds what is known of open exchanges, should the worker die."""
    with mmap.mmap(-1, SIZE) as memory:

        def make(application):
            made = bench(application)
            made.memory, made.sender.drafts = memory, Drafts(memory)
            return made

        yield make


@pytest.mark.parametrize(
    ("owner", "name"), OBSERVERS, ids=[f"{owner.__name__.rpartition('.')[2]}.{name}" for owner, name in OBSERVERS]
)
def test_a_failing_observer_changes_nothing(owner, name, drafting, monkeypatch, expected):
    log = []
    made = drafting(everything(log))
    monkeypatch.setattr(owner, name, _raise)
    assert outcomes(made.serve) == expected[0]
    assert log == expected[1]
    monkeypatch.undo()
    hooks = [fault.hook for fault in made.sender.faults]
    assert len(set(hooks)) == len(hooks)
    assert not list(read(made.memory))


@pytest.mark.parametrize("method", ["put", "send", "want_ticks"])
def test_a_failing_link_changes_nothing(method, drafting, monkeypatch, expected):
    log = []
    made = drafting(everything(log))
    monkeypatch.setattr(made.sender, method, _raise)
    assert outcomes(made.serve) == expected[0]
    assert log == expected[1]
    assert not list(read(made.memory))


def test_a_traceback_that_cannot_be_cut_is_longer_and_no_more(bench, monkeypatch, expected):
    made = bench(everything([]))
    monkeypatch.setattr(exceptions, "_set_traceback", _raise)
    assert [outcome.writes for outcome in outcomes(made.serve)] == [outcome.writes for outcome in expected[0]]


def test_a_failure_is_told_once_and_in_each_exchange(bench, monkeypatch, expected):
    made = bench(everything([]))
    monkeypatch.setattr(bodies, "record_chunk", _raise)
    for _ in range(3):
        made.serve(environ_for(path="/generator_app"))
    assert [fault.hook for fault in made.sender.faults] == ["chunk"]
    for number in (1, 2, 3):
        (detached,) = made.sender.of_event(ObserverDetached, number)
        assert (detached.hook, detached.error) == ("chunk", "LookupError: sabotaged")
        assert isinstance(made.sender.events(number)[-1], Done)
        assert "observer chunk failed" in made.sender.ended(number).note


def test_an_exchange_ends_whatever_failed(bench, monkeypatch):
    made = bench(everything([]))
    monkeypatch.setattr(boundary, "_changes", _raise)
    made.serve(environ_for(path="/function"))
    monkeypatch.undo()
    made.serve(environ_for(path="/function"))
    assert [(frame.exchange, frame.how) for frame in made.sender.of(Ended)] == [(1, "complete"), (2, "complete")]


def test_a_failing_hold_lets_the_exchange_go(bench, monkeypatch):
    made = bench(everything([]))
    monkeypatch.setattr(parking, "Held", _raise)
    made.probe.hold_next()
    assert made.serve(environ_for(path="/function")).status == "200 OK"
    assert made.probe.held == ()
    assert [fault.hook for fault in made.sender.faults] == ["parking"]


def test_a_failing_tick_is_contained(bench, monkeypatch):
    def app(environ, start_response):
        assert made.sender.tick()
        start_response("200 OK", [])
        return [b"ticked"]

    made = bench(app)
    monkeypatch.setattr(recorder.Recording, "tick", _raise)
    assert made.serve().body == b"ticked"
    assert [fault.hook for fault in made.sender.faults] == ["tick"]
