"""Bodies of a held request, edited: a short one on a line, any in $EDITOR, and the length that was announced."""

from __future__ import annotations

import mimetypes
import os
from abc import abstractmethod
from typing import TYPE_CHECKING, ClassVar, Final

from textual.app import SuspendNotSupported
from textual.binding import Binding

from wsgitrace.events import BodyEdit, InputEdit, ResponseHead, from_text
from wsgitrace.trace.decoding import looks_like_text
from wsgitrace.trace.moment import Moment
from wsgitrace.tui.editing import EditorError, edit_bytes
from wsgitrace.tui.screens.asking import AskScreen
from wsgitrace.tui.screens.commands import Commands
from wsgitrace.tui.screens.confirm import ConfirmScreen
from wsgitrace.tui.suspending import put_away
from wsgitrace.tui.units import counted

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.binding import BindingType

    from wsgitrace.events import Edit, Evaluated
    from wsgitrace.tui.walk import Walk

__all__ = ["EditingBodies", "MendScreen"]

_LINE: Final = 2_000
"""Bytes that are edited on a line."""


class MendScreen(ConfirmScreen):
    """``y`` mends the length that is announced, ``n`` leaves it, ``escape`` takes the edit back."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("n", "leave", "Leave", show=False, priority=True)]

    def action_leave(self) -> None:
        """Not mended, on purpose."""
        self.dismiss(False)  # noqa: FBT003 -- the answer


class EditingBodies(Commands):
    """A screen on one held request whose bodies can be edited."""

    walk: Walk

    def edit_body_in_hand(self) -> None:
        """The item, or the list, that the request is held with."""
        moment = self._here
        if moment is None:
            return
        span, event = moment.whole.by_id[moment.event.span], moment.event
        chunk = getattr(event, "data", None) if getattr(event, "stored", False) else None
        body = span.body
        data = chunk if isinstance(chunk, bytes) else body.data if body.complete else None
        if data is None:
            self.say("The bytes are too long to be recorded here: they cannot be edited.", severity="warning")
            return
        types = [value for name, value in span.headers if name.lower() == "content-type"]
        sent = any(isinstance(one, ResponseHead) for one in moment.trace.events)
        lengths = [value for name, value in span.headers if name.lower() == "content-length"]
        announced = "" if sent or not lengths else f"Content-Length: {lengths[-1]}"
        self._edit("The body in hand", data, "".join(types[-1:]), announced, BodyEdit)

    def edit_request_body(self) -> None:
        """What the client has sent and nobody has read: the worker is asked for it."""
        summary, app, moment = self.selected, self.app, self._here
        if summary is None or moment is None:
            return
        environ = moment.environ
        kind, length = environ.get("CONTENT_TYPE", ""), environ.get("CONTENT_LENGTH")
        announced = f"CONTENT_LENGTH: {length}" if isinstance(length, str) and length else ""

        def edit(answer: Evaluated) -> None:
            if answer.failed:
                self.say(f"It is not shown: {from_text(answer.text)}. What is written replaces it.", severity="warning")
            kind_ = kind if isinstance(kind, str) else ""
            self._edit("The request body that is still to be read", answer.data, kind_, announced, InputEdit)

        def answered(answer: Evaluated) -> None:
            app.call_later(edit, answer)

        self.command(lambda: self.feed.evaluate(summary.number, "", answered, "input"))

    @abstractmethod
    def stage(self, edit: Edit) -> None:
        """Have it done when the request goes on."""

    @property
    def _here(self) -> Moment | None:
        trace = self.walk.trace
        return None if trace is None else Moment(trace, self.walk.seq, None)

    def _edit(
        self, title: str, data: bytes, content_type: str, announced: str, make: Callable[[bytes, bool], Edit]
    ) -> None:
        text = data.decode("utf-8", "replace")
        if not self.shown.revealed and self.shown.prose(text) != text:
            self.say("There are secrets in it: \\ shows them, then e edits it.", severity="warning")
            return

        def take(new: bytes) -> None:
            self._take(data, new, announced, make)

        def in_editor() -> None:
            self._edit_elsewhere(data, content_type, take)

        if len(data) > _LINE or not looks_like_text(data) or not text.isprintable():
            in_editor()
            return

        def typed(line: str | None) -> None:
            if line is not None:
                take(line.encode("utf-8", "surrogatepass"))

        hints = ("ctrl+e edits it in $EDITOR, line ends and all",)
        screen = AskScreen(f"{title}, as UTF-8", text, check=lambda _: "", hints=hints, elsewhere=in_editor)
        self.app.push_screen(screen, typed)

    def _edit_elsewhere(self, data: bytes, content_type: str, take: Callable[[bytes], None]) -> None:
        suffix = mimetypes.guess_extension(content_type.partition(";")[0].strip().lower()) or ".txt"
        try:
            new = put_away(self.app, lambda: edit_bytes(data, suffix, os.environ))
        except (EditorError, SuspendNotSupported) as problem:
            self.say(str(problem), severity="error")
        else:
            take(new)

    def _take(self, old: bytes, new: bytes, announced: str, make: Callable[[bytes, bool], Edit]) -> None:
        """Ask for the length that was announced, where it is not true any more."""
        if new == old:
            self.say("Nothing was changed.")
        elif not announced or len(new) == len(old):
            self.stage(make(new, True))  # noqa: FBT003 -- as the edits have it
        else:
            longer = len(new) - len(old)
            by = f"{counted(abs(longer), 'byte')} {'longer' if longer > 0 else 'shorter'}"

            def answered(mend: bool | None) -> None:  # noqa: FBT001 -- the answer
                if mend is not None:
                    self.stage(make(new, mend))

            question = f"It is {by} than what was announced:\n{announced}"
            self.app.push_screen(MendScreen("The length", question, "mend it", no="leave it wrong"), answered)
