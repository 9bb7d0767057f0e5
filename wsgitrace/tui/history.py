"""The filters that were used in a project, newest last."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Final

from platformdirs import user_state_path

__all__ = ["History"]

_MOST: Final = 100
_LONGEST: Final = 1_000


class History:
    """A file of the user, for one project. What cannot be read or written is as if there were none."""

    def __init__(self, project: Path | None = None) -> None:
        # A hash: folders may have names that no file can have.
        name = hashlib.sha256(os.fsencode((project or Path.cwd()).absolute())).hexdigest()[:16]
        self._path = user_state_path("wsgitrace") / "filters" / f"{name}.json"
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
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            new = self._path.with_suffix(".new")
            # Filters may name what nobody else shall read, such as a part of a token.
            with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:  # noqa: PTH123 -- with a mode
                json.dump(self._texts, file)
            new.replace(self._path)
        except (OSError, UnicodeError):
            return

    def _read(self) -> list[str]:
        try:
            found = json.loads(self._path.read_text("utf-8"))
        except (OSError, ValueError):
            return []
        texts = found if isinstance(found, list) else []
        return [text for text in texts if isinstance(text, str) and text and len(text) <= _LONGEST][-_MOST:]
