"""What can be copied of a request."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Final, NamedTuple

from wsgitrace.export import FORMATS, LeftOut, NotExportable, export, taken
from wsgitrace.tui.clipboard import copy_by_program, fits_terminal, put_in_file
from wsgitrace.tui.lines.bodies import body_rows
from wsgitrace.tui.lines.notes import note
from wsgitrace.tui.painting import Row, Run, fit, label, line_text
from wsgitrace.tui.screens.dialog import Dialog
from wsgitrace.tui.units import counted
from wsgitrace.tui.widgets.line_view import LineView

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from textual.app import App, ComposeResult
    from textual.events import Key

    from wsgitrace.capture import Summary
    from wsgitrace.export import Exchange, Format
    from wsgitrace.trace import Body, HeaderList
    from wsgitrace.tui.feed import Feed
    from wsgitrace.tui.lines.values import Shown

__all__ = ["CopyScreen", "start_copying"]

_WIDTH: Final = 120
"""Cells that a form or a hexdump is laid out in."""

_LAID_OUT: Final = 16 * 1024
"""Bytes of a body up to which its beginning is shown among the choices."""

_LETTERS: Final = {
    "value": "v", "url": "u", "path": "p", "curl": "c", "httpie": "i", "httpx": "x", "pytest": "t", "har": "h",
    "jsonl": "j", "raw": "w", "head": "d", "body": "b", "response": "r", "answer": "a", "note": "n", "show": "s",
}  # fmt: skip
"""What can be copied, in this order, and the letter of each."""


class Choice(NamedTuple):
    """One thing that can be copied."""

    preview: str
    """What it is, on one line."""
    make: Callable[[], bytes]
    """The bytes; raises :class:`NotExportable`."""
    suffix: str = ".txt"
    """Of the file that it is put into where nothing else works."""


def as_head(exchange: Exchange) -> str:
    """The request line and the fields of the request."""
    if exchange.request is None:
        return ""
    fields = [f"{name}: {value}" for name, value in exchange.request.headers]
    return "\n".join([f"{exchange.method} {exchange.target} {exchange.version}", *fields])


def as_response(exchange: Exchange) -> str:
    """The status and the fields of the response as sent."""
    if exchange.response is None:
        return ""
    return "\n".join([exchange.status, *(f"{name}: {value}" for name, value in exchange.response.headers)])


def as_text(body: Body, headers: HeaderList, shown: Shown) -> str:
    """A body as the inspector shows it, whole."""
    return "\n".join(line_text(row.runs) for row in body_rows(body, headers, _WIDTH, shown, whole=True))


def choices(feed: Feed, summary: Summary, shown: Shown, value: str) -> dict[str, Choice]:
    """What there is to copy, by name."""
    (exchange,) = taken(feed.capture, [summary], shown.masker)
    trace = exchange.trace
    sent = () if trace.head is None else trace.head.headers
    got = () if trace.response is None else trace.response.headers
    texts = {
        "value": value,
        "url": exchange.url if exchange.request is not None else "",
        "path": exchange.target.partition("?")[0],
        "head": as_head(exchange),
        "response": as_response(exchange),
        "note": shown.prose(note(summary)[0]),
        # A recording that goes with the screen is nothing that another command can read for long.
        "show": "" if feed.passing else f"wsgitrace show {shlex.quote(str(feed.capture.path))} {summary.number}",
    }
    bodies = {"body": (trace.request_body, sent), "answer": (trace.response_body, got)}
    found = {name: _text(text) for name, text in texts.items() if text}
    found |= {name: _body(body, headers, shown) for name, (body, headers) in bodies.items() if body.data}
    found |= {each.name: _exported(exchange, each) for each in FORMATS if each.name in _LETTERS}
    return {name: found[name] for name in _LETTERS if name in found}


def _text(text: str) -> Choice:
    return Choice(text.replace("\n", " ↵ "), lambda: _encoded(text))


def _body(body: Body, headers: HeaderList, shown: Shown) -> Choice:
    """A large one is laid out only when it is taken."""
    if len(body.data) <= _LAID_OUT:
        return _text(as_text(body, headers, shown))
    return Choice(counted(len(body.data), "byte"), lambda: _encoded(as_text(body, headers, shown)))


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "backslashreplace")


def _exported(exchange: Exchange, how: Format) -> Choice:
    def make() -> bytes:
        left_out = LeftOut()
        data = b"".join(export(how, [exchange], left_out))
        if left_out.reasons:
            raise NotExportable(left_out.reasons[exchange.number])
        return data.removesuffix(b"\n") if how.name == "curl" else data

    return Choice(how.help, make, how.suffix)


def start_copying(app: App[int], name: str, make: Callable[[], bytes], suffix: str = ".txt") -> None:
    """Copy, and say by which way and how much, while the screen goes on."""
    app.run_worker(lambda: _copy(app, name, make, suffix), thread=True, group="copy")


def _copy(app: App[int], name: str, make: Callable[[], bytes], suffix: str) -> None:
    """Called in a thread: what is large, and a program of the desktop, may take their time."""

    def say(text: str, severity: str = "information") -> None:
        app.call_from_thread(
            app.notify,
            str(label(text)),
            severity=severity,
            timeout=4,
            markup=False,
        )

    try:
        data = make()
    except NotExportable as problem:
        say(f"There is no {name} of it: {problem}.", "warning")
        return
    size = counted(len(data), "byte")
    program = copy_by_program(data)
    if program:
        say(f"Copied the {name}, {size}, by {program}.")
    elif fits_terminal(data):
        app.call_from_thread(app.copy_to_clipboard, data.decode())
        say(f"Copied the {name}, {size}, by way of the terminal (OSC 52).")
    else:
        try:
            say(f"The {name}, {size}, is nothing for a terminal's clipboard: it is in {put_in_file(data, suffix)}")
        except OSError as problem:
            say(f"The {name} could not be copied, nor put in a file: {problem.strerror}.", "error")


class CopyScreen(Dialog[None]):
    """A letter, or ``enter`` on a line: to the clipboard. What there is nothing of is left out."""

    def __init__(self, feed: Feed, summary: Summary, shown: Shown, value: str = "") -> None:
        super().__init__()
        self._choices = choices(feed, summary, shown, value)

    def compose(self) -> ComposeResult:
        """The choices."""
        view = LineView(classes="dialog")
        view.border_title = label("Copy")
        view.border_subtitle = label("enter or the letter copies · esc closes")
        view.set_rows(list(self._rows()))
        yield view

    def _rows(self) -> Iterator[Row]:
        for name, choice in self._choices.items():
            name_run = Run(fit(name, 15), "strong")
            yield Row((Run(f" {_LETTERS[name]} ", "keycap"), name_run, Run(choice.preview, "dim")), key=name)

    def on_mount(self) -> None:
        """The keys go to the choices."""
        self.query_one(LineView).focus()

    def on_line_view_opened(self, event: LineView.Opened) -> None:
        """Copy the one under the cursor."""
        event.stop()
        self.action_take(str(event.row.key))

    def on_key(self, event: Key) -> None:
        """A letter takes the one that has it."""
        found = next((name for name in self._choices if _LETTERS[name] == event.character), None)
        if found is not None:
            event.stop()
            self.action_take(found)

    def action_take(self, name: str) -> None:
        """Copy one, and say so."""
        app, choice = self.app, self._choices[name]
        self.dismiss(None)
        start_copying(app, name, choice.make, choice.suffix)
