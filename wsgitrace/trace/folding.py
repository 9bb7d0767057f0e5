"""Folding the passes that changed nothing, said nothing and cost nothing, so that a tree shows what matters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

from wsgitrace.events import ErrorsWrite, Logged, Queried

if TYPE_CHECKING:
    from wsgitrace.trace.model import Trace
    from wsgitrace.trace.span import Span

_BESIDE: Final = (Logged, ErrorsWrite, Queried)
"""What a pass does beside WSGI."""

CHEAP_NS = 1_000_000
"""A pass cost nothing when it took less than this by itself …"""

CHEAP_PART = 100
"""… and less than one part in so many of the exchange."""


@dataclass(frozen=True, slots=True)
class Fold:
    """Passes shown as one line."""

    spans: tuple[Span, ...]
    """The passes, outermost first; each is the only one that the one before it called, hooks left aside."""

    @property
    def depth(self) -> int:
        """Passes around the first."""
        return self.spans[0].depth

    @property
    def self_time(self) -> int:
        """Nanoseconds in all of them, time held left out."""
        return sum(span.self_time for span in self.spans)

    @property
    def inclusive(self) -> int:
        """Nanoseconds in the outermost of them, of hooks in each, and all inside."""
        inside = {span.id for span in self.spans}
        return sum(span.inclusive for span in self.spans if span.parent not in inside)


Row: TypeAlias = "Span | Fold"


def negligible(span: Span) -> bool:
    """True when a pass changed nothing, logged nothing, asked no database, and cost nothing."""
    if not span.passed_through or any(kind in span.record.kinds for kind in _BESIDE):
        return False
    took = span.self_time
    return took < CHEAP_NS and took * CHEAP_PART < max(span.trace.root.inclusive, 1)


def _beside(hook: Span, span: Span) -> bool:
    """True when ``span`` follows on a hook that a framework called on its way there."""
    return hook.hook and not hook.children and hook.parent == span.parent


def fold(trace: Trace, *, least: int = 2) -> tuple[Row, ...]:
    """The passes in order, ``least`` or more negligible ones in a row put together.

    One alone stays as it is: a line that says "1 pass" tells less than its name.
    """
    rows: list[Row] = []
    run: list[Span] = []

    def settle() -> None:
        if len(run) >= least:
            rows.append(Fold(tuple(run)))
        else:
            rows.extend(run)
        run.clear()

    for span in trace.spans:
        if run and span.parent != run[-1].id and not _beside(run[-1], span):
            settle()
        if negligible(span):
            run.append(span)
        else:
            settle()
            rows.append(span)
    settle()
    return tuple(rows)
