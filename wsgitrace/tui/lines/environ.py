"""The Environ tab: what a layer was called with, and first of all what it changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wsgitrace.tui.lines.values import Shown, field_row, heading, text_row
from wsgitrace.tui.painting import Row, Run

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from wsgitrace.trace import EnvironChange, Span

__all__ = ["FOLDED", "SIGNS", "change_row", "environ_rows", "group_of", "key_width"]

SIGNS: Final = {"added": "+", "changed": "~", "removed": "-"}
"""What stands before a changed key or header."""

GROUPS: Final = ("CGI keys", "HTTP_* request headers", "wsgi.* keys", "application keys")
"""In the order of PEP 3333."""

FOLDED: Final = frozenset({GROUPS[2]})
"""Groups that are folded until asked for."""

_FIRST: Final = {
    name: index
    for index, name in enumerate((
        "REQUEST_METHOD", "SCRIPT_NAME", "PATH_INFO", "QUERY_STRING", "CONTENT_TYPE", "CONTENT_LENGTH",
        "SERVER_NAME", "SERVER_PORT", "SERVER_PROTOCOL", "REMOTE_ADDR", "REMOTE_PORT", "REMOTE_USER",
    ))
}  # fmt: skip


def group_of(key: str) -> str:
    """The group that a key is shown in."""
    if key.startswith("HTTP_"):
        return GROUPS[1]
    if key.startswith("wsgi."):
        return GROUPS[2]
    return GROUPS[0] if key.isupper() and "." not in key else GROUPS[3]


def key_width(names: Iterable[str], cells: int) -> int:
    """Cells for a column of names: the longest, at most two fifths of the panel."""
    return max(8, min(max(map(len, names), default=8), cells * 2 // 5, 28))


def environ_rows(span: Span, cells: int, toggled: Collection[object], shown: Shown) -> list[Row]:
    """What the layer of ``span`` changed, then all it was called with, in groups."""
    rows: list[Row] = []
    environ = span.environ
    width = key_width([*environ, *(change.key for change in span.changes.all)], cells)
    if span.id == 0:
        refused = "Refused: there is no environ. The Request tab says why."
        built = "The server builds the environ: see the outermost layer."
        rows.append(text_row(built if span.trace.refused is None else refused, "dim"))
        return rows
    rows += _changes(span, width, shown)
    for group in GROUPS:
        keys = sorted((key for key in environ if group_of(key) == group), key=lambda key: (_FIRST.get(key, 99), key))
        if not keys:
            continue
        folded = (group in FOLDED) != (("group", group) in toggled)
        rows.append(heading(group, ("group", group), fold=("group", group), note=str(len(keys)), folded=folded))
        if not folded:
            rows += [field_row(" ", "plain", key, shown.value(key, environ[key]), width, ("key", key)) for key in keys]
    return rows


def _changes(span: Span, width: int, shown: Shown) -> list[Row]:
    changes = span.changes
    if not changes:
        done = span.over or span.children
        return [text_row(f"{span.name} changed nothing in it" + ("" if done else " so far"), "dim"), text_row("")]
    counts = f"+{len(changes.added)} ~{len(changes.changed)} -{len(changes.removed)}"
    rows = [heading(f"{span.name} changed", ("changed",), note=counts)]
    for index, change in enumerate(changes.all):
        rows.append(change_row(change, width, ("change", index, change.key), shown, inward=bool(span.children)))
    rows.append(text_row(""))
    return rows


def change_row(change: EnvironChange, width: int, key: object, shown: Shown, *, inward: bool) -> Row:
    """One change; those made on the way out say so where the layer called another one on the way in."""
    before = shown.value(change.key, change.before)
    after = shown.value(change.key, change.after)
    value = {"added": after, "removed": before}.get(change.kind, f"{before} → {after}")
    row = field_row(SIGNS[change.kind], change.kind, change.key, value, width, key, struck=change.kind == "removed")
    if change.when == "in" or not inward:
        return row
    return Row((*row.runs, Run("  on the way out", "dim")), row.key, row.value, row.title)
