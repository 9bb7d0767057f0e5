"""What is held, and the commands about it: done in the recorder's thread, and there alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from msgspec import structs

from wsgitrace.events import (
    Arm,
    BreakpointHit,
    Continue,
    Debug,
    Debugged,
    Evaluate,
    Evaluated,
    Extend,
    Interrupt,
    LayerFound,
    Parked,
    Step,
    from_text,
)
from wsgitrace.supervisor.breakpoints import Breakpoint, Breakpoints

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from wsgitrace.events import Command, Edit, End, Question, Replay, Start, Way, WorkerFrame
    from wsgitrace.supervisor.recorder import Recorder

__all__ = ["NOT_RECORDED", "Hold", "Holding"]

_NOBODY = 0
"""No worker numbers an exchange so: what is asked about it is answered at once."""

NOT_RECORDED = frozenset({Parked, BreakpointHit, Evaluated, Debugged})
"""Frames that are about the moment alone."""


@dataclass(frozen=True, slots=True)
class Hold:
    """One exchange that is held."""

    number: int
    """The debugger's number of it."""
    event: int
    """Seq of the event that it is held at."""
    kind: str
    """Kind of that event, as breakpoints call it."""
    layer: int
    """The worker's number of the layer."""
    since: int
    """Wall clock, nanoseconds since the epoch."""
    until: int
    """When it goes on by itself, as :attr:`since`; 0: never."""
    breakpoint: int = 0
    """The breakpoint that held it; 0: a step, or an order to hold the next."""
    gone: bool = False
    """Its client has hung up."""
    asks: bool = False
    """``breakpoint()`` was called: pdb is to have the terminal."""
    broken: tuple[str, ...] = ()
    """Rules that this event shows to be broken: rule, layer and what was done; it may hold traffic."""


