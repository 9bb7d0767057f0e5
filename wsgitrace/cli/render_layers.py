"""The tree of layers, of one exchange with what each changed, and of an application as it was found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wsgitrace.cli.render_changes import changes
from wsgitrace.cli.style import clip
from wsgitrace.cli.units import duration
from wsgitrace.export.compared import source_place
from wsgitrace.trace.folding import Fold, fold
from wsgitrace.trace.naming import remark

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wsgitrace.cli.render_changes import Detail
    from wsgitrace.cli.style import Style
    from wsgitrace.events import LayerFound
    from wsgitrace.trace import Span, Trace

__all__ = ["layer_tree", "location", "place_of", "stack"]

_TIMES: Final = 18  # two columns of times at the right
_DEEPEST: Final = 30


def layer_tree(trace: Trace, style: Style, detail: Detail) -> Iterator[str]:
    """Each pass with its times, and under it what it did."""
    yield style.paint(_beside("LAYERS", "TOTAL", "SELF", style.width), "bold")
    levels: dict[int, int] = {}
    more: dict[int, bool] = {}
    for row in trace.spans if detail.whole else fold(trace):
        spans = row.spans if isinstance(row, Fold) else (row,)
        level = levels.get(spans[0].parent, -1) + 1 if spans[0].parent is not None else 0
        levels.update(dict.fromkeys((span.id for span in spans), level))
        more[level] = _has_next(spans[0], trace)
        indent = "".join("│ " if more[each] else "  " for each in range(1, min(level, _DEEPEST + 1)))
        corner = f"{indent}{'├' if more[level] else '└'} " if level else ""
        if isinstance(row, Fold):
            text = f"… {len(spans)} pass{'' if len(spans) == 1 else 'es'} that changed nothing"
            self_time = sum(span.self_time for span in spans)
            yield style.paint(_beside(corner + text, "", duration(self_time), style.width), "dim")
            continue
        yield _head(row, corner, style)
        guide = style.paint(
            f"{indent}{('│ ' if more[level] else '  ') if level else ''}{'│' if row.children else ' '} ", "dim"
        )
        room = style.width - len(indent) - (2 if level else 0) - 2
        for line in changes(row, style, detail.within(room)):
            yield f"{guide}{line}"


def _has_next(span: Span, trace: Trace) -> bool:
    """True when the pass around this one called another one after it."""
    around = None if span.parent is None else trace.by_id.get(span.parent)
    called = () if around is None else around.children
    return bool(called) and called[-1].id != span.id


def _head(span: Span, corner: str, style: Style) -> str:
    """The name of a pass, where its layer is defined if there is room, and its times."""
    room = style.width - _TIMES - len(corner)
    name = clip(span.name, room)
    where = ""
    if span.layer is not None:
        where = "  ".join(filter(None, (location(span.layer), clip(remark(span.layer), room))))
    if len(name) + 2 + len(where) >= room:
        where = ""
    colours = ("bold", "red") if span.exception is not None else ("bold",)
    blank = " " * (room - len(name) - 2 - len(where))
    times = f" {duration(span.inclusive):>8} {duration(span.self_time):>8}"
    return f"{corner}{style.paint(name, *colours)}  {style.paint(where, 'dim')}{blank}{times}"


def _beside(left: str, total: str, self_time: str, width: int) -> str:
    return f"{left:{width - _TIMES}} {total:>8} {self_time:>8}"


def location(layer: LayerFound) -> str:
    """Where a layer begins, as :func:`place_of` has it; empty where that is not known."""
    return place_of(layer.file, layer.line) if layer.file else ""


def place_of(file: str, line: int) -> str:
    """``shop/app.py:41``, relative to the working directory where that is shorter; safe to show."""
    return clip(source_place(file, line), 80)


def stack(layers: list[LayerFound], style: Style) -> Iterator[str]:
    """An application's layers as they were found, outermost first, each inside the one that holds it."""
    levels: dict[int, int] = {}
    for layer in layers:
        level = levels.get(layer.parent, -1) + 1 if layer.parent is not None else 0
        levels[layer.id] = level
        indent = "  " * min(level, _DEEPEST)
        name = style.paint(clip(layer.name, style.width - len(indent)), "bold")
        kind = {"application": "the application", "framework": "framework", "response": "response"}.get(layer.kind, "")
        notes = [note for note in (kind, layer.part) if note]
        if not layer.intercepted:
            notes.append("seen, not intercepted")
        yield f"{indent}{name}  {style.paint(', '.join(notes), 'cyan')}".rstrip()
        for fact in (location(layer), layer.how):
            if fact:
                yield f"{indent}  {style.paint(clip(fact, style.width - len(indent) - 2), 'dim')}"
