"""What is wrong with a filter, and where."""

from __future__ import annotations


class FilterError(ValueError):
    """A filter cannot be understood: one sentence, and the place. Nothing else is ever raised for a filter's text."""

    def __init__(self, message: str, start: int, length: int = 1) -> None:
        super().__init__(message)
        self.message = message
        """One sentence, with a full stop. It may quote the filter: not safe to show as it is."""
        self.start = start
        """Offset in the filter's text of the first character that is wrong; at most the length of the text."""
        self.length = max(1, length)
        """Characters that are wrong, at least 1; a missing character is pointed at where it should be."""

    @property
    def end(self) -> int:
        """Offset behind the last character that is wrong."""
        return self.start + self.length
