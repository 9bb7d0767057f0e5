"""What can be done to a request while it is held: edits, other ends, more time, questions."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING

from wsgitrace.events import (
    Answer,
    BodyEdit,
    EnvironEdit,
    HeadersEdit,
    InputEdit,
    Opaque,
    StartResponse,
    StatusEdit,
    from_text,
    to_text,
)
from wsgitrace.trace.editing import (
    broken_rule,
    broken_rule_of_answer,
    broken_rule_of_header,
    header_added,
    header_removed,
    header_set,
    headers_in_hand,
    why_not_edit,
)
from wsgitrace.trace.ending import END_HINTS, read_ending, why_not_end
from wsgitrace.trace.moment import Moment
from wsgitrace.trace.stepping import KINDS
from wsgitrace.tui.lines.holding import describe_edit, held_of
from wsgitrace.tui.painting import Row, Run
from wsgitrace.tui.screens.asking import AskScreen, Problem
from wsgitrace.tui.screens.bodies import EditingBodies
from wsgitrace.tui.widgets.line_view import LineView

if TYPE_CHECKING:
    from collections.abc import Callable

    from wsgitrace.events import Edit, Evaluated, Question
    from wsgitrace.tui.walk import Walk

__all__ = ["Intervening"]

MORE_SECONDS = 900.0
"""Seconds that one key adds."""


class Intervening(EditingBodies):
    """A screen on one held request. Edits wait here until it goes on."""

    walk: Walk
    edits: list[Edit]
    tab: int

    @property
    @abstractmethod
    def tab_name(self) -> str:
        """What the state is shown as."""

    # What is in hand.

    @property
    def kind(self) -> str:
        """The kind of event that one stands at."""
        event = self.walk.event
        return KINDS.get(type(event), "") if event is not None else ""

    @property
    def _row(self) -> tuple[str, str]:
        """What the cursor stands on: its sort, and its name."""
        view = self.query_one("#step-lines", LineView)
        row = view.current
        key = row.key if row is not None else None
        # A heading has no title: nothing stands on it.
        return (key[0], row.title) if row is not None and isinstance(key, tuple) and row.title else ("", "")

    @property
    def headers_in_hand(self) -> list[tuple[str, str]]:
        """Header fields of the ``start_response`` that is held, with what was edited so far."""
        return headers_in_hand(self.edits, self.walk.event)

    # Keys.

    def action_step_edit(self) -> None:
        """Edit what the cursor stands on."""
        if self.refused("step_edit"):
            return
        sort, name = self._row
        if sort in {"key", "since"}:
            self._ask_environ(name)
        elif sort == "header":
            self._ask_header(name)
        elif sort == "status":
            self._ask_status()
        elif self.tab_name == "Request":
            if self._can(InputEdit(b"")):
                self.edit_request_body()
        elif self.tab_name == "Body" or self.kind in {"chunk", "returned"}:
            if self._can(BodyEdit(b"")):
                self.edit_body_in_hand()
        else:
            self.say("Stand on an environ key, the status or a header field, or go to a body.", severity="warning")

    def action_step_add(self) -> None:
        """Add an environ key or a header field, whichever are shown."""
        if self.refused("step_add"):
            return
        if self.tab_name == "Environ":
            self._ask("Add an environ key", "", self._wrong_with_pair, self._add_key, "KEY=value")
        elif self.tab_name != "Response":
            self.say("Keys are added on the tab Environ, header fields on Response.", severity="warning")
        elif self._can(HeadersEdit(())):
            self._ask("Add a header field", "", self._wrong_with_line, self._add_header, "Name: value")

    def action_step_remove(self) -> None:
        """Delete the environ key or header field under the cursor."""
        if self.refused("step_remove"):
            return
        sort, name = self._row
        if sort in {"key", "since"}:
            edit = EnvironEdit(name, None)
            if why := broken_rule(edit):
                self.say(why, severity="warning")
            else:
                self.stage(edit)
        elif sort == "header" and self.kind == "start_response":
            self.stage(header_removed(self.headers_in_hand, name))
        else:
            self.say("Stand on an environ key or a header field.", severity="warning")

    def action_step_undo(self) -> None:
        """Take the last edit back."""
        if self.refused("step_undo"):
            return
        edit = self.edits.pop()
        self.say(f"Taken back: {describe_edit(edit, tuple(self.headers_in_hand), self.shown)}")
        self.fill()

    def action_step_end(self) -> None:
        """Ask for another end."""
        if self.refused("step_end"):
            return
        trace = self.walk.trace
        held = None if trace is None else held_of(trace, self.walk.seq)
        kind, no_skip = self.kind, "" if held is None else held.no_skip
        self.app.push_screen(
            AskScreen("End otherwise", "", check=lambda text: _wrong_with_ending(text, kind, no_skip), hints=END_HINTS),
            self._end,
        )

    def _end(self, text: str | None) -> None:
        if text and (summary := self.selected) is not None:
            ending, edits = read_ending(text), tuple(self.edits)
            if self.command(lambda: self.feed.resume(summary.number, edits, ending.end, ending.delay)):
                self.edits.clear()
            self.fill()

    def action_step_more_time(self) -> None:
        """Another quarter of an hour."""
        self._extend(MORE_SECONDS, "A quarter of an hour more.")

    def action_step_no_limit(self) -> None:
        """It stays held until it is told to go on."""
        self._extend(None, "It stays held until it is told to go on.")

    def _extend(self, seconds: float | None, said: str) -> None:
        if not self.refused("step_more_time") and (summary := self.selected) is not None:
            number = summary.number
            if self.command(lambda: self.feed.extend(number, seconds)):
                self.say(said)

    def action_step_evaluate(self) -> None:
        """Ask for an expression."""
        if not self.refused("step_evaluate"):
            hint = "A Python expression, evaluated in the request's own thread, in the frame of the layer."
            self._ask("Evaluate", "", lambda text: "" if text.strip() else hint, self._evaluate, "environ['PATH_INFO']")

    def _evaluate(self, text: str) -> None:
        summary, app = self.selected, self.app
        if summary is None:
            return

        def answered(answer: Evaluated) -> None:
            app.call_later(self._answered, text, answer)

        self.command(lambda: self.feed.evaluate(summary.number, text, answered))

    def open_value(self, row: Row) -> None:
        """The whole of a value; of an object its ``repr``, for which the worker is asked where it still has it."""
        sort = row.key[0] if isinstance(row.key, tuple) else ""
        what: Question | None = "local" if sort == "local" else "environ" if sort in {"key", "since"} else None
        summary, app = self.selected, self.app
        if what is None or summary is None or not self.walk.live or not self._is_object(what, row.title):
            self.show_value(row)
            return

        def answered(answer: Evaluated) -> None:
            app.call_later(self._answered, row.title, answer)

        self.command(lambda: self.feed.evaluate(summary.number, row.title, answered, what))

    def _is_object(self, what: Question, name: str) -> bool:
        """Whether only its type is known."""
        trace = self.walk.trace
        if trace is None:
            return False
        if what == "environ":
            value = Moment(trace, self.walk.seq, None).environ.get(name)
        else:
            held = held_of(trace, self.walk.seq)
            value = None if held is None else held.locals.get(name)
        return isinstance(value, Opaque) and not value.text

    def _answered(self, text: str, answer: Evaluated) -> None:
        told = from_text(answer.text)
        value = self.shown.masker.hide(told) if self.shown.masker.secret(text) else self.shown.prose(told)
        self.show_value(
            Row((Run(value, "error" if answer.failed else "value"),), key=("answer",), value=value, title=text)
        )

    def action_step_pdb(self) -> None:
        """Give the terminal to pdb."""
        if not self.refused("step_pdb") and (summary := self.selected) is not None:
            self.app.lending.give(summary.number)  # type: ignore[attr-defined]

    # Asking.

    def _ask(
        self, title: str, value: str, check: Callable[[str], str], take: Callable[[str], None], placeholder: str = ""
    ) -> None:
        def taken(text: str | None) -> None:
            if text is not None:
                take(text)

        self.app.push_screen(AskScreen(title, value, check=check, placeholder=placeholder), taken)

    def _ask_environ(self, name: str) -> None:
        value = self._environ_value(name)
        if value is None:
            self.say(f"{name} is no string: only strings can be edited.", severity="warning")
            return
        self._ask(
            name,
            self._unmasked(name, value),
            lambda text: _refusal(EnvironEdit(name, to_text(text))),
            lambda text: self.stage(EnvironEdit(name, to_text(text))),
        )

    def _ask_header(self, name: str) -> None:
        fields = self.headers_in_hand
        if not self._can(HeadersEdit(())):
            return
        value = next((value for key, value in fields if key.lower() == name.lower()), "")
        self._ask(
            name,
            self._unmasked(name, value),
            lambda text: _header_refusal(name, text),
            lambda text: self.stage(header_set(fields, name, text)),
        )

    def _ask_status(self) -> None:
        event = self.walk.event
        if self._can(StatusEdit("")) and isinstance(event, StartResponse):
            status = from_text(event.status)
            self._ask(
                "Status",
                status,
                lambda text: _refusal(StatusEdit(to_text(text))),
                lambda text: self.stage(StatusEdit(to_text(text))),
            )

    def _can(self, edit: Edit) -> bool:
        """Whether such an edit can be done here; says why not."""
        trace = self.walk.trace
        held = None if trace is None else held_of(trace, self.walk.seq)
        why = why_not_edit(edit, self.kind, "" if held is None else held.no_input)
        if why:
            self.say(why, severity="warning")
        return not why

    @abstractmethod
    def _environ_value(self, name: str) -> str | None:
        """What a key holds where one stands; None where it is not there."""

    def _unmasked(self, name: str, value: str) -> str:
        """What a field begins with: nothing where it would show a secret."""
        return value if self.shown.value(name, value) in {value, repr(value)} else ""

    def _wrong_with_pair(self, text: str) -> str:
        key, equals, value = text.partition("=")
        return _refusal(EnvironEdit(key.strip(), to_text(value))) if equals and key.strip() else "As in: KEY=value"

    def _add_key(self, text: str) -> None:
        key, _, value = text.partition("=")
        self.stage(EnvironEdit(key.strip(), to_text(value)))

    def _wrong_with_line(self, text: str) -> str:
        name, colon, value = text.partition(":")
        return _header_refusal(name.strip(), value.strip()) if colon else "As in: Name: value"

    def _add_header(self, text: str) -> None:
        name, _, value = text.partition(":")
        self.stage(header_added(self.headers_in_hand, name.strip(), value.strip()))

    def stage(self, edit: Edit) -> None:
        """Have it done when the request goes on."""
        told = describe_edit(edit, tuple(self.headers_in_hand), self.shown)
        self.edits.append(edit)
        self.say(f"When it goes on: {told}")
        self.fill()

    @abstractmethod
    def fill(self) -> None:
        """Show the position."""


def _refusal(edit: Edit) -> str:
    why = broken_rule(edit)
    return Problem(why, insist=True) if why else ""


def _header_refusal(name: str, value: str) -> str:
    why = broken_rule_of_header(name, value)
    return Problem(why, insist=True) if why else ""


def _wrong_with_ending(text: str, kind: str, no_skip: str) -> str:
    """Why that cannot be done at an event of ``kind``; empty when it can."""
    try:
        ending = read_ending(text)
    except ValueError as problem:
        return str(problem)
    if why := why_not_end(ending, kind, no_skip):
        return why
    broken = broken_rule_of_answer(ending.end) if isinstance(ending.end, Answer) else ""
    return Problem(broken, insist=True) if broken else ""
