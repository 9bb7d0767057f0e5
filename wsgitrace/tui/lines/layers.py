"""The layer tree: each pass with its place in time, what it cost and what it changed."""

from __future__ import annotations

from dataclasses import dataclass
from operator import itemgetter
from typing import TYPE_CHECKING

from wsgitrace.events import from_text
from wsgitrace.trace.beside_words import asked, said
from wsgitrace.trace.edited import edits_of, is_skipped
from wsgitrace.trace.exceptions import told_frames
from wsgitrace.trace.folding import Fold, fold
from wsgitrace.trace.naming import remark, short_name
from wsgitrace.trace.refusal import broken_rule, maker, rule_text
from wsgitrace.trace.unrun import unrun
from wsgitrace.tui.lines.ahead import nested, tree
from wsgitrace.tui.lines.bars import nice_step, span_bar
from wsgitrace.tui.lines.environ import SIGNS
from wsgitrace.tui.lines.timeline import event_text
from wsgitrace.tui.painting import Line, Row, Run, fit, pad_left, width
from wsgitrace.tui.units import MILLI, SECOND, counted, duration

if TYPE_CHECKING:
    from wsgitrace.events import Raised
    from wsgitrace.trace import Span, Trace
    from wsgitrace.tui.lines.values import Shown

__all__ = ["Tree", "about", "layer_rows", "marks"]


@dataclass(frozen=True, slots=True)
class Tree:
    """What the layer panel shows."""

    head: tuple[Line, ...]
    """The line with the time axis."""
    rows: list[Row]
    """Passes and folds by key ``("span", id)`` and ``("fold", id)``."""


_LEAST_BAR = 7
"""Cells that bars keep, whatever names want."""

_LEAST_SCALE = 10_000
"""Nanoseconds below which bars have no scale: no clock of ours tells so little."""


@dataclass(frozen=True, slots=True)
class _Columns:
    name: int
    bar: int
    total: int
    environ: int


def layer_rows(trace: Trace, cells: int, *, unfolded: bool) -> Tree:
    """The tree of a trace in ``cells`` cells; with ``unfolded`` the passes that did nothing are there too."""
    shown: list[tuple[Span | Fold, int]] = []
    folds = list(trace.spans) if unfolded else list(fold(trace))
    depth_of: dict[int, int] = {}
    for item in folds:
        spans = _spans_of(item)
        parent = spans[0].parent
        depth = 0 if parent is None else depth_of.get(parent, 0) + 1
        for span in spans:
            depth_of[span.id] = depth
        shown.append((item, depth))
    names, columns, step = _columns(shown, cells)
    whole = max(1, trace.clock(trace.clock.end))
    head = (Run(fit("LAYER", columns.name) + " ", "heading"), *_axis(whole, columns))
    rows = [_row(item, name, columns, whole) for (item, _), name in zip(shown, names, strict=True)]
    for place, row in reversed(_unrun_rows(trace, shown, cells, step, unfolded=unfolded)):
        rows.insert(place, row)
    return Tree((head,), rows)


def _unrun_rows(
    trace: Trace, shown: list[tuple[Span | Fold, int]], cells: int, step: int, *, unfolded: bool
) -> list[tuple[int, Row]]:
    """Lines on layers that did not run, each with the row that it stands before: below those that ran inside it."""
    rows: list[tuple[int, Row]] = []
    for missing in unrun(trace):
        index, depth = next(
            (index, depth) for index, (item, depth) in enumerate(shown) if missing.by in _spans_of(item)
        )
        place = index + 1
        while place < len(shown) and shown[place][1] > depth:
            place += 1
        names = ", ".join(layer.name for layer in missing.layers)
        line = (Run(fit(nested(missing.text, depth + 1, step), cells), "dim"),)
        rows.append((place, Row(line, key=("unrun", missing.by.id), fold=("folds",), value=names, title="Never ran")))
        if unfolded:
            indent = " " * (len(nested("", depth + 1, step)) + 2)
            lines = [(Run(fit(f"{indent}{short_name(layer.name)}", cells), "faint"),) for layer in missing.layers]
            rows += [(place, Row(line)) for line in lines]
    rows.sort(key=itemgetter(0))
    return rows


def _spans_of(item: Span | Fold) -> tuple[Span, ...]:
    return item.spans if isinstance(item, Fold) else (item,)


def _columns(shown: list[tuple[Span | Fold, int]], cells: int) -> tuple[list[str], _Columns, int]:
    """The names, the widths, a step of the tree. Names come first: for them bars get shorter, then steps smaller."""
    total = 8 if cells >= 70 else 0  # noqa: PLR2004 -- below, names need the room more
    environ = max(4, *(1 + len(_environ_signs(item)) for item, _ in shown)) if shown else 4
    fixed = 8 + total + environ + 5
    most = max(12, cells - fixed - 1 - _LEAST_BAR)
    names, step = tree(((_name(item), depth) for item, depth in shown), most - 2)
    wanted = max(map(width, names), default=10) + 2
    name = max(12, min(wanted, most))
    return names, _Columns(name, max(0, cells - fixed - name - 1), total, environ), step


