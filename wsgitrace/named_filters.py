"""Filters that have a name in a project: ``@name`` wherever a filter is taken.

Some are the project's and shared, in ``[tool.wsgitrace.filters]`` of its pyproject.toml; others the user saved, in a
file outside of the project. Where both have a name, the user's own counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final

from wsgitrace.project_files import ProjectFile, project_folder

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["NAME", "NamedFilters"]

NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,39}")
"""What a name looks like."""

_MOST: Final = 500
_LONGEST: Final = 4_096


class NamedFilters(Mapping[str, str]):
    """The texts of filters by their names."""

    def __init__(self, project: Path | None = None) -> None:
        project = project or project_folder()
        self._shared = _shared(project / "pyproject.toml")
        self._file = ProjectFile(".named.json", project)
        self._own = self._read()

    def __getitem__(self, name: str) -> str:
        return self._own[name] if name in self._own else self._shared[name]

    def __iter__(self) -> Iterator[str]:
        return iter(sorted({*self._shared, *self._own}))

    def __len__(self) -> int:
        return len({*self._shared, *self._own})

    def is_own(self, name: str) -> bool:
        """Whether the user saved it: only such can be forgotten."""
        return name in self._own

    def save(self, name: str, text: str) -> bool:
        """Give a filter a name, in the place of another that had it. False where that could not be kept.

        Raises ValueError, its text one sentence, for what cannot be a name.
        """
        if not NAME.fullmatch(name):
            raise ValueError("A name has letters, digits, - and _, up to 40, and begins with a letter.")
        return self._write({**self._read(), name: text})

    def forget(self, name: str) -> bool:
        """Take the name from a filter that the user saved. False where that could not be kept."""
        return self._write({each: text for each, text in self._read().items() if each != name})

    def _write(self, own: dict[str, str]) -> bool:
        self._own = own
        return self._file.write(own)

    def _read(self) -> dict[str, str]:
        # Another debugger in the same project may have saved some.
        found = self._file.read()
        pairs = list(found.items())[:_MOST] if isinstance(found, dict) else []
        return {
            name: text
            for name, text in pairs
            if NAME.fullmatch(name) and isinstance(text, str) and text and len(text) <= _LONGEST
        }


def _shared(path: Path) -> dict[str, str]:
    """Those of a project; none where it has none, and where they are not as they must be: settings say so."""
    # Imported only where a name may be asked for: most of what a command costs at its start is imports.
    import tomllib  # noqa: PLC0415 -- see above

    try:
        found = tomllib.loads(path.read_text("utf-8"))["tool"]["wsgitrace"]["filters"]
        return {name: text for name, text in found.items() if isinstance(text, str)}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, LookupError, TypeError, AttributeError):
        return {}
