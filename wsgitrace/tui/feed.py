"""Where the screen gets its traffic from: a running application, or a file. The widgets know only :class:`Feed`."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias

from wsgitrace.capture import Capture
from wsgitrace.replay import replay

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence
    from pathlib import Path

    from wsgitrace.events import Edit, End, Evaluated, Way
    from wsgitrace.query import Filter
    from wsgitrace.supervisor import Supervisor
    from wsgitrace.supervisor.breakpoints import Breakpoint
    from wsgitrace.supervisor.holding import Hold

__all__ = ["Command", "Feed", "FileFeed", "LiveFeed", "Phase", "Status", "Totals"]

Command: TypeAlias = Literal["hold_next", "step", "resume", "break", "replay", "pin", "delete", "restart"]
"""What a feed can be told to do."""

Phase: TypeAlias = Literal["starting", "serving", "import failed", "reloading", "draining", "gone", "file"]
"""What the worker is doing; ``file``: there is none."""


@dataclass(frozen=True, slots=True)
class Status:
    """What is known of the worker."""

    phase: Phase
    """What it is doing."""
    app: str
    """The application, as resolved or else as given."""
    address: str = ""
    """URL it is served at, or the path of the file."""
    others: tuple[str, ...] = ()
    """Where else it is served."""
    message: str = ""
    """One sentence: why the import failed."""
    traceback: str = ""
    """The traceback of a failed import."""
    exit_reason: str = ""
    """What ended the worker."""
    note: str = ""
    """One sentence for the user, such as which reading of ``X:Y`` was taken."""
    reload_pending: bool = False
    """A reload waits until nothing is held."""
    hold_next: bool = False
    """The next request will be held."""
    held: tuple[int, ...] = ()
    """Numbers of the exchanges that are held."""
    holds: tuple[Hold, ...] = ()
    """What is known of each of them."""
    hold_limit: int = 0
    """As many may be held at the same time."""
    hold_full: bool = False
    """A breakpoint was met that held nothing, because as many as may be were held."""
    breakpoints: tuple[Breakpoint, ...] = ()
    """All breakpoints."""
    breakpoints_on: bool = True
    """False while all of them are off."""
    last_output: tuple[str, ...] = ()
    """While the worker is gone: the last lines that it printed."""
    restarts: int = 0
    """Times the worker was started again."""


@dataclass(frozen=True, slots=True)
class Totals:
    """The counters of the top bar."""

    requests: int = 0
    """Exchanges since the start."""
    open: int = 0
    """Exchanges that are not over."""
    errors: int = 0
    """Exchanges that ended with an exception or a 5xx status."""
    rate: float = 0.0
    """Exchanges per second over the last seconds."""
    p50: int | None = None
    """Median duration of the last seconds, nanoseconds."""
    p95: int | None = None
    """95th percentile of the same."""
    dropped: int = 0
    """Events and body parts that were dropped."""
    evicted: int = 0
    """Exchanges removed for the bounds on count and bytes."""


class Feed(Protocol):
    """A capture, and what can be done about it."""

    @property
    def capture(self) -> Capture:
        """What is recorded. Used by the UI's thread alone."""

    @property
    def live(self) -> bool:
        """True when something may still come."""

    def version(self) -> Hashable:
        """Cheap; differs from the last one when anything on the screen may have changed."""

    def status(self) -> Status:
        """The worker's state."""

    def totals(self) -> Totals:
        """The counters."""

    def now(self) -> int:
        """The wall clock by which open requests grow older, nanoseconds; 0 where they do not."""

    def why_not(self, command: Command) -> str:
        """Why a command cannot be given now, one sentence; empty when it can."""

    def hold_next(self, on: bool) -> None:  # noqa: FBT001 -- one fact, always given
        """Hold the next request at its first layer, or take the order back."""

    def step(self, number: int, way: Way = "into", layer: int = 0, edits: Sequence[Edit] = ()) -> None:
        """Let a held request go on to another boundary, changed as ``edits`` say."""

    def resume(
        self, number: int | None, edits: Sequence[Edit] = (), end: End | None = None, delay: float = 0.0
    ) -> None:
        """Let a held request go on, changed as ``edits`` say, or ended otherwise; None: all."""

    def extend(self, number: int, seconds: float | None) -> None:
        """Let a held request stay held so much longer; None: until it is told to go on."""

    def evaluate(self, number: int, expression: str, answer: Callable[[Evaluated], None]) -> None:
        """Evaluate an expression where a request is held; ``answer`` is called once, in another thread."""

    def add_breakpoint(self, text: str) -> None:
        """Hold what meets it."""

    def change_breakpoint(self, number: int, text: str) -> None:
        """Another text for one."""

    def remove_breakpoint(self, number: int) -> None:
        """Forget one."""

    def switch_breakpoint(self, number: int | None, *, on: bool) -> None:
        """Let one hold, or not; None: all of them."""

    def replay(self, number: int) -> None:
        """Send a recorded request through the application again."""

    def pin(self, number: int, on: bool) -> None:  # noqa: FBT001 -- one fact, always given
        """Keep a request whatever the bounds say, or no longer."""

    def delete(self, where: Filter, *, pinned: bool) -> int:
        """Remove what matches and has ended, what is pinned only with ``pinned``; returns how many went.

        Called in a thread: it takes a while. Raises :class:`~wsgitrace.capture.CaptureError`.
        """

    def restart(self) -> None:
        """Start the worker anew."""

    @property
    def passing(self) -> bool:
        """True when the recording goes with the screen, unless it is saved."""

    def save(self, path: Path) -> None:
        """Copy the recording to a new file; takes a while. Raises :class:`~wsgitrace.capture.CaptureError`."""

    def close(self) -> None:
        """Let go of the capture."""


