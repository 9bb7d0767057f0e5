"""Whether anybody reads standard output any more, asked while there is nothing to write."""

from __future__ import annotations

import select
from typing import Final

__all__ = ["check_reader"]

_STDOUT: Final = 1


def check_reader() -> None:
    """Raise :class:`BrokenPipeError`, as a write would, where the reader has gone: ``... --watch | head -1``."""
    poller = select.poll()
    poller.register(_STDOUT, 0)  # errors are told unasked
    if any(found & select.POLLERR for _, found in poller.poll(0)):
        raise BrokenPipeError
