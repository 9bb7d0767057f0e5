"""A text of several lines to edit, into which nothing comes that a terminal would obey."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.widgets import TextArea

from wsgitrace.safetext import safe

if TYPE_CHECKING:
    from textual import events

__all__ = ["TextBox"]


class TextBox(TextArea):
    """Textual's, without a frame; what is pasted loses its control characters."""

    def __init__(self, text: str, *, id: str | None = None) -> None:  # noqa: A002 -- Textual's name
        super().__init__(text, id=id, compact=True, highlight_cursor_line=False)

    def put(self, text: str) -> None:
        """Have another text there."""
        if text != self.text:
            self.load_text(text)

    async def _on_paste(self, event: events.Paste) -> None:
        clean = "".join(char for char in event.text.replace("\r\n", "\n") if char in "\n\t" or safe(char) == char)
        event.text = clean
        await super()._on_paste(event)
