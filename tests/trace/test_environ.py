from tests.support.streams import Exchange
from wsgitrace.events import EnvironOut, Returned
from wsgitrace.trace import Trace


def changes(trace, span):
    return [(each.when, each.kind, each.key, each.before, each.after) for each in trace.span(span).changes.all]


def nested(*, outer=(), on_the_way_out=(), inner=(), copy=False):
    """Two layers and an application: ``outer`` and ``inner`` change things before they call on, or on the way out."""
    exchange = Exchange()
    with exchange.call("a.Outer") as one:
        one.environ.update(outer)
        with one.call("a.Inner", copy=copy) as two:
            two.environ.update(inner)
            with two.call("a.app") as app:
                app.start_response()
                app.returns([])
        for key in on_the_way_out:
            del one.environ[key]
    return exchange.finish().trace()


def test_each_layer_answers_for_what_it_set_before_calling_inward():
    trace = nested(outer={"a": 1, "REMOTE_ADDR": "203.0.113.9"}, inner={"b": 2})
    assert changes(trace, 1) == [
        ("in", "changed", "REMOTE_ADDR", "127.0.0.1", "203.0.113.9"),
        ("in", "added", "a", None, 1),
    ]
    assert changes(trace, 2) == [("in", "added", "b", None, 2)]
    assert changes(trace, 3) == []
    assert (trace.span(1).environ.get("a"), trace.span(2).environ["a"], trace.span(3).environ["b"]) == (None, 1, 2)


def test_what_an_inner_layer_leaves_behind_is_not_blamed_on_the_outer_one():
    trace = nested(inner={"b": 2})
    assert trace.span(1).environ_left["b"] == 2
    assert changes(trace, 1) == []


def test_cleaning_up_on_the_way_out_is_the_outer_layers_doing():
    trace = nested(inner={"b": 2}, on_the_way_out=["b"])
    assert changes(trace, 1) == [("out", "removed", "b", 2, None)]
    assert changes(trace, 2) == [("in", "added", "b", None, 2)]


def test_a_copy_keeps_what_is_done_to_it_inside():
    trace = nested(outer={"a": 1}, inner={"b": 2}, copy=True)
    assert changes(trace, 1) == [("in", "added", "a", None, 1)]
    assert changes(trace, 2) == [("in", "added", "b", None, 2)]
    assert trace.span(1).environ_left.get("b") is None


def test_one_is_not_true_and_the_same_again_is_no_change():
    exchange = Exchange()
    exchange.environ["flag"] = 1
    with exchange.call("a.Outer") as outer:
        outer.environ["flag"] = True
        with outer.call("a.app") as app:
            app.returns([])
    assert changes(exchange.finish().trace(), 1) == [("in", "changed", "flag", 1, True)]


def test_between_two_calls_counts_from_what_the_first_left():
    exchange = Exchange()
    with exchange.call("a.Retry") as retry:
        with retry.call("a.app") as app:
            app.environ["tried"] = 1
            app.returns([])
        retry.environ["again"] = True
        with retry.call("a.app") as app:
            app.returns([])
    trace = exchange.finish().trace()
    assert changes(trace, 1) == [("in", "added", "again", None, True)]
    assert changes(trace, 2) == [("out", "added", "tried", None, 1)]
    assert changes(trace, 3) == []


def test_a_request_made_up_by_the_application_is_no_change_of_this_one():
    exchange = Exchange()
    with exchange.call("a.Outer") as outer:
        with outer.call("a.app", subrequest={"PATH_INFO": "/404"}) as app:
            app.environ["x"] = 1
            app.returns([])
        outer.returns([])
    trace = exchange.finish().trace()
    assert changes(trace, 1) == []
    assert trace.span(2).environ == {"PATH_INFO": "/404"}
    assert changes(trace, 2) == [("out", "added", "x", None, 1)]


def test_nobody_is_blamed_where_the_event_that_would_tell_was_lost():
    exchange = Exchange()
    with exchange.call("a.Outer") as outer, outer.call("a.app") as app:
        app.environ["b"] = 2
        app.returns([])
    exchange.finish()
    lost = next(event for event in exchange.events if isinstance(event, EnvironOut) and event.span == 1)
    trace = Trace.from_events(event for event in exchange.events if event is not lost)
    assert changes(trace, 1) == []
    assert trace.span(1).environ_left is None
    returned = [event.span for event in trace.events if isinstance(event, Returned)]
    assert returned == [2, 1]


def test_sets_of_changes_count_and_sort():
    trace = nested(outer={"a": 1, "REMOTE_ADDR": "x"}, inner={"b": 2}, on_the_way_out=["b", "SERVER_NAME"])
    found = trace.span(1).changes
    assert [change.key for change in found.added] == ["a"]
    assert [change.key for change in found.changed] == ["REMOTE_ADDR"]
    assert [change.key for change in found.removed] == ["SERVER_NAME", "b"]
    assert (len(found), bool(found), len(found.inward), len(found.outward)) == (4, True, 2, 2)
