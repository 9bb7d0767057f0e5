"""What a trace says in a few rows: what filters ask for without building it again."""

from __future__ import annotations

from collections import defaultdict
from itertools import chain
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

from wsgitrace.events import InputRead, Logged, Queried, StartResponse
from wsgitrace.trace.input_ledger import input_ledger
from wsgitrace.trace.lint import lint
from wsgitrace.trace.queries import queries

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wsgitrace.trace.model import Trace
    from wsgitrace.trace.span import Span

FindingKind: TypeAlias = Literal[
    "changed", "layer", "exc", "caught", "swallowed", "read", "starved", "sr", "unclosed", "buffered", "lint",
    "log", "sql", "sqltime", "sqlfailed", "repeated",
]  # fmt: skip

Found: TypeAlias = "tuple[FindingKind, str, str, int]"
"""The fields of a :class:`Finding`."""


class Finding(NamedTuple):
    """One fact about what one layer did in one exchange."""

    kind: FindingKind
    """``layer``: it ran (value: nanoseconds in it alone, all its passes together); ``changed``: it changed ``name``
    (how often); ``exc``: an exception of type ``name`` began in it; ``caught``, ``swallowed``: it caught one of type
    ``name`` and let another out, or none; ``read``: it read ``wsgi.input`` (bytes); ``starved``: it found that empty
    (bytes that others had read); ``sr``: it called ``start_response`` (how often); ``unclosed``: what it returned
    was never closed; ``buffered``: it held the body back (nanoseconds); ``lint``: it broke the rule ``name``
    (how often); ``log``: it logged at the level ``name``, a number (how often); ``repeated``: it ran the same query so
    many times. Of all layers together: ``sql``: queries that were run, ``sqltime``: nanoseconds that they took,
    ``sqlfailed``: those that raised."""
    layer: str
    """Dotted name of the layer; of a rule that a client broke, ``client``; of all layers together, empty."""
    name: str
    """Casefolded: ``environ:KEY``, ``request.NAME`` and the like of a framework, ``resp.header:NAME``,
    ``resp.header-order``, ``status``, ``body`` or ``input``; the dotted type of an exception as it is; of a rule how
    grave that was and its id, ``must:a23``; else empty."""
    value: int
    """As the kind says."""


def findings(trace: Trace) -> list[Finding]:
    """All that is to be found, each (kind, layer, name) once, values of several passes added up.

    The server's own pass is left out, but for rules that it broke: it adds the same fields to every response.
    """
    totals: defaultdict[tuple[FindingKind, str, str], int] = defaultdict(int)
    for kind, layer, name, value in chain(_of_passes(trace), _starved(trace), _broken(trace), _beside(trace)):
        totals[kind, layer, name] += value
    return [Finding(*what, value) for what, value in totals.items()]


def _of_passes(trace: Trace) -> Iterator[Found]:
    for span in trace.spans[1:]:
        layer = _layer(span)
        yield "layer", layer, "", span.self_time
        for kind, name, value in (*_changes(span), *_failures(span), *_rest(span)):
            yield kind, layer, name, value


def _starved(trace: Trace) -> Iterator[Found]:
    if InputRead not in trace.recording.kinds:  # as mostly
        return
    for starved in input_ledger(trace).starved:
        yield "starved", _layer(trace.span(starved.span)), "", starved.eaten


def _broken(trace: Trace) -> Iterator[Found]:
    for broken in lint(trace):
        layer = "client" if broken.severity == "client" else _layer(trace.span(broken.span))
        yield "lint", layer, f"{broken.severity}:{broken.rule.id.casefold()}", 1


def _beside(trace: Trace) -> Iterator[Found]:
    """What was logged, and what was asked of databases."""
    for record in trace.recording.of(Logged):
        yield "log", _layer(trace.by_id.get(record.span, trace.root)), str(record.level), 1
    if Queried not in trace.recording.kinds:
        return
    found = queries(trace)
    yield "sql", "", "", len(found.all)
    yield "sqltime", "", "", found.took
    if found.failed:
        yield "sqlfailed", "", "", found.failed
    for each in found.repeated:
        yield "repeated", _layer(trace.by_id.get(each.span, trace.root)), "", each.times


def _layer(span: Span) -> str:
    return span.layer.name if span.layer is not None else span.name


def _changes(span: Span) -> Iterator[tuple[FindingKind, str, int]]:
    for change in span.changes.all:
        key = change.key.casefold()
        yield "changed", f"environ:{key}" if change.of == "environ" else key, 1
    response = span.response_changes
    if response.status is not None:
        yield "changed", "status", 1
    for header in response.headers:
        yield "changed", f"resp.header:{header.name.casefold()}", 1
    if response.reordered:
        yield "changed", "resp.header-order", 1
    if response.body:
        yield "changed", "body", 1
        if response.body.buffered:
            yield "buffered", "", max(response.body.held_back, 0)
    # What a layer around others reads, those do not get any more.
    if span.input_replaced is not None or (span.children and any(read.got > 0 for read in span.reads)):
        yield "changed", "input", 1


def _failures(span: Span) -> Iterator[tuple[FindingKind, str, int]]:
    if span.exception is not None and span.raised_here:
        yield "exc", span.exception.type, 1
    for raised in span.caught:
        yield ("swallowed" if span.swallowed else "caught"), raised.type, 1


def _rest(span: Span) -> Iterator[tuple[FindingKind, str, int]]:
    if span.reads:
        yield "read", "", sum(max(read.got, 0) for read in span.reads)
    own = span.record.of(StartResponse)
    if own:
        yield "sr", "", len(own)
    if span.closed is False and span.owner is span:
        yield "unclosed", "", 1
