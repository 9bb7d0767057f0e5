"""What a run without a screen does with requests that breakpoints hold: tell of them, and let them go on."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Final

from wsgitrace.events import Held, from_text
from wsgitrace.export.shown import event_text, shown_value
from wsgitrace.export.summary_json import dump
from wsgitrace.safetext import safe
from wsgitrace.trace import Trace

if TYPE_CHECKING:
    from wsgitrace.capture import Capture
    from wsgitrace.cli.serving import Service
    from wsgitrace.cli.signals import Stop
    from wsgitrace.redact import Masker
    from wsgitrace.supervisor import WorkerState
    from wsgitrace.supervisor.holding import Hold

__all__ = ["BREAKPOINT_MET", "Holds", "stop_object"]

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


def stop_object(capture: Capture, hold: Hold, state: WorkerState, masker: Masker) -> dict[str, Any] | None:
    """Where a request is held, and the state there; None where it is not on disk yet. Masked, not safe to print."""
    summary = capture.summary(hold.number)
    if summary is None:
        return None
    trace = Trace.from_events(capture.events(hold.number))
    held = next((each for each in reversed(trace.recording.of(Held)) if each.event == hold.event), None)
    if held is None:
        return None
    now = trace.at(held.seq)
    span = now.by_id.get(held.span, now.root)
    event = next((each for each in now.events if each.seq == held.event), held)
    environ = {**span.environ, **held.environ}
    for key in held.removed:
        environ.pop(key, None)
    met = next((one.text for one in state.breakpoints if one.id == hold.breakpoint), "")
    return {
        "held": hold.number,
        "method": summary.method,
        "target": masker.target(summary.target),
        "event": hold.kind,
        "seq": hold.event,
        "text": event_text(event, masker),
        "layer": span.layer.name if span.layer is not None else span.name,
        "pass": held.span,
        "breakpoint": masker.text(met),
        "file": from_text(held.file),
        "line": held.line,
        "function": from_text(held.function),
        "locals": {name: shown_value(name, value, masker) for name, value in held.locals.items()},
        "no_frame": held.no_frame,
        "environ": {key: shown_value(key, value, masker) for key, value in environ.items()},
        "status": span.status,
        "headers": [[name, masker.value(name, value)] for name, value in span.headers],
        "client_gone": hold.gone,
        "until_ns": hold.until,
    }


def _lines(stopped: dict[str, Any]) -> list[str]:
    """A stop for people."""
    met = f" by {stopped['breakpoint']}" if stopped["breakpoint"] else ""
    found = [
        f"held #{stopped['held']} {stopped['method']} {stopped['target']}{met}",
        f"  {stopped['event']} {stopped['layer']}: {stopped['text']}",
    ]
    if stopped["file"]:
        found.append(f"  {stopped['file']}:{stopped['line']} in {stopped['function']}")
    found += [f"    {name} = {value}" for name, value in stopped["locals"].items()]
    if stopped["status"]:
        found.append(f"  {stopped['status']}")
        found += [f"    {name}: {value}" for name, value in stopped["headers"]]
    return [safe(line) for line in found]
