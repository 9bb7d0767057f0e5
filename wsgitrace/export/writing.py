"""The one thing here that touches the disk: an export in a file of its own."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

__all__ = ["write_file"]


def write_file(path: Path, pieces: Iterable[bytes], *, force: bool = False) -> int:
    """Write a new file that only its owner can read, for it may hold secrets. Returns its bytes.

    Raises :class:`FileExistsError` where it exists, unless ``force``, and other errors of the system. Where what is to
    be written cannot be had to its end, nothing is left behind, and what was there before stays.
    """
    if not force and path.exists():
        raise FileExistsError(path)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    written = 0
    try:
        with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:  # noqa: PTH123 -- modes
            for piece in pieces:
                written += file.write(piece)
        if force:
            part.replace(path)
        else:
            # Unlike a rename, a link does not replace what somebody else has put there meanwhile.
            path.hardlink_to(part)
    finally:
        part.unlink(missing_ok=True)
    return written
