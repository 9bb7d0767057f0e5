"""The picture of a request in characters, as ``wsgitrace flow`` prints it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wsgitrace.cli.render_layers import place_of
from wsgitrace.cli.style import clip, pad
from wsgitrace.cli.units import plural
from wsgitrace.trace.describe import duration
from wsgitrace.trace.flow import CHANGES, draw_head, draw_row, label, lay_out, notes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from wsgitrace.cli.style import Style
    from wsgitrace.redact import Masker
    from wsgitrace.trace.flow import Flow, Layout, Piece

__all__ = ["flow_lines"]

_TIMES: Final = 9
"""Characters for the time of a row."""

_WORDS: Final = 24
"""Characters for what is said of a row, at least: with less room nothing is said."""

_LEAST: Final = 6
"""Characters of a column at least."""

_COLOURS: Final[dict[str, tuple[str, ...]]] = {
    "strong": ("bold",),
    "heading": ("bold",),
    "dim": ("dim",),
    "faint": ("dim",),
    "accent": ("magenta",),
    "bar": ("cyan",),
    "bar-iterate": ("cyan", "bold"),
    "key": ("blue",),
    "added": ("green",),
    "changed": ("yellow",),
    "error": ("red", "bold"),
    "warning": ("yellow", "bold"),
    "held": ("yellow", "bold"),
}
"""What each role looks like; the others are plain."""


def flow_lines(drawn: Flow, style: Style, masker: Masker) -> Iterator[str]:
    """Names of columns, a line for each row, what the signs mean, and who the columns are."""
    room = style.width - _TIMES
    layout = lay_out(drawn, room - _WORDS, least=_LEAST)
    cells = min(room, layout.cells)
    yield " " * _TIMES + _painted(draw_head(drawn, layout, 0, cells, chosen=-1, fit=pad), style).rstrip()
    before = ""
    for index, row in enumerate(drawn.rows):
        at = "" if row.kind == "gap" else duration(row.at)
        time = style.paint(pad("" if at == before else at.rjust(_TIMES - 1), _TIMES), "dim")
        before = at or before
        words = label(drawn, row, masker) if room - cells >= _WORDS else ""
        said = style.paint(clip(f"  {words}", room - cells), *_said(row.kind)) if words else ""
        yield f"{time}{_painted(draw_row(drawn, layout, index, 0, cells), style)}{said}".rstrip()
    yield ""
    yield from (style.paint(clip(line, style.width), "dim") for line in _below(drawn, layout, cells))


def _said(kind: str) -> tuple[str, ...]:
    return ("red",) if kind == "raised" else ("dim",) if kind in {"gap", "return", "more"} else ()


def _painted(pieces: Iterable[Piece], style: Style) -> str:
    return "".join(style.paint(text, *_COLOURS.get(role, ())) for text, role in pieces)


def _below(drawn: Flow, layout: Layout, cells: int) -> Iterator[str]:
    """What the signs mean that are there, who the layers are, and what is not in the picture."""
    kinds = {change.kind for row in drawn.rows for change in row.changes}
    if kinds:
        yield "signs: " + " · ".join(text for kind, text in CHANGES.items() if kind in kinds)
    for column in drawn.columns[2:]:
        span = drawn.trace.by_id[column.spans[0]]
        layer = span.layer
        took = duration(drawn.self_times[column.index])
        where = "" if layer is None or not layer.file else f"  {place_of(layer.file, layer.line)}"
        quiet = ", changed nothing" if column.quiet else ""
        times = f", {len(column.spans)} times" if len(column.spans) > 1 else ""
        yield f"{column.name}: {layer.name if layer is not None else span.name}{where}  {took}{times}{quiet}"
    yield from notes(drawn)
    hidden = sum(len(place.columns) for place in layout.places if place.at >= cells)
    if hidden:
        yield f"{plural(hidden, 'column')} more to the right: give --width, or export --as svg"
