"""What a trace says in a few rows: what filters ask for without building it again."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

from wsgitrace.trace.input_ledger import input_ledger
from wsgitrace.trace.lint import lint
from wsgitrace.trace.logs import logs
from wsgitrace.trace.queries import queries

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wsgitrace.trace.model import Trace
    from wsgitrace.trace.span import Span

FindingKind: TypeAlias = Literal[
    "changed", "layer", "exc", "caught", "swallowed", "read", "starved", "sr", "unclosed", "buffered", "lint",
    "log", "sql", "sqltime", "sqlfailed", "repeated",
]  # fmt: skip


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
    totals: Counter[tuple[FindingKind, str, str]] = Counter()
    for span in trace.spans[1:]:
        layer = span.layer.name if span.layer is not None else span.name
        totals["layer", layer, ""] += span.self_time
        for kind, name, value in (*_changes(span), *_failures(span), *_rest(span)):
            totals[kind, layer, name] += value
    for starved in input_ledger(trace).starved:
        span = trace.span(starved.span)
        totals["starved", span.layer.name if span.layer is not None else span.name, ""] += starved.eaten
    for broken in lint(trace):
        span = trace.span(broken.span)
        layer = "client" if broken.severity == "client" else span.layer.name if span.layer is not None else span.name
        totals["lint", layer, f"{broken.severity}:{broken.rule.id.casefold()}"] += 1
    totals.update(_beside(trace))
    return [Finding(kind, layer, name, value) for (kind, layer, name), value in totals.items()]


def _beside(trace: Trace) -> Counter[tuple[FindingKind, str, str]]:
    """What was logged, and what was asked of databases."""
    totals: Counter[tuple[FindingKind, str, str]] = Counter()
    for record in logs(trace).records:
        totals["log", _layer(trace, record.span), str(record.level)] += 1
    found = queries(trace)
    if found.all:
        totals["sql", "", ""] = len(found.all)
        totals["sqltime", "", ""] = found.took
    if found.failed:
        totals["sqlfailed", "", ""] = found.failed
    for each in found.repeated:
        totals["repeated", _layer(trace, each.span), ""] += each.times
    return totals


def _layer(trace: Trace, number: int) -> str:
    span = trace.by_id.get(number, trace.root)
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
    own = sum(event.span == span.id for event in span.start_responses)
    if own:
        yield "sr", "", own
    if span.closed is False and span.owner is span:
        yield "unclosed", "", 1
