"""Completion of what is typed in a field: the first way to go on, then the next ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.widgets import Input

    from wsgitrace.query import Completion

__all__ = ["Completing"]

SHOWN: Final = 8
"""Completions shown at a time."""


class Completing:
    """The ways in which the text of one field may go on. ``ways``: those of a text whose cursor is at an offset."""

    def __init__(self, ways: Callable[[str, int], list[Completion]]) -> None:
        self._ways = ways
        self._choices: list[Completion] = []
        self._choice = -1
        self._completed = ("", "")

    def step(self, field: Input, direction: int) -> None:
        """Go on in the next way, or in the one before."""
        if not self._choices or field.value != self._completed[1]:
            if not self._choices:
                self._choices = self._ways(field.value, field.cursor_position)
            self._choice = -1 if direction > 0 else 0
            self._completed = (field.value, field.value)
        if not self._choices:
            return
        self._choice = (self._choice + direction) % len(self._choices)
        chosen = self._choices[self._choice]
        base = self._completed[0]
        self._completed = (base, base[: chosen.start] + chosen.text + base[chosen.end :])
        field.value = self._completed[1]
        field.cursor_position = chosen.start + len(chosen.text)
        if len(self._choices) == 1:
            self._choices = []

    def typed(self, text: str) -> None:
        """The field has another text: where that is none of the ways, they are to be found anew."""
        if text != self._completed[1]:
            self.forget()

    def forget(self) -> None:
        """Nothing is being completed."""
        self._choices, self._choice = [], -1

    @property
    def line(self) -> str:
        """The ways around the chosen one, and what that means; empty where there are none. Not safe to show."""
        return f"{self.ways}   {self.about}" if self.about else self.ways

    @property
    def about(self) -> str:
        """What the chosen way means; empty where that is not known. Not safe to show."""
        return self._choices[self._choice].help if self._choices else ""

    @property
    def ways(self) -> str:
        """The ways around the chosen one; empty where there are none. Not safe to show."""
        if not self._choices:
            return ""
        first = max(0, min(self._choice - SHOWN // 2, len(self._choices) - SHOWN))
        chosen = self._choices[self._choice]
        shown = self._choices[first : first + SHOWN]
        texts = [f"▸{each.text}" if each is chosen else f" {each.text}" for each in shown]
        return f"  {' '.join(texts)}"
