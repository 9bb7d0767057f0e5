"""Hunts in a worker, whoever asked for one: where replays run, and the first of each kind beside each other."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any, Final

from wsgitrace.capture import Capture
from wsgitrace.cli.render_changes import Detail
from wsgitrace.cli.render_hunt import Beside, Report, hunt_object
from wsgitrace.replay import Ground, Pursuit, Seen, compare_seen
from wsgitrace.trace import Trace
from wsgitrace.trace.comparing import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from wsgitrace.capture import Summary
    from wsgitrace.redact import Masker
    from wsgitrace.replay import Group, Hunt
    from wsgitrace.supervisor import Supervisor

__all__ = ["beside", "ground_of", "hunt_meanwhile"]

_BESIDE: Final = 4
"""Kinds of outcome that are compared with the most frequent one."""


def ground_of(supervisor: Supervisor, path: Path) -> Ground:
    """Where replays run: the worker of a supervisor, which records to ``path``."""

    def why_not() -> str:
        state = supervisor.state
        return "" if state.phase == "serving" else state.exit_reason or f"the application is {state.phase}"

    return Ground(path, supervisor.replay, supervisor.pin, why_not, lambda: supervisor.state.restarts)


def beside(hunt: Hunt, replays: Capture | None) -> Iterator[Beside]:
    """The first of the most frequent kind, compared with the first of each other; ``replays``: where they are."""
    kinds = [group for group in hunt.groups if not group.is_rest]
    for group in kinds[1 : _BESIDE + 1]:
        compared = compare_seen(_sample(kinds[0], replays), _sample(group, replays), hunt.noise)
        yield Beside(kinds[0], group, compared)


def _sample(group: Group, replays: Capture | None) -> Seen:
    if group.sample is not None and replays is not None:
        return Seen.of(Trace.from_events(replays.events(group.sample)), group.sample, 0)
    return Seen(group.outcome or Outcome(None))


def hunt_meanwhile(
    pursuit: Pursuit,
    summary: Summary,
    masker: Masker,
    look: Callable[[], bool],
    reply: Callable[[dict[str, Any]], None],
) -> None:
    """Hunt in a thread of its own, ``look`` as the pursuit has it; then tell what 'hunt --json' prints."""

    def run() -> None:
        began = time.monotonic()
        pursuit.run(look)
        seconds = time.monotonic() - began
        with Capture.open(pursuit.ground.path) as replays:
            found = tuple(beside(pursuit.hunt, replays))
        report = Report(summary, pursuit.hunt, pursuit.jobs, seconds, found, pursuit.ground.path)
        reply({"hunt": hunt_object(report, Detail(masker)), "stopped": masker.text(pursuit.stopped)})

    threading.Thread(target=run, name="wsgitrace-hunt", daemon=True).start()
