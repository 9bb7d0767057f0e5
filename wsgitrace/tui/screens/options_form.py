"""``R``: how a request, or several, are run again, in a form."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wsgitrace.replay import Otherwise, ReplayRefused, arranged, layers_of
from wsgitrace.setting_kinds import HOOK
from wsgitrace.trace.naming import short_name
from wsgitrace.tui.repeating import AT_ONCE, MOST, Options
from wsgitrace.tui.screens.forming import Forming
from wsgitrace.tui.widgets.form import FormChoice, FormLine

if TYPE_CHECKING:
    from collections.abc import Mapping

    from textual.app import ComposeResult

    from wsgitrace.events import Replay
    from wsgitrace.query import Filter
    from wsgitrace.trace import Trace

__all__ = ["OptionsScreen"]

THIS = "this one"
"""The request under the cursor."""


class OptionsScreen(Forming[Options]):
    """Answers with what is filled in."""

    def __init__(self, command: Replay, trace: Trace, which: Mapping[str, Filter], prepare: str) -> None:
        """``which``: what else can be run, by what it is called; ``prepare``: what the settings name."""
        super().__init__()
        self.title_text = f"Replay options of request {command.replay_of}"
        self._command = command
        self._trace = trace
        self._which = which
        self._prepare = prepare

    def lines(self) -> ComposeResult:
        """One line for each option."""
        if self._which:
            yield FormChoice("Which", (THIS, *self._which), THIS, id="option-which")
        yield FormLine("Times", "1", placeholder="1", id="option-times")
        yield FormLine("At once", "1", placeholder="1", id="option-jobs")
        yield FormChoice("Timing", ("fast", "original"), "fast", id="option-timing")
        yield FormChoice("Cookies", ("recorded", "fresh"), "recorded", id="option-cookies")
        yield FormChoice("Clock", ("now", "original"), "now", id="option-clock")
        skip = ", ".join(map(short_name, layers_of(self._trace))) or "no layer of it called another one"
        yield FormLine("Skip", placeholder=skip, id="option-skip")
        yield FormLine("Break at", placeholder="layer:Session on:start_response", id="option-break")
        yield FormLine("Prepare", self._prepare, placeholder="MODULE:FUNCTION", id="option-prepare")

    def on_mount(self) -> None:
        """How often is what is changed most."""
        super().on_mount()
        self.query_one("#option-times", FormLine).input.focus()

    def state(self) -> tuple[str, ...]:
        """All that is filled in."""
        lines = (self._text(name) for name in ("times", "jobs", "skip", "break", "prepare"))
        return (*lines, *(choice.chosen for choice in self.query(FormChoice)))

    def _text(self, name: str) -> str:
        return self.query_one(f"#option-{name}", FormLine).value.strip()

    def _chosen(self, name: str) -> str:
        return self.query_one(f"#option-{name}", FormChoice).chosen

    @property
    def _filter(self) -> Filter | None:
        """What is run; None: the selected request."""
        return self._which.get(self._chosen("which")) if self._which else None

    @property
    def _otherwise(self) -> Otherwise:
        named, skips = self._text("prepare"), self._text("skip").replace(",", " ").split()
        return Otherwise(
            tuple(skips),
            (self._text("break"),) if self._text("break") else (),
            self._chosen("clock") == "original",
            self._chosen("timing") == "original",
            None if named == self._prepare else named,
        )

    def wrong(self) -> str:
        """What cannot be typed so, does not go together, or cannot be done with this request."""
        for name, most in (("times", MOST), ("jobs", AT_ONCE)):
            text = self._text(name) or "1"
            if not (text.isascii() and text.isdigit() and 1 <= int(text) <= most):
                return f"{'Times' if name == 'times' else 'At once'}: a number from 1 to {most:,} is wanted."
        times, otherwise = int(self._text("times") or "1"), self._otherwise
        if self._filter is not None and times > 1:
            return "Several requests are run once each: leave times at 1."
        if times > 1 and otherwise.original_timing:
            return "With the original timing it is run once: leave times at 1."
        if times > 1 and otherwise.breakpoints:
            return "One that is held is run once: leave times at 1."
        try:
            HOOK.convert(self._text("prepare"))
            arranged(self._command, self._trace, 0, Otherwise(breakpoints=otherwise.breakpoints))
            if self._filter is None:
                arranged(self._command, self._trace, 0, otherwise)
        except (ValueError, ReplayRefused) as problem:
            text = str(problem)
            return f"{text[:1].upper()}{text[1:]}."
        return ""

    def said(self) -> str:
        """What is to be known of what is chosen."""
        otherwise = self._otherwise
        found = []
        if otherwise.original_clock:
            found.append("The clock is the whole process's: it runs alone, others wait. Needs time-machine.")
        if otherwise.original_timing:
            each = "each starts as long after the first as then, and " if self._filter is not None else ""
            found.append(f"Original timing: {each}the body comes as slowly as it was read.")
        if otherwise.skips:
            found.append("A layer that is skipped is not run: what it calls is called in its place.")
        return " ".join(found) or "enter runs it; ← → choose; tab goes on."

    def answer(self) -> Options:
        """What it comes to."""
        return Options(
            self._filter,
            int(self._text("times") or "1"),
            int(self._text("jobs") or "1"),
            self._chosen("cookies") == "fresh",
            self._otherwise,
        )
