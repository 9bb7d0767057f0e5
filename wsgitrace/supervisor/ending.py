"""What ended a process, in words."""

from __future__ import annotations

import signal

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
