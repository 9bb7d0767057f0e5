"""What ``--json`` prints. The keys are part of the interface: they stay, and new ones may come."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from wsgitrace.capture import Summary
    from wsgitrace.redact import Masker

__all__ = ["dump", "summary_object", "timestamp"]


def dump(value: object) -> str:
    """One line of JSON in ASCII: no byte of traffic reaches a terminal, a log or a pipe as it came."""
    return json.dumps(value, ensure_ascii=True, separators=(", ", ": "))


def timestamp(wall: int) -> str:
    """Nanoseconds since the epoch as ISO 8601 in UTC, microseconds kept."""
    return datetime.fromtimestamp(wall // 1000 / 1e6, UTC).isoformat(timespec="microseconds")


def summary_object(summary: Summary, masker: Masker) -> dict[str, Any]:
    """One exchange as ``ls --json`` has it; times are nanoseconds, sizes bytes."""
    return {
        "number": summary.number,
        "time": timestamp(summary.wall),
        "state": summary.state,
        "how": summary.how,
        "method": summary.method,
        "target": masker.target(summary.target),
        "path": masker.path(summary.path),
        "status": summary.status,
        "duration_ns": summary.duration,
        "held_ns": summary.held,
        "first_byte_ns": summary.first_byte,
        "request_size": summary.request_size,
        "response_size": summary.response_size,
        "chunks": summary.chunks,
        "layers": summary.layers,
        "exception": summary.exception,
        "swallowed": summary.swallowed,
        "start_responses": summary.start_responses,
        "input": summary.input,
        "closed": summary.closed,
        "short_circuit": summary.short_circuit,
        "content_type": summary.content_type,
        "route": summary.route,
        "view": summary.view,
        "events": summary.events,
        "dropped": summary.dropped,
        "note": masker.text(summary.note),
        "replay_of": summary.replay_of,
        "held_at": summary.held_at,
        "peer": summary.peer,
        "worker": summary.worker,
        "pinned": summary.pinned,
    }
