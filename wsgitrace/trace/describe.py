"""One line about an event, without its layer's name and without its time. Raw text: masking and safety come later."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wsgitrace.events import (
    BigInt,
    Called,
    Chunk,
    ClientGone,
    CloseBegan,
    CloseEnded,
    Done,
    Edited,
    EnvironOut,
    ErrorsWrite,
    FrameworkChanges,
    HeadReceived,
    Held,
    InputRead,
    InputReplaced,
    IterationBegan,
    IterationEnded,
    Logged,
    LongText,
    Misfit,
    ObserverDetached,
    Opaque,
    Queried,
    Raised,
    RawBytes,
    Reached,
    Refused,
    Released,
    ResponseHead,
    Returned,
    Sent,
    StartResponse,
    Surrogates,
    Truncated,
    Wrote,
    from_text,
)
from wsgitrace.trace.logs import level_name
from wsgitrace.trace.statements import normalised

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from wsgitrace.events import Event, ExchangeEvent, Value

BODY_LIMIT = 60
"""Characters of text that a line shows."""

KILO = 1024
"""Bytes in a kB."""

DIGITS = 3
"""Digits of a duration that a line shows."""

KEYS_LIMIT = 3
"""Environ keys that a line names."""


def describe(event: Event) -> str:
    """What happened, as in ``start_response 200 OK, 4 headers``. One line, whatever the event carries."""
    say = _SAYINGS.get(type(event))
    return " ".join(say(event).split("\n")) if say is not None else type(event).__name__


def show_value(value: Value) -> str:
    """An environ value as a line: strings as they are, everything else as Python would write it."""
    match value:
        case Surrogates():
            text = from_text(value)
        case LongText(start, length):
            text = f"{from_text(start)}… ({length:,} characters)"
        case RawBytes(data, length):
            text = repr(data) if len(data) == length else f"{data!r}… ({length:,} bytes)"
        case BigInt(text):
            pass
        case Opaque(type=name, text=literal, length=length):
            text = literal or (f"<{name}>" if length is None else f"<{name} of {length:,}>")
        case str():
            text = value
        case _:
            text = repr(value)
    return text


def count(number: int, what: str, plural: str = "") -> str:
    """``1 chunk``, ``3 chunks``."""
    return f"{number:,} {what if number == 1 else plural or what + 's'}"


def duration(nanoseconds: int) -> str:
    """A duration with three digits at most: ``850 µs``, ``12.4 ms``, ``3.41 s``."""
    for unit, size in (("s", 1_000_000_000), ("ms", 1_000_000)):
        if nanoseconds >= size:
            value = nanoseconds / size
            decimals = max(0, DIGITS - len(str(int(value))))
            return f"{value:,.{decimals}f} {unit}"
    return f"{nanoseconds / 1000:,.0f} µs"


def amount(length: int) -> str:
    """Bytes in a sentence: ``1 byte``, ``412 bytes``, ``8.2 kB``, ``1.5 MB``; a kB is 1024 bytes."""
    if length < KILO:
        return count(length, "byte")
    short = short_size(length)
    return f"{short[:-1]} {short[-1]}B"


def short_size(length: int) -> str:
    """Bytes in a column, at most five characters: ``0``, ``412``, ``8.2k``, ``14k``, ``1.5M``."""
    if length < KILO:
        return str(length)
    value, unit = length / KILO, "k"
    for larger in ("M", "G", "T"):
        if value < 999.5:  # noqa: PLR2004 -- what rounds to three digits
            break
        value, unit = value / KILO, larger
    return f"{value:.1f}{unit}" if value < 9.95 else f"{value:.0f}{unit}"  # noqa: PLR2004 -- what rounds to one digit


def _some(text: str) -> str:
    return text if len(text) <= BODY_LIMIT else f"{text[:BODY_LIMIT]}…"


def _keys(keys: Iterable[str]) -> str:
    names = list(keys)
    shown = ", ".join(names[:KEYS_LIMIT])
    return f"{shown} and {len(names) - KEYS_LIMIT} more" if len(names) > KEYS_LIMIT else shown


def _head(event: HeadReceived) -> str:
    line = event.raw.split(b"\r\n", 1)[0].decode("latin-1")
    return f"request {_some(line)}" + (f" from {event.peer}" if event.peer else "")


def _called(event: Called) -> str:
    if event.subrequest:
        return "called for a request of the application's own"
    if event.parent == 0:
        return f"called with {count(len(event.environ), 'environ key')}"
    parts = [f"set {_keys(event.environ)}"] if event.environ else []
    parts += [f"removed {_keys(event.removed)}"] if event.removed else []
    copied = "" if event.same_environ else " with a copy of the environ"
    return f"called{copied}" + (f", the layer above {' and '.join(parts)}" if parts else "")


def _environ_out(event: EnvironOut) -> str:
    parts = [f"set {_keys(event.environ)}"] if event.environ else []
    parts += [f"removed {_keys(event.removed)}"] if event.removed else []
    return f"environ since the call: {', '.join(parts)}"


def _framework_changes(event: FrameworkChanges) -> str:
    changed = [one.key for one in event.attributes if one.kind != "removed"]
    removed = [one.key for one in event.attributes if one.kind == "removed"]
    parts = [f"set {_keys(changed)}"] if changed else []
    parts += [f"removed {_keys(removed)}"] if removed else []
    if event.status:
        made = ", made of the exception" if event.handled is not None else ""
        parts.append(f"response {from_text(event.status)}, {count(len(event.headers), 'header')}{made}")
    return "; ".join(parts) or "the framework made a response of the exception"


def _start_response(event: StartResponse) -> str:
    text = f"start_response {from_text(event.status)}, {count(len(event.headers), 'header')}"
    text += f", replacing the first for {event.exc_info}" if event.exc_info else ""
    return text + (", of the wrong types" if event.malformed else "")


def _returned(event: Returned) -> str:
    if event.passed is not None:
        return "returned what the layer inside returned"
    if event.length is not None:
        return f"returned a {event.type.rpartition('.')[2]} of {count(event.length, 'item')}"
    return f"returned {event.type}"


def _chunk(event: Chunk) -> str:
    if event.length < 0:
        return f"item {event.index + 1} is not bytes"
    passed = ", passed on" if event.same is not None else ""
    took = f", after {duration(event.took)}" if event.took else ""
    return f"chunk {event.index + 1}, {count(event.length, 'byte')}{passed}{took}"


def _raised(event: Raised) -> str:
    message = _some(from_text(event.message))
    where = {"call": "", "next": " while iterating", "close": " in close()"}.get(event.during, f" by {event.during}()")
    return f"raised {event.type}{': ' + message if message else ''}{where}"


def _input_read(event: InputRead) -> str:
    call = "next()" if event.method == "next" else f"{event.method}({'' if event.asked is None else event.asked})"
    if event.error:
        return f"wsgi.input {call} failed: {event.error}"
    span = f"{event.offset:,} to {event.offset + event.got:,}" if event.got else f"at {event.offset:,}"
    return f"wsgi.input {call} got {count(event.got, 'byte')}, {span}{', the end' if event.end else ''}"


def _logged(event: Logged) -> str:
    error = f", with {_some(from_text(event.error))}" if event.error else ""
    return f"log {level_name(event.level)} {event.logger}: {_some(from_text(event.text))}{error}"


def _queried(event: Queried) -> str:
    parts = [duration(event.took)]
    parts += [f"{event.sets} sets of parameters"] if event.many else []
    parts += [count(event.rows, "row")] if event.rows is not None else []
    parts += [f"failed: {_some(from_text(event.error))}"] if event.error else []
    return f"query, {', '.join(parts)}: {_some(normalised(from_text(event.statement)))}"


def _truncated(event: Truncated) -> str:
    if event.what == "events":
        return f"from here on less is recorded: limit of {event.limit:,} events"
    return f"from here on the {event.what} is not recorded: limit of {event.limit:,} bytes"


def _done(event: Done) -> str:
    skipped = f", {count(event.skipped, 'event')} not recorded" if event.skipped else ""
    how = {"complete": "complete", "cut": "cut before its end", "refused": "refused"}.get(event.how, event.how)
    return f"done: {how}{skipped}"


_EDITS = {
    "answer": "answered in place of the layer",
    "exception": "raised in place of what would have been",
    "layer": "skipped this layer",
    "client": "closed the client's connection",
    "clock": "the clock of the process set",
}


def _edited(event: Edited) -> str:
    """What the user did while it was held."""
    what = _EDITS.get(event.what)
    if what is not None:
        shown = "" if event.after is None else f": {_some(show_value(event.after))}"
        return f"edit: {what}{shown}"
    name = f"{event.what} {event.name}".rstrip()
    if event.before is None:
        return f"edit: {name} added: {_some(show_value(event.after))}"
    if event.after is None:
        return f"edit: {name} removed, was {_some(show_value(event.before))}"
    return f"edit: {name} {_some(show_value(event.before))} → {_some(show_value(event.after))}"


_MISFITS = {
    "environ": "the environ is a",
    "arguments": "start_response was called with arguments by name:",
    "status": "the status is a",
    "headers": "the headers are a",
    "header": "one of the headers is a",
    "name": "the name of a header is a",
    "value": "the value of a header is a",
    "exc_info": "exc_info is a",
    "item": "an item of the body is a",
    "write": "write() was given a",
    "errors": "wsgi.errors was given a",
}


_SAYINGS: dict[type[ExchangeEvent], Callable[..., str]] = {
    HeadReceived: _head,
    Refused: lambda event: f"refused with {event.status}: {event.reason} ({event.rule}, byte {event.offset:,})",
    Called: _called,
    EnvironOut: _environ_out,
    FrameworkChanges: _framework_changes,
    StartResponse: _start_response,
    Wrote: lambda event: f"write() of {count(event.length, 'byte')}",
    Returned: _returned,
    IterationBegan: lambda _: "iteration begins",
    Chunk: _chunk,
    IterationEnded: lambda _: "iteration ends",
    CloseBegan: lambda _: "close() is called",
    CloseEnded: lambda event: f"close() took {duration(event.took)}",
    Raised: _raised,
    InputRead: _input_read,
    InputReplaced: lambda event: f"wsgi.input replaced by {event.type}",
    Misfit: lambda event: f"{_MISFITS.get(event.what, event.what)} {event.type}",
    ErrorsWrite: lambda event: f"wsgi.errors: {_some(from_text(event.text).rstrip())}",
    Logged: _logged,
    Queried: _queried,
    ResponseHead: lambda event: f"response head sent: {from_text(event.status)}, {count(len(event.headers), 'header')}",
    Sent: lambda event: f"{count(event.total, 'byte')} sent so far",
    ClientGone: lambda _: "the client is gone",
    Reached: lambda event: f"{event.by} on line {event.line:,}",
    Held: lambda _: "held",
    Edited: _edited,
    Released: lambda event: f"goes on after {duration(event.held)} ({event.by})",
    Truncated: _truncated,
    ObserverDetached: lambda event: f"a fault of wsgitrace in {event.hook}, untraced from here: {event.error}",
    Done: _done,
}
