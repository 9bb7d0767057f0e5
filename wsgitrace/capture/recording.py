"""One exchange while it is being written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from wsgitrace.capture.schema import PART_BITS
from wsgitrace.capture.summary import COLUMNS, Summary, from_row
from wsgitrace.capture.text import TARGET_LIMIT, line_of, line_start, readable_path
from wsgitrace.events import Ended, Progress, from_text, to_key

if TYPE_CHECKING:
    from wsgitrace.events import Began, Text

Row: TypeAlias = tuple[Any, ...]
"""A row of ``exchanges``: :data:`COLUMNS`, then the line."""

_NOTHING = Progress(exchange=0, state="running")


def visible(text: Text) -> str:
    """Text as a column holds it: what UTF-8 cannot hold becomes a visible escape."""
    return text if isinstance(text, str) else to_key(from_text(text))


class Recording:
    """What the writer knows of an exchange, and what of it is not in the file yet."""

    __slots__ = (
        "bodies",
        "body_parts",
        "ended",
        "event_count",
        "event_parts",
        "events",
        "line",
        "local",
        "method",
        "number",
        "path",
        "peer",
        "pinned",
        "progress",
        "replay_of",
        "stored",
        "target",
        "wall",
        "worker",
        "written",
    )

    def __init__(self, number: int, worker: int, began: Began) -> None:
        target = visible(began.target)
        self.number = number
        self.worker = worker
        self.local = began.exchange
        self.wall = began.wall
        self.method = visible(began.method)
        self.path = readable_path(target[:TARGET_LIMIT])
        self.target = target if len(target) <= TARGET_LIMIT else f"{target[:TARGET_LIMIT]}…"
        self.line = line_start(self.method, self.path, self.target)
        self.peer = began.peer
        self.replay_of = began.replay_of
        self.progress = _NOTHING
        self.ended: Ended | None = None
        self.pinned = False
        self.written = False
        self.stored = 0
        self.event_parts = 0
        self.body_parts = 0
        self.events: list[bytes] = []
        self.event_count = 0
        self.bodies: list[tuple[int, bytes]] = []

    @classmethod
    def restore(cls, summary: Summary, line: str, event_parts: int, body_parts: int) -> Recording:
        """An exchange that an earlier writer left open."""
        self = cls.__new__(cls)
        for name in ("number", "worker", "local", "wall", "method", "path", "target", "peer", "replay_of", "pinned"):
            setattr(self, name, getattr(summary, name))
        self.written = True
        self.stored = summary.stored
        self.line = line
        self.progress = Progress(
            exchange=summary.local,
            state="running",
            status=summary.status,
            layers=summary.layers,
            chunks=summary.chunks,
            sent=summary.response_size,
            duration=summary.duration,
        )
        self.ended = None
        self.event_parts = event_parts
        self.body_parts = body_parts
        self.events = []
        self.event_count = 0
        self.bodies = []
        return self

    def end(self, ended: Ended) -> str:
        """Note its end; returns the line that it is found by from now on."""
        self.ended = ended
        self.line = line_of(self.line, ended.status)
        return self.line

    def take_events(self) -> tuple[int, int, bytes]:
        """The events that wait, at least one, as the next part: its id, their count, their encodings."""
        events = self.events
        part = (
            self.number << PART_BITS | self.event_parts,
            self.event_count,
            events[0] if len(events) == 1 else b"".join(events),
        )
        self.event_parts += 1
        self.events = []
        self.event_count = 0
        return part

    def take_bodies(self) -> list[tuple[int, int, bytes]]:
        """The body parts that wait, as rows of the table."""
        first = self.number << PART_BITS | self.body_parts
        rows = [(first + position, seq, data) for position, (seq, data) in enumerate(self.bodies)]
        self.body_parts += len(rows)
        self.bodies = []
        return rows

    def row(self) -> Row:
        """Its row as of now."""
        return self._open_row() if self.ended is None else self._done_row(self.ended)

    def summary(self) -> Summary:
        """Its summary as of now."""
        return from_row(self.row()[: len(COLUMNS)])

    def _done_row(self, ended: Ended) -> Row:
        return (
            self.number,
            self.worker,
            self.local,
            self.wall,
            "done",
            ended.how,
            self.method,
            self.target,
            self.path,
            ended.status,
            ended.duration,
            ended.held,
            ended.first_byte,
            ended.request_size,
            ended.response_size,
            ended.chunks,
            ended.layers,
            ended.exception,
            ended.start_responses,
            ended.input,
            ended.short_circuit,
            visible(ended.content_type),
            ended.events,
            ended.dropped,
            ended.note,
            self.replay_of,
            "",
            0,
            self.peer,
            self.stored,
            int(ended.swallowed),
            int(ended.closed),
            int(self.pinned),
            ended.route,
            ended.view,
            self.line,
        )

    def _open_row(self) -> Row:
        now = self.progress
        held = now.state == "held"
        return (
            self.number,
            self.worker,
            self.local,
            self.wall,
            now.state,
            "",
            self.method,
            self.target,
            self.path,
            now.status,
            now.duration,
            0,
            None,
            0,
            now.sent,
            now.chunks,
            now.layers,
            "",
            0,
            "none",
            "",
            "",
            0,
            0,
            "",
            self.replay_of,
            now.held_at if held else "",
            now.held_event if held else 0,
            self.peer,
            self.stored,
            0,
            1,
            int(self.pinned),
            "",
            "",
            line_of(self.line, now.status),
        )
