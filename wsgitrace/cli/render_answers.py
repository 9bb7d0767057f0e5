"""Blames and ledgers as the verbs print them."""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING, Final

from wsgitrace.cli.render_layers import place_of
from wsgitrace.cli.style import clip, pad
from wsgitrace.events import from_text
from wsgitrace.export.blame_json import shown_of
from wsgitrace.export.shown import shown_value
from wsgitrace.safetext import safe
from wsgitrace.trace.blame_words import doer, remark, sentence
from wsgitrace.trace.exceptions import exceptions, told_frames
from wsgitrace.trace.lane_drawing import draw, stretch
from wsgitrace.trace.lanes import lanes
from wsgitrace.trace.ledger_words import LEDGERS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wsgitrace.cli.style import Style
    from wsgitrace.redact import Masker
    from wsgitrace.trace import Trace
    from wsgitrace.trace.blame import Blame, Deed

__all__ = ["blame_lines", "ledger_lines"]

_COLOURS: Final = {"set": "green", "appended": "green", "replaced": "yellow", "dropped": "red", "reordered": "yellow"}

_LANE_CELLS: Final = 40
"""Characters of a lane, where the line has them."""

_FOLDED: Final = 6
"""Lines that one entry of a ledger takes up at most."""

_FRAMES: Final = 4
"""Frames shown of a traceback."""


def blame_lines(trace: Trace, found: Blame, style: Style, masker: Masker) -> Iterator[str]:
    """What it is about and how it went, then a line for each deed."""
    title = clip(str(found.thing), style.width // 2)
    yield f"{style.paint(title, 'bold')}  {clip(sentence(trace, found), style.width - len(title) - 2)}"
    names = max((len(doer(trace, deed)) for deed in found.deeds), default=0)
    for deed in found.deeds:
        lead = f"  {pad(deed.verb, 9)} {pad(doer(trace, deed), min(names, 24))}  "
        yield f"{style.paint(lead, _COLOURS[deed.verb])}{_what(found, deed, style, masker, style.width - len(lead))}"


def _what(found: Blame, deed: Deed, style: Style, masker: Masker, room: int) -> str:
    values = deed.gone if deed.verb == "dropped" else deed.after if deed.verb == "reordered" else deed.fresh
    text = ", ".join(shown_of(found.thing, value, masker) for value in values)
    if deed.verb == "replaced" and deed.gone:
        text = f"{', '.join(shown_of(found.thing, value, masker) for value in deed.gone)} → {text}"
    where = _place(deed)
    note = remark(deed)
    tail = "".join(f"  {each}" for each in (where, note) if each)
    shown = clip(text, max(16, room - len(tail)))
    struck = deed.verb == "dropped" or not deed.reached
    shown = style.paint(shown, "strike") if struck else shown
    return (
        f"{shown}{style.paint(f'  {where}', 'dim') if where else ''}{style.paint(f'  {note}', 'red') if note else ''}"
    )


def _place(deed: Deed) -> str:
    if not deed.file:
        return ""
    word = {"at": "", "before": "before ", "in": "in "}[deed.where]
    return f"{word}{place_of(deed.file, deed.line)}{', on the way out' if deed.outward else ''}"


def ledger_lines(trace: Trace, name: str, style: Style, masker: Masker) -> Iterator[str]:
    """Its title with what should not be, then who did what; for chunks with lanes over time."""
    told = LEDGERS[name](trace)
    title = name.upper()
    first, *more = _folded(masker.text(told.verdict or told.quiet), len(title) + 2, style)
    colour = "yellow" if told.verdict else "dim"
    yield f"{style.paint(title, 'bold')}  {style.paint(first, colour)}"
    yield from (style.paint(line, colour) for line in more)
    names = min(24, max((len(_who(trace, name, line.span)) for line in told.lines), default=0))
    drawn = _lanes(trace, style.width - names - 48) if name == "chunks" else {}
    for index, line in enumerate(told.lines):
        lead = f"  {pad(_who(trace, name, line.span), names)}  "
        lane = f"{drawn[index]}  " if drawn else ""
        colours = ("yellow",) if line.fault else ()
        first, *more = _folded(masker.text(line.text), len(lead) + len(lane), style)
        yield f"{style.paint(lead, 'cyan')}{lane}{style.paint(first, *colours)}"
        yield from (style.paint(line, *colours) for line in more)
    if name == "exceptions":
        yield from _tracebacks(trace, style, masker)


def _folded(text: str, indent: int, style: Style) -> list[str]:
    """A text in lines, the first without its indent: what is cut off would be what matters."""
    lines = wrap(safe(text), max(20, style.width - indent), max_lines=_FOLDED, placeholder=" …") or [""]
    return [lines[0], *(" " * indent + line for line in lines[1:])]


def _who(trace: Trace, name: str, span: int) -> str:
    return "client" if not span and name in {"chunks", "start_response"} else trace.by_id[span].name


def _lanes(trace: Trace, room: int) -> dict[int, str]:
    found = lanes(trace)
    first, last = stretch(found)
    cells = max(10, min(_LANE_CELLS, room))
    return {index: draw(lane, first, last, cells) for index, lane in enumerate(found)}


def _tracebacks(trace: Trace, style: Style, masker: Masker) -> Iterator[str]:
    """The innermost frames of each exception and that of the layer, and the variables where it was raised."""
    for thrown in exceptions(trace):
        for index, frame in enumerate(told_frames(thrown.raised.frames, _FRAMES)):
            place = place_of(from_text(frame.file), frame.line)
            yield style.paint(clip(f"    {place} in {from_text(frame.function)}", style.width), "dim")
            for name, value in () if index else frame.variables.items():
                yield clip(f"      {name} = {shown_value(name, value, masker)}", style.width)
