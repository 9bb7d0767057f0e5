"""``e``: a copy of a request in a form. What is not touched is sent byte for byte as it was, secrets among it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from textual.app import SuspendNotSupported
from textual.widgets import Static, TextArea

from wsgitrace.events import Replay
from wsgitrace.redact import Veil
from wsgitrace.replay import ReplayRefused, as_command, raw_of, read_raw
from wsgitrace.tui.body_texts import KINDS, Kind
from wsgitrace.tui.drafting import DraftTexts, Filled
from wsgitrace.tui.editing import EditorError, edit_bytes
from wsgitrace.tui.painting import label
from wsgitrace.tui.screens.asking import Problem
from wsgitrace.tui.screens.forming import Forming
from wsgitrace.tui.suspending import put_away
from wsgitrace.tui.units import counted
from wsgitrace.tui.widgets.form import FormChoice, FormLine
from wsgitrace.tui.widgets.text_box import TextBox

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from wsgitrace.redact import Masker
    from wsgitrace.replay import Draft
    from wsgitrace.tui.drafting import Flaw

__all__ = ["EditScreen"]

_HINTS: dict[Kind, str] = {
    "none": "No body.",
    "text": "The body as it is sent.",
    "JSON": "JSON; line and column of what is wrong with it are told.",
    "form": "One field a line, NAME=VALUE, as they are meant; \\n is a line end.",
    "multipart": "One part a line, NAME=VALUE; NAME=@PATH sends a file, @@ a text that begins with @.",
    "file": "The body is what is in the file.",
    "bytes": "The body stays as it was recorded; ctrl+e edits its bytes in $EDITOR.",
}


class EditScreen(Forming[Replay]):
    """Answers with the command that runs the copy."""

    classes_of_box = "dialog form edit"

    def __init__(self, draft: Draft, masker: Masker, reveals: Masker, *, revealed: bool) -> None:
        """``masker`` hides secrets, ``reveals`` does not; ``revealed``: the latter to begin with."""
        super().__init__()
        self.title_text = f"Edit and replay {draft.command.replay_of}"
        self._maskers = (masker, reveals)
        self._revealed = revealed
        self._texts = self._made(draft)
        self._typed: dict[Kind, str] = {}
        """What was typed as each kind of body."""
        self._seen: tuple[Filled, Draft | None, Flaw | None] | None = None

    def _made(self, draft: Draft) -> DraftTexts:
        return DraftTexts(draft, Veil(self._maskers[self._revealed]), _read_file)

    def lines(self) -> ComposeResult:
        """Method, target, fields, body."""
        first = self._texts.first
        yield FormLine("Method", first.method, id="edit-method")
        yield FormLine("Target", first.target, id="edit-target")
        yield Static(label("Headers"), classes="form-heading", markup=False)
        yield TextBox(first.headers, id="edit-headers")
        offered = [kind for kind in KINDS if kind != "bytes" or first.kind == kind]
        yield FormChoice("Body", offered, first.kind, id="edit-kind")
        yield FormLine("File", placeholder="path of a file", id="edit-file")
        yield TextBox(first.body, id="edit-body")

    def on_mount(self) -> None:
        """The target is what is changed most."""
        self._show_kind()
        super().on_mount()
        self.query_one("#edit-target", FormLine).input.focus()

    # What is filled in.

    def state(self) -> Filled:
        """All of it."""
        return Filled(
            self.query_one("#edit-method", FormLine).value,
            self.query_one("#edit-target", FormLine).value,
            self.query_one("#edit-headers", TextBox).text,
            self._kind,
            self.query_one("#edit-body", TextBox).text,
            self.query_one("#edit-file", FormLine).value,
        )

    @property
    def _kind(self) -> Kind:
        chosen = self.query_one("#edit-kind", FormChoice).chosen
        return next(kind for kind in KINDS if kind == chosen)

    def wrong(self) -> str:
        """Also what one may insist on."""
        _, flaw = self._look()
        return "" if flaw is None else Problem(flaw.text, insist=flaw.insist)

    def _look(self) -> tuple[Draft | None, Flaw | None]:
        """The request and its flaw; worked out once for what is filled in, since it is asked for again and again."""
        state = self.state()
        if self._seen is None or self._seen[0] != state:
            self._seen = state, *self._texts.look(state)
        return self._seen[1:]

    def said(self) -> str:
        """What the body is, and what is mended by itself."""
        draft, _ = self._look()
        if draft is None:
            return ""
        sent = as_command(draft)
        told = [f"sends {line}" for line in _mended(sent.head, self._texts.draft.command.head)]
        escaped = ["\\xff stands for that byte, \\\\ for a backslash."] if self._texts.escaped(self._kind) else []
        return "   ".join([_HINTS[self._kind], *escaped, *told])

    def look(self) -> None:
        """Also how long the body is."""
        super().look()
        draft, _ = self._look()
        self.query_one("#edit-kind", FormChoice).note("" if draft is None else counted(len(draft.body), "byte"))

    def answer(self) -> Replay | None:
        """The command; where nothing was changed it is the request as it was. Files are read once more."""
        draft, _ = self._texts.look(self.state())
        return None if draft is None else as_command(draft)

    # What is typed.

    def on_text_area_changed(self, event: TextArea.Changed) -> None:
        """What is typed may be wrong, or right again."""
        event.stop()
        self._typed[self._kind] = self.query_one("#edit-body", TextBox).text
        self.look()

    def on_form_choice_changed(self, event: FormChoice.Changed) -> None:
        """Another kind of body: what was typed as that, or what the body is as that."""
        event.stop()
        kind = self._kind
        self.query_one("#edit-body", TextBox).put(self._typed.get(kind, self._texts.body(kind).typed.text))
        self._show_kind()
        self.look()

    def _show_kind(self) -> None:
        """Only what belongs to the kind of body."""
        kind = self._kind
        self.query_one("#edit-file").display = kind == "file"
        self.query_one("#edit-body").display = kind in {"text", "JSON", "form", "multipart"}

    def action_form_send(self) -> None:
        """Also to where the body is wrong."""
        self._seen = None  # a file may be another by now
        _, flaw = self._look()
        super().action_form_send()
        if flaw is not None and flaw.line and self.is_current:
            box = self.query_one("#edit-body", TextBox)
            box.focus()
            box.move_cursor((flaw.line - 1, flaw.column - 1))

    def _fill(self, draft: Draft) -> None:
        """Have another request there."""
        self._texts, self._typed, self._seen = self._made(draft), {}, None
        first = self._texts.first
        choice = self.query_one("#edit-kind", FormChoice)
        if first.kind == "bytes" and "bytes" not in choice.words:
            choice.words = (*choice.words, "bytes")
        choice.put(first.kind)
        self.query_one("#edit-method", FormLine).put(first.method)
        self.query_one("#edit-target", FormLine).put(first.target)
        self.query_one("#edit-headers", TextBox).put(first.headers)
        self.query_one("#edit-body", TextBox).put(first.body)
        self._show_kind()
        self.look()

    def action_form_reveal(self) -> None:
        """Show the secrets in it as they are, or mask them."""
        draft, flaw = self._look()
        if draft is None:
            why = "" if flaw is None else flaw.text
            self.app.notify(str(label(f"First this: {why}")), severity="warning", markup=False)
            return
        untouched = not self.changed
        self._revealed = not self._revealed
        self._fill(draft)
        if untouched:
            self._untouched = self.state()

    def action_form_raw(self) -> None:
        """All of it in $EDITOR; what comes of it is in the form."""
        draft, _ = self._look()
        draft = draft or self._texts.draft
        veil = Veil(self._maskers[self._revealed])
        raw = raw_of(draft)
        head, empty, _ = raw.partition(b"\n\n")
        # By latin-1 each byte is a character, and what stands for a secret is put back as the very bytes.
        shown = veil.masker.head(head.decode("latin-1")).encode("latin-1")
        shown += empty + veil.masker.body(draft.body, draft.content_type)
        try:
            new = put_away(self.app, lambda: edit_bytes(shown, ".http", os.environ))
            if new != shown:
                self._fill(read_raw(draft, veil.lifted(new.decode("latin-1")).encode("latin-1")))
        except (EditorError, SuspendNotSupported) as problem:
            self.app.notify(str(label(str(problem))), severity="error", markup=False)
        except ReplayRefused as problem:
            self.app.notify(str(label(f"That is no request: {problem}.")), severity="error", markup=False)


def _mended(head: bytes, before: bytes) -> list[str]:
    """Length and type of the body where they are others than they were."""
    old = before.split(b"\r\n")
    lines = [line for line in head.split(b"\r\n") if line not in old]
    named = (line.decode("latin-1") for line in lines)
    return [line for line in named if line.lower().startswith(("content-length:", "content-type:"))]


def _read_file(name: str) -> bytes:
    return Path(name.strip()).expanduser().read_bytes()
