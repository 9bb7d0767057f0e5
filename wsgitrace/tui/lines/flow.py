"""The picture of a request in lines, and what is said of the row and the column under the cursor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wsgitrace.events import Raised, from_text
from wsgitrace.trace.exceptions import told_frames
from wsgitrace.trace.flow import draw_head, draw_row, label, lay_out, notes
from wsgitrace.tui.lines.environ import change_row, key_width
from wsgitrace.tui.lines.exchange import body_says, header_change_row
from wsgitrace.tui.lines.timeline import event_text
from wsgitrace.tui.lines.values import text_row
from wsgitrace.tui.painting import LazyRows, Row, Run, fit, pad_left, width
from wsgitrace.tui.units import count, counted, duration

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator

    from wsgitrace.trace import Span
    from wsgitrace.trace.flow import Change, Flow, Layout, Piece
    from wsgitrace.trace.flow import Row as FlowRow
    from wsgitrace.tui.lines.values import Shown
    from wsgitrace.tui.painting import Line

__all__ = ["FlowRows", "about"]

_TIMES: Final = 8
"""Cells for the time of a row."""

_MORE: Final = 2
"""Cells for the sign that there are more columns."""

_WORDS: Final = 22
"""Cells for what is said of a row at least: with less room nothing is said."""

_KEPT: Final = 500
"""Rows that are kept: more than a screen shows."""

_FRAMES: Final = 3
"""Frames of a traceback that are shown."""


class FlowRows(LazyRows):
    """A line for each row of a picture: its time, the columns from one cell on, what happened where there is room."""

    def __init__(self, drawn: Flow, cells: int, shown: Shown) -> None:
        self.drawn = drawn
        self._shown = shown
        self._room = cells - _TIMES - 1 - _MORE
        self.layout: Layout = lay_out(drawn, self._room - _WORDS, width)
        self.cells = min(self._room, self.layout.cells)
        """Cells of the columns that are seen."""
        self.left = 0
        """The first of them."""
        self._made: dict[int, Row] = {}
        """Rows that were looked at: a screen that is painted again shows the same ones."""

    def __len__(self) -> int:
        return len(self.drawn.rows)

    def __eq__(self, other: object) -> bool:
        mine = (self.drawn, self._room, self._shown, self.left)
        return isinstance(other, FlowRows) and mine == (other.drawn, other._room, other._shown, other.left)

    __hash__ = None  # type: ignore[assignment]

    def find(self, key: Hashable) -> int | None:
        """The row of an event, by ``("event", seq)``: the one that it is in, or would come after."""
        if not isinstance(key, tuple) or key[0] != "event" or not self.drawn.rows:
            return None
        return self.drawn.row_of(key[1])

    def head(self, chosen: int) -> Line:
        """The names of the columns, with signs at the ends beyond which there are more."""
        pieces = draw_head(self.drawn, self.layout, self.left, self.cells, chosen=chosen, fit=fit)
        before = pad_left("◂" if self.left else "", _TIMES) + " "
        more = self.left + self.cells < self.layout.cells - 1
        return (Run(before, "accent"), *_runs(pieces), Run(" ▸" if more else "", "accent"))

    def row(self, index: int) -> Row:
        """One row; a gap cannot be stood on."""
        found = self._made.get(index)
        if found is None:
            if len(self._made) >= _KEPT:
                self._made.clear()
            found = self._made[index] = self._row(index)
        return found

    def _row(self, index: int) -> Row:
        row = self.drawn.rows[index]
        same = index > 0 and self.drawn.rows[index - 1].kind != "gap" and self._time(index - 1) == self._time(index)
        time = "" if same or row.kind == "gap" else self._time(index)
        pieces = draw_row(self.drawn, self.layout, index, self.left, self.cells)
        runs = [Run(pad_left(time, _TIMES) + " ", "dim"), *_runs(pieces)]
        if self._room - self.cells >= _WORDS:
            role = "error" if row.kind == "raised" else "dim" if row.kind in {"gap", "return", "more"} else "plain"
            runs.append(Run(f" {label(self.drawn, row, self._shown.masker)}", role))
        return Row(tuple(runs), key=None if row.kind == "gap" else ("event", row.seq))

    def _time(self, index: int) -> str:
        return duration(self.drawn.rows[index].at)

    def beside(self, left: int) -> FlowRows:
        """The same from another cell on."""
        moved = object.__new__(FlowRows)
        moved.__dict__.update(self.__dict__)
        moved.left, moved._made = max(0, left), {}
        return moved

    def showing(self, *columns: int) -> FlowRows:
        """The same, moved so far that columns are seen: the last of them where not all can be."""
        left, places = self.left, self.layout.places
        for place in (places[self.layout.of[column]] for column in columns):
            least = place.at + place.cells - self.cells
            if left < least:
                left = next(each.at for each in places if each.at >= min(least, place.at))
            left = min(left, place.at)
        return self if left == self.left else self.beside(left)


def _runs(pieces: list[Piece]) -> Iterator[Run]:
    return (Run(text, role) for text, role in pieces)


def _column(drawn: Flow, column: int) -> Line:
    """Who a column is, in full."""
    each = drawn.columns[column]
    if not each.spans:
        return (Run("client  ", "strong"), Run("what goes over the wire", "dim"))
    span = drawn.trace.by_id[each.spans[0]]
    layer = span.layer
    facts = [f"column {column + 1} of {len(drawn.columns)}", f"self {duration(drawn.self_times[column])}"]
    if len(each.spans) > 1:
        facts.append(counted(len(each.spans), "pass"))
    if each.subrequest:
        facts.append("sub-request")
    if each.quiet:
        facts.append("changed nothing")
    where = "" if layer is None or not layer.file else f"  {layer.file}:{layer.line}"
    return (
        Run(layer.name if layer is not None else span.name, "strong"),
        Run("  " + ", ".join(facts), "dim"),
        Run(where, "dim"),
    )


def about(drawn: Flow, at: tuple[int, int], cells: int, shown: Shown) -> list[Row]:
    """What happened at a row, who the chosen column is, and all that was changed there; ``at``: row and column."""
    if not drawn.rows:
        return []
    row = drawn.rows[at[0]]
    event = drawn.trace.recording.event(row.seq)
    rows = [_first(drawn, row, shown), Row(_column(drawn, at[1]), key=("column", at[1]))]
    if row.kind == "more":
        rows += [text_row(text) for text in _parts(drawn, row)]
    for change in row.changes:
        rows += _change(drawn.trace.by_id[change.span], change, cells, shown)
    if isinstance(event, Raised):
        rows += _frames(drawn, event)
    return rows + [text_row(note, "dim") for note in notes(drawn)]


def _first(drawn: Flow, row: FlowRow, shown: Shown) -> Row:
    event = drawn.trace.recording.event(row.seq)
    names = [drawn.columns[column].name for column in (row.start, row.end)]
    way = names[0] if row.start == row.end else f"{names[0]} ▸ {names[1]}"
    said = label(drawn, row, shown.masker) if row.kind == "more" or event is None else event_text(event, shown)
    role = "error" if row.kind == "raised" else "plain"
    where = f"  event {row.seq} at {duration(row.at)}"
    return Row((Run(f"{way}  ", "key"), Run(said, role), Run(where, "dim")), key=("event", row.seq), value=said)


def _parts(drawn: Flow, row: FlowRow) -> Iterator[str]:
    for part in row.parts:
        way = f"{drawn.columns[part.start].name} ▸ {drawn.columns[part.end].name}"
        size = f", {count(part.length)} bytes" if part.length else ""
        yield f"{count(part.times)} × {part.kind}  {way}{size}"


def _change(span: Span, change: Change, cells: int, shown: Shown) -> list[Row]:
    """One change in full: keys and fields with their values."""
    found = span.response_changes
    if change.kind == "environ":
        keys = [each for each in span.changes.all if each.seq == change.seq]
        wide = key_width((each.key for each in keys), cells)
        return [
            change_row(each, wide, ("change", index, each.key), shown, inward=False) for index, each in enumerate(keys)
        ]
    if change.kind == "headers" and found.headers:
        wide = key_width((each.name for each in found.headers), cells)
        return [header_change_row(each, wide, ("header", index), shown) for index, each in enumerate(found.headers)]
    if change.kind == "body" and found.body is not None:
        return [text_row(f"{span.name}: {body_says(found.body)}", "changed")]
    return []


def _frames(drawn: Flow, event: Raised) -> list[Row]:
    """Where an exception was raised: the traceback came with the first pass that it left."""
    same = (each for each in drawn.trace.recording.of(Raised) if each.identity == event.identity and each.frames)
    frames = next((each.frames for each in same), ())
    told = told_frames(frames, _FRAMES)
    places = [(from_text(frame.function), f"  {from_text(frame.file)}:{frame.line}") for frame in told]
    return [Row((Run("  in ", "dim"), Run(name), Run(place, "dim"))) for name, place in places]