class Holding:
    """Breakpoints, holds and steps of one keeper. ``changed`` is called when something that is shown is different."""

    def __init__(
        self, recorder: Recorder, send: Callable[[Command], None], changed: Callable[[], None], limit: int
    ) -> None:
        self._recorder = recorder
        self._send = send
        self._changed = changed
        self._stepped: dict[int, int] = {}
        """Exchanges of this worker that were stepped: the debugger's number to the worker's."""
        self._holds: dict[int, Hold] = {}
        self._questions: dict[int, Callable[[Evaluated], None]] = {}
        self._debugged: dict[int, tuple[int, Callable[[Debugged], None]]] = {}
        """Exchanges that pdb is at work in, by the debugger's number: the worker's, and who is told of the end."""
        self._tokens = 0
        self._breakpoints = Breakpoints(self._arm)
        self.limit = limit
        """As many may be held at the same time."""
        self.full = False
        """A breakpoint was met that held nothing, because as many as may be were held."""

    @property
    def breakpoints(self) -> tuple[Breakpoint, ...]:
        """All breakpoints."""
        return self._breakpoints.each

    @property
    def breakpoints_on(self) -> bool:
        """False while all of them are off."""
        return self._breakpoints.on

    @property
    def holds(self) -> tuple[Hold, ...]:
        """What is held, by number."""
        held = self._recorder.held
        return tuple(hold for number, hold in sorted(self._holds.items()) if number in held)

    def begin(self, kept: Iterable[tuple[str, bool]]) -> None:
        """Begin with these breakpoints: text, and whether it is on."""
        self._breakpoints.start(kept)
        self._changed()

    def new_worker(self) -> None:
        """A worker is about to start; nothing of the last one counts any more."""
        self._stepped.clear()
        self._holds.clear()
        self._breakpoints.forget_layers()

    def worker_gone(self, reason: str) -> None:
        """The worker has ended: nobody will answer what was asked, or give back a terminal."""
        for token in tuple(self._questions):
            self._answer(Evaluated(token, "the application's process is gone", failed=True))
        for local, _ in tuple(self._debugged.values()):
            self._left(Debugged(local, reason, failed=True))

    def begun(self, start: Start, *, hold_next: bool) -> Start:
        """What a worker begins with: told later, its first exchanges would pass before it knows."""
        return structs.replace(start, breakpoints=self._breakpoints.armed().breakpoints, hold_next=hold_next)

    def started(self) -> None:
        """It serves: all layers that are found at load are known."""
        self._breakpoints.judge()
        self._changed()

    def take(self, worker: int, frame: WorkerFrame) -> None:
        """News from the worker."""
        match frame:
            case LayerFound():
                self._breakpoints.found(frame)
            case Parked():
                number = self._recorder.number(worker, frame.exchange)
                if number is not None:
                    self._holds[number] = Hold(
                        number, frame.event, frame.kind, frame.layer, frame.since, frame.until, frame.breakpoint,
                        frame.gone, frame.asks, tuple(map(from_text, frame.broken)),
                    )  # fmt: skip
            case BreakpointHit():
                self.full = frame.full
                self._breakpoints.hit(frame)
            case Evaluated():
                self._answer(frame)
                return
            case Debugged():
                self._left(frame)
        self._changed()

    # Commands, by the debugger's numbers.

    def step(self, number: int, way: Way, layer: int, edits: tuple[Edit, ...]) -> None:
        """Let a held exchange go on to another event."""
        local = self._recorder.held.get(number)
        if local is not None:
            self._stepped[number] = local
            self._send(Step(local, way, layer, edits))

    def resume(self, number: int | None, edits: tuple[Edit, ...], end: End | None, delay: float) -> None:
        """Let a held exchange go on, or one that is on its way after a step; None: all."""
        if number is None:
            self._send(Continue())
            return
        local = self._stepped.get(number, self._recorder.held.get(number))
        if local is not None:
            self._send(Continue(local, edits, end, delay))

    def extend(self, number: int, seconds: float | None) -> None:
        """Change how long it stays held; None: until it is told to go on."""
        local = self._recorder.held.get(number)
        if local is not None:
            self._send(Extend(local, seconds))

    def evaluate(
        self, number: int, expression: str, answer: Callable[[Evaluated], None], what: Question = "expression"
    ) -> None:
        """Ask for a value where it is held; ``answer`` is called once, in this thread."""
        self._tokens += 1
        local = self._recorder.held.get(number)
        if local is None:
            answer(Evaluated(self._tokens, "the request is not held", failed=True))
            return
        self._questions[self._tokens] = answer
        self._send(Evaluate(local, self._tokens, expression, what))

    def debug(self, number: int, terminal: str, ended: Callable[[Debugged], None]) -> None:
        """Run pdb where it is held, on a pseudo-terminal; ``ended`` is called once, in this thread."""
        local = self._recorder.held.get(number)
        if local is None or number in self._debugged:
            busy = "pdb is still busy there, with what it was told before."
            ended(Debugged(0, busy if number in self._debugged else "The request is not held any more.", failed=True))
            return
        self._debugged[number] = (local, ended)
        self._send(Debug(local, terminal))

    def interrupt(self, number: int) -> None:
        """Ctrl+C was pressed in the terminal of pdb."""
        if number in self._debugged:
            self._send(Interrupt(self._debugged[number][0]))

    @property
    def debugging(self) -> bool:
        """True while pdb is at work, whether the request is held at the moment or on its way to the next line."""
        return bool(self._debugged)

    def replay(self, command: Replay, answered: Callable[[str], None] | None) -> None:
        """Run a request again; ``answered`` is called once, in this thread: why it is not run, or empty."""
        self._tokens += 1

        def told(answer: Evaluated) -> None:
            if answered is not None:
                answered(from_text(answer.text))

        self._questions[self._tokens] = told
        self._send(structs.replace(command, token=self._tokens))

    def afterwards(self, callback: Callable[[], None]) -> None:
        """Have ``callback`` called once the worker has done what it was told before: it does one thing at a time."""
        self._tokens += 1
        self._questions[self._tokens] = lambda _: callback()
        self._send(Evaluate(_NOBODY, self._tokens, ""))

    def add_breakpoint(self, text: str) -> None:
        """One more."""
        self._breakpoints.add(text)

    def change_breakpoint(self, number: int, text: str) -> None:
        """Another text for one."""
        self._breakpoints.change(number, text)

    def remove_breakpoint(self, number: int) -> None:
        """One less."""
        self._breakpoints.remove(number)

    def switch_breakpoint(self, number: int, on: bool) -> None:  # noqa: FBT001 -- one fact
        """Let one hold, or not."""
        self._breakpoints.switch(number, on=on)

    def switch_breakpoints(self, on: bool) -> None:  # noqa: FBT001 -- one fact
        """Let them hold as each says, or none of them."""
        self._breakpoints.switch_all(on=on)

    def _arm(self, armed: Arm) -> None:
        self._send(armed)
        self._changed()

    def _left(self, frame: Debugged) -> None:
        for number, (local, ended) in tuple(self._debugged.items()):
            if local == frame.exchange:
                del self._debugged[number]
                ended(frame)

    def _answer(self, frame: Evaluated) -> None:
        answer = self._questions.pop(frame.token, None)
        if answer is not None:
            answer(frame)
