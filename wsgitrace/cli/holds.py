"""What a run without a screen does with requests that breakpoints hold: tell of them, and let them go on."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Final

from wsgitrace.cli.stops import stop_object
from wsgitrace.export.summary_json import dump
from wsgitrace.safetext import safe

if TYPE_CHECKING:
    from wsgitrace.capture import Capture
    from wsgitrace.cli.serving import Service
    from wsgitrace.cli.signals import Stop
    from wsgitrace.redact import Masker
    from wsgitrace.supervisor import WorkerState

__all__ = ["BREAKPOINT_MET", "Holds"]

BREAKPOINT_MET: Final = 4
"""Exit code of ``--on-hold exit``."""


class Holds:
    """Lets go of what is held, once it was told of."""

    def __init__(self, service: Service, capture: Capture, masker: Masker, stop: Stop, what: str) -> None:
        self._service = service
        self._capture = capture
        self._masker = masker
        self._stop = stop
        self._what = what
        self._seen: set[tuple[int, int]] = set()

    def look(self, state: WorkerState) -> None:
        """See to what is held now and was not the last time."""
        for hold in state.holds:
            key = hold.number, hold.event
            if key in self._seen or self._stop.asked:
                continue
            if self._what != "continue":
                stopped = stop_object(self._capture, hold, state, self._masker)
                if stopped is None:
                    continue  # not on disk yet: soon
                self._tell(stopped)
            self._seen.add(key)
            if self._what == "exit":
                self._stop.ask(BREAKPOINT_MET)
            self._service.supervisor.resume(hold.number)

    def _tell(self, stopped: dict[str, Any]) -> None:
        if self._what == "json":
            sys.stdout.write(f"{dump(stopped)}\n")
            sys.stdout.flush()
            return
        sys.stderr.writelines(f"{line}\n" for line in _lines(stopped))
        sys.stderr.flush()


def _lines(stopped: dict[str, Any]) -> list[str]:
    """A stop for people."""
    met = f" by {stopped['breakpoint']}" if stopped["breakpoint"] else ""
    found = [
        f"held #{stopped['held']} {stopped['method']} {stopped['target']}{met}",
        f"  {stopped['event']} {stopped['layer']}: {stopped['text']}",
    ]
    found += [f"  {text}" for text in stopped["broken"]]
    if stopped["file"]:
        found.append(f"  {stopped['file']}:{stopped['line']} in {stopped['function']}")
    found += [f"    {name} = {value}" for name, value in stopped["locals"].items()]
    if stopped["status"]:
        found.append(f"  {stopped['status']}")
        found += [f"    {name}: {value}" for name, value in stopped["headers"]]
    return [safe(line) for line in found]
