"""Requests that are run again otherwise than they were: a layer skipped, the clock set, changed by a hook."""

from __future__ import annotations

import datetime as dt
import sys
import threading

import pytest

from tests.support.answering import PassOn
from tests.support.holding import InThread, Pilot
from tests.support.waiting import until
from tests.support.wsgi_driver import environ_for
from wsgitrace.events import Began, Edited, Ended, RawBytes, Replay
from wsgitrace.probe import arranging

CLOCK = 1_000_000_000_000_000_000


class Upper(PassOn):
    def __call__(self, environ, start_response):
        return [part.upper() for part in self.app(environ, start_response)]


class Framework:
    """Calls itself by a method that is wrapped, as Flask's ``wsgi_app`` is."""

    def __init__(self):
        self.wsgi_app = Upper(self.wsgi_app)

    def wsgi_app(self, environ, start_response):
        start_response("200 OK", [])
        return [environ.get("said", "hello ").encode(), environ["wsgi.input"].read()]

    def __call__(self, environ, start_response):
        return self.wsgi_app(environ, start_response)


def forks(environ, start_response):
    start_response("200 OK", [])
    return [b"left" if environ["PATH_INFO"] == "/left" else b"right"]


def other(environ, start_response):
    return forks(environ, start_response)


class Dispatches:
    def __init__(self, *apps):
        self.apps = apps

    def __call__(self, environ, start_response):
        return self.apps[environ["PATH_INFO"] != "/left"](environ, start_response)


def again(**facts):
    return Replay(1, b"GET / HTTP/1.1\r\n\r\n", b"", "127.0.0.1:1", token=7, **facts)


def rerun(made, command, hook=None, **request):
    """What comes of a command that can be run."""
    assert made.probe.arrange(command, "hooks:sign", hook) == ""
    return made.serve(environ_for(**request), origin=command)


def edits(made, exchange=None):
    events = made.sender.events(exchange)
    return [(e.what, e.name, e.before, e.after) for e in events if isinstance(e, Edited)]


def test_a_layer_is_skipped_in_one_exchange_and_in_no_other(bench):
    made = bench(PassOn(Framework()))
    upper = next(name for name in made.names_found() if name.endswith("Upper"))
    assert rerun(made, again(skips=((upper, ""),))).body == b"hello "
    assert edits(made) == [("layer", upper, None, None)]
    assert made.serve().body == b"HELLO "
    inner = made.names()[-1]
    assert rerun(made, again(skips=((upper, inner),))).body == b"hello "


def test_why_a_layer_cannot_be_skipped(bench):
    made = bench(Dispatches(forks, other))
    dispatches = next(name for name in made.names_found() if name.endswith("Dispatches"))
    for name, inner, reason in (
        ("nobody", "", "no layer of that name was seen in this process yet"),
        (dispatches, "", "it was seen calling 2 different layers"),
        (dispatches, "gone.app", "gone.app, which it called then, was not seen in this process yet"),
        (made.names_found()[-1], "", "it was not seen calling anything yet"),
    ):
        assert made.probe.arrange(again(skips=((name, inner),))) == f"{name} cannot be skipped: {reason}"
    found = [name for name in made.names_found() if name.endswith("other")]
    assert rerun(made, again(skips=((dispatches, found[0]),)), path="/left").body == b"left"


def test_a_breakpoint_holds_the_one_and_no_other(bench):
    made = bench(PassOn(Upper(forks)))
    command = again(breakpoints=("layer:Upper once:yes",))
    assert made.probe.arrange(command) == ""
    assert made.serve().body == b"RIGHT"
    pilot = Pilot(made)
    running = InThread(made, origin=command)
    until(lambda: pilot.stops)
    assert (pilot.stops, pilot.held.breakpoint, pilot.hits) == (["called Upper"], 0, [])
    made.probe.resume()
    assert running.join().body == b"RIGHT"


def test_a_hook_changes_the_request_and_it_shows_as_an_edit(bench):
    def sign(environ, body):
        environ["said"] = f"signed {environ['wsgi.input'].read().decode()} "
        del environ["HTTP_ACCEPT"]
        return body[::-1]

    made = bench(Framework())
    assert rerun(made, again(), sign, method="POST", body=b"abc").body == b"SIGNED ABC CBA"
    assert edits(made) == [
        ("environ", "said", None, "signed abc "),
        ("environ", "HTTP_ACCEPT", "*/*", None),
        ("input", "", None, RawBytes(b"cba", 3)),
        ("environ", "CONTENT_LENGTH", "3", "3"),
    ]


@pytest.mark.parametrize(
    ("hook", "reason"),
    [
        (lambda environ, body: environ["none"], "raised KeyError: 'none' (test_arranging.py:"),
        (lambda environ, body: "text", "returned str: None, or the new body as bytes, is wanted"),
        (lambda environ, body: environ.update({1: 2}), "has put a key into the environ that is no str"),
        (lambda environ, body: environ.__delitem__("wsgi.errors"), "has removed wsgi.errors from the environ"),
        (lambda environ, body: environ.update({"wsgi.input": None}), "has put another wsgi.input into the environ"),
    ],
    ids=["raises", "text", "key", "removes", "input"],
)
def test_a_hook_that_fails_is_told_and_the_application_is_not_called(bench, hook, reason):
    made = bench(Framework())
    outcome = rerun(made, again(), hook)
    assert outcome.status == "503 Service Unavailable"
    assert made.names() == []
    (ended,) = made.sender.of(Ended)
    assert (ended.how, ended.note.startswith(f"hooks:sign {reason}")) == ("refused", True), ended.note


def test_with_the_clock_set_it_runs_alone(bench, monkeypatch):
    pytest.importorskip("time_machine")
    told, inside, go = [], threading.Event(), threading.Event()

    def clock(environ, start_response):
        told.append(dt.datetime.now(dt.UTC).year)
        if environ["PATH_INFO"] == "/held":
            inside.set()
            assert go.wait(30)
        start_response("200 OK", [])
        return []

    made = bench(clock)
    command = again(clock=CLOCK)
    assert made.probe.arrange(command) == ""
    alone = InThread(made, path="/held", origin=command)
    assert inside.wait(30)
    later = InThread(made)
    assert told == [2001]
    go.set()
    alone.join()
    later.join()
    assert told[1:] == [dt.datetime.now(dt.UTC).year] != [2001]
    assert {began.wall > CLOCK + 10**15 for began in made.sender.of(Began)} == {True}
    assert edits(made, 1) == [("clock", "", None, "2001-09-09T01:46:40.000+00:00")]

    monkeypatch.setattr(arranging, "PATIENCE", 0.0)
    inside.clear()
    go.clear()
    open_ = InThread(made, path="/held")
    assert inside.wait(30)
    assert made.probe.arrange(command) == ""
    assert made.serve(origin=command).status == "503 Service Unavailable"
    go.set()
    open_.join()
    notes = [ended.note for ended in made.sender.of(Ended) if ended.note]
    assert notes == ["with the clock set it has to run alone, and another request was still open after 0 s"]


def test_without_time_machine_the_clock_stays(bench, monkeypatch):
    monkeypatch.setitem(sys.modules, "time_machine", None)
    made = bench(forks)
    assert "python -m pip install time-machine" in made.probe.arrange(again(clock=CLOCK))
