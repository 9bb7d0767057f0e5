"""CPU milliseconds that each analysis of a trace of 10,000 events takes; more than 50 is a failure.

Run it from the top of the repository: ``python -m tests.benchmarks.trace_answers``.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from tests.support.streams import Exchange
from wsgitrace.trace import Trace
from wsgitrace.trace.blame import Thing, all_blames, blame
from wsgitrace.trace.flow import flow
from wsgitrace.trace.ledger_words import LEDGERS
from wsgitrace.trace.lint import lint
from wsgitrace.tui.lines.layers import layer_rows

if TYPE_CHECKING:
    from collections.abc import Callable

    from wsgitrace.events import Event, LayerFound

BOUND = 50.0
EVENTS = 10_000
TEXT = ("Content-Type", "text/plain")


def streaming() -> Exchange:
    """One request of a few layers and very many items."""
    exchange = Exchange("POST", "/stream", body=b"x" * 50_000)
    with exchange.call("a.Outer") as outer:
        with outer.call("a.Inner", wraps=True) as inner:
            for _ in range(500):
                inner.read(100)
            inner.start_response("200 OK", [TEXT, ("X-Inner", "1")])
            inner.returns(generator=True)
        outer.start_response("200 OK", [TEXT])
        outer.returns(generator=True)
    while len(exchange.recorded) < EVENTS - 10:
        outer.yields(inner.yields(b"item", took=0.01))
    return exchange.finish()


def passing() -> Exchange:
    """One request that calls the application again and again, each time through layers that change something."""
    exchange = Exchange("GET", "/batch")
    with exchange.call("a.Batch") as batch:
        while len(exchange.recorded) < EVENTS - 20:
            with batch.call("a.Session", wraps=True) as session:
                session.environ["a.session"] = len(exchange.recorded)
                with session.call("a.view", "application", wraps=True) as view:
                    view.start_response("200 OK", [TEXT, ("X-View", str(len(exchange.recorded))), ("Vary", "Cookie")])
                    view.returns([b"x"])
                session.start_response("200 OK", [TEXT, ("Set-Cookie", "sid=1")])
        batch.start_response("200 OK", [TEXT])
        batch.returns([b"done"])
    return exchange.finish()


def breaking() -> Exchange:
    """The same, where each of the many answers breaks a rule."""
    exchange = Exchange("GET", "/batch")
    with exchange.call("a.Batch") as batch:
        while len(exchange.recorded) < EVENTS - 20:
            with batch.call("a.view", "application") as view:
                view.start_response("200", [TEXT])
                view.returns([b"x"])
        batch.start_response("200 OK", [TEXT])
        batch.returns([b"done"])
    return exchange.finish()


def main() -> None:
    """Measure, and print what it took; exits 1 where something took longer than the bound."""
    worst = 0.0
    for make in (streaming, passing, breaking):
        events = make().events
        print(f"{make.__name__}: {len(events):,} events")
        work: dict[str, Callable[[Trace], object]] = {
            "one blame": lambda trace: blame(trace, Thing("resp.header", "content-type")),
            "all blames": all_blames,
            "lint": lint,
            "flow": flow,
            "flow, whole": lambda trace: flow(trace, whole=True),
            **LEDGERS,
        }
        for name, analyse in work.items():
            took = min(_measure(events, analyse) for _ in range(5))
            worst = max(worst, took)
            print(f"  {name:20} {took:7.1f} ms")
    if worst > BOUND:
        raise SystemExit(f"{worst:.1f} ms is more than {BOUND:.0f}")


def _measure(events: list[LayerFound | Event], analyse: Callable[[Trace], object]) -> float:
    trace = Trace.from_events(events)
    assert trace.timings
    assert trace.environs
    assert layer_rows(trace, 120, unfolded=True)  # what is shown beside it, which has asked for much before
    began = time.process_time()
    analyse(trace)
    return (time.process_time() - began) * 1e3


if __name__ == "__main__":
    main()
