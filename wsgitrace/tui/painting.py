"""From text to cells: the one place where strings become what a terminal is sent.

Formatters describe a line as :class:`Run` s of (text, role). :func:`strip` alone turns them into segments, each text
through :func:`wsgitrace.safetext.safe` and none through markup, so that no widget can forget to.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, TypeAlias, overload

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from textual.content import Content
from textual.strip import Strip

from wsgitrace.safetext import safe

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable

    from rich.style import Style

__all__ = ["LazyRows", "Line", "Row", "Run", "fit", "label", "line_text", "pad_left", "strip", "width"]

MAX_CELLS = 4_000
"""Cells of one line that are ever painted: a line of 10 MB must not cost more than a screen."""


class Run(NamedTuple):
    """A piece of a line in one role."""

    text: str
    role: str = "plain"


Line: TypeAlias = tuple[Run, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a panel, and what it stands for."""

    runs: Line
    key: Hashable = None
    """What the cursor stands on: it stays there when the lines around it change. None: cannot be stood on."""
    value: str | None = None
    """The whole value, for copying and for the value window; None: the text of the line."""
    title: str = ""
    """What the value is called."""
    fold: Hashable = None
    """The group that ``space`` folds and unfolds here."""
    place: tuple[str, int] | None = None
    """File and line of the source that it is about; None: that of the layer."""


class LazyRows(Sequence[Row]):
    """Rows that are made when they are looked at: for lists of which a screen shows a small part."""

    @abstractmethod
    def find(self, key: Hashable) -> int | None:
        """Where the row with a key is."""

    @overload
    def __getitem__(self, index: int) -> Row: ...
    @overload
    def __getitem__(self, index: slice) -> list[Row]: ...
    def __getitem__(self, index: int | slice) -> Row | list[Row]:
        if isinstance(index, slice):
            return [self.row(each) for each in range(*index.indices(len(self)))]
        if not 0 <= index < len(self):
            raise IndexError(index)
        return self.row(index)

    @abstractmethod
    def row(self, index: int) -> Row:
        """The row at a position that there is."""


def width(text: str) -> int:
    """Cells that ``text`` takes once it is safe."""
    return cell_len(safe(text))


def fit(text: str, cells: int) -> str:
    """``text`` made safe, in exactly ``cells`` cells: cut with ``…`` or padded on the right."""
    if cells <= 0:
        return ""
    text = safe(text[: 4 * cells + 8] if len(text) > 4 * cells + 8 else text)
    length = cell_len(text)
    if length <= cells:
        return text + " " * (cells - length)
    return set_cell_size(text, cells - 1) + "…"


def pad_left(text: str, cells: int) -> str:
    """``text`` in exactly ``cells`` cells, padded on the left: for numbers."""
    text = safe(text)
    length = cell_len(text)
    return " " * (cells - length) + text if length <= cells else fit(text, cells)


def label(text: str) -> Content:
    """``text`` for a border title or another place of Textual's own: safe and never markup."""
    return Content(safe(text))


def line_text(runs: Iterable[Run]) -> str:
    """The plain text of a line, as it is shown."""
    return "".join(safe(run.text) for run in runs)


def strip(
    runs: Sequence[Run], cells: int, style_of: Callable[[str], Style], *, left: int = 0, base: Style | None = None
) -> Strip:
    """A line in exactly ``cells`` cells from cell ``left`` on, with ``…`` where it goes on to the right."""
    segments: list[Segment] = []
    used = 0
    limit = min(left + cells + 1, MAX_CELLS)
    for text, role in runs:
        if not text:
            continue
        shown = safe(text if len(text) <= limit else text[:limit])
        style = style_of(role)
        segments.append(Segment(shown, base + style if base else style))
        used += cell_len(shown)
        if used > limit:
            break
    blank = base if base is not None else style_of("plain")
    line = Strip(segments, used)
    if used > left + cells > 0:
        cut = line.crop(left, left + cells - 1)
        dim = style_of("faint")
        return Strip([*cut.extend_cell_length(cells - 1, blank), Segment("…", base + dim if base else dim)], cells)
    return line.crop_extend(left, left + cells, blank)
