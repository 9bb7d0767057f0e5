"""The Request and Response tabs: head, headers with who changed them, body."""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING

from wsgitrace.safetext import safe
from wsgitrace.trace.blame import all_blames
from wsgitrace.trace.body import PREVIEW_LIMIT
from wsgitrace.trace.refusal import excerpt, rule_text
from wsgitrace.tui.lines.blames import lost_rows
from wsgitrace.tui.lines.bodies import LINES_LIMIT, WHOLE, body_rows
from wsgitrace.tui.lines.environ import SIGNS, key_width
from wsgitrace.tui.lines.request_row import status_role
from wsgitrace.tui.lines.values import Shown, field_row, heading, text_row
from wsgitrace.tui.painting import Row, Run
from wsgitrace.tui.units import count, counted, duration

if TYPE_CHECKING:
    from collections.abc import Collection, Hashable

    from wsgitrace.events import Refused
    from wsgitrace.trace import Body, BodyChange, HeaderChange, HeaderList, Span
    from wsgitrace.tui.subject import Subject

__all__ = ["body_says", "header_change_row", "header_rows", "request_rows", "response_rows"]

BODY_SAYS = {
    "split": "the same bytes in more chunks",
    "joined": "the same bytes in fewer chunks",
    "resliced": "the same bytes in other chunks",
    "rewritten": "other bytes",
    "dropped": "nothing of it went out",
    "made": "a body of its own",
}
"""What a layer did to a body."""


def request_rows(subject: Subject, cells: int, toggled: Collection[object], shown: Shown) -> list[Row]:
    """The request as received, and its body as far as the application read it."""
    trace = subject.trace
    refused = trace.refused
    rows: list[Row] = []
    if refused is not None:
        rows += _refusal(refused, cells, shown)
    head = trace.head
    if head is None:
        return rows or [text_row("The head was not recorded.", "dim")]
    target = shown.target(head.target)
    rows.append(
        Row(
            (Run(head.method + " ", "method"), Run(target, "strong"), Run(f" {head.version}", "dim")),
            key=("head",),
            value=target,
            title="Request target",
        )
    )
    rows.append(text_row(f"{head.scheme} from {head.peer}", "dim"))
    rows += _headers(head.headers, cells, toggled, shown, "request")
    body = trace.request_body
    note = counted(body.length, "byte") if body.length else ""
    rows += [text_row(""), heading("Body", ("body",), note=note)]
    return rows + _body(body, head.headers, cells, toggled, shown)


def _refusal(refused: Refused, cells: int, shown: Shown) -> list[Row]:
    """Why the server took the bytes for no request, and where among them."""
    part = excerpt(refused, shown.masker.head(refused.raw.decode("latin-1")))
    room = max(20, cells)
    rule = f"Rule {rule_text(refused.rule)}, at byte {count(refused.offset)} of what was received:"
    rows = [text_row(line, "error") for line in wrap(f"Refused with {refused.status}: {refused.reason}", room)]
    rows += [text_row(line) for line in (*wrap(rule, room), "")]
    if part.skipped:
        rows.append(text_row(f"… {counted(part.skipped, 'line')} before", "dim"))
    for index, line in enumerate(part.lines):
        rows.append(text_row(line))
        if index == part.marked:
            rows.append(text_row(" " * len(safe(line[: part.column])) + "▲", "error"))
    if part.left:
        rows.append(text_row(f"… {counted(part.left, 'line')} more", "dim"))
    return rows


def response_rows(subject: Subject, span: Span, cells: int, toggled: Collection[object], shown: Shown) -> list[Row]:
    """The response as the caller of ``span`` saw it (the server's: as it went over the wire)."""
    rows: list[Row] = []
    raised = span.failure_in_call
    if raised is not None:
        rows += [text_row(f"{span.name} raised {raised.type.removeprefix('builtins.')} instead of answering", "error")]
    if span.status is None:
        rows.append(text_row(_not_yet(subject, span), "dim"))
        return rows
    code = span.status[:3]
    role = status_role(int(code)) if code.isdigit() else "error"
    rows.append(
        Row((Run(span.status, role), Run(_when(span), "dim")), key=("status",), value=span.status, title="Status")
    )
    rows += _changes(span, cells, shown)
    rows += _headers(span.headers, cells, toggled, shown, "response")
    rows += _lost(span, cells, shown)
    body = span.body
    pieces = f" in {count(len(span.items))} chunks" if len(span.items) > 1 else ""
    rows += [text_row(""), heading("Body", ("body",), note=counted(body.length, "byte") + pieces)]
    return rows + _body(body, span.headers, cells, toggled, shown)


