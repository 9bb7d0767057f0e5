import pytest

from tests.support import stories
from tests.support.streams import Exchange
from wsgitrace.trace.response import compare_headers


def kinds(inner, outer):
    changes, reordered = compare_headers(inner, outer)
    return [(each.kind, each.name, each.before, each.after) for each in changes], reordered


@pytest.mark.parametrize(
    ("inner", "outer", "expected"),
    [
        ((), (), ([], False)),
        ((("A", "1"),), (("A", "1"), ("B", "2")), ([("added", "B", None, "2")], False)),
        ((("A", "1"), ("B", "2")), (("B", "2"),), ([("removed", "A", "1", None)], False)),
        ((("A", "1"),), (("A", "2"),), ([("changed", "A", "1", "2")], False)),
        ((("content-type", "x"),), (("Content-Type", "x"),), ([("respelled", "Content-Type", "x", "x")], False)),
        ((("A", "1"), ("B", "2")), (("B", "2"), ("A", "1")), ([], True)),
        (
            (("Set-Cookie", "a"), ("Set-Cookie", "b")),
            (("Set-Cookie", "b"), ("Set-Cookie", "c")),
            ([("changed", "Set-Cookie", "a", "c")], True),
        ),
        ((("A", "1"), ("A", "1")), (("A", "1"),), ([("removed", "A", "1", None)], False)),
        ((("A", "1"),), (("A", "1"), ("A", "1")), ([("added", "A", None, "1")], False)),
    ],
)
def test_header_fields_are_compared_as_a_multiset_with_order(inner, outer, expected):
    assert kinds(inner, outer) == expected


def test_what_each_layer_of_the_shop_did():
    trace = stories.page().trace()
    summary = {
        span.name: (
            [(each.kind, each.name) for each in span.response_changes.headers],
            getattr(span.response_changes.body, "kind", None),
        )
        for span in trace.spans
    }
    assert summary == {
        "server": ([("added", "Date")], None),
        "ErrorPages": ([], "same"),
        "Timing": ([("added", "X-Time")], "same"),
        "ProxyFix": ([], "same"),
        "GZip": ([("added", "Content-Encoding"), ("changed", "Content-Length"), ("added", "Vary")], "rewritten"),
        "Session": ([("added", "Set-Cookie")], "same"),
        "Auth": ([], "same"),
        "Shop": ([], None),
    }


def test_a_wrapped_start_response_does_not_tell_the_outer_layer():
    trace = stories.page().trace()
    assert [event.span for event in trace.span(7).start_responses] == [7]
    assert [event.span for event in trace.span(6).start_responses] == [7]
    assert [event.span for event in trace.span(5).start_responses] == [5]
    assert [event.span for event in trace.span(3).start_responses] == [4]


def test_a_status_that_was_never_passed_on():
    exchange = Exchange()
    with exchange.call("a.Lost") as lost:
        with lost.call("a.app", wraps=True) as app:
            app.start_response("204 No Content", [])
            app.returns([])
        lost.returns([])
    exchange.finish()
    assert exchange.trace().span(1).response_changes.status == ("204 No Content", None)
    assert exchange.trace().at(4).span(1).response_changes.status is None


def test_the_last_start_response_counts_unless_it_was_refused():
    exchange = Exchange()
    with exchange.call("a.Outer") as outer, outer.call("a.app") as app:
        app.start_response("200 OK", [])
        app.start_response("500 Oops", [], exc_info="ValueError")
        app.start_response("404 Too Late", [], refused="AssertionError")
        app.returns([])
    trace = exchange.finish().trace()
    assert [trace.span(span).status for span in (0, 1, 2)] == ["500 Oops"] * 3
    assert len(trace.span(1).start_responses) == 3
    assert trace.span(1).exception is None


def test_a_retry_is_compared_with_the_answer_it_used():
    changes = stories.retried().trace().span(1).response_changes
    assert (changes.inner, changes.status, changes.headers) == (3, None, ())


def body_change(relay):
    exchange = Exchange()
    with exchange.call("a.Layer") as layer:
        with layer.call("a.app") as app:
            app.start_response()
            app.returns(generator=True)
        layer.returns(generator=True)
    relay(layer, app)
    return exchange.finish().trace().span(1).response_changes.body


def split(layer, app):
    item = app.yields(b"abcd")
    layer.yields(item.data[:2])
    layer.yields(item.data[2:])


def join(layer, app):
    layer.yields(app.yields(b"ab").data + app.yields(b"cd").data)


def reslice(layer, app):
    one, two = app.yields(b"abc"), app.yields(b"d")
    layer.yields((one.data + two.data)[:2])
    layer.yields((one.data + two.data)[2:])


def rewrite(layer, app):
    layer.yields(app.yields(b"ab").data.upper())


def drop(_layer, app):
    app.yields(b"ab")


def make(layer, _app):
    layer.yields(b"ab")


def copy(layer, app):
    layer.yields(bytes(bytearray(app.yields(b"abcd").data)))


def hand_on(layer, app):
    for _ in range(3):
        layer.yields(app.yields(b"abcd"))


@pytest.mark.parametrize(
    ("relay", "kind", "buffered"),
    [
        (split, "split", False), (join, "joined", True), (reslice, "resliced", True), (rewrite, "rewritten", False),
        (drop, "dropped", False), (make, "made", False), (copy, "same", False), (hand_on, "same", False),
    ],
)  # fmt: skip
def test_what_a_layer_did_to_the_body(relay, kind, buffered):
    change = body_change(relay)
    assert (change.kind, change.buffered, bool(change)) == (kind, buffered, kind != "same")


def test_a_layer_that_buffers_says_for_how_long():
    change = stories.buffered().trace().span(1).response_changes.body
    assert (change.kind, change.inner_items, change.outer_items, change.buffered) == ("joined", 8, 1, True)
    assert 700_000_000 < change.held_back < 720_000_000


def test_while_nothing_has_come_out_nothing_is_said():
    exchange = Exchange()
    with exchange.call("a.Layer") as layer:
        with layer.call("a.app") as app:
            app.start_response()
            app.returns(generator=True)
        layer.returns(generator=True)
    app.yields(b"ab")
    change = exchange.trace().span(1).response_changes.body
    assert (change.kind, bool(change)) == ("pending", False)
    assert exchange.trace().span(1).passed_through


def test_items_taken_before_the_iterable_was_handed_on_did_not_go_out():
    exchange = Exchange()
    with exchange.call("a.Peek") as peek:
        with peek.call("a.app") as app:
            app.start_response()
            app.returns(generator=True)
        app.yields(b"eaten")
        peek.returns(inner=app)
    app.yields(b"seen")
    trace = exchange.finish().trace()
    assert trace.response_body.data == b"seen"
    assert trace.span(1).response_changes.body.kind == "rewritten"
    assert not trace.span(1).passed_through
