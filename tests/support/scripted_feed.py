"""A feed for tests and screenshots: a real capture file, filled from stories; commands are noted, not obeyed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from unittest.mock import patch

from msgspec import structs

from wsgitrace.capture import Capture, Writer
from wsgitrace.events import (
    Began,
    Debugged,
    Ended,
    Evaluated,
    Events,
    HeadReceived,
    Held,
    OutputLine,
    Progress,
    ResponseHead,
    encode_events,
)
from wsgitrace.supervisor.breakpoints import Breakpoints
from wsgitrace.tui.feed import Status, Totals

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable
    from pathlib import Path

    from tests.support.streams import Exchange
    from wsgitrace.events import Question, Replay
    from wsgitrace.query import Filter
    from wsgitrace.trace import Trace
    from wsgitrace.tui.feed import Command

__all__ = ["START", "ScriptedFeed"]

START = 1_763_820_127_000_000_000
"""Wall clock of the first exchange: 22 November 2025, 14:02:07 UTC."""

SECOND = 1_000_000_000


class ScriptedFeed:
    """Everything that a screen can be shown, told step by step."""

    def __init__(self, path: Path) -> None:
        self.writer = Writer.create(path, keep_exchanges=None, keep_bytes=None, app="demos.shop:app")
        self.writer.commit()
        self.capture = Capture.open(path)
        self.live = True
        self.passing = True
        self.wall = START
        self.commands: list[tuple[object, ...]] = []
        self.prepare = ""
        self.not_run: list[tuple[int, str]] = []
        self._book = Breakpoints(self._armed)
        self.refusals: dict[Command, str] = {}
        self.state = Status("serving", "demos.shop:app", "http://127.0.0.1:8000/")
        self.counted = Totals()
        self._open: dict[int, tuple[int, Exchange, int]] = {}
        self._names: dict[int, tuple[str, str]] = {}

    # Telling.

    def add(
        self, exchange: Exchange, *, replay_of: int | None = None, gap: float = 0.4, route: str = "", view: str = ""
    ) -> int:
        """An exchange as far as it has come; returns the debugger's number of it."""
        worker = self.writer.new_worker()
        for layer in exchange.layers.values():
            self.writer.add(worker, layer)
        self.wall += int(gap * SECOND)
        head = exchange.recorded[0]
        trace = exchange.trace()
        request = trace.head
        method, target = ("", "") if request is None else (request.method, request.target)
        peer = head.peer if isinstance(head, HeadReceived) else "127.0.0.1:53124"
        number = self.writer.add(worker, Began(1, self.wall, method, target, peer, replay_of))
        assert number is not None
        self._open[number] = (worker, exchange, 0)
        self._names[number] = (route, view)
        self.more(number)
        return number

    def more(self, number: int) -> None:
        """What has happened since in an exchange that was added."""
        worker, exchange, told = self._open[number]
        fresh = exchange.recorded[told:]
        if fresh:
            self.writer.add(worker, Events(1, len(fresh), encode_events(fresh)))
        self._open[number] = (worker, exchange, len(exchange.recorded))
        trace = exchange.trace()
        if trace.done:
            route, view = self._names[number]
            self.writer.add(worker, structs.replace(_ended(trace), route=route, view=view))
        else:
            self.writer.add(worker, _progress(trace))
        self.writer.commit()
        self._count()

    def say(self, number: int | None, text: str, stream: str = "stdout") -> None:
        """A line of output, written in an exchange or outside."""
        worker = self._open[number][0] if number is not None else self.writer.new_worker()
        with patch("time.time_ns", return_value=self.wall):
            self.writer.add(worker, OutputLine(stream, text, None if number is None else 1))  # type: ignore[arg-type]
        self.writer.commit()

    def become(self, **facts: object) -> None:
        """The worker's state is another."""
        self.state = replace(self.state, **facts)  # type: ignore[arg-type]

    def _count(self) -> None:
        rows = self.capture.page(limit=1_000)
        done = sorted(row.net_duration for row in rows if row.done)
        self.counted = Totals(
            requests=self.capture.count(),
            open=sum(not row.done for row in rows),
            errors=sum((row.status or 0) >= 500 for row in rows),
            rate=37.0,
            p50=done[len(done) // 2] if done else None,
            p95=done[len(done) * 95 // 100] if done else None,
        )
        held = tuple(sorted(row.number for row in rows if row.state == "held"))
        self.state = replace(self.state, held=held)

    # What a feed is.

    def version(self) -> Hashable:
        return (self.capture.data_version(), self.state, self.counted)

    def status(self) -> Status:
        return self.state

    def totals(self) -> Totals:
        return self.counted

    def now(self) -> int:
        return self.wall + 12 * SECOND

    def why_not(self, command: Command) -> str:
        return self.refusals.get(command, "")

    def hold_next(self, on: bool) -> None:  # noqa: FBT001 -- as a feed has it
        self.commands.append(("hold_next", on))
        self.become(hold_next=on)

    def step(self, number: int, way: str = "into", layer: int = 0, edits: object = ()) -> None:
        more = [each for each in (way if way != "into" else "", layer, edits) if each]
        self.commands.append(("step", number, *more))

    def resume(self, number: int | None, edits: object = (), end: object = None, delay: float = 0.0) -> None:
        self.commands.append(("resume", number, *[each for each in (edits, end, delay) if each]))

    def extend(self, number: int, seconds: float | None) -> None:
        self.commands.append(("extend", number, seconds))

    def evaluate(
        self, number: int, expression: str, answer: Callable[[Evaluated], None], what: Question = "expression"
    ) -> None:
        self.commands.append(("evaluate", number, expression) if what == "expression" else (what, number, expression))
        answer(Evaluated(1, f"the value of {expression}"))

    def debug(self, number: int, terminal: str, ended: Callable[[Debugged], None]) -> None:
        self.commands.append(("debug", number))
        ended(Debugged(1, "The request is still held."))

    def interrupt(self, number: int) -> None:
        self.commands.append(("interrupt", number))

    def add_breakpoint(self, text: str) -> None:
        self._book.add(text)

    def change_breakpoint(self, number: int, text: str) -> None:
        self._book.change(number, text)

    def remove_breakpoint(self, number: int) -> None:
        self._book.remove(number)

    def switch_breakpoint(self, number: int | None, *, on: bool) -> None:
        if number is None:
            self._book.switch_all(on=on)
        else:
            self._book.switch(number, on=on)

    def _armed(self, _: object) -> None:
        self.become(breakpoints=self._book.each, breakpoints_on=self._book.on)

    def replay(self, number: int, hold_at: int | None = None) -> None:
        self.commands.append(("replay", number) if hold_at is None else ("replay", number, hold_at))

    def send(self, command: Replay) -> None:
        self.commands.append(("send", command))

    def refused(self) -> list[tuple[int, str]]:
        found, self.not_run = self.not_run, []
        return found

    def pin(self, number: int, on: bool) -> None:  # noqa: FBT001 -- as a feed has it
        self.commands.append(("pin", number, on))
        self.writer.pin(number, on)
        self.writer.commit()

    def delete(self, where: Filter, *, pinned: bool) -> int:
        self.commands.append(("delete", where.text, pinned))
        with Capture.open(self.capture.path) as capture:
            numbers = [row.number for row in capture.page(where=where, limit=10_000)]
        return self.writer.delete(numbers, pinned=pinned)

    def restart(self) -> None:
        self.commands.append(("restart",))

    def save(self, path: Path) -> None:
        self.commands.append(("save", path))
        self.writer.save(path)

    def keep(self) -> None:
        pass

    def close(self) -> None:
        self.capture.close()
        self.writer.close()


def _ended(trace: Trace) -> Ended:
    """The summary that a probe would send."""
    outer = trace.outermost
    caught = [raised for span in trace.spans for raised in span.caught]
    raised = outer.exception if outer is not None else None
    swallowed = raised is None and bool(caught)
    body = trace.request_body
    answered = [span for span in trace.spans[1:] if span.answered]
    found = {layer.id for layer in trace.layers.values()}
    short = next((span.name for span in answered if _holds(span, found)), "")
    return Ended(
        exchange=1,
        how=trace.how,  # type: ignore[arg-type]
        status=trace.refused.status if trace.refused else trace.response.code if trace.response else None,
        duration=trace.duration,
        held=trace.held,
        first_byte=trace.first_byte,
        request_size=body.length,
        response_size=trace.sent,
        chunks=len(trace.root.items),
        layers=len(trace.spans) - 1,
        exception=raised.type if raised else caught[-1].type if swallowed else "",
        swallowed=swallowed,
        start_responses=max((len(span.start_responses) for span in trace.spans), default=0),
        input="none" if not body.length else "full" if body.complete else "partial" if body.data else "unread",
        closed=all(span.closed is not False for span in trace.spans),
        short_circuit=short,
        content_type=(trace.response.header("content-type") or "") if trace.response else "",
        events=len(trace.events),
        note=f"{trace.refused.rule}: {trace.refused.reason}" if trace.refused else "",
    )


def _holds(span: object, found: set[int]) -> bool:
    layers = span.trace.layers.values()  # type: ignore[attr-defined]
    ran = {each.layer_id for each in span.trace.spans}  # type: ignore[attr-defined]
    return any(layer.parent == span.layer_id and layer.id not in ran for layer in layers if layer.id in found)  # type: ignore[attr-defined]


def _progress(trace: Trace) -> Progress:
    """What a probe says of an exchange that is still open."""
    last = trace.events[-1]
    held = isinstance(last, Held)
    at = trace.span(last.span).name if held else ""
    kind = next((type(each).__name__.lower() for each in trace.events if held and each.seq == last.event), "")
    return Progress(
        exchange=1,
        state="held" if held else "streaming" if any(isinstance(e, ResponseHead) for e in trace.events) else "running",
        status=trace.response.code if trace.response else None,
        layers=len(trace.spans) - 1,
        chunks=len(trace.root.items),
        sent=trace.sent,
        held_at=f"{kind} {at}" if held else "",
        held_event=last.event if held else 0,
        duration=last.at,
    )
