"""What the screen shows of a recorded file."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from wsgitrace.query import parse
from wsgitrace.tui.feed import Status, Totals

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator, Sequence
    from pathlib import Path

    from wsgitrace.capture import Capture, Counted
    from wsgitrace.events import Debugged, Edit, End, Evaluated, Question, Replay, Way
    from wsgitrace.query import Filter
    from wsgitrace.tui.feed import Command

__all__ = ["FileFeed"]

_UNCLOSED: Final = parse("closed:no")


@dataclass(slots=True)
class FileFeed:
    """A recorded file: everything can be looked at, nothing can be done."""

    capture: Capture
    path: str
    live: bool = False
    prepare: str = ""
    _app: str = field(default="", init=False)
    _unclosed: int = field(default=0, init=False)
    _counting: Iterator[Counted] | None = field(default=None, init=False)
    _counted: int = field(default=-1, init=False)

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
        return Totals(info.exchanges, dropped=info.dropped, evicted=info.evicted, unclosed=self._count_unclosed())

    def _count_unclosed(self) -> int:
        """How many there are so far: one step further at each look, over again when the file has grown."""
        version = self.capture.data_version()
        if self._counting is None or version != self._counted:
            self._counting, self._counted = self.capture.counting(_UNCLOSED), version
        step = next(self._counting, None)
        if step is not None and (step.done or step.matches > self._unclosed):
            self._unclosed = step.matches
        return self._unclosed

    def now(self) -> int:
        """What was open when the recording ended does not grow older."""
        return 0

    def why_not(self, command: Command) -> str:
        """Always a reason."""
        wanted = {
            "pin": "A recording is opened read-only; marks are set while recording.",
            "delete": "A recording is opened read-only: `wsgitrace delete FILE FILTER` removes from it.",
            "replay": "There is no application here to replay to: `wsgitrace replay FILE FILTER --app APP` runs it.",
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

    def evaluate(
        self, number: int, expression: str, answer: Callable[[Evaluated], None], what: Question = "expression"
    ) -> None:
        """Not in a file."""

    def debug(self, number: int, terminal: str, ended: Callable[[Debugged], None]) -> None:
        """Not in a file."""

    def interrupt(self, number: int) -> None:
        """Not in a file."""

    def add_breakpoint(self, text: str) -> None:
        """Not in a file."""

    def change_breakpoint(self, number: int, text: str) -> None:
        """Not in a file."""

    def remove_breakpoint(self, number: int) -> None:
        """Not in a file."""

    def switch_breakpoint(self, number: int | None, *, on: bool) -> None:
        """Not in a file."""

    def replay(self, number: int, hold_at: int | None = None) -> None:
        """Not in a file."""

    def send(self, command: Replay) -> None:
        """Not in a file."""

    def refused(self) -> tuple[tuple[int, str], ...]:
        """Nothing is run."""
        return ()

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

    def keep(self) -> None:
        """Nothing changes."""

    def close(self) -> None:
        """Close the file."""
        self.capture.close()
