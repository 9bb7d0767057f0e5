"""The filters that were used in a project, newest last."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wsgitrace.project_files import ProjectFile

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["History"]

_MOST: Final = 100
_LONGEST: Final = 1_000


class History:
    """What was typed, kept for the next time in the same project."""

    def __init__(self, project: Path | None = None) -> None:
        self._file = ProjectFile(".json", project)
        self._texts: list[str] | None = None

    @property
    def texts(self) -> list[str]:
        """All of them, newest last."""
        if self._texts is None:
            self._texts = self._read()
        return self._texts

    def add(self, text: str) -> None:
        """Remember a filter as the newest."""
        if not text or len(text) > _LONGEST:
            return
        # Another debugger in the same project may have added some.
        kept = [each for each in self._read() if each != text]
        self._texts = [*kept, text][-_MOST:]
        self._file.write(self._texts)

    def _read(self) -> list[str]:
        found = self._file.read()
        texts = found if isinstance(found, list) else []
        return [text for text in texts if isinstance(text, str) and text and len(text) <= _LONGEST][-_MOST:]
