"""Source files, and bytes, in the editor of the user."""

from __future__ import annotations

import os
import shlex
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["EditorError", "edit_bytes", "editor_command", "open_editor"]

_PLACED: Final = frozenset({"code", "codium", "cursor", "zed", "subl", "hx", "helix", "mate"})
"""Editors that take the line behind the file; others take ``+LINE`` before it, as vi, nano and emacs do."""

_WITH_GOTO: Final = frozenset({"code", "codium", "cursor"})


_RETURNING: Final = frozenset({*_WITH_GOTO, "zed", "subl"})
"""Editors that return at once unless they are told to wait."""


class EditorError(Exception):
    """There is nothing to edit, or nothing to edit it with; one sentence."""


def editor_command(file: str, line: int, environ: Mapping[str, str]) -> list[str]:
    """The command that opens a file at a line. Raises :class:`EditorError`."""
    # A recording names any file it likes: only what exists and is source is opened, and never as an option.
    path = Path(file)
    if path.suffix != ".py" or not path.is_absolute() or not path.is_file():
        raise EditorError(f"There is no source file {file} on this machine.")
    words = _editor(environ)
    name = Path(words[0]).name
    if name in _WITH_GOTO:
        return [*words, "--goto", f"{path}:{line}"]
    return [*words, f"{path}:{line}"] if name in _PLACED else [*words, f"+{line}", str(path)]


def _editor(environ: Mapping[str, str]) -> list[str]:
    """The words of the command that the user has chosen. Raises :class:`EditorError`."""
    chosen = environ.get("VISUAL") or environ.get("EDITOR") or ""
    try:
        words = shlex.split(chosen)
    except ValueError:
        raise EditorError("$EDITOR cannot be understood: a quote is missing.") from None
    if not words:
        raise EditorError("No editor is chosen: set EDITOR, as in EDITOR=vim.")
    return words


def edit_bytes(data: bytes, suffix: str, environ: Mapping[str, str]) -> bytes:
    """Have the user edit bytes in a file of their own. Raises :class:`EditorError`.

    A line end that the editor puts behind the last line, where there was none, is left out again.
    """
    words = _editor(environ)
    if Path(words[0]).name in _RETURNING:
        words.append("--wait")
    with TemporaryDirectory(prefix="wsgitrace-") as folder:  # nobody else may look into it
        path = Path(folder, f"body{suffix}")
        path.write_bytes(data)
        open_editor([*words, str(path)])
        try:
            edited = path.read_bytes()
        except OSError as error:
            raise EditorError(f"What was edited cannot be read: {os.strerror(error.errno or 0)}.") from None
    return edited if data.endswith(b"\n") else edited.removesuffix(b"\n")


def open_editor(command: list[str]) -> None:
    """Run an editor until it is left. Raises :class:`EditorError` where it cannot be started."""
    try:
        subprocess.call(command)  # noqa: S603 -- the user's own editor, and a file that exists
    except OSError as error:
        raise EditorError(f"{command[0]} cannot be started: {os.strerror(error.errno or 0)}.") from None
