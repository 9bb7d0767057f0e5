"""Any prefix, subset or order of a stream gives a trace, and what a prefix tells is never taken back."""

import json

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.stories import STORIES
from tests.support.strategies import exchanges
from wsgitrace.trace import Trace, as_json, boundaries, describe, fold, preview

RELAXED = settings(
    deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


def check(trace: Trace) -> None:
    """What holds of every trace, whatever it was built from."""
    root = trace.root
    assert root.id == 0
    assert root.parent is None
    seen = set()
    for span in trace.spans:
        assert span.id not in seen
        assert span.parent is None if span.id == 0 else span.parent in seen
        seen.add(span.id)
        times = span.timing
        assert 0 <= times.self_time <= times.inclusive
        assert times.inclusive <= root.inclusive
        assert times.call >= 0
        assert times.iterate >= 0
        assert times.close >= 0
        assert span.body.length >= len(span.body.data)
        assert span.body.complete == (not span.body.why)
        assert all(child.inclusive <= times.inclusive for child in span.children)
    assert [span.id for span in trace.spans] == list(_depth_first(root))
    assert sum(span.self_time for span in trace.spans) <= root.inclusive
    assert root.inclusive <= trace.duration
    assert trace.held <= trace.duration
    assert [event.seq for event in trace.events] == sorted(event.seq for event in trace.events)
    assert trace.lost >= 0
    as_text = json.dumps(as_json(trace), allow_nan=False)
    assert as_text.isascii()
    assert all("\n" not in describe(event) for event in trace.events)
    shown = [span.id for row in fold(trace) for span in getattr(row, "spans", (row,))]
    assert shown == [span.id for span in trace.spans]
    preview(trace.response_body, root.headers)


def _depth_first(span):
    yield span.id
    for child in span.children:
        yield from _depth_first(child)


def facts(trace: Trace) -> dict[tuple[int, str], object]:
    """What may be unknown for a while, but never changes once it is known."""
    known: dict[tuple[int, str], object] = {}
    for span in trace.spans:
        record = {
            "parent": span.parent,
            "called_at": span.called_at,
            "returned_at": span.returned_at,
            "ended_at": span.ended_at,
            "layer": span.layer_id,
            "environ": span.environ,
            "environ_left": span.environ_left,
            "exception": span.exception,
            "owner": span.owner.id if span.returned is not None else None,
        }
        known |= {(span.id, name): value for name, value in record.items() if value is not None}
    return known


def grows(before: Trace, after: Trace) -> None:
    later = facts(after)
    assert {key: value for key, value in facts(before).items() if key not in later or later[key] != value} == {}
    for span in before.spans:
        grown = after.span(span.id)
        assert grown.changes.all[: len(span.changes.all)] == span.changes.all
        assert grown.chunks[: len(span.chunks)] == span.chunks
        assert grown.start_responses[: len(span.start_responses)] == span.start_responses
        assert grown.caught[: len(span.caught)] == span.caught
        assert grown.body.data.startswith(span.body.data)
        assert grown.inclusive >= span.inclusive


@RELAXED
@given(exchanges())
def test_every_prefix_is_a_trace_and_takes_nothing_back(exchange):
    whole = exchange.trace()
    check(whole)
    before = None
    for event in whole.events:
        trace = whole.at(event.seq)
        check(trace)
        if before is not None:
            grows(before, trace)
        before = trace


@RELAXED
@given(exchanges(), st.data())
def test_every_subset_in_any_order_is_a_trace(exchange, data):
    events = exchange.events
    kept = data.draw(st.lists(st.booleans(), min_size=len(events), max_size=len(events)))
    check(Trace.from_events(data.draw(st.permutations([e for e, keep in zip(events, kept, strict=True) if keep]))))


@RELAXED
@given(exchanges(), st.randoms(use_true_random=False))
def test_order_of_arrival_does_not_matter(exchange, random):
    events = exchange.events + exchange.recorded
    random.shuffle(events)
    assert as_json(Trace.from_events(events)) == as_json(exchange.trace())


@RELAXED
@given(exchanges(), st.data())
def test_nonsense_numbers_still_give_a_trace(exchange, data):
    import msgspec  # noqa: PLC0415 -- only to forge events

    numbers = st.integers(-3, 12)
    forged = [
        msgspec.structs.replace(
            event,
            **{
                name: data.draw(numbers)
                for name in ("seq", "span", "at", "parent", "passed", "same", "took", "held", "length")
                if hasattr(event, name) and data.draw(st.integers(0, 3)) == 0
            },
        )
        for event in exchange.recorded
    ]
    check(Trace.from_events(forged))


@RELAXED
@given(exchanges())
def test_self_times_add_up_to_the_time_of_the_exchange(exchange):
    trace = exchange.trace()
    assert sum(span.self_time for span in trace.spans) == trace.root.inclusive == trace.duration - trace.held


@RELAXED
@given(exchanges())
def test_passes_lie_within_the_passes_around_them(exchange):
    trace = exchange.trace()
    for span in trace.spans[1:]:
        assert span.called_at >= trace.span(span.parent).called_at


def test_every_story_and_its_prefixes():
    for tell in STORIES.values():
        whole = tell().trace()
        check(whole)
        before = None
        for seq in boundaries(whole):
            trace = whole.at(seq)
            check(trace)
            if before is not None:
                grows(before, trace)
            before = trace


def test_nothing_is_a_trace_too():
    trace = Trace.from_events([])
    check(trace)
    assert trace.head is None
    assert trace.response is None
    assert not trace.done
    assert trace.root.state == "running"
