"""Bodies as lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wsgitrace.safetext import safe_bytes
from wsgitrace.tui.lines.values import Shown, text_row

if TYPE_CHECKING:
    from wsgitrace.tui.painting import Row


def body_rows(data: bytes, content_type: str, encoding: str, cells: int, shown: Shown) -> list[Row]:
    return [text_row(safe_bytes(line)) for line in data.splitlines()]
