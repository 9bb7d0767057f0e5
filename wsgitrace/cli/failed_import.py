"""What is said when the application cannot be imported."""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from wsgitrace.cli.refusal import IMPORT_FAILED, USAGE, tell
from wsgitrace.safetext import safe, safe_lines

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from wsgitrace.redact import Masker

__all__ = ["other_environment", "say_import_failed"]


def say_import_failed(message: str, traceback: str, masker: Masker, *, usage: bool) -> int:
    """Say on standard error why there is no application, secrets masked; returns the exit code.

    ``usage``: it is APP that is wrong, not what the application's own code did.
    """
    for line in safe_lines(masker.text(traceback)):
        sys.stderr.write(f"{line}\n")
    tell(safe(masker.text(message)))
    elsewhere = other_environment()
    if elsewhere and "pip install wsgitrace" not in message:
        tell(safe(elsewhere))
    return USAGE if usage else IMPORT_FAILED


def other_environment(
    environ: Mapping[str, str] | None = None,
    arguments: Sequence[str] | None = None,
    prefix: str = sys.prefix,
) -> str:
    """A sentence and the command to run when ``VIRTUAL_ENV`` is not where wsgitrace lives; empty when it is.

    Installed by pipx or uv, wsgitrace has an environment of its own, in which the application's packages are not.
    """
    active = (os.environ if environ is None else environ).get("VIRTUAL_ENV", "")
    if not active or os.path.realpath(active) == os.path.realpath(prefix):
        return ""
    python = shlex.quote(str(Path(active) / "bin" / "python"))
    again = shlex.join(["wsgitrace", *(sys.argv[1:] if arguments is None else arguments)])
    return (
        f"this wsgitrace is installed in {prefix}, not in the active virtual environment {active}, so it does not see "
        f"the packages there; to use that one: {python} -m pip install wsgitrace && {python} -m {again}"
    )