def _axis(whole: int, columns: _Columns) -> list[Run]:
    """Ticks at round times above the bars, and the names of the numbers."""
    scale = [" "] * columns.bar
    if whole < _LEAST_SCALE:
        return [Run("".join(scale), "faint"), _numbers(columns)]
    unit, name = (SECOND, "s") if whole >= SECOND else (MILLI, "ms")
    step = nice_step(whole / unit, max(1, columns.bar // 6))
    at, free = 0.0, 0
    while columns.bar and at * unit < whole:
        text = f"{at:g}" if at else f"0{name}"
        place = int(at * unit / whole * columns.bar)
        if place >= free and place + len(text) <= columns.bar:
            scale[place : place + len(text)] = text
            free = place + len(text) + 1
        at += step
    return [Run("".join(scale), "faint"), _numbers(columns)]


def _numbers(columns: _Columns) -> Run:
    total = pad_left("TOTAL", 8) if columns.total else ""
    return Run(total + pad_left("SELF", 8) + pad_left("ENV", columns.environ) + pad_left("RESP", 5), "heading")


def _name(item: Span | Fold) -> str:
    if isinstance(item, Fold):
        return f"⋯ {len(item.spans)} pass through"
    return f"{item.name}{' skipped' if is_skipped(item) else ''}"


def _row(item: Span | Fold, name: str, columns: _Columns, whole: int) -> Row:
    if isinstance(item, Fold):
        return _fold_row(item, name, columns, whole)
    sign, role = marks(item)
    role = role or ("strong" if item.answered or item.raised_here else "plain")
    text = fit(name, columns.name - 2) if sign else fit(name, columns.name)
    runs = [Run(text, role if role in {"error", "warning", "held"} else "plain" if item.id else "dim")]
    if sign:
        runs.append(Run(f" {sign}", role))
    runs.append(Run(" "))
    runs += _bar(item, columns.bar, whole)
    if columns.total:
        runs.append(Run(pad_left(duration(item.inclusive), 8), "dim"))
    runs.append(Run(pad_left(duration(item.self_time), 8), "number"))
    runs += _changed(item, columns.environ)
    return Row(tuple(runs), key=("span", item.id), value=item.layer.name if item.layer else item.name, title="Layer")


def _fold_row(item: Fold, name: str, columns: _Columns, whole: int) -> Row:
    """Passes that did nothing: one faint line, with what they cost together."""
    first = item.spans[0]
    cost = sum(span.self_time for span in item.spans)
    runs = [Run(fit(name, columns.name) + " ", "dim")]
    runs += [Run(run.text, "faint") for run in _bar(first, columns.bar, whole)]
    if columns.total:
        runs.append(Run(pad_left(duration(first.inclusive), 8), "faint"))
    runs.append(Run(pad_left(duration(cost), 8), "dim"))
    runs.append(Run(pad_left("", columns.environ + 5)))
    return Row(tuple(runs), key=("fold", first.id), fold=("folds",), value=", ".join(s.name for s in item.spans))


def _bar(span: Span, cells: int, whole: int) -> list[Run]:
    """Where in time the pass was: solid in its call, shaded while its response was iterated over."""
    if cells <= 0 or span.called_at is None:
        return [Run(" " * max(0, cells))]
    clock = span.trace.clock
    end = clock(span.ended_at if span.ended_at is not None else clock.end)
    start = clock(span.called_at)
    middle = end if span.id == 0 or span.returned_at is None else clock(span.returned_at)
    lead, called, iterated = span_bar(start / whole, middle / whole, end / whole, cells)
    role = "bar-error" if span.raised_here else "bar"
    rest = cells - len(lead) - len(called) - len(iterated)
    return [Run(lead), Run(called, role), Run(iterated, "bar-iterate"), Run(" " * max(0, rest))]


def marks(span: Span) -> tuple[str, str]:
    """The sign after a layer's name, and its role."""
    if span.replaced or is_skipped(span):
        return "✎" if span.replaced else "⇣", "held"
    if span.raised_here or (span.caught and span.exception is None):
        return ("✗", "error") if span.raised_here else ("!", "warning")
    if span.exception is not None:
        return "↑", "error"
    if span.closed is False:
        return "!", "warning"
    if not span.over and span.state == "iterating":
        return "›", "accent"
    return ("✎", "held") if edits_of(span) else ("", "")


def _environ_signs(item: Span | Fold) -> str:
    return "" if isinstance(item, Fold) else "".join(text for text, _ in _environ_counts(item))


def _environ_counts(span: Span) -> list[tuple[str, str]]:
    changes = span.changes
    parts = ((changes.added, "added"), (changes.changed, "changed"), (changes.removed, "removed"))
    return [(f"{SIGNS[kind]}{len(found)}", kind) for found, kind in parts if found]


def _changed(span: Span, cells: int) -> list[Run]:
    """Counts of what it changed: keys of the environ; status, headers and body of the response."""
    texts = _environ_counts(span)
    blank = cells - sum(len(text) for text, _ in texts)
    runs = [Run(" " * max(0, blank)), *(Run(text, kind) for text, kind in texts)]
    response = span.response_changes
    text = "S" if response.status else ""
    text += f"H{len(response.headers)}" if response.headers else ""
    text += "B" if response.body else ""
    return [*runs, Run(pad_left(text, 5), "changed")]


def about(span: Span, shown: Shown) -> list[Row]:
    """What is said below the tree of the selected pass."""
    rows: list[Line] = [()]
    timing = span.timing
    parts = [f"self {duration(timing.self_time)}", f"call {duration(timing.call)}"]
    if timing.iterate:
        parts.append(f"next() {duration(timing.iterate)}")
    if timing.close:
        parts.append(f"close() {duration(timing.close)}")
    rows.append((Run(f"{span.name}  ", "strong"), Run("  ".join(parts), "dim")))
    rows += _source(span)
    rows += [
        (Run("edited         ", "dim"), Run(event_text(edit, shown).removeprefix("edit: "), "held"))
        for edit in edits_of(span)
    ]
    rows += [
        (Run(f"{what:14} ", "dim"), Run(text, "plain"))
        for what, text in (("logged", said(span)), ("queries", asked(span)))
        if text
    ]
    rows += _answers(span)
    rows += _failures(span, shown)
    return [Row(runs) for runs in rows]


def _source(span: Span) -> list[Line]:
    layer = span.layer
    if layer is None:
        return []
    texts = (f"{layer.file}:{layer.line}" if layer.file else "", remark(layer))
    return [(Run(text, "dim"),) for text in texts if text]


def _answers(span: Span) -> list[Line]:
    lines: list[Line] = []
    for index, event in enumerate(span.start_responses[-3:]):
        caller = span.trace.by_id.get(event.span)
        by = "" if caller is None or caller is span else f"  by {caller.name}"
        again = "  again, with exc_info" if event.exc_info else "  again" if index else ""
        text = f"{from_text(event.status)}{by}  at {duration(span.trace.clock(event.at))}{again}"
        lines.append((Run("start_response ", "dim"), Run(text, "plain")))
    if span.reads:
        got = sum(read.got for read in span.reads)
        lines.append(
            (Run("wsgi.input     ", "dim"), Run(f"{counted(len(span.reads), 'read')}, {counted(got, 'byte')}", "plain"))
        )
    returned = span.returned
    if returned is not None:
        kind = returned.type.removeprefix("builtins.")
        owner = "" if span.owner is span else f" of {span.owner.name}, untouched"
        lines.append((Run("returned       ", "dim"), Run(kind + owner, "plain")))
    if span.items:
        chunks = f"{counted(len(span.items), 'chunk')}, {counted(span.body.length, 'byte')}"
        closed = {True: "  close() ✓", False: "  never closed", None: ""}[span.closed]
        lines.append(
            (Run("body           ", "dim"), Run(chunks, "plain"), Run(closed, "dim" if span.closed else "warning"))
        )
    return lines


def _failures(span: Span, shown: Shown) -> list[Line]:
    """The exception that left it or ended in it, with the innermost frames of its traceback."""
    raised = span.exception or (span.caught[-1] if span.caught else None)
    if raised is None:
        return []
    what = "✗" if span.exception is not None else "! swallowed"
    frames = raised.frames or next((event.frames for event in _same(span, raised.identity) if event.frames), ())
    lines: list[Line] = [
        (),
        (Run(f"{what} {raised.type.removeprefix('builtins.')}: {shown.prose(from_text(raised.message))}", "error"),),
    ]
    rule = broken_rule(raised)
    if rule:
        made = maker(span.trace, raised).name
        lines.append((Run("  refused by rule ", "dim"), Run(rule_text(rule)), Run("  made by ", "dim"), Run(made)))
    for frame in told_frames(frames, 4):
        place = f"{from_text(frame.file)}:{frame.line}"
        lines.append((Run("  in ", "dim"), Run(from_text(frame.function), "plain"), Run(f"  {place}", "dim")))
    return lines


def _same(span: Span, identity: int) -> list[Raised]:
    """The same exception as other passes saw it: only the innermost carries the traceback."""
    seen = [each.exception for each in span.trace.spans]
    return [raised for raised in seen if raised is not None and raised.identity == identity]
