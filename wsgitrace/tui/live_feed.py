"""What the screen shows of a running application, and what it can tell it to do."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING

from wsgitrace.capture import Capture
from wsgitrace.replay import replay
from wsgitrace.tui.feed import Status, Totals

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence
    from pathlib import Path

    from wsgitrace.events import Debugged, Edit, End, Evaluated, Question, Replay, Way
    from wsgitrace.query import Filter
    from wsgitrace.supervisor import Supervisor
    from wsgitrace.tui.feed import Command

__all__ = ["LiveFeed"]


class LiveFeed:
    """A running application, through its supervisor."""

    live = True

    def __init__(
        self,
        supervisor: Supervisor,
        capture: Capture,
        address: str,
        *,
        others: tuple[str, ...] = (),
        passing: bool = False,
        keep: Callable[[Sequence[tuple[str, bool]]], object] | None = None,
        prepare: str = "",
    ) -> None:
        self.prepare = prepare
        self._refused: list[tuple[int, str]] = []
        self._refusals = 0
        self._keep = keep
        self._kept: Sequence[tuple[str, bool]] | None = None
        self.capture = capture
        self.passing = passing
        self.address = address
        self._others = others
        self._supervisor = supervisor

    def version(self) -> Hashable:
        """Changes with every commit of the recorder, every change of the worker's state, and what it refuses."""
        return (self.capture.data_version(), self._supervisor.state, self._refusals)

    def status(self) -> Status:
        """The worker's state as the supervisor knows it."""
        state = self._supervisor.state
        return Status(
            phase=state.phase,
            app=state.app,
            address=self.address,
            others=self._others,
            message=state.message,
            traceback=state.traceback,
            exit_reason=state.exit_reason,
            note=state.note,
            reload_pending=state.reload_pending,
            hold_next=state.hold_next,
            held=state.held,
            holds=state.holds,
            hold_limit=state.hold_limit,
            hold_full=state.hold_full,
            breakpoints=state.breakpoints,
            breakpoints_on=state.breakpoints_on,
            last_output=state.last_output,
            restarts=state.restarts,
        )

    def totals(self) -> Totals:
        """The counters of the supervisor."""
        counters = self._supervisor.counters
        return Totals(
            requests=counters.requests,
            open=counters.open,
            errors=counters.errors,
            rate=counters.rate,
            p50=counters.p50,
            p95=counters.p95,
            dropped=counters.dropped,
            evicted=counters.evicted,
            unclosed=counters.unclosed,
        )

    def now(self) -> int:
        """The clock of this machine, which is the worker's too."""
        return time.time_ns()

    def why_not(self, command: Command) -> str:
        """Commands need a worker that serves."""
        state = self._supervisor.state
        if command in {"pin", "delete", "restart", "break"}:
            return ""
        if state.phase == "import failed":
            return "The application could not be imported; it is tried again on the next save."
        if state.phase == "gone":
            return "The application's process is gone; it is started again on the next save."
        if state.phase != "serving":
            return f"The application is {state.phase}."
        return ""

    def hold_next(self, on: bool) -> None:  # noqa: FBT001 -- one fact, always given
        """Give or take back the order."""
        self._supervisor.hold_next(on)

    def step(self, number: int, way: Way = "into", layer: int = 0, edits: Sequence[Edit] = ()) -> None:
        """On to another boundary."""
        self._supervisor.step(number, way, layer, edits)

    def resume(
        self, number: int | None, edits: Sequence[Edit] = (), end: End | None = None, delay: float = 0.0
    ) -> None:
        """Go on."""
        self._supervisor.resume(number, edits, end, delay)

    def extend(self, number: int, seconds: float | None) -> None:
        """More time."""
        self._supervisor.extend(number, seconds)

    def evaluate(
        self, number: int, expression: str, answer: Callable[[Evaluated], None], what: Question = "expression"
    ) -> None:
        """Ask."""
        self._supervisor.evaluate(number, expression, answer, what)

    def debug(self, number: int, terminal: str, ended: Callable[[Debugged], None]) -> None:
        """Have pdb look."""
        self._supervisor.debug(number, terminal, ended)

    def interrupt(self, number: int) -> None:
        """Stop what it does."""
        self._supervisor.interrupt(number)

    def add_breakpoint(self, text: str) -> None:
        """One more."""
        self._supervisor.add_breakpoint(text)

    def change_breakpoint(self, number: int, text: str) -> None:
        """Another text."""
        self._supervisor.change_breakpoint(number, text)

    def remove_breakpoint(self, number: int) -> None:
        """One less."""
        self._supervisor.remove_breakpoint(number)

    def switch_breakpoint(self, number: int | None, *, on: bool) -> None:
        """On, or off."""
        if number is None:
            self._supervisor.switch_breakpoints(on)
        else:
            self._supervisor.switch_breakpoint(number, on)

    def replay(self, number: int, hold_at: int | None = None) -> None:
        """Send it again. Raises :class:`~wsgitrace.replay.ReplayRefused`."""
        replay(number, self.capture, self._supervisor, hold_at=hold_at, answered=partial(self._refuse, number))

    def send(self, command: Replay) -> None:
        """Send it."""
        self._supervisor.replay(command, partial(self._refuse, command.replay_of))

    def _refuse(self, number: int, reason: str) -> None:
        """Called in the recorder's thread; empty: it is run."""
        if reason:
            self._refused.append((number, reason))
            self._refusals += 1

    def refused(self) -> Sequence[tuple[int, str]]:
        """Each once."""
        found = self._refused[:]
        del self._refused[: len(found)]
        return found

    def pin(self, number: int, on: bool) -> None:  # noqa: FBT001 -- one fact, always given
        """Mark it."""
        self._supervisor.pin(number, on)

    def delete(self, where: Filter, *, pinned: bool) -> int:
        """Remove them, as they are found: newest first."""
        with Capture.open(self.capture.path) as capture:
            found = capture.search(where, before=capture.newest() + 1, limit=capture.count())
            return sum(self._supervisor.delete([row.number for row in step.rows], pinned=pinned) for step in found)

    def restart(self) -> None:
        """Start the worker anew; what is open gets its deadline."""
        self._supervisor.restart()

    def save(self, path: Path) -> None:
        """Copy what is recorded so far."""
        self._supervisor.save(path)

    def keep(self) -> None:
        """Write down the breakpoints where they have changed."""
        breakpoints = [(one.text, one.on) for one in self._supervisor.state.breakpoints]
        if self._keep is not None and self._kept != breakpoints:
            if self._kept is not None or breakpoints:
                self._keep(breakpoints)
            self._kept = breakpoints

    def close(self) -> None:
        """Close the reader; the supervisor is its owner's to stop."""
        self.capture.close()
