"""What the checks of one trace find, each fault once."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from wsgitrace.trace.rules import RULES

if TYPE_CHECKING:
    from wsgitrace.trace.model import Trace
    from wsgitrace.trace.rules import Rule, Severity
    from wsgitrace.trace.span import Span

_LONGEST = 160
"""Characters of a value that a sentence holds."""


class Broken(NamedTuple):
    """One rule broken in one exchange."""

    rule: Rule
    """Which."""
    span: int
    """The pass through the layer at fault; 0 is the server's."""
    seq: int
    """The event that shows it."""
    text: str
    """What was done, one sentence without a full stop; it may hold traffic."""
    severity: Severity
    """That of the rule, or a lesser one where nothing comes of it."""


class Faults:
    """Takes in what is found in one trace."""

    def __init__(self, trace: Trace) -> None:
        self.trace = trace
        self.layers: list[Span] = [span for span in trace.spans[1:] if not span.framework]
        """Passes through WSGI layers, those outside first: a framework's own layers call each other otherwise."""
        self.givers: dict[str, list[int]] = {}
        """By header field: the passes that gave it, once it was asked for."""
        self._found: dict[tuple[str, int, str], Broken] = {}
        self._known: set[tuple[str, int | None]] = set()
        """Rules that were broken, by the pass, and by None for any."""

    def add(self, rule: str, span: int, seq: int, text: str, severity: Severity | None = None) -> None:
        """One rule broken; ``severity``: where less comes of it than of others that break it."""
        broken = RULES[rule]
        self._known |= {(rule, span), (rule, None)}
        self._found.setdefault((rule, span, text), Broken(broken, span, seq, text, severity or broken.severity))

    def has(self, rule: str, span: int | None = None) -> bool:
        """Whether a pass, or any, is known to have broken a rule."""
        return (rule, span) in self._known

    def all(self) -> tuple[Broken, ...]:
        """All of them by the events that show them."""
        return tuple(sorted(self._found.values(), key=lambda broken: (broken.seq, broken.rule.id)))


def shown(value: str) -> str:
    """A value within a sentence, bounded."""
    return repr(value if len(value) <= _LONGEST else value[: _LONGEST - 1] + "…")
