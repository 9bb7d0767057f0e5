"""Who reads the body of the request."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wsgitrace.trace.lint.faults import Faults
    from wsgitrace.trace.span import Span


def check_inputs(faults: Faults) -> None:
    """M15 and S27."""
    for span in faults.trace.spans:
        for read in span.reads:
            if read.method in {"read", "readline"} and read.asked is not None and 0 <= read.asked < read.got:
                faults.add("S27", 0, read.seq, f"{read.method}({read.asked}) gave {read.got:,} bytes")
    for span in faults.layers:
        if span.reads:
            _taken_away(faults, span)


def _taken_away(faults: Faults, span: Span) -> None:
    """What a layer reads before it calls inward is gone for the layers there, unless it puts it back."""
    if span.input_replaced is not None:
        return
    for child in span.children:
        called = child.record.called
        answer = child.layer is not None and child.layer.kind == "response"  # what the layer itself answers with
        if called is None or child.framework or child.subrequest or answer:
            continue
        before = [read for read in span.reads if read.seq < called.seq and read.got > 0]
        if not before:
            continue
        taken = sum(read.got for read in before)
        reader = _reader(child)
        text = f"it read {taken:,} bytes of wsgi.input and called {child.name} without putting them back"
        if reader is not None:
            faults.add("M15", span.id, before[-1].seq, f"{text}; {reader.name} then found {_found(reader)}")
        else:
            faults.add("M15", span.id, before[-1].seq, text, "hygiene")  # nobody missed them, this time
        return


def _reader(span: Span) -> Span | None:
    """The first pass inside that reads, too."""
    inside = [span]
    while inside:
        one = inside.pop(0)
        if one.reads:
            return one
        inside += one.children
    return None


def _found(span: Span) -> str:
    got = sum(max(read.got, 0) for read in span.reads)
    return f"{got:,} bytes" if got else "nothing"
