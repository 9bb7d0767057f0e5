"""Why an import that works elsewhere may not work here: another virtual environment is active."""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["other_environment"]


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
