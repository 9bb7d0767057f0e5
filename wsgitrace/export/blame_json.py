"""A blame as ``wsgitrace blame --json`` has it. The keys stay; new ones may come."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wsgitrace.export.shown import shown_value
from wsgitrace.trace.blame_words import doer, sentence
from wsgitrace.trace.describe import show_value

if TYPE_CHECKING:
    from wsgitrace.events import Value
    from wsgitrace.redact import Masker
    from wsgitrace.trace import Trace
    from wsgitrace.trace.blame import Blame, Deed, Thing

__all__ = ["blame_object", "shown_of"]


def shown_of(thing: Thing, value: Value, masker: Masker) -> str:
    """A value of ``thing``, secrets masked."""
    if thing.kind == "environ":
        return shown_value(thing.name, value, masker)
    if thing.kind == "status":
        return show_value(value)
    return masker.value("Set-Cookie" if thing.kind == "cookie" else thing.name, show_value(value))


def blame_object(trace: Trace, found: Blame, masker: Masker) -> dict[str, Any]:
    """What it is about, how it went in a sentence, and every deed in order."""
    return {
        "thing": str(found.thing),
        "sentence": sentence(trace, found),
        "final": [shown_of(found.thing, value, masker) for value in found.final],
        "deeds": [_deed(trace, found.thing, deed, masker) for deed in found.deeds],
    }


def _deed(trace: Trace, thing: Thing, deed: Deed, masker: Masker) -> dict[str, Any]:
    layer = trace.by_id[deed.span].layer
    return {
        "verb": deed.verb,
        "by": deed.by,
        "pass": deed.span,
        "name": doer(trace, deed),
        "layer": "" if layer is None or deed.by == "user" else layer.name,
        "seq": deed.seq,
        "file": deed.file,
        "line": deed.line,
        "where": deed.where,
        "outward": deed.outward,
        "before": [shown_of(thing, value, masker) for value in deed.before],
        "after": [shown_of(thing, value, masker) for value in deed.after],
        "reached": deed.reached,
        "refused": deed.refused,
    }
