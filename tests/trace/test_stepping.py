from tests.support import stories
from wsgitrace.trace import boundaries
from wsgitrace.trace.stepping import after, before, direction


def test_a_step_stops_where_something_crosses_a_boundary():
    trace = stories.streaming(1, over=True).trace()
    stops = [type(event).__name__ for event in trace.events if event.seq in boundaries(trace)]
    assert stops == [
        "HeadReceived", "Called", "Called", "StartResponse", "Returned", "Returned", "ResponseHead", "Chunk", "Chunk",
        "IterationEnded", "IterationEnded", "CloseBegan", "CloseBegan", "Done",
    ]  # fmt: skip


def test_forwards_and_backwards():
    stops = [0, 3, 7]
    assert [after(stops, seq) for seq in (-1, 0, 1, 3, 7, 9)] == [0, 3, 3, 7, None, None]
    assert [before(stops, seq) for seq in (0, 1, 3, 4, 7, 9)] == [None, 0, 0, 3, 3, 7]
    assert boundaries(stories.refused().trace()) == [0, 1]


def test_every_stop_goes_in_or_out():
    for tell in stories.STORIES.values():
        trace = tell().trace()
        stops = set(boundaries(trace))
        assert all(direction(event) in {"in", "out"} for event in trace.events if event.seq in stops)


def test_stepping_back_is_the_trace_of_the_shorter_stream():
    trace = stories.page().trace()
    stops = boundaries(trace)
    here = trace.at(stops[5])
    assert boundaries(here) == stops[:6]
    assert here.at(stops[2]).spans[-1].id == trace.at(stops[2]).spans[-1].id