@dataclass(slots=True)
class FileFeed:
    """A recorded file: everything can be looked at, nothing can be done."""

    capture: Capture
    path: str
    live: bool = False
    _app: str = field(default="", init=False)

    def version(self) -> Hashable:
        """Changes only while another process is writing the file."""
        return self.capture.data_version()

    def status(self) -> Status:
        """There is no worker."""
        if not self._app:
            self._app = self.capture.info().app
        return Status("file", self._app, self.path)

    def totals(self) -> Totals:
        """What is in the file."""
        info = self.capture.info()
        return Totals(requests=info.exchanges, dropped=info.dropped, evicted=info.evicted)

    def now(self) -> int:
        """What was open when the recording ended does not grow older."""
        return 0

    def why_not(self, command: Command) -> str:
        """Always a reason."""
        wanted = {
            "pin": "A recording is opened read-only; marks are set while recording.",
            "delete": "A recording is opened read-only: `wsgitrace delete FILE FILTER` removes from it.",
            "replay": "A recording has no application to replay to: `wsgitrace run` has.",
        }
        return wanted.get(command, "This is a recording: no application is running.")

    def hold_next(self, on: bool) -> None:  # noqa: FBT001 -- one fact, always given
        """Not in a file."""

    def step(self, number: int, way: Way = "into", layer: int = 0, edits: Sequence[Edit] = ()) -> None:
        """Not in a file."""

    def resume(
        self, number: int | None, edits: Sequence[Edit] = (), end: End | None = None, delay: float = 0.0
    ) -> None:
        """Not in a file."""

    def extend(self, number: int, seconds: float | None) -> None:
        """Not in a file."""

    def evaluate(self, number: int, expression: str, answer: Callable[[Evaluated], None]) -> None:
        """Not in a file."""

    def add_breakpoint(self, text: str) -> None:
        """Not in a file."""

    def change_breakpoint(self, number: int, text: str) -> None:
        """Not in a file."""

    def remove_breakpoint(self, number: int) -> None:
        """Not in a file."""

    def switch_breakpoint(self, number: int | None, *, on: bool) -> None:
        """Not in a file."""

    def replay(self, number: int) -> None:
        """Not in a file."""

    def pin(self, number: int, on: bool) -> None:  # noqa: FBT001 -- one fact, always given
        """Not in a file."""

    def delete(self, where: Filter, *, pinned: bool) -> int:  # noqa: ARG002 -- as a feed has it
        """Not in a file."""
        return 0

    def restart(self) -> None:
        """Not in a file."""

    @property
    def passing(self) -> bool:
        """It is a file already."""
        return False

    def save(self, path: Path) -> None:
        """It is a file already."""

    def close(self) -> None:
        """Close the file."""
        self.capture.close()


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
    ) -> None:
        self._keep = keep
        self._kept: Sequence[tuple[str, bool]] | None = None
        self.capture = capture
        self.passing = passing
        self.address = address
        self._others = others
        self._supervisor = supervisor

    def version(self) -> Hashable:
        """Changes with every commit of the recorder and every change of the worker's state."""
        return (self.capture.data_version(), self._supervisor.state)

    def status(self) -> Status:
        """The worker's state as the supervisor knows it."""
        state = self._supervisor.state
        breakpoints = [(one.text, one.on) for one in state.breakpoints]
        if self._keep is not None and self._kept != breakpoints:
            if self._kept is not None or breakpoints:
                self._keep(breakpoints)
            self._kept = breakpoints
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

    def evaluate(self, number: int, expression: str, answer: Callable[[Evaluated], None]) -> None:
        """Ask."""
        self._supervisor.evaluate(number, expression, answer)

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

    def replay(self, number: int) -> None:
        """Send it again. Raises :class:`~wsgitrace.replay.ReplayRefused`."""
        replay(number, self.capture, self._supervisor)

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

    def close(self) -> None:
        """Close the reader; the supervisor is its owner's to stop."""
        self.capture.close()
