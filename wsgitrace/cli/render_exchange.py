"""One exchange as ``wsgitrace show`` prints it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from wsgitrace.cli.access_log import remarks
from wsgitrace.cli.render_body import body_lines, body_title
from wsgitrace.cli.render_changes import exception_text, shown_header
from wsgitrace.cli.render_layers import layer_tree
from wsgitrace.cli.style import clip, pad
from wsgitrace.cli.units import amount, duration, plural
from wsgitrace.events import Raised, from_text
from wsgitrace.export.shown import event_text
from wsgitrace.safetext import safe
from wsgitrace.trace.edited import of_user
from wsgitrace.trace.refusal import broken_rule, excerpt, maker, rule_text
from wsgitrace.trace.unrun import unrun

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from wsgitrace.capture import OutputRow, Summary
    from wsgitrace.cli.render_changes import Detail
    from wsgitrace.cli.style import Style
    from wsgitrace.events import Event, Refused
    from wsgitrace.trace import Body, HeaderList, Trace

__all__ = ["exchange", "final_exception"]

_BODY_LINES: Final = 16
_EVENT_LINES: Final = 40
_CONTEXT: Final = 24
"""Characters shown before a fault that stands too far to the right."""
_OUTPUT_LINES: Final = 20
_NAME: Final = 18
"""Columns for the name of a pass."""


def exchange(
    summary: Summary, trace: Trace, output: Sequence[OutputRow], style: Style, detail: Detail
) -> Iterator[str]:
    """Its lines: what it was, the tree of layers, request, response, exception, output, events."""
    yield from _title(summary, trace, style, detail)
    if trace.refused is not None:
        yield ""
        yield from _refused(trace.refused, style, detail)
    if len(trace.spans) > 1:
        yield ""
        yield from layer_tree(trace, style, detail)
        for missing in unrun(trace):
            yield style.paint(detail.fit(missing.text, 0), "dim")
            if detail.whole:
                for layer in missing.layers:
                    yield style.paint(detail.fit(f"  {layer.name}", 0), "dim")
    raised = final_exception(trace)
    if raised is not None:
        yield ""
        yield from _exception(raised, trace, style, detail)
    yield from _request(trace, style, detail)
    yield from _response(trace, style, detail)
    if output:
        yield ""
        yield style.paint("OUTPUT", "bold")
        yield from _shortened(
            [f"  {detail.fit(_printed(row, trace, detail), 2)}" for row in output],
            _OUTPUT_LINES,
            "line",
            style,
            detail,
        )
    yield ""
    yield style.paint(f"EVENTS  {len(trace.events):,}", "bold")
    lines = [_event(event, trace, style, detail) for event in trace.events]
    yield from _shortened(lines, _EVENT_LINES, "event", style, detail)


def final_exception(trace: Trace) -> Raised | None:
    """The exception that says most: the last that has a traceback, else the last that left a pass; None for none."""
    found = [event for event in trace.events if isinstance(event, Raised)]
    return next((event for event in reversed(found) if event.frames), found[-1] if found else None)


def _title(summary: Summary, trace: Trace, style: Style, detail: Detail) -> Iterator[str]:
    target = detail.masker.target(summary.target)
    number = f"#{summary.number} "
    yield style.paint(
        f"{number}{detail.fit(f'{summary.method} {target}'.strip() or 'no request line', len(number))}", "bold"
    )
    status = trace.response.status if trace.response is not None else str(summary.status or "no response")
    facts = [style.status(summary.status, clip(status, detail.width - 50)), duration(summary.net_duration)]
    if summary.first_byte is not None:
        facts.append(f"first byte after {duration(summary.first_byte)}")
    if summary.held:
        facts.append(f"held {duration(summary.held)} besides")
    yield ", ".join(facts)
    stamp = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(summary.wall / 1e9))
    sent = f"{amount(summary.response_size)} in {plural(summary.chunks, 'chunk')}, {summary.how or summary.state}"
    when = f"{stamp}.{summary.wall // 1_000_000 % 1000:03} from {summary.peer or 'nobody'}, {sent}"
    yield style.paint(clip(when, detail.width), "dim")
    if summary.view or summary.route:
        facts = [f"view {summary.view}"] if summary.view else []
        facts += [f"route {summary.route}"] if summary.route else []
        yield style.paint(clip(safe(", ".join(facts)), detail.width), "dim")
    notes = remarks(summary, detail.masker)[bool(summary.layers) + bool(summary.view) :]
    notes += [f"from here on less {each.what} recorded" for each in trace.truncated]
    if trace.lost:
        notes.append(f"{plural(trace.lost, 'event')} lost")
    if notes:
        yield style.paint(clip(", ".join(notes), detail.width), "yellow")


def _printed(row: OutputRow, trace: Trace, detail: Detail) -> str:
    """A line, and the pass that printed it where that is not the server's."""
    span = trace.by_id.get(row.span) if row.span else None
    text = detail.masker.text(row.text)
    return text if span is None else f"{pad(clip(span.name, _NAME), _NAME)}  {text}"


