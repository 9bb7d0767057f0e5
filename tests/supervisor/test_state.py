from __future__ import annotations

from wsgitrace.events import Ended
from wsgitrace.supervisor import state
from wsgitrace.supervisor.state import Tally


class Clock:
    now = 1000.0

    def monotonic(self):
        return self.now


def ended(duration=1000, **fields):
    return Ended(**{"exchange": 1, "how": "complete", "status": 200, "duration": duration} | fields)


def test_the_window_moves_on(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(state, "time", clock)
    tally = Tally()
    for duration in range(100):
        tally.began()
        tally.ended(ended(duration, held=0))
    clock.now += 5
    counters = tally.counters(evicted=4)
    assert (counters.requests, counters.open, counters.errors, counters.evicted) == (100, 0, 0, 4)
    assert (counters.rate, counters.p50, counters.p95) == (20.0, 49, 94)
    clock.now += 20
    counters = tally.counters(evicted=4)
    assert (counters.requests, counters.rate, counters.p50, counters.p95) == (100, 0.0, None, None)


def test_time_held_does_not_count(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(state, "time", clock)
    tally = Tally()
    tally.began()
    tally.ended(ended(10_000, held=9_000))
    clock.now += 1
    assert tally.counters(0).p50 == 1000


def test_durations_are_those_of_answers_to_clients(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(state, "time", clock)
    tally = Tally()
    for frame, replay in (
        (ended(10, how="refused", status=400), False),
        (ended(20, how="worker gone", status=None), False),
        (ended(30), True),
        (ended(4_000), False),
    ):
        tally.began()
        tally.ended(frame, replay=replay)
    clock.now += 1
    counters = tally.counters(0)
    assert (counters.requests, counters.open, counters.p50, counters.p95) == (4, 0, 4_000, 4_000)


def test_what_counts_as_an_error():
    tally = Tally()
    for frame in (
        ended(status=404),
        ended(status=500),
        ended(exception="KeyError", swallowed=True),
        ended(exception="KeyError"),
        ended(how="cut"),
        ended(how="client gone"),
        ended(how="refused", status=400),
    ):
        tally.began()
        tally.ended(frame)
    tally.began()
    tally.began()
    tally.gone(1)
    counters = tally.counters(0)
    assert (counters.requests, counters.errors, counters.open) == (9, 4, 1)


def test_responses_never_closed_are_counted():
    tally = Tally()
    for closed in (True, False, False):
        tally.began()
        tally.ended(ended(closed=closed))
    assert tally.counters(0).unclosed == 2


def test_dropped_totals_add_up_over_workers():
    tally = Tally()
    tally.dropped(3)
    assert tally.dropped(5) == 5
    tally.next_worker()
    assert tally.dropped(1) == 6
    assert tally.counters(0).dropped == 6
