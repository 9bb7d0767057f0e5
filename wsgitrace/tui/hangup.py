"""A terminal that goes away while we draw on it: the window is closed, the connection lost, tmux killed."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TextIO

__all__ = ["LastingOutput", "abandon_terminal", "has_terminal"]


def has_terminal() -> bool:
    """Whether what is drawn on is still there: one that was hung up is no terminal any more."""
    return os.isatty(2)


def abandon_terminal() -> None:
    """Have what is still written to the terminal, or read from it, go nowhere instead of failing. Never raises.

    Whatever shuts down afterwards may restore a terminal that is not there.
    """
    try:
        nowhere = os.open(os.devnull, os.O_RDWR)
    except OSError:
        return
    for descriptor in (0, 1, 2):
        os.dup2(nowhere, descriptor)
    if nowhere > 2:  # noqa: PLR2004 -- standard error
        os.close(nowhere)


class LastingOutput:
    """A text stream to a terminal that does not fail when that is gone: then ``lost`` is called, once."""

    def __init__(self, file: TextIO, lost: Callable[[], None]) -> None:
        self._file = file
        self._lost: Callable[[], None] | None = lost

    def write(self, text: str) -> int:
        """As a text stream's."""
        try:
            return self._file.write(text)
        except OSError:
            self._give_up()
            return len(text)

    def flush(self) -> None:
        """As a text stream's."""
        try:
            self._file.flush()
        except OSError:
            self._give_up()

    def fileno(self) -> int:
        """As a text stream's."""
        return self._file.fileno()

    def isatty(self) -> bool:
        """As a text stream's."""
        return self._file.isatty()

    def _give_up(self) -> None:
        lost, self._lost = self._lost, None
        if lost is not None:
            abandon_terminal()
            lost()