def _body(body: Body, headers: HeaderList, cells: int, toggled: Collection[object], shown: Shown) -> list[Row]:
    """A body; of a large one the beginning, and how to come by the rest."""
    whole = WHOLE in toggled
    rows = body_rows(body, headers, cells, shown, whole=whole)
    is_cut = len(body.data) > PREVIEW_LIMIT or len(rows) > LINES_LIMIT
    return [*rows, text_row("L shows all that is recorded of it", "dim")] if is_cut and not whole else rows


def header_rows(headers: HeaderList, cells: int, shown: Shown, kind: str) -> list[Row]:
    """Header fields in order."""
    width = key_width((name for name, _ in headers), cells)
    return [
        field_row(" ", "plain", name, shown.header(name, value), width, (kind, index, name))
        for index, (name, value) in enumerate(headers)
    ]


def _headers(headers: HeaderList, cells: int, toggled: Collection[object], shown: Shown, kind: str) -> list[Row]:
    fold = ("headers", kind)
    folded = fold in toggled
    rows = [text_row(""), heading("Headers", fold, fold=fold, note=str(len(headers)), folded=folded)]
    return rows if folded else rows + header_rows(headers, cells, shown, kind)


def _lost(span: Span, cells: int, shown: Shown) -> list[Row]:
    """Fields that some layer set and of which nothing came to the client."""
    if not span.trace.done:
        return []
    lost = [
        each for each in all_blames(span.trace) if each.thing.kind == "resp.header" and each.lost and not each.final
    ]
    if not lost:
        return []
    width = key_width([each.thing.name for each in lost], cells)
    rows = [text_row(""), heading("Set inside, never sent", ("lost",), note=str(len(lost)))]
    return rows + lost_rows(lost, width, shown)


def _when(span: Span) -> str:
    clock = span.trace.clock
    if span.id == 0:
        response = span.trace.response
        return "" if response is None else f"   sent after {duration(clock(response.at))}"
    by = span.answer
    who = "" if by is None or by.span == span.id else f" by {span.trace.span(by.span).name}"
    return "" if by is None else f"   start_response{who} after {duration(clock(by.at))}"


def _not_yet(subject: Subject, span: Span) -> str:
    if subject.summary.state == "held":
        return "Not yet: the request is held (s steps, c lets it go on)."
    if not subject.trace.done:
        return f"Not yet: {span.name} has not answered."
    return f"{span.name} never called start_response." if span.id else "No response was sent."


def _changes(span: Span, cells: int, shown: Shown) -> list[Row]:
    """What this layer changed in the response of the layer inside it."""
    changes = span.response_changes
    if changes.inner is None:
        return [text_row(f"{span.name} made this response itself", "dim")] if span.id else []
    inner = span.trace.span(changes.inner).name
    if not changes:
        return [text_row(f"as {inner} answered it", "dim")]
    rows = [text_row(""), heading(f"{span.name} changed what {inner} answered", ("changes",))]
    width = key_width(["status", *(change.name for change in changes.headers)], cells)
    if changes.status is not None:
        before, after = changes.status
        rows.append(
            field_row("~", "changed", "status", f"{before} → {after or 'not passed on'}", width, ("c", "status"))
        )
    rows += [header_change_row(change, width, ("c", index), shown) for index, change in enumerate(changes.headers)]
    if changes.reordered:
        rows.append(field_row("~", "changed", "order", "the fields are in another order", width, ("c", "order")))
    if changes.body:
        rows.append(field_row("~", "changed", "body", body_says(changes.body), width, ("c", "body")))
    return rows


def header_change_row(change: HeaderChange, width: int, key: Hashable, shown: Shown) -> Row:
    """One field that a layer added, removed or changed."""
    inside = shown.header(change.name, change.before or "")
    outside = shown.header(change.name, change.after or "")
    value = {"added": outside, "removed": inside}.get(change.kind, f"{inside} → {outside}")
    kind = "changed" if change.kind == "respelled" else change.kind
    value = "the same value, name spelled otherwise" if change.kind == "respelled" else value
    return field_row(SIGNS[kind], kind, change.name, value, width, key, struck=kind == "removed")


def body_says(change: BodyChange) -> str:
    """What a layer did to a body, in words."""
    text = BODY_SAYS.get(change.kind, change.kind)
    text += f": {count(change.inner_length)} → {count(change.outer_length)} bytes"
    if change.inner_items != change.outer_items:
        text += f", {count(change.inner_items)} → {count(change.outer_items)} chunks"
    if change.buffered:
        text += f"; buffered, held back {duration(change.held_back)}"
    return text
