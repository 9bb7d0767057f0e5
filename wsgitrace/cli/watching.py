"""``wsgitrace replay --watch``: a round of replays after each restart of the application."""

from __future__ import annotations

import signal
import time
from typing import TYPE_CHECKING, Final

from wsgitrace.cli.failed_import import say_import_failed
from wsgitrace.cli.reader import check_reader
from wsgitrace.cli.refusal import tell
from wsgitrace.cli.signals import stop_by_signal
from wsgitrace.replay import fate_of
from wsgitrace.safetext import safe

if TYPE_CHECKING:
    from collections.abc import Callable

    from wsgitrace.cli.rerunning import Report
    from wsgitrace.cli.signals import Stop
    from wsgitrace.redact import Masker
    from wsgitrace.replay import Fate
    from wsgitrace.supervisor import Supervisor, WorkerState

__all__ = ["report_fate", "watch"]

_TICK: Final = 0.05
"""Seconds between looks at the worker."""

_WORST: Final[tuple[Fate, ...]] = ("failed", "changed", "pass")


def watch(supervisor: Supervisor, go: Callable[[Stop], int], masker: Masker) -> int:
    """Run a round whenever the application has come up, until a signal; returns the exit code of the last one."""
    code, seen, phase = 0, -1, ""
    with stop_by_signal() as stop:
        while not stop.asked:
            state = supervisor.state
            if state.phase != phase:
                phase = state.phase
                _tell(state, masker)
            if phase == "serving" and state.restarts != seen:
                seen = state.restarts
                code = go(stop)
                if not stop.asked:
                    tell("they are run again when a file is saved (ctrl+c ends).")
            else:
                check_reader()
                time.sleep(_TICK)
    # Ctrl+c is how it ends; any other signal says more than the last round.
    return code if stop.code == 128 + signal.SIGINT else stop.code


def _tell(state: WorkerState, masker: Masker) -> None:
    """What keeps the application from being run."""
    if state.phase == "import failed":
        say_import_failed(state.message, state.traceback, masker, usage=state.usage)
        tell("it is tried again when a file is saved.")
    elif state.phase == "gone":
        reason = state.exit_reason.removesuffix(".") or "the process of the application ended"
        tell(f"{safe(masker.text(reason))}; it is started again when a file is saved.")


def report_fate(report: Report) -> Fate:
    """The worst that became of the replays of one request; empty where it was not run."""
    fates = {
        fate_of(each.verdict(strict=report.strict), report.summary, each.answer.replay) for each in report.attempts
    }
    return next((fate for fate in _WORST if fate in fates), "")
