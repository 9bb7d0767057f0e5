"""What a framework hands from layer to layer, looked at when a layer is called and when it is left.

Between two looks exactly one layer's code has run: what is different then was that layer's doing. Values are compared
by identity alone, because ``==`` of a lazy object may ask a database.
"""

from __future__ import annotations

from _thread import get_ident
from operator import is_
from time import perf_counter_ns
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeAlias

from wsgitrace.events import AttributeChange, FrameworkChanges, to_key
from wsgitrace.probe.environ import rendered

if TYPE_CHECKING:
    from wsgitrace.events import Headers
    from wsgitrace.probe.spans import Span

Sources: TypeAlias = "tuple[dict[Any, Any], ...]"
"""Dicts, of any class, that are looked at by none of their own methods."""

Answer: TypeAlias = "tuple[str, Headers]"
"""Status and header fields of a response object."""

_copy, _len, _values = dict.copy, dict.__len__, dict.values
_MISSING: Any = object()
_NONE: Answer = ("", ())


class Terms(Protocol):
    """What an adapter knows of its framework's objects. Nothing here may run code of the application."""

    prefixes: tuple[str, ...]
    """For each of the sources the word before its keys."""

    def sources(self, request: Any) -> Sources:
        """The dicts that hold what middleware sets: attributes of the request, the session. None once they are gone."""

    def answer(self, response: Any) -> Answer | None:
        """Status and fields of ``response``; None where it is no response of this framework."""


class State:
    """What was last seen in one exchange."""

    __slots__ = ("_answer", "_seen", "failed", "owner", "request", "terms")

    def __init__(self, terms: Terms, owner: Span, request: Any, response: Any) -> None:
        self.terms = terms
        self.owner = owner
        """The application's pass that the framework's layers are in."""
        self.request = request
        self.failed: tuple[int, int] = (0, 0)
        """The last pass that an exception left, and the ``id`` of that."""
        self._seen = [_copy(values) for values in terms.sources(request)] or [{}] * len(terms.prefixes)
        self._answer: Answer | None = None
        if response is not None:
            # It was there before any layer was called: from here on it is told what they make of it.
            self.look(owner, "in", response)

    def look(self, span: Span, when: Literal["in", "out"], response: Any = None, handled: int | None = None) -> None:
        """Record what the code of ``span`` has changed since the last look."""
        seen = self._seen
        changes: list[AttributeChange] = []
        for index, now in enumerate(self.terms.sources(self.request)):
            before, count = seen[index], _len(now)
            if count != len(before) or (count and not all(map(is_, before.values(), _values(now)))):
                seen[index] = _copy(now)
                _compare(self.terms.prefixes[index], before, seen[index], changes)
        answer = None if response is None else self.terms.answer(response)
        if answer is None or answer == self._answer:
            if not changes and handled is None:
                return
            answer = _NONE
        else:
            self._answer = answer
        status, headers = answer
        recording = span.recording
        at = perf_counter_ns() - recording.began
        recording.append(
            FrameworkChanges(recording.seq(), span.id, get_ident(), at, when, tuple(changes), status, headers, handled)
        )


def _compare(prefix: str, before: dict[Any, Any], after: dict[Any, Any], changes: list[AttributeChange]) -> None:
    left = len(before)
    for name, value in after.items():
        old = before.get(name, _MISSING)
        if old is value:
            continue
        key = f"{prefix}.{_name(name)}"
        if old is _MISSING:
            left += 1
            changes.append(AttributeChange(key, "added", None, rendered(value)))
        else:
            changes.append(AttributeChange(key, "changed", rendered(old), rendered(value)))
    if left != len(after):
        changes += [
            AttributeChange(f"{prefix}.{_name(name)}", "removed", rendered(value), None)
            for name, value in before.items()
            if name not in after
        ]


def _name(name: Any) -> str:
    return to_key(name) if type(name) is str else str(name) if type(name) is int else "?"


def plain_fields(fields: Any) -> Headers:
    """Header fields as pairs of strings, whatever else a framework lets an application put there."""
    pairs = tuple(fields)
    for pair in pairs:
        name, value = pair
        if type(pair) is not tuple or type(name) is not str or type(value) is not str:
            return tuple([(_string(name), _string(value)) for name, value in pairs])
    return pairs


def _string(value: Any) -> str:
    if type(value) is str:
        return value
    if type(value) is bytes:
        return value.decode("latin-1")
    if type(value) is int:
        return str(value)
    return str.__getitem__(value, slice(None)) if isinstance(value, str) else f"<{type(value).__name__}>"
