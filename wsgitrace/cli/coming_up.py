"""Waiting for an application that is to be sent requests."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING, Final

from wsgitrace.cli.failed_import import say_import_failed
from wsgitrace.cli.refusal import IMPORT_FAILED, tell
from wsgitrace.safetext import safe

if TYPE_CHECKING:
    from wsgitrace.cli.serving import Service
    from wsgitrace.redact import Masker

__all__ = ["NotServingError", "wait_until_serving"]

_TICK: Final = 0.02
"""Seconds between looks at a worker that is about to serve."""


class NotServingError(Exception):
    """The application does not come up, or a breakpoint ends it; why is said already."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code
        """What the command exits with."""


def wait_until_serving(service: Service, masker: Masker, patience: float = math.inf) -> None:
    """Wait, for some seconds at most. Raises :class:`NotServingError`, and says why on standard error."""
    deadline = time.monotonic() + patience
    while (state := service.supervisor.state).phase != "serving":
        if state.phase == "import failed":
            raise NotServingError(say_import_failed(state.message, state.traceback, masker, usage=state.usage))
        if state.phase == "gone":
            reason = state.exit_reason.removesuffix(".") or "the process of the application ended"
            tell(f"{safe(masker.text(reason))}.")
            raise NotServingError(IMPORT_FAILED)
        if time.monotonic() >= deadline:
            tell(f"the application was not there after {patience:.0f} seconds.")
            raise NotServingError(IMPORT_FAILED)
        time.sleep(_TICK)
