"""Doing what the commands of ``record --interactive`` say: with the supervisor's own methods, as the screen does."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Any, Final

from wsgitrace.cli import orders
from wsgitrace.cli.orders import OrderError
from wsgitrace.cli.stops import held_at
from wsgitrace.cli.telling import Telling
from wsgitrace.events import Answer, BodyEdit, EnvironEdit, InputEdit, StatusEdit, to_text
from wsgitrace.named_filters import NamedFilters
from wsgitrace.query import FilterError, with_names
from wsgitrace.trace.editing import (
    broken_rule,
    broken_rule_of_answer,
    header_added,
    header_removed,
    header_set,
    headers_in_hand,
    why_not_edit,
)
from wsgitrace.trace.ending import Ending, read_ending, why_not_end

if TYPE_CHECKING:
    from collections.abc import Callable

    from wsgitrace.capture import Capture
    from wsgitrace.cli.serving import Service
    from wsgitrace.cli.signals import Stop
    from wsgitrace.events import Edit, Way
    from wsgitrace.redact import Masker
    from wsgitrace.supervisor.holding import Hold

__all__ = ["Driving"]

_WAYS: Final[dict[str, Way]] = {"into": "into", "over": "over", "out": "out", "to": "cursor"}


class Driving:
    """Carries out commands. Edits wait here until their request goes on."""

    def __init__(self, service: Service, capture: Capture, masker: Masker, stop: Stop) -> None:
        self._supervisor = service.supervisor
        self._capture = capture
        self._telling = Telling(service, capture, masker)
        self._stop = stop
        self._edits: dict[tuple[int, int], list[Edit]] = {}
        """By the request and the event that it is held at."""
        self._away: set[tuple[int, int]] = set()
        """Stops that requests were told to leave, whether or not they have."""

    def do(self, order: orders.Order, reply: Callable[[dict[str, Any]], None]) -> None:
        """Do what a command says. Raises :class:`~wsgitrace.cli.orders.OrderError` instead of replying."""

        def done() -> None:
            reply({})

        match order:
            case orders.Break(text=text):
                meant = self._break(text)
                self._supervisor.afterwards(lambda: reply({"breakpoint": self._breakpoint(meant)}))
            case orders.Evaluate(request=number, expression=expression, what=what):
                self._held(number)
                self._supervisor.evaluate(
                    number, expression, lambda told: reply(self._telling.answer(told, what)), what
                )
            case orders.State() | orders.Held() | orders.Show() | orders.Look():
                reply(self._telling.tell(order))
            case orders.Hunt():
                self._telling.hunt(order, reply, lambda: self._stop.asked)
            case orders.Replay():
                self._telling.replay(order, reply)
            case orders.Edit():
                reply({"edits": self._stage(order)})
            case orders.Undo(request=number):
                reply({"edits": self._undo(number)})
            case orders.Step() | orders.Continue() | orders.EndOtherwise():
                self._go(order)
                self._supervisor.afterwards(done)
            case _:
                self._set_up(order)
                self._supervisor.afterwards(done)

    def let_all_go(self) -> None:
        """Nobody commands any more: nothing is held from now on."""
        self._supervisor.switch_breakpoints(False)  # noqa: FBT003 -- the supervisor's
        self._supervisor.hold_next(False)  # noqa: FBT003 -- likewise
        self._supervisor.resume()

    # What holds.

    def _break(self, text: str) -> str:
        """Arm one; returns it with what names of filters stand for."""
        try:
            meant = with_names(text, NamedFilters())
            self._supervisor.add_breakpoint(meant)
        except FilterError as problem:
            raise OrderError(f"{problem.message} (character {problem.start + 1})") from None
        return meant

    def _set_up(self, order: orders.Order) -> None:
        supervisor = self._supervisor
        match order:
            case orders.Unbreak(breakpoint=number):
                each = [one.id for one in supervisor.state.breakpoints] if number is None else [self._known(number)]
                for one in each:
                    supervisor.remove_breakpoint(one)
            case orders.Switch(breakpoint=None, on=on):
                supervisor.switch_breakpoints(on)
            case orders.Switch(breakpoint=number, on=on):
                supervisor.switch_breakpoint(self._known(number), on)
            case orders.HoldNext(on=on):
                supervisor.hold_next(on)
            case orders.Extend(request=number, seconds=seconds):
                supervisor.extend(self._held(number)[0], seconds)
            case orders.Restart():
                supervisor.restart()
            case orders.Stop():
                supervisor.afterwards(self._stop.ask)

    def _known(self, number: int | None) -> int:
        for one in self._supervisor.state.breakpoints:
            if one.id == number:
                return one.id
        raise OrderError(f"There is no breakpoint {number}.")

    def _breakpoint(self, text: str) -> dict[str, Any] | None:
        return next((one for one in self._telling.breakpoints() if one["text"] == text), None)

    # What is held.

    def _held(self, number: int) -> tuple[int, int]:
        """The stop of a request. Raises where it is not held."""
        hold = self._hold(number)
        key = hold.number, hold.event
        if key in self._away:
            raise OrderError(f"Request {number} is on its way.")
        return key

    def _hold(self, number: int) -> Hold:
        for hold in self._supervisor.state.holds:
            if hold.number == number:
                return hold
        raise OrderError(f"Request {number} is not held.")

    def _go(self, order: orders.Step | orders.Continue | orders.EndOtherwise) -> None:
        """Let requests go on, with the edits that wait for that."""
        supervisor, number = self._supervisor, order.request
        if number is None:
            self._away.update((hold.number, hold.event) for hold in supervisor.state.holds)
            self._edits.clear()
            supervisor.resume()
            return
        if isinstance(order, orders.Continue):
            # Also one that is on its way after a step: it is not to stop again.
            hold = self._hold(number)
            key = hold.number, hold.event
            self._away.add(key)
            supervisor.resume(number, self._edits.pop(key, ()))
            return
        key = self._held(number)
        if isinstance(order, orders.Step):
            layer = self._layer(order.layer) if order.how == "to" else 0
            supervisor.step(number, _WAYS[order.how], layer, self._edits.pop(key, ()))
        elif isinstance(order, orders.EndOtherwise):
            try:
                ending = read_ending(order.how)
            except ValueError as problem:
                raise OrderError(str(problem)) from None
            self._check_end(order, ending)
            supervisor.resume(number, self._edits.pop(key, ()), ending.end, ending.delay)
            if ending.delay:
                return
        self._away.add(key)

    def _check_end(self, order: orders.EndOtherwise, ending: Ending) -> None:
        hold = self._hold(order.request)
        held = held_at(self._telling.trace(order.request), hold.event)
        if why := why_not_end(ending, hold.kind, "" if held is None else held.no_skip):
            raise OrderError(why)
        broken = broken_rule_of_answer(ending.end) if isinstance(ending.end, Answer) else ""
        if broken and not order.force:
            raise OrderError(broken, can_force=True)

    def _layer(self, name: str | None) -> int:
        """The worker's number of the layer of a name, or of the end of one."""
        found = {
            layer.id: layer.name
            for layer in self._capture.layers()
            if name and (layer.name == name or layer.name.endswith(f".{name}"))
        }
        if len(found) == 1:
            return next(iter(found))
        if not found:
            raise OrderError(f"No layer is called {name}.")
        raise OrderError(f"More than one layer is called {name}: {', '.join(sorted(set(found.values())))}.")

    # Edits.

    def _stage(self, order: orders.Edit) -> int:
        """Note an edit; returns how many wait."""
        key = self._held(order.request)
        hold = self._hold(order.request)
        trace = self._telling.trace(order.request)
        held = held_at(trace, hold.event)
        edits = self._edits.setdefault(key, [])
        edit = _edit(order, edits, next((one for one in trace.events if one.seq == hold.event), None))
        if why := why_not_edit(edit, hold.kind, "" if held is None else held.no_input):
            raise OrderError(why)
        if (why := broken_rule(edit)) and not order.force:
            raise OrderError(why, can_force=True)
        edits.append(edit)
        return len(edits)

    def _undo(self, number: int) -> int:
        edits = self._edits.get(self._held(number))
        if not edits:
            raise OrderError("There is no edit to take back.")
        edits.pop()
        return len(edits)


def _edit(order: orders.Edit, edits: list[Edit], event: object) -> Edit:
    """The edit that a command asks for. ``event``: where the request is held; ``edits``: those before."""
    text = None if order.value is None else to_text(order.value)
    match order.what:
        case "environ":
            return EnvironEdit(_name(order), text)
        case "status":
            return StatusEdit(text or "")
        case "body":
            return BodyEdit(_bytes(order), order.mend)
        case "input":
            return InputEdit(_bytes(order), order.mend)
    fields, name = headers_in_hand(edits, event), _name(order)
    if order.value is None:
        return header_removed(fields, name)
    return header_added(fields, name, order.value) if order.add else header_set(fields, name, order.value)


def _name(order: orders.Edit) -> str:
    if not order.name:
        raise OrderError('"name" says which key or field.')
    return order.name


def _bytes(order: orders.Edit) -> bytes:
    if order.base64 is None:
        return (order.value or "").encode("utf-8", "surrogatepass")
    try:
        return base64.b64decode(order.base64, validate=True)
    except (binascii.Error, ValueError):
        raise OrderError('"base64" cannot be decoded.') from None
