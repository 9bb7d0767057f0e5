"""What ``record --interactive`` tells of requests, the worker and breakpoints when it is asked."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any, Final

from msgspec import structs

from wsgitrace.cli import orders
from wsgitrace.cli.editing import read_file
from wsgitrace.cli.hunting import ground_of, hunt_meanwhile
from wsgitrace.cli.orders import OrderError
from wsgitrace.cli.stops import moment_object, stop_object
from wsgitrace.events import from_text
from wsgitrace.export.trace_json import trace_object
from wsgitrace.replay import (
    EditError,
    Hunt,
    Otherwise,
    Pursuit,
    ReplayRefused,
    arranged,
    as_command,
    edited,
    flaw,
    newest_cookies,
    prepare,
    read_edit,
    send,
    with_cookies,
)
from wsgitrace.trace import Trace
from wsgitrace.trace.comparing import Noise
from wsgitrace.trace.stepping import before, boundaries, ordinal, target, target_back

if TYPE_CHECKING:
    from collections.abc import Callable

    from wsgitrace.capture import Capture, Summary
    from wsgitrace.cli.serving import Service
    from wsgitrace.events import Evaluated, Question, Replay
    from wsgitrace.redact import Masker
    from wsgitrace.replay import RequestEdit

__all__ = ["Telling"]

_OUTPUT_LINES: Final = 100_000

_TIMES: Final = 100_000
_JOBS: Final = 256
"""As often one request is run by one order, and so many at the same time."""


class Telling:
    """Answers questions. What it gives is masked, and not safe to print."""

    def __init__(self, service: Service, capture: Capture, masker: Masker) -> None:
        self._service = service
        self._supervisor = service.supervisor
        self._capture = capture
        self._masker = masker

    def tell(self, order: orders.Order) -> dict[str, Any]:
        """Answer a command that asks. Raises :class:`~wsgitrace.cli.orders.OrderError`."""
        match order:
            case orders.State():
                return self._state()
            case orders.Held():
                state = self._supervisor.state
                found = (stop_object(self._capture, hold, state, self._masker) for hold in state.holds)
                return {"held": [one for one in found if one is not None]}
            case orders.Show(request=number):
                summary, trace = self.summary(number), self.trace(number)
                output = self._capture.output(exchange=number, limit=_OUTPUT_LINES)
                return {"exchange": trace_object(summary, trace, output, self._masker)}
            case orders.Look(request=number, event=seq, way=way):
                return {"moment": self._look(number, seq, way)}
        return {}

    def breakpoints(self) -> list[dict[str, Any]]:
        """All of them."""
        return [
            {"number": one.id, "text": one.text, "on": one.on, "hits": one.hits, "used_up": one.used_up,
             "never": one.never}
            for one in self._supervisor.state.breakpoints
        ]  # fmt: skip

    def summary(self, number: int) -> Summary:
        """The summary of a request."""
        summary = self._capture.summary(number)
        if summary is None:
            raise OrderError(f"There is no request {number}.")
        return summary

    def trace(self, number: int) -> Trace:
        """The trace of a request as far as it is recorded."""
        self.summary(number)
        return Trace.from_events(self._capture.events(number))

    def replay(self, order: orders.Replay, reply: Callable[[dict[str, Any]], None]) -> None:
        """Run a request again, edited, arranged, held at an event of it."""
        number = order.request

        def answered(reason: str) -> None:
            reply({"error": self._masker.text(f"Request {number} was not run again: {reason}.")} if reason else {})

        _, command = self._arranged(order)
        try:
            send(command, self._supervisor, hold_at=command.hold_at, answered=answered)
        except ReplayRefused as problem:
            raise OrderError(f"{problem}.") from None

    def hunt(self, order: orders.Hunt, reply: Callable[[dict[str, Any]], None], asked: Callable[[], bool]) -> None:
        """Run a request many times, until it is over or ``asked`` says that nobody waits for it."""
        if not (1 < order.times <= _TIMES and 1 <= order.jobs <= _JOBS):
            raise OrderError(f'"times" are 2 to {_TIMES:,}, "jobs" 1 to {_JOBS}.')
        trace, command = self._arranged(order)
        ground = ground_of(self._supervisor, self._capture.path)
        hunt = Hunt(trace, Noise(), order.times)
        pursuit = Pursuit(ground, command, hunt, order.jobs, self._capture.newest(), until=order.until_different)
        hunt_meanwhile(pursuit, self.summary(order.request), self._masker, asked, reply)

    def _arranged(self, order: orders.Replay) -> tuple[Trace, Replay]:
        """The request, and the command that runs it as it is wanted."""
        number = order.request
        hold_at = None if order.event is None else ordinal(self.trace(number), order.event)
        edits = [_edit(text) for text in order.edits]
        try:
            trace, command = prepare(number, self._capture)
            if order.cookies == "fresh":
                command = with_cookies(command, newest_cookies(self._capture, command))
            if edits:
                draft = edited(trace, command, edits)
                if (why := flaw(draft)) and not order.force:
                    raise OrderError(why, can_force=True)
                command = as_command(draft)
            command = arranged(command, trace, self.summary(number).wall, _otherwise(order))
            return trace, structs.replace(command, hold_at=hold_at)
        except ReplayRefused as problem:
            raise OrderError(f"{problem}.") from None

    def answer(self, answer: Evaluated, what: Question) -> dict[str, Any]:
        """What came of a question."""
        if what == "input" and not answer.failed:
            return {"base64": base64.b64encode(answer.data).decode()}
        return {"raised" if answer.failed else "value": self._masker.text(from_text(answer.text))}

    def _state(self) -> dict[str, Any]:
        state, counters = self._supervisor.state, self._supervisor.counters
        return {
            "phase": state.phase, "pid": state.pid, "app": state.app, "url": self._service.url,
            "message": self._masker.text(state.message or state.exit_reason), "held": list(state.held),
            "hold_next": state.hold_next, "hold_limit": state.hold_limit, "hold_full": state.hold_full,
            "reload_pending": state.reload_pending, "breakpoints": self.breakpoints(),
            "breakpoints_on": state.breakpoints_on, "requests": counters.requests, "open": counters.open,
        }  # fmt: skip

    def _look(self, number: int, seq: int, way: str) -> dict[str, Any]:
        trace = self.trace(number)
        found: int | None = seq
        match way:
            case "back":
                found = before(boundaries(trace), seq)
            case "back over" | "back out":
                found = target_back(trace, seq, "over" if way == "back over" else "out")
            case "into" | "over" | "out":
                found = target(trace, seq, way)
        if found is None or not any(event.seq == found for event in trace.events):
            raise OrderError(f"Request {number} has no event {'there' if way else seq}.")
        return moment_object(trace, found, self._masker)


def _edit(text: str) -> RequestEdit:
    try:
        return read_edit(text, read_file)
    except EditError as problem:
        raise OrderError(f"{problem.message} (edit {text!r}, character {problem.start + 1})") from None


def _otherwise(order: orders.Replay) -> Otherwise:
    return Otherwise(
        order.skip,
        (order.breakpoint,) if order.breakpoint else (),
        order.clock == "original",
        order.timing == "original",
        order.prepare,
    )
