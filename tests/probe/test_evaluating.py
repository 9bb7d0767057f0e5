from __future__ import annotations

import threading

import pytest

from tests.support.answering import PassOn
from tests.support.holding import Pilot
from tests.support.waiting import until
from wsgitrace.events import Evaluated
from wsgitrace.probe import evaluating

NEVER = threading.Event()


class Slow:
    """An object whose repr takes for ever."""

    def __repr__(self):
        NEVER.wait()
        return "at last"


class Shouts:
    """An object whose repr does not work."""

    def __repr__(self):
        raise ValueError("no repr")


class Session(PassOn):
    def __call__(self, environ, start_response):
        environ["shop.slow"] = Slow()
        environ["shop.shouts"] = Shouts()
        return self.app(environ, start_response)


def echo(environ, start_response):
    body = environ["wsgi.input"].read()
    start_response("200 OK", [])
    return [b"got ", body]


@pytest.fixture
def asked(shared, monkeypatch):
    """A request held in the innermost layer, and a way to ask there; nobody gives up on what takes its time."""
    monkeypatch.setattr(evaluating, "PATIENCE", 60.0)
    made = shared(Session(echo))
    pilot = Pilot(made, "layer:echo once:yes")
    running = pilot.run(method="POST", body=b"coupon=")

    def ask(expression, what):
        made.probe.evaluate(made.probe.held[0], 7, expression, what)
        until(lambda: made.sender.of(Evaluated))
        return made.sender.of(Evaluated)[-1]

    yield ask
    NEVER.set()
    made.probe.resume()
    assert running.join().body == b"got coupon="


def test_the_repr_of_an_object_is_made_in_another_thread_and_given_up(asked, monkeypatch):
    monkeypatch.setattr(evaluating, "PATIENCE", 0.01)
    answer = asked("shop.slow", "environ")
    assert answer.failed
    assert answer.text == "no answer after 0.01 s: it is still running in a thread"


def test_what_is_not_there_says_so(shared, monkeypatch):
    monkeypatch.setattr(evaluating, "PATIENCE", 60.0)
    made = shared(Session(echo))
    pilot = Pilot(made, "layer:echo once:yes")
    running = pilot.run()
    pilot.step("out")
    made.probe.evaluate(made.probe.held[0], 7, "missing", "environ")
    until(lambda: made.sender.of(Evaluated))
    assert made.sender.of(Evaluated)[-1].text == "there is no missing any more"
    made.probe.resume()
    running.join()


def test_what_a_repr_raises_is_the_answer(asked):
    assert asked("shop.shouts", "environ").text == "ValueError: no repr"


def test_a_local_variable_is_asked_for_by_its_name(asked):
    assert asked("start_response", "local").text.startswith("<")


def test_the_request_body_is_told_of_and_still_read_by_the_application(asked):
    answer = asked("", "input")
    assert (answer.data, answer.failed) == (b"coupon=", False)
