"""What can be copied of a request."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding

from wsgitrace.tui.painting import Row, Run, fit, label
from wsgitrace.tui.screens.dialog import Dialog
from wsgitrace.tui.subject import read_subject
from wsgitrace.tui.widgets.line_view import LineView

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from wsgitrace.capture import Summary
    from wsgitrace.redact import Masker
    from wsgitrace.trace import Trace
    from wsgitrace.tui.feed import Feed

__all__ = ["CopyScreen", "as_curl", "as_url"]

_LEFT_OUT = frozenset({"host", "content-length", "connection", "accept-encoding", "transfer-encoding"})
"""Fields that curl sends by itself, or that would not be true of its request."""


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


class CopyScreen(Dialog[None]):
    """``u`` or ``c`` or ``enter``: to the clipboard."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("u", "take('url')", "URL", show=False),
        Binding("c", "take('curl')", "curl", show=False),
    ]

    def __init__(self, feed: Feed, summary: Summary, masker: Masker) -> None:
        super().__init__()
        trace = read_subject(feed.capture, summary).trace
        self._texts = {"url": as_url(trace, masker), "curl": as_curl(trace, masker)}

    def compose(self) -> ComposeResult:
        """The choices."""
        view = LineView(classes="dialog")
        view.border_title = label("Copy")
        view.border_subtitle = label("enter copies · esc closes")
        view.set_rows(
            [
                Row(
                    (Run(f" {name[0]} ", "keycap"), Run(fit(name, 6), "strong"), Run(text, "dim")), key=name, value=text
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

    def action_take(self, name: str) -> None:
        """Copy one, and say so."""
        self.app.copy_to_clipboard(self._texts[name])
        self.app.notify(f"Copied the {name}, by way of the terminal (OSC 52).", timeout=3, markup=False)
        self.dismiss(None)
