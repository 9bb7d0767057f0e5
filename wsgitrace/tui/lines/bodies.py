"""Bodies as lines: JSON laid out, forms as tables, text, images by size and type, all else as a hexdump."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, TypeVar

from wsgitrace.safetext import safe_bytes, safe_lines
from wsgitrace.trace.body import PREVIEW_LIMIT, Preview, preview
from wsgitrace.trace.hexdump import hexdump, row_count
from wsgitrace.tui.lines.environ import key_width
from wsgitrace.tui.lines.values import Shown, field_row, text_row
from wsgitrace.tui.painting import Line, Row, Run
from wsgitrace.tui.units import count

if TYPE_CHECKING:
    from wsgitrace.trace import Body, HeaderList

__all__ = ["LINES_LIMIT", "WHOLE", "body_rows", "json_line"]

T = TypeVar("T")

LINES_LIMIT = 5_000
"""Lines of one body that are made; more are counted."""

HEX_ROWS = 4_096
"""Rows of one hexdump."""

WHOLE: Final = ("body", "whole")
"""What is toggled where a body is to be shown whole: it takes seconds where it is large."""

WHOLE_BYTES: Final = 16 * 2**20
WHOLE_LINES: Final = 500_000
"""Decoded bytes, and lines, of a body that is shown whole."""

IMAGE_ROWS = 16
"""Rows of an image's: the rest says nothing."""

_TOKEN: Final = re.compile(
    r'(?P<key>"(?:[^"\\]|\\.)*")(?=\s*:)|(?P<string>"(?:[^"\\]|\\.)*"?)|(?P<number>-?\b\d[\d.eE+-]*)'
    r"|(?P<word>\b(?:true|false|null)\b)"
)
_ROLES: Final = {"key": "key", "string": "added", "number": "accent", "word": "changed"}


def body_rows(
    body: Body, headers: HeaderList, cells: int, shown: Shown, limit: int = LINES_LIMIT, *, whole: bool = False
) -> list[Row]:
    """A body under its heading: what is to be said about it, then its lines, at most ``limit``, or the ``whole``."""
    look = preview(body, headers, limit=WHOLE_BYTES if whole else PREVIEW_LIMIT)
    limit = WHOLE_LINES if whole else limit
    rows = [text_row(note, "warning" if body.missing and note == body.why else "dim") for note in look.notes]
    if look.kind == "empty":
        return rows or [text_row("no body", "dim")]
    if look.packed and not shown.revealed:
        # In a coding that is not undone there may be secrets that nobody can find.
        return [
            *rows,
            text_row("not shown, for nobody can tell whether there are secrets in it; \\ shows the bytes", "dim"),
        ]
    if look.kind in {"json", "text"}:
        text = shown.masker.json(look.text) if look.kind == "json" else shown.markup(look.text)
        lines, over = _limited(safe_lines(text), limit)
        rows += [Row(json_line(line)) if look.kind == "json" else text_row(line) for line in lines]
    else:
        made, over = _limited(_lines(look, cells, shown, WHOLE_LINES if whole else HEX_ROWS), limit)
        rows += made
    return [*rows, text_row(f"… {count(over)} more lines are not shown", "warning")] if over else rows


def _limited(lines: list[T], limit: int) -> tuple[list[T], int]:
    """The first ones, and how many are left out."""
    return lines[:limit], max(0, len(lines) - limit)


def _lines(look: Preview, cells: int, shown: Shown, most: int) -> list[Row]:
    """Those of what is neither JSON nor text; of a hexdump ``most``."""
    if look.kind == "form":
        width = key_width((field.name for field in look.fields), cells)
        return [
            field_row(" ", "plain", field.name, shown.header(field.name, field.value), width, ("form", index))
            for index, field in enumerate(look.fields)
        ]
    if look.kind == "multipart":
        return _parts(look, shown)
    rows: list[Row] = []
    image = look.image
    if image is not None:
        pixels = "" if image.width is None else f", {image.width} × {image.height} pixels"
        rows += [text_row(f"{image.type} image{pixels}, {count(len(look.data))} bytes", "strong"), text_row("")]
    limit = IMAGE_ROWS if image is not None else most
    rows += [
        Row((Run(f"{row.offset:08x}  ", "faint"), Run(row.digits + "  "), Run(row.text, "dim")))
        for row in hexdump(look.data, 0, limit)
    ]
    over = row_count(look.data) - limit
    if over > 0 and image is None:
        rows.append(text_row(f"… {count(over)} more rows of {count(len(look.data))} bytes are not shown", "warning"))
    return rows


def _parts(look: Preview, shown: Shown) -> list[Row]:
    """One paragraph per part of a multipart body."""
    rows: list[Row] = []
    for index, part in enumerate(look.parts):
        name = part.name or f"part {index + 1}"
        what = f"  {part.filename}" if part.filename else ""
        rows.append(
            Row(
                (
                    Run(name, "key"),
                    Run(what, "strong"),
                    Run(f"  {part.content_type or 'text/plain'}, {count(len(part.data))} bytes", "dim"),
                ),
                key=("part", index),
            )
        )
        if not part.filename:
            data = shown.masker.body(part.data, part.content_type)
            rows.append(text_row("  " + shown.header(name, safe_bytes(data[:200]))))
    return rows


def json_line(line: str) -> Line:
    """One line of laid out JSON: names, strings, numbers and words apart."""
    runs: list[Run] = []
    at = 0
    for match in _TOKEN.finditer(line):
        if match.start() > at:
            runs.append(Run(line[at : match.start()], "dim"))
        runs.append(Run(match.group(), _ROLES[match.lastgroup or "string"]))
        at = match.end()
    if at < len(line):
        runs.append(Run(line[at:], "dim"))
    return tuple(runs)
