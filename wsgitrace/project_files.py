"""Small files of the user's, one for each project: what somebody typed in one project and wants again there."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any

from platformdirs import user_state_path

from wsgitrace.settings import find_project

__all__ = ["ProjectFile", "project_folder"]


def project_folder(directory: Path | None = None) -> Path:
    """The folder of the project one is in: the next one upwards with a pyproject.toml, else ``directory`` itself."""
    directory = (directory or Path.cwd()).absolute()
    found = find_project(directory)
    return directory if found is None else found.parent


class ProjectFile:
    """A JSON file outside of the project. What cannot be read or written is as if there were none."""

    def __init__(self, ending: str, project: Path | None = None) -> None:
        # A hash: folders may have names that no file can have.
        name = hashlib.sha256(os.fsencode((project or project_folder()).absolute())).hexdigest()[:16]
        self._path = user_state_path("wsgitrace") / "filters" / f"{name}{ending}"

    def read(self) -> Any:
        """What is in it; None where nothing is."""
        try:
            return json.loads(self._path.read_text("utf-8"))
        except (OSError, ValueError, RecursionError):
            return None

    def write(self, content: object) -> bool:
        """Replace what is in it, at once; False where that cannot be."""
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            new = self._path.with_suffix(".new")
            # Filters may name what nobody else shall read, such as a part of a token.
            with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:  # noqa: PTH123 -- with a mode
                json.dump(content, file)
            new.replace(self._path)
        except (OSError, UnicodeError):
            return False
        return True
