"""What the conditions of breakpoints are asked about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wsgitrace.probe.unpatched import get_ident

if TYPE_CHECKING:
    from wsgitrace.probe.spans import Span
    from wsgitrace.probe.watching import Watch
    from wsgitrace.query import Fact, Verb


class Moment:
    """One event as breakpoints look at it (:class:`wsgitrace.query.Moment`)."""

    def __init__(self, watch: Watch, span: Span, kind: str) -> None:
        self._watch = watch
        self._span = span
        self.kind = kind
        self.layer = span.layer.name
        self.exception = watch.first_time(watch.last.get(get_ident())) if kind == "raised" else ""

    def through(self) -> list[str]:
        """The layers around that one that it passes."""
        return self._watch.through(self._span, self.kind)

    def changes(self) -> list[tuple[str, Verb, str]]:
        """What is seen here to have been changed."""
        return self._watch.changed

    def broken(self) -> list[tuple[str, str]]:
        """Rules that are seen here to have been broken."""
        return [(layer, rule) for layer, rule, _ in self._watch.broken]

    def get(self, name: str) -> Fact:
        """A fact of the filter language."""
        return self._watch.fact(name)
