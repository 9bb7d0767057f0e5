"""How far something has come, for who sits in front of it and waits."""

from __future__ import annotations

import sys

__all__ = ["say_progress"]


def say_progress(text: str) -> None:
    """Say it in the place of what was said before, where standard error is a terminal; empty: it has ended."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\x1b[K{f'wsgitrace: {text} ' if text else ''}")
        sys.stderr.flush()
