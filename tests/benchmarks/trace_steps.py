"""How long a step over a recorded trace of ten thousand events takes: prints milliseconds of CPU, decides nothing.

Run it from the top of the repository: ``python -m tests.benchmarks.trace_steps``.
"""

from __future__ import annotations

import sys
from statistics import median
from time import process_time
from typing import TYPE_CHECKING

from tests.support.streams import Exchange
from wsgitrace.trace import Trace, boundaries, fold

if TYPE_CHECKING:
    from collections.abc import Callable

ROUNDS = 9


def relayed(layers: int, chunks: int) -> Exchange:
    """A stream through ``layers`` that each hand on every one of ``chunks``."""
    exchange = Exchange("GET", "/events")
    calls = [exchange.call("shop.Layer0")]
    for number in range(1, layers):
        calls[-1].environ[f"shop.key{number}"] = number
        calls.append(calls[-1].call(f"shop.Layer{number}", wraps=True))
    for call in reversed(calls):
        call.start_response()
        call.returns(generator=True)
    exchange.response_head()
    for number in range(chunks):
        item = calls[-1].yields(b"data: %d\n\n" % number, took=0.1)
        for call in reversed(calls[:-1]):
            item = call.yields(item)
    return exchange.finish()


def screen(trace: Trace) -> object:
    """What a screen reads of a trace at one step."""
    tree = [(span.name, span.state, span.status, span.inclusive, span.self_time) for span in trace.spans]
    span = trace.spans[-1]
    return tree, fold(trace), span.environ, span.changes, span.response_changes, span.body, trace.response_body


def timed(what: Callable[[], object]) -> float:
    """Median milliseconds of CPU of a few rounds."""
    took = []
    for _ in range(ROUNDS):
        began = process_time()
        what()
        took.append((process_time() - began) * 1000)
    return median(took)


def main() -> None:
    """Print one line per shape of trace."""
    for layers, chunks in ((2, 4980), (10, 970), (40, 220)):
        events = relayed(layers, chunks).events
        trace = Trace.from_events(events)
        last = trace.events[-2].seq
        measured = {
            "from_events": timed(lambda events=events: Trace.from_events(events)),  # type: ignore[misc]
            "at": timed(lambda trace=trace, last=last: trace.at(last)),  # type: ignore[misc]
            "at and all that a screen shows": timed(lambda trace=trace, last=last: screen(trace.at(last))),  # type: ignore[misc]
            "boundaries": timed(lambda trace=trace: boundaries(trace)),  # type: ignore[misc]
        }
        shown = ", ".join(f"{name} {took:.1f} ms" for name, took in measured.items())
        sys.stdout.write(f"{layers} layers, {len(trace.events):,} events: {shown}\n")


if __name__ == "__main__":
    main()
