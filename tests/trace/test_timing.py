from tests.support import stories
from tests.support.streams import MS, Exchange
from wsgitrace.events import Called, Chunk, Done, HeadReceived, Returned
from wsgitrace.trace import Trace


def quiet():
    """An exchange whose events take no time by themselves."""
    return Exchange(tick=0)


def in_ms(trace):
    return {span.name: (span.inclusive / MS, span.self_time / MS) for span in trace.spans}


def test_inclusive_is_call_nexts_and_close_and_self_is_what_is_left():
    exchange = quiet()
    exchange.wait(1)
    with exchange.call("a.Outer") as outer:
        outer.wait(2)
        with outer.call("a.app") as app:
            app.wait(3)
            app.start_response()
            app.returns(generator=True)
        outer.wait(4)
        outer.returns(generator=True)
    exchange.wait(5)
    for _ in range(2):
        outer.yields(app.yields(b"x", took=10), took=1)
        exchange.wait(0.5)
    app.ends()
    outer.ends()
    outer.close_begins()
    app.close(took=7)
    outer.wait(1)
    outer.close_ends()
    trace = exchange.finish().trace()
    assert in_ms(trace) == {"server": (46, 7), "Outer": (39, 9), "app": (30, 30)}
    timing = trace.span(1).timing
    assert (timing.call / MS, timing.iterate / MS, timing.close / MS) == (9, 22, 8)
    assert trace.queue == 1 * MS


def test_a_body_that_is_passed_through_costs_its_maker():
    exchange = quiet()
    with exchange.call("a.Outer") as outer, outer.call("a.app") as app:
        app.start_response()
        app.returns(generator=True)
    app.yields(b"x", took=10)
    trace = exchange.finish().trace()
    assert in_ms(trace) == {"server": (10, 0), "Outer": (10, 0), "app": (10, 10)}
    assert trace.span(1).timing.iterate == 10 * MS


def test_time_held_does_not_count():
    exchange = quiet()
    with exchange.call("a.Outer") as outer:
        outer.wait(1)
        with outer.call("a.app") as app:
            exchange.hold(5_000)
            app.wait(2)
            app.start_response()
            exchange.hold(1_000, by="step")
            app.returns([b""])
    trace = exchange.finish().trace()
    assert in_ms(trace) == {"server": (3, 0), "Outer": (3, 1), "app": (2, 2)}
    assert (trace.held, trace.duration) == (6_000 * MS, 6_003 * MS)


def test_a_hold_that_lasts_counts_until_the_last_event():
    exchange = quiet()
    outer = exchange.call("a.Outer")
    outer.wait(1)
    outer.call("a.app")
    exchange.held()
    exchange.wait(900)
    exchange.client_gone()
    trace = exchange.trace()
    assert (trace.held, trace.root.inclusive) == (900 * MS, 1 * MS)


def test_what_has_not_ended_lasts_until_the_last_event():
    exchange = quiet()
    outer = exchange.call("a.Outer")
    outer.wait(5)
    outer.errors("still here")
    assert in_ms(exchange.trace()) == {"server": (5, 0), "Outer": (5, 5)}


def test_each_try_of_a_retry_has_its_own_time():
    trace = stories.retried().trace()
    assert [round(span.inclusive / MS, 2) for span in trace.span(1).children] == [5.04, 5.04]


def test_passes_side_by_side_each_have_their_time_but_no_instant_counts_twice():
    trace = Trace.from_events(
        [
            HeadReceived(0, 0, 1, 0, b"", ""),
            Called(1, 1, 1, 0, 0, 1, {}),
            Called(2, 2, 2, 0, 1, 1, {}),
            Called(3, 3, 3, 2 * MS, 1, 1, {}),
            Returned(4, 2, 2, 6 * MS, "list", 0),
            Returned(5, 3, 3, 8 * MS, "list", 0),
            Returned(6, 1, 1, 9 * MS, "list", 0),
            Done(7, 0, 1, 10 * MS, "complete"),
        ]
    )
    assert [span.inclusive // MS for span in trace.spans] == [10, 9, 6, 6]
    assert [span.self_time // MS for span in trace.spans] == [1, 1, 2, 6]


def test_a_pass_iterated_over_outside_its_caller_still_lies_within_it():
    trace = Trace.from_events(
        [
            HeadReceived(0, 0, 1, 0, b"", ""),
            Called(1, 1, 1, 0, 0, 1, {}),
            Called(2, 2, 1, 0, 1, 1, {}),
            Returned(3, 2, 1, 1 * MS, "generator"),
            Returned(4, 1, 1, 1 * MS, "generator"),
            Chunk(5, 2, 1, 5 * MS, 0, 1, b"x", took=4 * MS),
            Done(6, 0, 1, 5 * MS, "complete"),
        ]
    )
    assert [span.inclusive // MS for span in trace.spans] == [5, 5, 5]
    assert [span.self_time // MS for span in trace.spans] == [0, 0, 5]
