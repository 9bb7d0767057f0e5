"""The request that is looked at: its summary, its trace, what it printed. Read whole, shown in parts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wsgitrace.capture import CaptureError
from wsgitrace.trace import Trace

if TYPE_CHECKING:
    from collections.abc import Callable

    from wsgitrace.capture import Capture, OutputRow, Summary
    from wsgitrace.trace import Span

__all__ = ["OUTPUT_LIMIT", "Subject", "read_subject"]

OUTPUT_LIMIT = 1_000
"""Output lines shown at most: the last ones."""


@dataclass(frozen=True, slots=True)
class Subject:
    """One request as far as it is recorded."""

    summary: Summary
    """Its row."""
    trace: Trace
    """Its trace, empty where reading failed."""
    output: tuple[OutputRow, ...] = ()
    """The lines that it printed."""
    failure: str = ""
    """Why it could not be read, else empty."""
    hides: Callable[[str, str], bool] | None = None
    """Whether a rule that was broken, or a wrong order of layers, is left out of requests for a path."""

    @property
    def number(self) -> int:
        """The debugger's number."""
        return self.summary.number

    def leaves_out(self, rule: str) -> bool:
        """Whether the project does not want to hear of a rule, or an order of layers, here."""
        return self.hides is not None and self.hides(rule, self.summary.path)

    @property
    def title(self) -> str:
        """As in ``#1185 POST /cart/checkout``; unmasked: masking is the widget's."""
        return f"#{self.summary.number} {self.summary.method}"

    def span(self, wanted: int | None) -> Span:
        """A pass by id; the innermost interesting one where there is none such."""
        if wanted is not None and wanted in self.trace.by_id:
            return self.trace.by_id[wanted]
        return self.default_span

    @property
    def default_span(self) -> Span:
        """The pass one wants to see first: where an exception came from, else the first that changed something."""
        spans = self.trace.spans[1:]
        for wanted in (_raised, _changed, _answered):
            for span in spans:
                if wanted(span):
                    return span
        return self.trace.outermost or self.trace.root


def _raised(span: Span) -> bool:
    return span.raised_here


def _changed(span: Span) -> bool:
    return bool(span.changes)


def _answered(span: Span) -> bool:
    return span.answered


def read_subject(capture: Capture, summary: Summary) -> Subject:
    """Read a request. A fault in reading is told where the request would have been, never raised."""
    try:
        trace = Trace.from_events(capture.events(summary.number))
        output = tuple(capture.output(exchange=summary.number, limit=OUTPUT_LIMIT))
    except CaptureError as error:
        return Subject(summary, Trace.from_events(()), failure=str(error))
    return Subject(summary, trace, output, hides=capture.hides)
