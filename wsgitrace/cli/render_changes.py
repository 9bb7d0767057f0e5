"""What one pass did, a line each: environ, input, status, header fields, body, exceptions."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from wsgitrace.cli.style import clip
from wsgitrace.cli.units import amount, duration, plural
from wsgitrace.events import from_text
from wsgitrace.export.shown import event_text, shown_value
from wsgitrace.safetext import safe
from wsgitrace.trace.beside_words import asked, said
from wsgitrace.trace.edited import edits_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wsgitrace.cli.style import Style
    from wsgitrace.events import Raised
    from wsgitrace.redact import Masker
    from wsgitrace.trace import BodyChange, EnvironChange, HeaderChange, Span

__all__ = ["Detail", "changes", "exception_text", "shown_header"]

_SIGNS: Final = {"added": ("+", "green"), "removed": ("-", "red"), "changed": ("~", "yellow")}

_BODY_WORDS: Final = {
    "same": "the same",
    "split": "the same bytes in more chunks",
    "joined": "the same bytes in fewer chunks",
    "resliced": "the same bytes cut elsewhere",
    "rewritten": "rewritten",
    "dropped": "dropped",
    "made": "made here",
    "pending": "still coming",
    "unknown": "not all recorded",
}


@dataclass(frozen=True, slots=True)
class Detail:
    """How much is shown."""

    masker: Masker
    """What hides secrets."""
    whole: bool = False
    """Nothing shortened."""
    width: int = 120
    """Columns of a line."""

    def within(self, width: int) -> Detail:
        """The same in lines of ``width`` columns."""
        return replace(self, width=width)

    def fit(self, text: str, used: int) -> str:
        """``text`` made safe, in what a line has left after ``used`` columns."""
        return safe(text) if self.whole else clip(text, max(20, self.width - used))


def shown_header(name: str, value: str, masker: Masker) -> str:
    """A header field as it may be shown; not safe yet."""
    return f"{name}: {masker.value(name, value)}"


def exception_text(raised: Raised, masker: Masker) -> str:
    """``KeyError: 'coupon'`` as it may be shown; not safe yet."""
    short = raised.type.removeprefix("builtins.")
    message = masker.text(from_text(raised.message))
    return f"{short}: {message}" if message else short


def changes(span: Span, style: Style, detail: Detail) -> Iterator[str]:
    """The lines of one pass, safe and coloured; none where it did nothing worth a line."""
    writer = _Writer(style, detail)
    for edit in edits_of(span):
        yield writer.plain("edit", event_text(edit, detail.masker).removeprefix("edit: "), "magenta")
    for change in span.changes.all:
        yield writer.environ(change, inward=bool(span.children))
    if span.reads:
        yield writer.plain("input", _input(span))
    if span.input_replaced is not None:
        yield writer.plain("input", f"handed on another wsgi.input: {span.input_replaced.type}")
    yield from _beside(span, writer)
    yield from _answers(span, writer)
    if span.id:
        yield from _response(span, writer)
    yield from _failures(span, writer)


class _Writer:
    """Puts signs, labels and colours on lines."""

    def __init__(self, style: Style, detail: Detail) -> None:
        self.style = style
        self.detail = detail

    def plain(self, label: str, text: str, *colours: str) -> str:
        return f"{self.style.paint(f'{label:8}', 'dim')} {self.style.paint(self.detail.fit(text, 9), *colours)}"

    def signed(self, label: str, kind: str, text: str) -> str:
        sign, colour = _SIGNS.get(kind, ("~", "yellow"))
        return self.plain(label, f"{sign} {text}", colour)

    def environ(self, change: EnvironChange, *, inward: bool) -> str:
        masker = self.detail.masker
        after = "" if change.kind == "removed" else shown_value(change.key, change.after, masker)
        if change.kind == "changed":
            before = shown_value(change.key, change.before, masker)
            text = f"{change.key}  {before} → {after}"
        else:
            text = f"{change.key}  {after}".rstrip()
        on_the_way_out = "  (on the way out)" if change.when == "out" and inward else ""
        return self.signed("environ" if change.of == "environ" else "state", change.kind, f"{text}{on_the_way_out}")

    def header(self, change: HeaderChange) -> str:
        masker = self.detail.masker
        if change.kind == "changed":
            before = masker.value(change.name, change.before or "")
            after = masker.value(change.name, change.after or "")
            return self.signed("header", "changed", f"{change.name}: {before} → {after}")
        if change.kind == "respelled":
            return self.signed("header", "changed", f"{change.name}: (the case of its name)")
        value = change.after if change.kind == "added" else change.before
        return self.signed("header", change.kind, shown_header(change.name, value or "", masker))


def _input(span: Span) -> str:
    got = sum(read.got for read in span.reads)
    text = f"read {amount(got)} in {plural(len(span.reads), 'call')}"
    if span.reads[0].offset:
        text += f", from byte {span.reads[0].offset:,}"
    if span.reads[-1].end:
        text += ", to the end"
    return text + (f", then {span.reads[-1].error}" if span.reads[-1].error else "")


def _answers(span: Span, writer: _Writer) -> Iterator[str]:
    """The calls of ``start_response`` and ``write`` that this very layer made."""
    for number, event in enumerate(event for event in span.start_responses if event.span == span.id):
        text = f"start_response {from_text(event.status)!r}, {plural(len(event.headers), 'header')}"
        text += f", line {event.line}" if event.line else ""
        text += f", exc_info {event.exc_info}" if event.exc_info else ""
        text += ", malformed" if event.malformed else ""
        yield writer.plain("answer" if not number else "again", text)
    writes = [event for event in span.writes if event.span == span.id and span.id]
    if writes:
        length = sum(max(0, event.length) for event in writes)
        yield writer.plain("write()", f"{amount(length)} in {plural(len(writes), 'call')}")


def _response(span: Span, writer: _Writer) -> Iterator[str]:
    changed = span.response_changes
    if changed.status is not None:
        inside, outside = changed.status
        if outside is None:
            yield writer.signed("status", "removed", f"{inside} never passed on")
        else:
            yield writer.signed("status", "changed", f"{inside} → {outside}")
    for change in changed.headers:
        yield writer.header(change)
    if changed.reordered:
        yield writer.signed("header", "changed", "in another order")
    if changed.body:
        yield writer.signed("body", "changed", _body(changed.body))
    elif span.inner is None and span.items:
        length = sum(max(0, item.length) for item in span.items)
        kind = span.returned.type.removeprefix("builtins.") if span.returned is not None else "write()"
        yield writer.plain("body", f"{amount(length)} in {plural(len(span.items), 'chunk')}, by {kind}")


def _beside(span: Span, writer: _Writer) -> Iterator[str]:
    """What it did beside WSGI."""
    for label, text in (("logged", said(span)), ("queries", asked(span))):
        if text:
            yield writer.plain(label, text)


def _body(change: BodyChange) -> str:
    text = (
        f"{plural(change.inner_items, 'chunk')} of {amount(change.inner_length)} → "
        f"{plural(change.outer_items, 'chunk')} of {amount(change.outer_length)}, {_BODY_WORDS[change.kind]}"
    )
    return f"{text}; buffered, held back {duration(change.held_back)}" if change.buffered else text


def _failures(span: Span, writer: _Writer) -> Iterator[str]:
    for raised in span.caught:
        yield writer.plain("caught", exception_text(raised, writer.detail.masker), "yellow")
    if span.exception is not None:
        label = "raised" if span.raised_here else "raised ↑"
        where = "" if span.exception.during == "call" else f"  (in {span.exception.during}())"
        yield writer.plain(label, f"{exception_text(span.exception, writer.detail.masker)}{where}", "red")
    if span.closed is False and span.owner is span:
        yield writer.plain("close()", "never called", "red")
