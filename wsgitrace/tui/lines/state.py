"""The state of a request where one stands in it: its environ, response, body, request and variables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wsgitrace.events import Returned
from wsgitrace.trace.environ import compare
from wsgitrace.tui.lines.bodies import body_rows
from wsgitrace.tui.lines.environ import GROUPS, SIGNS, group_of, key_width
from wsgitrace.tui.lines.exchange import request_rows
from wsgitrace.tui.lines.holding import held_of, variable_rows
from wsgitrace.tui.lines.request_row import status_role
from wsgitrace.tui.lines.values import field_row, heading, text_row
from wsgitrace.tui.painting import Row, Run
from wsgitrace.tui.subject import Subject
from wsgitrace.tui.units import counted

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from wsgitrace.capture import Summary
    from wsgitrace.trace.moment import Moment
    from wsgitrace.tui.lines.values import Shown

__all__ = ["TABS", "state_rows"]

TABS: Final = ("Environ", "Response", "Body", "Request", "Locals")
"""What the state is shown as."""

_BODY_LINES: Final = 1_000
"""Lines of a body: each step makes them anew, and all of them are in the inspector."""


def state_rows(
    tab: int, moment: Moment, summary: Summary | None, cells: int, *, toggled: Collection[object], shown: Shown
) -> Sequence[Row]:
    """The rows of a tab, by its position in :data:`TABS`."""
    name = TABS[tab]
    if name == "Environ":
        return _environ(moment, cells, toggled, shown)
    if name == "Response":
        return _response(moment, cells, shown)
    if name == "Body":
        return _body(moment, cells, shown)
    if name == "Locals":
        return variable_rows(held_of(moment.whole, moment.event.seq), cells, shown)
    return () if summary is None else request_rows(Subject(summary, moment.trace), cells, toggled, shown)


def _environ(moment: Moment, cells: int, toggled: Collection[object], shown: Shown) -> list[Row]:
    """The environ now; what is different since the last stop is marked and comes first."""
    now, then = moment.environ, moment.environ_before
    changes = compare(then, now, "in", moment.event.seq) if then else []
    width = key_width(now, cells)
    rows: list[Row] = []
    if changes:
        rows.append(heading("Since the last stop", ("since",), note=str(len(changes))))
        for change in changes:
            before, after = shown.value(change.key, change.before), shown.value(change.key, change.after)
            value = {"added": after, "removed": before}.get(change.kind, f"{before} → {after}")
            rows.append(field_row(SIGNS[change.kind], change.kind, change.key, value, width, ("since", change.key)))
        rows.append(text_row(""))
    elif then:
        rows += [text_row("No key changed since the last stop", "dim"), text_row("")]
    marked = {change.key: change.kind for change in changes}
    for group in GROUPS:
        keys = sorted(key for key in now if group_of(key) == group)
        if not keys:
            continue
        folded = (group == GROUPS[2]) != (("group", group) in toggled)
        rows.append(heading(group, ("group", group), fold=("group", group), note=str(len(keys)), folded=folded))
        if not folded:
            for key in keys:
                kind = marked.get(key, "")
                rows.append(
                    field_row(
                        SIGNS.get(kind, " "), kind or "plain", key, shown.value(key, now[key]), width, ("key", key)
                    )
                )
    return rows


def _response(moment: Moment, cells: int, shown: Shown) -> list[Row]:
    """Status and headers as the caller of the pass sees them by now."""
    span = moment.span
    if span.status is None:
        return [text_row(f"Not yet: {span.name} has not called start_response.", "dim")]
    code = span.status[:3]
    rows = [
        Row(
            (
                Run(span.status, status_role(int(code)) if code.isdigit() else "error"),
                Run("  as its caller sees it by now", "dim"),
            ),
            key=("status",),
            title="Status",
        ),
        text_row(""),
    ]
    before = None if moment.earlier is None else moment.earlier.by_id.get(span.id)
    known = set(before.headers) if before is not None else set(span.headers)
    width = key_width((name for name, _ in span.headers), cells)
    for index, (name, value) in enumerate(span.headers):
        fresh = (name, value) not in known
        sign, role = ("+", "added") if fresh else (" ", "plain")
        rows.append(field_row(sign, role, name, shown.header(name, value), width, ("header", index)))
    return rows


def _body(moment: Moment, cells: int, shown: Shown) -> list[Row]:
    """The response body as far as it has left the pass."""
    span, event = moment.span, moment.event
    if isinstance(event, Returned) and event.length is not None:
        span = moment.whole.by_id[span.id]  # the items of a list are in hand with it
    rows = [
        text_row(f"{counted(len(span.items), 'chunk')}, {counted(span.body.length, 'byte')} so far", "dim"),
        text_row(""),
    ]
    return rows + (body_rows(span.body, span.headers, cells, shown, _BODY_LINES) if span.items else [])
