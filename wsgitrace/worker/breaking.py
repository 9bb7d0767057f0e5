"""``breakpoint()`` in the application: pdb gets the terminal of the debugger, where there is one."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

__all__ = ["install"]

_OURS = frozenset({"", "pdb.set_trace"})
"""Values of PYTHONBREAKPOINT that mean pdb; every other one is the user's choice."""


def install(hold: Callable[[FrameType], str]) -> None:
    """Have ``hold`` called with the frame that says ``breakpoint()``; it returns why it was passed over, or nothing."""

    def hook(*args: Any, **kwargs: Any) -> Any:
        # Read at each call, as Python's own hook does.
        if os.environ.get("PYTHONBREAKPOINT", "") not in _OURS:
            return sys.__breakpointhook__(*args, **kwargs)  # noqa: T100 -- what the user asked for
        frame = sys._getframe(1)  # noqa: SLF001 -- the line that says breakpoint()
        why = hold(frame)
        if why:
            where = f"{frame.f_code.co_filename}:{frame.f_lineno}"
            sys.stderr.write(f"breakpoint() at {where} was passed over: {why}.\n")
        return None

    sys.breakpointhook = hook
