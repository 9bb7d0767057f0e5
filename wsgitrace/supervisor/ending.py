"""What ended a process, in words."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_MEANING = {
    signal.SIGKILL: "kill -9, or the system when memory ran out",
    signal.SIGSEGV: "segmentation fault",
    signal.SIGABRT: "abort",
    signal.SIGBUS: "bus error",
    signal.SIGFPE: "arithmetic error in native code",
    signal.SIGILL: "illegal instruction",
}


def describe(returncode: int) -> str:
    """What ended a process, as the end of a sentence. ``returncode`` is negative for a signal."""
    if returncode >= 0:
        return f"ended with exit code {returncode}"
    try:
        number = signal.Signals(-returncode)
    except ValueError:
        return f"was killed by signal {-returncode}"
    meaning = _MEANING.get(number)
    return f"was killed by {number.name} ({meaning})" if meaning else f"was killed by {number.name}"


_OURS = f'File "{Path(__file__).parent.parent}/'


def last_words(lines: Sequence[str], limit: int) -> tuple[str, ...]:
    """At most ``limit`` of the lines that a process printed, those that say most of its end, the best one last.

    Of what faulthandler dumps they are the error and the frame that it arose in: the rest is in the output.
    """
    said = [line for line in lines if line.strip() and not line.startswith("Extension modules:")]
    fatal = max((at for at, line in enumerate(said) if line.startswith("Fatal Python error:")), default=None)
    if fatal is None:
        return tuple(said[-limit:])
    frame = _crashed_in(said[fatal + 1 :])
    return tuple([*said[: fatal + 1], *([frame] if frame else [])][-limit:])


def _crashed_in(dump: Sequence[str]) -> str:
    """The innermost frame of the thread that crashed that is not of this package; empty when there is none."""
    mine = False
    for line in dump:
        if not line.startswith("  "):
            mine = line.startswith(("Current thread", "Stack ("))
        elif mine and line.lstrip().startswith("File ") and not line.lstrip().startswith(_OURS):
            return line.strip()
    return ""
