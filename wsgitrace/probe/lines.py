"""Which code is wsgitrace's own, and on which line a layer's own function stands when it calls what is not."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from wsgitrace.probe.trampoline import ours

if TYPE_CHECKING:
    from types import CodeType, FrameType

_PROBE = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120 -- compared as text
_OWN = tuple(os.path.join(os.path.dirname(_PROBE), room) + os.sep for room in ("probe", "server", "worker"))  # noqa: PTH118, PTH120 -- compared as text


def is_own(code: CodeType) -> bool:
    """True for code of wsgitrace that runs in the worker."""
    return code.co_filename.startswith(_OWN)


def line_of_layer(frame: FrameType, code: CodeType | None) -> int:
    """The line on which the function of a layer stands, ``frame`` being what it runs; 0 where nobody knows.

    ``code`` is that of the layer, where it is known. Where it is not on the stack, as when a function inside it was
    called from elsewhere, it is the outermost function since the last boundary, if that is in the same file. A layer
    often has a helper call for it: its own line tells one caller of the helper from another, and it is in the file that
    the layer is known to be in.
    """
    found: FrameType | None = None
    at: FrameType | None = frame
    while at is not None:
        running = at.f_code
        if running is code:
            return at.f_lineno or 0
        if is_own(running):
            break
        outer = at.f_back
        if found is None and (outer is None or id(outer.f_code) in ours or is_own(outer.f_code)):
            found = at
            if code is None:
                break
        at = outer
    if found is None or (code is not None and found.f_code.co_filename != code.co_filename):
        return 0
    return found.f_lineno or 0
