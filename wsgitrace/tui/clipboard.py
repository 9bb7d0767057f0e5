"""To the clipboard, by whatever reaches it from here: a program of the desktop, the terminal, or else a file."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["TERMINAL_LIMIT", "copy_by_program", "fits_terminal", "programs", "put_in_file"]

TERMINAL_LIMIT: Final = 74_000
"""Bytes that are sent to a terminal: xterm takes 100,000 characters of base64, others more."""

_SECONDS: Final = 2.0
"""How long a program may take: one without its display may hang."""


def programs(environ: Mapping[str, str], platform: str) -> list[list[str]]:
    """Commands that may reach the clipboard of whoever sits at the screen, the likeliest first.

    Over ssh the clipboard of this machine is not theirs, unless the display is forwarded.
    """
    remote = any(environ.get(name) for name in ("SSH_TTY", "SSH_CONNECTION"))
    found = []
    if platform == "darwin" and not remote:
        found.append(["pbcopy"])
    if environ.get("WAYLAND_DISPLAY") and not remote:
        found.append(["wl-copy"])
    if environ.get("DISPLAY"):
        found += [["xclip", "-selection", "clipboard"], ["xsel", "--clipboard", "--input"]]
    return found


def copy_by_program(data: bytes) -> str:
    """Copy by one of the programs that are there; its name, empty where none did. Takes a moment."""
    for command in programs(os.environ, sys.platform):
        if shutil.which(command[0]) is None:
            continue
        try:
            # xclip stays to serve the clipboard: it must not keep a pipe of ours open.
            done = subprocess.run(  # noqa: S603 -- one of the commands above
                command, input=data, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=_SECONDS, check=False
            )
        except (OSError, subprocess.TimeoutExpired):
            continue
        if done.returncode == 0:
            return command[0]
    return ""


def fits_terminal(data: bytes) -> bool:
    """Whether a terminal can be asked to copy it (OSC 52): it takes text of bounded length."""
    if len(data) > TERMINAL_LIMIT:
        return False
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def put_in_file(data: bytes, suffix: str) -> str:
    """A new file with it, for its owner alone; its path. Raises :class:`OSError`."""
    handle, path = tempfile.mkstemp(suffix, "wsgitrace-")
    with open(handle, "wb") as file:  # noqa: PTH123 -- it is open already
        file.write(data)
    return path
