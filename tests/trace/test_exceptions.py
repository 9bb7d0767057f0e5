from __future__ import annotations

from tests.support.stories import failing, failing_stream, hello, swallowed
from tests.support.streams import Exchange
from wsgitrace.events import FrameworkChanges, TracebackFrame
from wsgitrace.trace.exceptions import exceptions, told_frames
from wsgitrace.trace.ledger_words import tell_exceptions


def told(exchange):
    return [line.text for line in tell_exceptions(exchange.trace()).lines]


def test_one_that_was_swallowed_and_what_it_became():
    (thrown,) = exceptions(swallowed().trace())
    assert (thrown.span, thrown.left, thrown.caught_by, thrown.became, thrown.status) == (
        3,
        (3,),
        2,
        "response",
        "200 OK",
    )
    assert thrown.swallowed
    assert told(swallowed()) == ["KeyError: 'coupon', caught by Swallow, became 200 OK"]
    assert tell_exceptions(swallowed().trace()).verdict == "KeyError of Shop was swallowed by Swallow"


def test_one_that_a_framework_handled_in_a_pass_of_which_nothing_is_recorded():
    exchange = Exchange("GET", "/")
    with exchange.call("a.app", "application") as app:
        app.raises("KeyError", "'x'")
        exchange.put(FrameworkChanges, app.span, when="out", status="500 Error", handled=99)
    assert exchange.finish().trace().span(app.span).caught == ()


def test_one_that_left_every_layer():
    (thrown,) = exceptions(failing().trace())
    assert (thrown.left, thrown.caught_by, thrown.became) == ((2, 1), None, "error page")
    assert told(failing()) == [
        "ZeroDivisionError: division by zero, left Session, the server answered 500 Internal Server Error"
    ]


def test_one_in_the_middle_of_a_body_cuts_it():
    assert told(failing_stream()) == ["OSError: disk on fire while it was iterated over, the server cut the response"]


def test_one_that_became_another():
    exchange = Exchange("GET", "/")
    with exchange.call("a.Outer") as outer:
        with outer.call("a.app", "application") as app:
            app.raises("KeyError", "'x'")
        outer.raises("a.Wrapped", "lost")
    first, second = exceptions(exchange.finish().trace())
    assert (first.became, first.other, first.caught_by, first.swallowed) == ("exception", "a.Wrapped", 1, False)
    assert second.became == "error page"


def test_one_still_on_its_way_and_none():
    exchange = Exchange("GET", "/")
    exchange.call("a.app", "application").raises("KeyError")
    assert exceptions(exchange.trace())[0].became == "open"
    assert exceptions(hello().trace()) == ()
    assert tell_exceptions(hello().trace()).quiet == "none"


def test_of_a_deep_traceback_the_layers_own_frame_is_told_too():
    frames = [TracebackFrame("a.py", line, "f", {}) for line in range(1, 9)]
    assert [each.line for each in told_frames(frames, 4)] == [8, 7, 6, 1]
    assert [each.line for each in told_frames(frames[:4], 4)] == [4, 3, 2, 1]
