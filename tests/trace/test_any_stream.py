"""Any prefix, subset or order of a stream gives a trace, and what a prefix tells is never taken back."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.invariants import check, grows
from tests.support.stories import STORIES
from tests.support.strategies import exchanges
from wsgitrace.trace import Trace, boundaries

RELAXED = settings(
    deadline=None, max_examples=100, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


@settings(RELAXED, max_examples=50)
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
    assert Trace.from_events(events).recording == exchange.trace().recording


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
