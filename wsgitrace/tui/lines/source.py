"""A few lines of the application's source, read from disk as it is now."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Final

from wsgitrace.tui.lines.values import text_row
from wsgitrace.tui.painting import Row, Run, pad_left

__all__ = ["AROUND", "source_rows"]

AROUND: Final = 12
"""Lines after the one that is meant; a third as many before."""

SIZE_LIMIT: Final = 2**20
"""Bytes of a source file that are read at most."""


def source_rows(file: str, line: int, what: str) -> list[Row]:
    """The source around a line, under a heading; only the place where it cannot be read."""
    rows = [text_row(""), Row((Run(what.rpartition(".")[2] or what, "heading"), Run(f"  {file}:{line}", "dim")))]
    lines = _read(file)
    if not lines or not 0 < line <= len(lines):
        return rows
    for number in range(max(1, line - AROUND // 3), min(len(lines), line + AROUND) + 1):
        here = number == line
        rows.append(
            Row(
                (
                    Run("▸" if here else " ", "held"),
                    Run(pad_left(str(number), 5) + "  ", "dim" if here else "faint"),
                    Run(lines[number - 1].expandtabs(4), "strong" if here else "plain"),
                )
            )
        )
    return rows


@lru_cache(maxsize=32)
def _read(file: str) -> tuple[str, ...]:
    """The lines of a Python file; nothing for anything else, whatever a recording may name."""
    path = Path(file)
    try:
        if path.suffix != ".py" or not path.is_file() or path.stat().st_size > SIZE_LIMIT:
            return ()
        return tuple(path.read_text("utf-8", "replace").splitlines())
    except OSError:
        return ()
