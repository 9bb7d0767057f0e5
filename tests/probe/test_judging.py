"""What a breakpoint on a rule costs."""

from __future__ import annotations

from types import SimpleNamespace

from wsgitrace.events import Called, Chunk, CloseEnded, InputRead, StartResponse, Wrote
from wsgitrace.probe import judging


def judge(monkeypatch, events):
    """A judge of an exchange with these events, and how many of them each look was at."""
    looks = []
    monkeypatch.setattr(judging, "Trace", SimpleNamespace(from_events=len))
    monkeypatch.setattr(judging, "lint", lambda many: looks.append(many) or ())
    layers = SimpleNamespace(reported={})
    recording = SimpleNamespace(
        start=SimpleNamespace(ignored=()),
        handle=SimpleNamespace(target="/"),
        spans=[],
        exchanges=SimpleNamespace(layers=layers),
    )
    return judging.Judge(recording, events), looks


def test_very_many_events_are_looked_at_in_proportion_to_their_number(monkeypatch):
    events = []
    found, looks = judge(monkeypatch, events)
    for seq in range(5_000):
        events.append(Called(seq, seq + 1, 1, seq, 0, 1, {}))
        found.look()
    assert looks[:300] == list(range(1, 301)), "at first each is looked at as it happens"
    assert sum(looks) < 50_000 + 17 * 5_000
    assert looks[-1] > 4_500, "and in the end still some"


def test_what_can_break_nothing_is_not_looked_at(monkeypatch):
    events = [StartResponse(0, 1, 1, 0, "200 OK", (("Content-Length", "12"),))]
    found, looks = judge(monkeypatch, events)
    found.look()
    assert looks == [1]
    for seq in range(1, 11):
        events.append(Chunk(seq, 1, 1, seq, seq - 1, 1, b"x"))
        found.look()
    assert looks == [1, 2], "the first item of the body, and none of the others"
    events.append(Chunk(11, 1, 1, 11, 10, 3, b"xxx"))
    found.look()
    assert looks == [1, 2, 12], "more than was announced"
    events += [InputRead(12, 1, 1, 12, "read", 4, 4, 0, end=False), Wrote(13, 1, 1, 13, 0)]
    found.look()
    events += [InputRead(14, 1, 1, 14, "read", 4, 4, 4, end=False), Wrote(15, 1, 1, 15, 0)]
    found.look()
    assert looks[3:] == [14]
    events += [InputRead(16, 1, 1, 16, "read", 4, 9, 8, end=False)]
    found.look()
    events += [CloseEnded(17, 1, 1, 17), Chunk(18, 1, 1, 18, 11, 1, b"x")]
    found.look()
    found.look()
    found.look("complete")
    assert looks[4:] == [17, 19, 20]
