from __future__ import annotations

import pytest

from tests.support.receiver import Receiver
from wsgitrace.capture import Summary
from wsgitrace.events import Done, HeadReceived, InputRead
from wsgitrace.export import take
from wsgitrace.redact import Masker
from wsgitrace.trace import Trace

WALL = 1_763_820_127_123_456_000


def summary_of(trace, number=7, **facts):
    """The row of a trace, as far as an export asks for it."""
    head, response = trace.head, trace.response
    known = {
        "number": number, "worker": 1, "local": number, "wall": WALL, "state": "done", "how": trace.how or "complete",
        "method": head.method if head else "", "target": head.target if head else "",
        "path": head.path if head else "", "status": response.code if response else None,
        "duration": trace.duration, "held": 0, "first_byte": trace.first_byte, "request_size": 0,
        "response_size": trace.sent, "chunks": 0, "layers": len(trace.spans) - 1, "exception": "",
        "start_responses": 0, "input": "none", "short_circuit": "", "content_type": "", "events": len(trace.events),
        "dropped": 0, "note": "", "replay_of": None, "held_at": "", "held_event": 0, "peer": "", "stored": 0,
        "swallowed": False, "closed": True, "pinned": False,
    }  # fmt: skip
    return Summary(**{**known, **facts})


@pytest.fixture
def taken():
    """An exchange as an export sees it, of a trace."""

    def make(trace, masker=None, **facts):
        return take(summary_of(trace), trace, masker or Masker.revealing(), **facts)

    return make


@pytest.fixture
def request_of(taken):
    """The same of a request alone: its head as bytes, and its body."""

    def make(head, body=b"", masker=None):
        events = [HeadReceived(0, 0, 0, 0, raw=head, peer="127.0.0.1:5")]
        if body:
            events.append(InputRead(1, 0, 0, 0, "read", None, len(body), 0, end=True, data=body))
        else:
            events.append(InputRead(1, 0, 0, 0, "read", None, 0, 0, end=True))
        return taken(Trace.from_events([*events, Done(2, 0, 0, 9, how="complete")]), masker)

    return make


@pytest.fixture(scope="session")
def receiver():
    receiver = Receiver()
    yield receiver
    receiver.listener.close()
