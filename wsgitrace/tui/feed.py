"""Where the screen gets its traffic from: a running application, or a file. The widgets know only :class:`Feed`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence
    from pathlib import Path

    from wsgitrace.capture import Capture
    from wsgitrace.events import Debugged, Edit, End, Evaluated, Question, Replay, Way
    from wsgitrace.query import Filter
    from wsgitrace.supervisor.breakpoints import Breakpoint
    from wsgitrace.supervisor.holding import Hold

__all__ = ["Command", "Feed", "Phase", "Status", "Totals"]

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
    unclosed: int = 0
    """Exchanges in which an iterable with ``close()`` was never closed."""


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

    def evaluate(
        self, number: int, expression: str, answer: Callable[[Evaluated], None], what: Question = "expression"
    ) -> None:
        """Ask for a value where a request is held; ``answer`` is called once, in another thread."""

    def debug(self, number: int, terminal: str, ended: Callable[[Debugged], None]) -> None:
        """Run pdb where a request is held, on a pseudo-terminal; ``ended`` is called once, in another thread."""

    def interrupt(self, number: int) -> None:
        """Tell pdb of ctrl+c."""

    def add_breakpoint(self, text: str) -> None:
        """Hold what meets it."""

    def change_breakpoint(self, number: int, text: str) -> None:
        """Another text for one."""

    def remove_breakpoint(self, number: int) -> None:
        """Forget one."""

    def switch_breakpoint(self, number: int | None, *, on: bool) -> None:
        """Let one hold, or not; None: all of them."""

    def replay(self, number: int, hold_at: int | None = None) -> None:
        """Send a recorded request through the application again; hold it with ``hold_at`` events before."""

    def send(self, command: Replay) -> None:
        """Run a request that was rebuilt, and edited or arranged."""

    def refused(self) -> Sequence[tuple[int, str]]:
        """Replays that were not run since the last look, because they cannot be so: the originals, and why."""

    @property
    def prepare(self) -> str:
        """What the settings name to change requests before they are run again; empty: nothing."""

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

    def keep(self) -> None:
        """Write down what is to be there the next time, where it has changed."""

    def close(self) -> None:
        """Let go of the capture."""
