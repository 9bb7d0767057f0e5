"""What is wrong with a text that somebody typed, and where."""

from __future__ import annotations


class PlacedError(ValueError):
    """A text cannot be understood: one sentence, and the place."""

    def __init__(self, message: str, start: int = 0, length: int = 1) -> None:
        super().__init__(message)
        self.message = message
        """One sentence, with a full stop. It may quote the text: not safe to show as it is."""
        self.start = start
        """Offset in the text of the first character that is wrong; at most the length of the text."""
        self.length = max(1, length)
        """Characters that are wrong, at least 1; a missing character is pointed at where it should be."""

    @property
    def end(self) -> int:
        """Offset behind the last character that is wrong."""
        return self.start + self.length


class FilterError(PlacedError):
    """A filter cannot be understood. Nothing else is ever raised for a filter's text."""
