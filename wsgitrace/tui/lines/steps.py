"""Stepping: where a request is, what just happened, and the state it left."""

from __future__ import annotations

from bisect import bisect_right
from operator import attrgetter
from typing import TYPE_CHECKING, Final

from wsgitrace.events import (
    Called,
    Chunk,
    EnvironOut,
    Event,
    InputRead,
    Raised,
    Reached,
    StartResponse,
    Wrote,
    from_text,
)
from wsgitrace.safetext import safe_lines
from wsgitrace.trace.decoding import looks_like_text
from wsgitrace.trace.head import header_list
from wsgitrace.trace.stepping import BOUNDARIES, direction
from wsgitrace.tui.lines.ahead import ahead, tree
from wsgitrace.tui.lines.environ import key_width
from wsgitrace.tui.lines.exchange import header_rows
from wsgitrace.tui.lines.source import source_rows
from wsgitrace.tui.lines.timeline import ARROWS, event_text
from wsgitrace.tui.lines.values import Shown, field_row, text_row
from wsgitrace.tui.painting import Line, Row, Run, fit, pad_left, width
from wsgitrace.tui.units import duration

if TYPE_CHECKING:
    from wsgitrace.events import TracebackFrame
    from wsgitrace.trace import Span, Trace
    from wsgitrace.trace.moment import Moment

__all__ = [
    "event_rows",
    "ruler_marks",
    "ruler_position",
    "step_layers",
]


_SIGN: Final = 2
_STATE: Final = 12
"""Cells before a name, and those that are left for what a layer is doing."""


def step_layers(moment: Moment, cells: int) -> list[Row]:
    """The layers: passed ``✓``, inside ``●``, here ``▸``, not yet ``○``."""
    trace, here = moment.trace, moment.event.span
    arrow = ARROWS[direction(moment.event)]
    timed = cells >= 44  # noqa: PLR2004 -- below, names need the room more
    most = max(8, cells - _SIGN - _STATE - 8 * timed)
    names, step = tree(((span.name, span.depth) for span in moment.whole.spans), most)
    room = min(max(map(width, names)), most)
    rows: list[Row] = []
    for span, nested_name in zip(moment.whole.spans, names, strict=True):
        now = trace.by_id.get(span.id)
        sign, role = _where(now)
        name = fit(nested_name, room)
        at = "" if now is None or now.called_at is None or span.id == 0 else duration(trace.clock(now.called_at))
        if span.id == here:
            sign, role = "▸", "held"
        runs: list[Run] = [Run(f"{sign} ", role), Run(name, role if span.id == here else "plain" if now else "faint")]
        if timed:
            runs.append(Run(pad_left(at, 8), "dim"))
        runs.append(Run(f"  {arrow} {_word(moment.event)}" if span.id == here else f"  {_state(now)}", role))
        rows.append(Row(tuple(runs), key=("span", span.id)))
    return ahead(moment.whole, rows, cells, step)


def _where(span: Span | None) -> tuple[str, str]:
    if span is None:
        return "○", "faint"
    return ("●", "accent") if span.state == "running" else ("✗", "error") if span.state == "raised" else ("✓", "good")


def _state(span: Span | None) -> str:
    if span is None:
        return ""
    words = {"running": "inside"}
    return words.get(span.state, span.state)


def _word(event: Event) -> str:
    """What happened, in a word or two."""
    words = {
        "Called": "called",
        "StartResponse": "start_response",
        "Returned": "returned",
        "Chunk": "chunk",
        "Wrote": "write()",
        "Raised": "raised",
        "CloseBegan": "close()",
        "HeadReceived": "request",
        "ResponseHead": "head sent",
        "Done": "done",
        "InputRead": "reads body",
    }
    return words.get(type(event).__name__, "")


