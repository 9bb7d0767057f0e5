"""Applications of every shape, each made anew, with a log of every ``next()`` and ``close()`` of their bodies."""

from __future__ import annotations

# Each adds its own to the cases.
from tests.support import transparency_bodies, transparency_heads, transparency_stacks  # noqa: F401 -- as said
from tests.support.transparency_cases import CASES, LoggedBody

__all__ = ["CASES", "REQUESTS", "LoggedBody"]

REQUESTS = {
    "c_iterators": ["/chain", "/file", "/map"],
    "bad_bodies": ["/none", "/str", "/int", "/dict", "/bytes"],
    "bad_start_response": ["/bytes", "/none", "/nothing"],
}