def _refused(refused: Refused, style: Style, detail: Detail) -> Iterator[str]:
    yield style.paint(f"REFUSED  with {refused.status}: {safe(refused.reason)}", "bold", "red")
    yield f"  rule {safe(rule_text(refused.rule))}, at byte {refused.offset:,} of what was received:"
    part = excerpt(refused, detail.masker.head(refused.raw.decode("latin-1")))
    if part.skipped:
        yield style.paint(f"  │ … {plural(part.skipped, 'line')} before", "dim")
    for index, line in enumerate(part.lines):
        # A fault far to the right is brought into view, with a little of what stands before it.
        start = 0
        if index == part.marked and not detail.whole and len(safe(line[: part.column])) > detail.width - _CONTEXT:
            start = max(0, part.column - _CONTEXT)
        lead = "  │ …" if start else "  │ "
        yield f"{lead}{detail.fit(line[start:], len(lead))}"
        if index == part.marked:
            yield f"  │ {' ' * (len(lead) - 4 + len(safe(line[start : part.column])))}{style.paint('▲', 'bold', 'red')}"
    if part.left:
        yield style.paint(f"  │ … {plural(part.left, 'line')} more", "dim")


def _exception(raised: Raised, trace: Trace, style: Style, detail: Detail) -> Iterator[str]:
    where = trace.by_id[raised.span].name
    yield style.paint(f"EXCEPTION  {detail.fit(exception_text(raised, detail.masker), 11)}", "bold", "red")
    yield f"  in {safe(where)}, during {raised.during}{'' if raised.frames else ', without a traceback'}"
    rule = broken_rule(raised)
    if rule:
        yield f"  refused by rule {rule_text(rule)}; made by {safe(maker(trace, raised).name)}"
    for frame in raised.frames:
        yield f"  {safe(from_text(frame.file))}:{frame.line} in {safe(from_text(frame.function))}"


def _request(trace: Trace, style: Style, detail: Detail) -> Iterator[str]:
    if trace.head is None:
        return
    yield ""
    title = f"REQUEST  {trace.head.version}, {plural(len(trace.head.headers), 'header')}"
    yield style.paint(safe(title), "bold")
    yield from _headers(trace.head.headers, detail)
    yield from _body(trace.request_body, trace.head.headers, style, detail)


def _response(trace: Trace, style: Style, detail: Detail) -> Iterator[str]:
    if trace.response is None:
        return
    yield ""
    title = f"RESPONSE  {trace.response.status}, {plural(len(trace.response.headers), 'header')}"
    yield style.paint(safe(title), "bold")
    yield from _headers(trace.response.headers, detail)
    yield from _body(trace.response_body, trace.response.headers, style, detail)


def _headers(headers: HeaderList, detail: Detail) -> Iterator[str]:
    for name, value in headers:
        yield f"  {detail.fit(shown_header(name, value, detail.masker), 2)}"


def _body(body: Body, headers: HeaderList, style: Style, detail: Detail) -> Iterator[str]:
    title = body_title(body, headers)
    if title:
        yield style.paint(f"  {title}", "dim")
        lines = [f"  │ {line}" for line in body_lines(body, headers, detail)]
        yield from _shortened(lines, _BODY_LINES, "line", style, detail)


def _event(event: Event, trace: Trace, style: Style, detail: Detail) -> str:
    span = trace.by_id[event.span]
    lead = f"{event.seq:>6} {duration(trace.clock(event.at)):>8} "
    name = pad(span.name, 18)
    edit = "edit: " if of_user(trace, event) else ""
    text = detail.fit(edit + event_text(event, detail.masker), len(lead) + 20)
    return f"{style.paint(lead, 'dim')} {style.paint(name, 'cyan')} {text}"


def _shortened(lines: list[str], most: int, noun: str, style: Style, detail: Detail) -> Iterator[str]:
    """All lines where all are asked for; else the first, how many are left out, and the last few."""
    if detail.whole or len(lines) <= most:
        yield from lines
        return
    last = most // 4
    yield from lines[: most - last]
    yield style.paint(f"  … {plural(len(lines) - most, f'more {noun}')}; --all shows everything", "dim")
    yield from lines[-last:]
