"""Where the command begins: what holds for every verb, and nothing that takes time to import."""

from __future__ import annotations

import errno
import os
import signal
import sys
from typing import Final, NoReturn, TextIO

from wsgitrace import __version__

__all__ = ["main"]

_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO})
"""What a standard output that is a file may fail with; what else fails is told where it happens."""


def main() -> NoReturn:
    """Run the command that the process was started with, and exit with its code."""
    arguments = sys.argv[1:]
    if arguments in (["--version"], ["-V"]):
        # Answered before click is imported: shells and editors ask for it all the time.
        sys.stdout.write(f"wsgitrace {__version__}\n")
        sys.exit(0)
    if sys.platform == "win32":
        sys.exit("wsgitrace runs on Linux and macOS; on Windows, run it inside WSL (Windows Subsystem for Linux).")
    for stream in (sys.stdout, sys.stderr):
        _make_tolerant(stream)
    from wsgitrace.cli.group import run_verb  # noqa: PLC0415 -- see above

    try:
        code = run_verb(arguments)
        sys.stdout.flush()
    except BrokenPipeError:
        code = 128 + signal.SIGPIPE
    except OSError as error:
        if error.errno not in _FULL:
            raise
        sys.stderr.write(f"wsgitrace: the output is not whole: {error.strerror}.\n")
        code = 1
    except KeyboardInterrupt:
        code = 128 + signal.SIGINT
    _leave(code)


def _make_tolerant(stream: TextIO) -> None:
    """Let text that the terminal's encoding does not have become an escape, not an error."""
    reconfigure = getattr(stream, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(errors="backslashreplace")


def _leave(code: int) -> NoReturn:
    """Exit without a further word about an output that takes no more."""
    try:
        sys.stdout.flush()
    except OSError:
        # What is still buffered goes nowhere: the interpreter would flush it once more and complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(code)
