"""Two bodies as rows: paths of JSON, then lines side by side or one below the other; all else by size and hash."""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING, Final

from wsgitrace.tui.lines.diff import difference_rows
from wsgitrace.tui.lines.values import text_row
from wsgitrace.tui.painting import Row, Run, fit, pad_left
from wsgitrace.tui.units import count, counted

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from wsgitrace.redact import Masker
    from wsgitrace.trace.comparing import Block, LineDiff
    from wsgitrace.tui.comparing import Compared

__all__ = ["ROWS_LIMIT", "Look", "body_rows"]

ROWS_LIMIT: Final = 20_000
"""Rows that are made; more are counted."""

_CONTEXT: Final = 3
"""Equal lines shown around those that differ."""

_NUMBER: Final = 5


class Look:
    """How bodies are shown."""

    def __init__(self, *, beside: bool, volatile: bool, unfolded: Collection[object] = ()) -> None:
        self.beside = beside
        """Side by side, not one below the other."""
        self.volatile = volatile
        """Lines that differ by noise look like those that count."""
        self.unfolded = unfolded
        """Blocks of equal lines that are shown whole."""


def body_rows(found: Compared, cells: int, masker: Masker, look: Look) -> list[Row]:
    """The bodies."""
    body = found.comparison.outcome.body
    rows = list(difference_rows(body.paths, cells, masker, "path", volatile=look.volatile))
    if body.lines is not None:
        rows += [text_row("")] if rows else []
        rows += _line_rows(body.lines, found.sides, cells, look)
    elif body.verdict == "same":
        rows.append(text_row("The bodies are the same." if body.one.length else "Neither has a body.", "dim"))
    else:
        for name, side in (("A", body.one), ("B", body.other)):
            runs = (
                Run(f" {name} ", "strong"),
                Run(f"{count(side.length)} bytes  "),
                Run(f"sha256 {side.digest}", "dim"),
            )
            rows.append(Row(runs, key=("change", ("bytes", name)), value=side.digest, title="sha256"))
    return rows


def _line_rows(lines: LineDiff, sides: tuple[Sequence[str], Sequence[str]], cells: int, look: Look) -> list[Row]:
    rows: list[Row] = []
    for index, block in enumerate(lines.blocks):
        made = _block_rows(index, block, sides, cells, look, edges=(index > 0, index < len(lines.blocks) - 1))
        for row in made:
            if len(rows) == ROWS_LIMIT:
                return [*rows, text_row("… more lines are not shown", "warning")]
            rows.append(row)
    return rows


def _block_rows(  # noqa: PLR0917 -- one block of a page
    index: int,
    block: Block,
    sides: tuple[Sequence[str], Sequence[str]],
    cells: int,
    look: Look,
    edges: tuple[bool, bool],
) -> Iterator[Row]:
    plain = block.tag == "equal" or (block.tag == "noise" and not look.volatile)
    if not plain:
        yield from _changed_rows(index, block, sides, cells, look)
        return
    numbers = list(zip(block.one, block.other, strict=True))
    before, behind = (_CONTEXT if edge else 0 for edge in edges)
    folded = len(numbers) - before - behind
    if folded < 2 or index in look.unfolded:  # noqa: PLR2004 -- a line for one line gains nothing
        before, behind, folded = len(numbers), 0, 0
    for here, there in numbers[:before]:
        yield _row(("line", there), (here, there), sides, cells, look)
    if folded:
        noisy = " that do not count" if block.tag == "noise" else ""
        text = f"┄┄┄┄ {counted(folded, 'equal line')}{noisy} (space) ┄┄┄┄"
        yield Row((Run(text, "faint"),), key=("fold", index), fold=index)
    for here, there in numbers[len(numbers) - behind :] if folded else ():
        yield _row(("line", there), (here, there), sides, cells, look)


def _changed_rows(
    index: int, block: Block, sides: tuple[Sequence[str], Sequence[str]], cells: int, look: Look
) -> Iterator[Row]:
    """Lines that differ; only the first has the key of a change, so that a block is one stop."""
    kind = "change" if block.tag == "changed" else "noise"
    pairs = zip_longest(block.one, block.other)
    if not look.beside:
        pairs = zip_longest([*block.one, *(None for _ in block.other)], [*(None for _ in block.one), *block.other])
    for number, pair in enumerate(pairs):
        yield _row((kind if not number else "more", (index, number)), pair, sides, cells, look, changed=True)


def _row(
    key: tuple[str, object],
    pair: tuple[int | None, int | None],
    sides: tuple[Sequence[str], Sequence[str]],
    cells: int,
    look: Look,
    *,
    changed: bool = False,
) -> Row:
    texts = [None if line is None else side[line] for side, line in zip(sides, pair, strict=True)]
    value = texts[1] if texts[1] is not None else texts[0]
    roles = ("removed", "added") if changed else ("plain", "plain")
    signs = ("-", "+") if changed else (" ", " ")
    if look.beside:
        half = max(10, (cells - 3) // 2)
        runs: list[Run] = []
        for side, (line, text) in enumerate(zip(pair, texts, strict=True)):
            number = "" if line is None else str(line + 1)
            lead = f"{pad_left(number, _NUMBER)} {signs[side] if line is not None else ' '} "
            room = half - _NUMBER - 3
            runs += [Run(" │ ", "faint")] if side else []
            runs += [Run(lead, "faint" if not changed else roles[side]), Run(fit(text or "", room), roles[side])]
        return Row(tuple(runs), key=key, value=value)
    side = 1 if pair[0] is None else 0
    sign = " " if not changed else signs[side]
    numbers = "".join(pad_left("" if line is None else str(line + 1), _NUMBER) for line in pair)
    return Row((Run(f"{numbers} {sign} ", "faint"), Run(value or "", roles[side])), key=key, value=value)
