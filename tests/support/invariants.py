"""What holds of every trace, whatever stream it was built from, and of a trace that grows."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from wsgitrace.export.trace_json import pass_object
from wsgitrace.redact import Masker
from wsgitrace.trace import describe, fold, preview
from wsgitrace.trace.lint import lint
from wsgitrace.trace.ordering import advise

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wsgitrace.trace import Span, Trace


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
    as_text = json.dumps([pass_object(span, Masker.revealing()) for span in trace.spans], allow_nan=False)
    assert as_text.isascii()
    assert all("\n" not in describe(event) for event in trace.events)
    shown = [span.id for row in fold(trace) for span in getattr(row, "spans", (row,))]
    assert shown == [span.id for span in trace.spans]
    preview(trace.response_body, root.headers)
    assert all(each.reason for each in advise(trace))
    broken = lint(trace)
    assert all(each.span in seen and each.rule.blind == "" and each.text for each in broken)
    assert len({(each.rule.id, each.span, each.text) for each in broken}) == len(broken)


def _depth_first(span: Span) -> Iterator[int]:
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
    """What a trace tells holds in every later trace of the same exchange."""
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