def event_rows(moment: Moment, cells: int, shown: Shown) -> list[Row]:
    """What just happened, and the source where it did."""
    event, span = moment.event, moment.span
    rows = [
        Row(
            (
                Run(f"{ARROWS[direction(event)]} ", "accent"),
                Run(f"{span.name}  ", "strong"),
                Run(event_text(event, shown), "error" if isinstance(event, Raised) else "plain"),
            ),
            key=("event", event.seq),
        ),
        text_row(f"event {event.seq} at {duration(moment.trace.clock(event.at))}", "dim"),
    ]
    frames = _frames(moment.whole, event)
    rows += _traceback(frames) if frames else _details(event, cells, shown)
    layer = span.layer
    if frames:
        frame = frames[-1]
        rows += source_rows(from_text(frame.file), frame.line, from_text(frame.function))
    elif isinstance(event, Reached):
        rows += source_rows(from_text(event.file), event.line, span.name)
    elif layer is not None and layer.file:
        line = event.line if isinstance(event, StartResponse) and event.line else layer.line
        rows += source_rows(layer.file, line, layer.name)
    return rows


def _details(event: Event, cells: int, shown: Shown) -> list[Row]:
    if isinstance(event, Called | EnvironOut) and len(event.environ) < 12:  # noqa: PLR2004 -- more is the first environ
        wide = key_width(event.environ, cells)
        rows = [
            field_row("+", "added", key, shown.value(key, value), wide, ("in", key))
            for key, value in event.environ.items()
        ]
        rows += [field_row("-", "removed", key, "", wide, ("gone", key)) for key in event.removed]
        return [text_row(""), *rows] if rows else []
    if isinstance(event, StartResponse):
        return [text_row(""), *header_rows(header_list(event.headers), cells, shown, "given")]
    if isinstance(event, Chunk | Wrote | InputRead):
        return _bytes_in_hand(event, shown)
    return []


def _bytes_in_hand(event: Chunk | Wrote | InputRead, shown: Shown) -> list[Row]:
    data = event.data
    if not data:
        return [] if event.stored else [text_row("its bytes were not recorded", "dim")]
    first = event.offset == 0 if isinstance(event, InputRead) else isinstance(event, Chunk) and event.index == 0
    if not shown.revealed and not first:
        # What stands in the middle of a body can be the rest of a secret: only the whole body tells.
        return [text_row(""), text_row("part of a body; \\ shows it as it is", "dim")]
    if not shown.revealed and not looks_like_text(data):
        return [text_row(""), text_row("bytes that are no text; \\ shows them as they are", "dim")]
    text = shown.markup(data[:4_000].decode("utf-8", "backslashreplace"))
    return [text_row(""), *(text_row(line, "value") for line in safe_lines(text)[:8])]


def _frames(trace: Trace, event: Event) -> tuple[TracebackFrame, ...]:
    """The traceback of an exception, which only the innermost pass that it left has."""
    if not isinstance(event, Raised):
        return ()
    same = [each for each in trace.events if isinstance(each, Raised) and each.identity == event.identity]
    return next((each.frames for each in same if each.frames), ())


def _traceback(frames: tuple[TracebackFrame, ...]) -> list[Row]:
    return [
        Row(
            (
                Run("  in ", "dim"),
                Run(from_text(frame.function), "plain"),
                Run(f"  {from_text(frame.file)}:{frame.line}", "dim"),
            )
        )
        for frame in frames[::-1][:6]
    ]


def ruler_marks(trace: Trace, cells: int) -> Line:
    """All events as one line: ``▼`` inwards, ``▲`` outwards, ``·`` neither, or no boundary."""
    marks = [("─", "faint")] * (cells - 2)
    for index, event in enumerate(trace.events):
        cell = ruler_cell(index, len(trace.events), cells)
        if isinstance(event, BOUNDARIES):
            role = "error" if isinstance(event, Raised) else "accent" if direction(event) == "in" else "key"
            marks[cell] = (ARROWS[direction(event)], role)
        elif marks[cell][0] == "─":
            marks[cell] = ("·", "dim")
    return (Run(" "), *(Run(text, role) for text, role in marks))


def ruler_cell(index: int, events: int, cells: int) -> int:
    """Where the event at a position is on a ruler."""
    return index * (cells - 3) // max(1, events - 1)


def ruler_position(trace: Trace, seq: int, cells: int) -> Line:
    """The line under the ruler: where one stands."""
    index = max(0, bisect_right(trace.events, seq, key=attrgetter("seq")) - 1)
    said = f"▲ event {seq} of {trace.events[-1].seq}"
    at = min(ruler_cell(index, len(trace.events), cells) + 1, cells - len(said) - 1)
    return (Run(" " * max(0, at) + said, "held"),)
