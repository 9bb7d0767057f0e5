"""Where a request is held: variables of the layer, edits that wait, the list of held requests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wsgitrace.events import (
    BodyEdit,
    EnvironEdit,
    HeadersEdit,
    Held,
    InputEdit,
    StatusEdit,
    from_text,
)
from wsgitrace.trace.head import header_list
from wsgitrace.trace.response import compare_headers
from wsgitrace.tui.lines.environ import key_width
from wsgitrace.tui.lines.notes import held_at
from wsgitrace.tui.lines.values import Shown, field_row, heading, text_row
from wsgitrace.tui.painting import Row, Run, fit
from wsgitrace.tui.units import counted, elapsed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wsgitrace.capture import Summary
    from wsgitrace.events import Edit
    from wsgitrace.supervisor.holding import Hold
    from wsgitrace.trace import HeaderChange, HeaderList, Trace

__all__ = ["describe_edit", "edit_rows", "held_of", "held_row", "left", "variable_rows"]


_CLIENT_AND_TIMES: Final = 32
"""Cells that a held request takes beside its target."""


def held_of(trace: Trace, seq: int) -> Held | None:
    """What was told when the request was held at an event, None where it was not."""
    return next((event for event in reversed(trace.recording.of(Held)) if event.event == seq), None)


def variable_rows(held: Held | None, cells: int, shown: Shown) -> list[Row]:
    """The local variables of the layer where it was held."""
    if held is None:
        return [text_row("The request was not held here: its variables are not known.", "dim")]
    if held.no_frame:
        return [text_row(held.no_frame, "dim")]
    where = f"{from_text(held.function)}  {from_text(held.file)}:{held.line}"
    width = key_width(held.locals, cells)
    rows = [text_row(where, "dim"), text_row("")]
    rows += [
        field_row(" ", "plain", name, shown.value(name, value), width, ("local", name))
        for name, value in held.locals.items()
    ]
    return rows if held.locals else [*rows, text_row("No variables yet.", "dim")]


def edit_rows(edits: Sequence[Edit], given: HeaderList, shown: Shown) -> list[Row]:
    """The edits that wait for the request to go on."""
    if not edits:
        return []
    rows = [heading("Done when it goes on", ("edits",), note=f"{counted(len(edits), 'edit')} · u takes the last back")]
    for index, edit in enumerate(edits):
        text = describe_edit(edit, _before(edits[:index], given), shown)
        rows.append(Row((Run("✎ ", "held"), Run(text, "strong")), key=("edit", index)))
    return [*rows, text_row("")]


def _before(edits: Sequence[Edit], given: HeaderList) -> HeaderList:
    """The header fields before an edit, after those that come before it."""
    headers = [edit.headers for edit in edits if isinstance(edit, HeadersEdit)]
    return header_list(headers[-1]) if headers else given


def describe_edit(edit: Edit, before: HeaderList, shown: Shown) -> str:
    """One edit on one line; ``before``: the header fields that it changes."""
    match edit:
        case EnvironEdit(key=key, value=None):
            return f"environ {key} deleted"
        case EnvironEdit(key=key, value=value):
            return f"environ {key} = {shown.value(key, value)}"
        case StatusEdit(status=status):
            return f"status {from_text(status)}"
        case HeadersEdit(headers=headers):
            changes, _ = compare_headers(before, header_list(headers))
            return "; ".join(_header_change(change, shown) for change in changes) or "header fields in another order"
        case BodyEdit(data=data, mend=mend):
            return f"{counted(len(data), 'byte')} in hand{'' if mend else ', Content-Length left as it is'}"
        case InputEdit(data=data, mend=mend):
            return f"request body of {counted(len(data), 'byte')}{'' if mend else ', CONTENT_LENGTH left as it is'}"


def _header_change(change: HeaderChange, shown: Shown) -> str:
    if change.after is None:
        return f"{change.name} removed"
    return f"{change.name}: {shown.header(change.name, change.after)}"


def held_row(summary: Summary, hold: Hold | None, now: int, cells: int, *, here: bool, shown: Shown) -> Row:
    """One held request: its client, how long it is held, when it goes on by itself."""
    target = max(16, min(22, cells - _CLIENT_AND_TIMES))
    since = summary.wall if hold is None else hold.since
    client = "" if hold is None else "client ✗ hung up" if hold.gone else "client ✓"
    runs = [
        Run("‖ ", "held"),
        Run(f"{summary.number} ", "strong" if here else "dim"),
        Run(fit(f"{summary.method} {shown.target(summary.target)}", target), "plain"),
        Run(f" {elapsed(max(0, now - since))}", "held"),
        Run(f" {client}", "error" if hold is not None and hold.gone else "dim"),
        Run(f"  {left(hold, now)}  at {held_at(summary)}", "dim"),
    ]
    return Row(tuple(runs), key=("held", summary.number))


def left(hold: Hold | None, now: int) -> str:
    """How long until it goes on by itself."""
    if hold is None:
        return ""
    return "until told" if not hold.until else f"{elapsed(max(0, hold.until - now))} left"
