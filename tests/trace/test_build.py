from tests.support import stories
from tests.support.streams import Exchange
from wsgitrace.events import Called, Chunk, ErrorsWrite
from wsgitrace.trace import Trace


def test_passes_nest_as_they_were_called():
    trace = stories.page().trace()
    assert [span.name for span in trace.spans] == [
        "server", "ErrorPages", "Timing", "ProxyFix", "GZip", "Session", "Auth", "Shop",
    ]  # fmt: skip
    assert [span.depth for span in trace.spans] == list(range(8))


def test_the_same_layer_called_twice_is_two_passes():
    trace = stories.retried().trace()
    retry = trace.span(1)
    assert [(child.id, child.name, child.status) for child in retry.children] == [
        (2, "Shop", "503 Service Unavailable"),
        (3, "Shop", "200 OK"),
    ]
    assert retry.inner.id == 3


def test_a_pass_whose_call_was_lost_hangs_under_the_server():
    exchange = stories.hello()
    trace = Trace.from_events(event for event in exchange.events if not (isinstance(event, Called) and event.span == 1))
    lost = trace.span(1)
    assert (lost.parent, lost.called_at, lost.layer, lost.name) == (0, None, None, "unknown layer")
    assert [child.id for child in lost.children] == [2]
    assert lost.status == "200 OK"


def test_no_pass_becomes_its_own_ancestor():
    trace = Trace.from_events(
        [
            Called(0, 1, 1, 0, 2, 1, {}),
            Called(1, 2, 1, 0, 1, 1, {}),
            Called(2, 3, 1, 0, 3, 1, {}),
            Called(3, 0, 1, 0, 1, 1, {}),
        ]
    )
    assert [(span.id, span.parent) for span in trace.spans] == [(0, None), (2, 0), (1, 2), (3, 0)]


def test_what_was_delivered_twice_counts_once_and_what_only_shares_a_seq_is_kept():
    events = [ErrorsWrite(1, 0, 1, 0, "a"), ErrorsWrite(0, 0, 1, 0, "b"), ErrorsWrite(1, 0, 1, 0, "a")]
    assert [event.text for event in Trace.from_events(events).events] == ["b", "a"]
    events.append(ErrorsWrite(1, 0, 1, 0, "c"))
    assert [event.text for event in Trace.from_events(events).events] == ["b", "a", "c"]


def test_lost_events_are_counted_and_skipped_ones_are_not():
    exchange = stories.streaming(6, over=True)
    assert exchange.trace().lost == 0
    kept = [event for event in exchange.events if not isinstance(event, Chunk)]
    assert Trace.from_events(kept).lost == 12
    skipping = Exchange()
    skipping.recorded[0] = skipping.recorded[0].__class__(0, 0, 1, 0, b"", "x")
    skipping.put(ErrorsWrite, 0, text="")
    skipping.finish(skipped=5)
    last = skipping.recorded.pop()
    skipping.recorded.append(
        last.__class__(last.seq + 5, *[getattr(last, name) for name in last.__struct_fields__[1:]])
    )
    assert Trace.from_events(skipping.events).lost == 0


def test_the_trace_at_an_event_knows_nothing_of_what_follows():
    trace = stories.hello().trace()
    started = next(event.seq for event in trace.events if type(event).__name__ == "StartResponse")
    before, then = trace.at(started - 1), trace.at(started)
    assert (before.span(2).status, before.span(2).state) == (None, "running")
    assert (then.span(1).status, then.response, then.done) == ("200 OK", None, False)
    assert trace.at(10**9) is trace
    assert trace.at(-1).spans[0].state == "running"
