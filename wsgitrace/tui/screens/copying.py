"""What can be copied of a request."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Final

from wsgitrace.tui.lines.bodies import body_rows
from wsgitrace.tui.lines.notes import note
from wsgitrace.tui.painting import Row, Run, fit, label, line_text
from wsgitrace.tui.screens.dialog import Dialog
from wsgitrace.tui.subject import read_subject
from wsgitrace.tui.widgets.line_view import LineView

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.events import Key

    from wsgitrace.capture import Summary
    from wsgitrace.redact import Masker
    from wsgitrace.trace import Body, HeaderList, Trace
    from wsgitrace.tui.feed import Feed
    from wsgitrace.tui.lines.values import Shown

__all__ = ["CopyScreen", "as_curl", "as_url"]

_LEFT_OUT = frozenset({"host", "content-length", "connection", "accept-encoding", "transfer-encoding"})
"""Fields that curl sends by itself, or that would not be true of its request."""

_WIDTH: Final = 120
"""Cells that a form or a hexdump is laid out in."""


def as_url(trace: Trace, masker: Masker) -> str:
    """The URL that was asked for, secrets masked."""
    head = trace.head
    if head is None:
        return ""
    if "://" in head.target:
        return masker.target(head.target)
    target = masker.target(head.target)
    return f"{head.scheme}://{head.header('host') or '127.0.0.1'}{target}"


def as_curl(trace: Trace, masker: Masker) -> str:
    """A curl command for the same request on one line, quoted for a POSIX shell; secrets masked."""
    head = trace.head
    if head is None:
        return ""
    words = ["curl", "-i"]
    body = trace.request_body
    if head.method == "HEAD":
        words.append("-I")
    elif head.method != ("POST" if body.data else "GET"):
        words += ["-X", head.method]
    for name, value in head.headers:
        if name.lower() not in _LEFT_OUT:
            words += ["-H", f"{name}: {masker.value(name, value)}"]
    if head.header("accept-encoding"):
        words.append("--compressed")
    if body.data:
        words += ["--data-binary", body.data.decode("utf-8", "backslashreplace")]
    words.append(as_url(trace, masker))
    return shlex.join(words)


def as_head(trace: Trace, masker: Masker) -> str:
    """The request line and the fields of the request, secrets masked."""
    head = trace.head
    if head is None:
        return ""
    fields = [f"{name}: {masker.value(name, value)}" for name, value in head.headers]
    return "\n".join([f"{head.method} {masker.target(head.target)} {head.version}", *fields])


def as_response(trace: Trace, masker: Masker) -> str:
    """The status and the fields of the response as sent, secrets masked."""
    response = trace.response
    if response is None:
        return ""
    fields = [f"{name}: {masker.value(name, value)}" for name, value in response.headers]
    return "\n".join([response.status, *fields])


def as_text(body: Body, headers: HeaderList, shown: Shown) -> str:
    """A body as the inspector shows it."""
    return "\n".join(line_text(row.runs) for row in body_rows(body, headers, _WIDTH, shown)) if body.data else ""


class CopyScreen(Dialog[None]):
    """A letter, or ``enter`` on a line: to the clipboard. What there is nothing of is left out."""

    def __init__(self, feed: Feed, summary: Summary, shown: Shown, value: str = "") -> None:
        super().__init__()
        trace, masker = read_subject(feed.capture, summary).trace, shown.masker
        sent = () if trace.head is None else trace.head.headers
        got = () if trace.response is None else trace.response.headers
        file = shlex.quote(str(feed.capture.path))
        texts = {
            "value": value,
            "url": as_url(trace, masker),
            "curl": as_curl(trace, masker),
            "head": as_head(trace, masker),
            "body": as_text(trace.request_body, sent, shown),
            "response": as_response(trace, masker),
            "answer": as_text(trace.response_body, got, shown),
            "note": shown.prose(note(summary)[0]),
            # A recording that goes with the screen is nothing that another command can read for long.
            "show": "" if feed.passing else f"wsgitrace show {file} {summary.number}",
        }
        self._texts = {name: text for name, text in texts.items() if text}

    def compose(self) -> ComposeResult:
        """The choices."""
        view = LineView(classes="dialog")
        view.border_title = label("Copy")
        view.border_subtitle = label("enter or the letter copies · esc closes")
        view.set_rows(
            [
                Row(
                    (
                        Run(f" {name[0]} ", "keycap"),
                        Run(fit(name, 15), "strong"),
                        Run(text.replace("\n", " ↵ "), "dim"),
                    ),
                    key=name,
                    value=text,
                )
                for name, text in self._texts.items()
            ]
        )
        yield view

    def on_mount(self) -> None:
        """The keys go to the choices."""
        self.query_one(LineView).focus()

    def on_line_view_opened(self, event: LineView.Opened) -> None:
        """Copy the one under the cursor."""
        event.stop()
        self.action_take(str(event.row.key))

    def on_key(self, event: Key) -> None:
        """A letter takes the one that begins with it."""
        found = next((name for name in self._texts if name[0] == event.character), None)
        if found is not None:
            event.stop()
            self.action_take(found)

    def action_take(self, name: str) -> None:
        """Copy one, and say so."""
        self.app.copy_to_clipboard(self._texts[name])
        self.app.notify(f"Copied the {name}, by way of the terminal (OSC 52).", timeout=3, markup=False)
        self.dismiss(None)
