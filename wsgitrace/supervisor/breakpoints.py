"""The breakpoints of a project: which there are, which are on, how often they were met, and why some never will be."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from wsgitrace.events import Arm
from wsgitrace.events import Breakpoint as Told
from wsgitrace.query import never_matches, read_breakpoint
from wsgitrace.trace.rules import RULES, SEVERITIES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from wsgitrace.events import BreakpointHit, LayerFound
    from wsgitrace.query import Breakpoint as Read

__all__ = ["Breakpoint", "Breakpoints"]


@dataclass(frozen=True, slots=True)
class Breakpoint:
    """One breakpoint, as a list shows it."""

    id: int
    """The debugger's number of it, never given twice."""
    text: str
    """As it was typed."""
    on: bool = True
    """It holds."""
    hits: int = 0
    """Times that it was met."""
    used_up: bool = False
    """It was to hold once, and has."""
    never: str = ""
    """Why it can never be met by the layers known so far, without a full stop; empty when it can."""


class Breakpoints:
    """The list. ``changed`` is called with what the worker is to be told, after every change."""

    def __init__(self, changed: Callable[[Arm], None]) -> None:
        self._changed = changed
        self._numbers = 0
        self._layers: list[tuple[str, str]] = []
        self.each: tuple[Breakpoint, ...] = ()
        """All of them, oldest first."""
        self.on = True
        """False: none of them holds, whatever it says itself."""

    def armed(self) -> Arm:
        """What the worker is to be told."""
        if not self.on:
            return Arm()
        return Arm(tuple(Told(one.id, one.text) for one in self.each if one.on))

    def start(self, kept: Iterable[tuple[str, bool]]) -> None:
        """Begin with these: text, and whether it is on."""
        self.each = tuple(self._new(text, on=on) for text, on in kept)

    def add(self, text: str) -> None:
        """One more; one with the very same text is switched on."""
        same = next((one for one in self.each if one.text == text), None)
        if same is not None:
            self.switch(same.id, on=True)
            return
        self._set((*self.each, self._new(text)))

    def change(self, number: int, text: str) -> None:
        """Another text: its hits are counted anew."""
        self._set(tuple(self._new(text) if one.id == number else one for one in self.each))

    def remove(self, number: int) -> None:
        """One less."""
        self._set(tuple(one for one in self.each if one.id != number))

    def switch(self, number: int, *, on: bool) -> None:
        """Let it hold, or not; one that was used up may hold once more."""
        self._set(tuple(self._new(one.text, on=on, hits=one.hits) if one.id == number else one for one in self.each))

    def switch_all(self, *, on: bool) -> None:
        """Let them hold as each of them says, or none."""
        self.on = on
        self._changed(self.armed())

    def hit(self, frame: BreakpointHit) -> None:
        """One was met."""
        if not frame.full:
            self.each = tuple(
                replace(one, hits=one.hits + 1, used_up=frame.used_up, on=not frame.used_up and one.on)
                if one.id == frame.breakpoint
                else one
                for one in self.each
            )

    def forget_layers(self) -> None:
        """Another worker starts: what layers it has is yet to be seen."""
        self._layers = []

    def found(self, layer: LayerFound) -> None:
        """A layer is known."""
        self._layers.append((layer.name, layer.kind))
        self.each = tuple(self._judged(one) if one.never or not one.on else one for one in self.each)

    def judge(self) -> None:
        """All layers that are found at load are known."""
        self.each = tuple(map(self._judged, self.each))

    def _new(self, text: str, *, on: bool = True, hits: int = 0) -> Breakpoint:
        self._numbers += 1
        return self._judged(Breakpoint(self._numbers, text, on, hits))

    def _judged(self, one: Breakpoint) -> Breakpoint:
        read = read_breakpoint(one.text)
        return replace(one, never=_no_such_rule(read) or never_matches(read, self._layers))

    def _set(self, each: tuple[Breakpoint, ...]) -> None:
        self.each = each
        self._changed(self.armed())


def _no_such_rule(read: Read) -> str:
    """Why a breakpoint on a rule can never be met; empty when it can."""
    if read.broken is None:
        return ""
    seen = (rule.id.casefold() for rule in RULES.values() if not rule.blind)
    if any(read.broken.test(f"{severity}:{rule}") for rule in seen for severity in SEVERITIES):
        return ""
    return "no rule that can be observed is called so: 'wsgitrace lint --rules' lists them"
