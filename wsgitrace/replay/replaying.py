"""Running a recorded request again in the worker that runs now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import structs

from wsgitrace.replay.rebuilding import ReplayRefused, rebuild
from wsgitrace.trace import Trace

if TYPE_CHECKING:
    from collections.abc import Callable

    from wsgitrace.capture import Capture
    from wsgitrace.events import Replay
    from wsgitrace.supervisor import Supervisor

__all__ = ["prepare", "replay", "send"]


def prepare(number: int, capture: Capture) -> tuple[Trace, Replay]:
    """Exchange ``number`` of the capture, and the command that runs it again.

    Raises :class:`ReplayRefused` where the recording does not hold the whole request.
    """
    events = capture.events(number)
    if not events:
        raise ReplayRefused(f"there is no request {number} in {capture.path}")
    if capture.info().redacted:
        raise ReplayRefused(
            f"request {number} cannot be run again: its secrets were taken out as it was recorded (--redact-at-capture)"
        )
    trace = Trace.from_events(events)
    return trace, rebuild(number, trace)


def replay(
    number: int,
    capture: Capture,
    supervisor: Supervisor,
    *,
    hold_at: int | None = None,
    answered: Callable[[str], None] | None = None,
) -> None:
    """Run exchange ``number`` of the capture again; what comes of it is a new exchange that says so.

    ``hold_at``: hold it, once, where it stood with so many events before (:func:`wsgitrace.trace.stepping.ordinal`).

    ``answered`` is called once, in the recorder's thread: why the worker cannot run it so, one sentence without a stop;
    empty where it does.

    Returns at once. Raises :class:`ReplayRefused` where the recording does not hold the whole request, or no worker
    serves at present.
    """
    _, command = prepare(number, capture)
    send(command, supervisor, hold_at=hold_at, answered=answered)


def send(
    command: Replay,
    supervisor: Supervisor,
    *,
    hold_at: int | None = None,
    answered: Callable[[str], None] | None = None,
) -> None:
    """Have the worker run a request that was rebuilt, and perhaps edited. Returns, and raises, as :func:`replay`."""
    phase = supervisor.state.phase
    if phase != "serving":
        raise ReplayRefused(f"request {command.replay_of} cannot be run again now: the worker is {phase}")
    supervisor.replay(structs.replace(command, hold_at=hold_at), answered)
