"""A ``.wtrace`` file of the stories in :mod:`tests.support.stories`, without a worker."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from tests.support.stories import STORIES
from wsgitrace.capture import Writer
from wsgitrace.events import (
    Began,
    Called,
    Ended,
    Events,
    HeadReceived,
    LayerFound,
    OutputLine,
    Started,
    encode_events,
    to_text,
)

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.streams import Exchange
    from wsgitrace.events import Event

WALL = 1_763_820_127_123_456_789
"""When the first exchange began."""


def record_stories(path: Path, names: tuple[str, ...] = tuple(STORIES)) -> dict[str, int]:
    """Write the stories to a capture at ``path``, a second apart; returns their numbers by name."""
    return record_exchanges(path, {name: STORIES[name]() for name in names})


def record_exchanges(path: Path, exchanges: dict[str, Exchange]) -> dict[str, int]:
    """The same of exchanges by any name."""
    writer = Writer.create(path, keep_exchanges=None, app="shop:app")
    worker = writer.new_worker()
    writer.add(worker, Started(pid=4711, app="shop:app", python="3.11.7", took=1_000_000))
    numbers = {}
    for local, (name, exchange) in enumerate(exchanges.items(), 1):
        numbers[name] = _record(writer, worker, local, exchange)
    writer.close()
    return numbers


def _record(writer: Writer, worker: int, local: int, exchange: Exchange) -> int:
    trace = exchange.trace()
    offset = local * 100
    layers = {layer.id: layer for layer in exchange.layers.values()}
    for layer in layers.values():
        # The stories number their layers from 0 each: as one worker's they need numbers of their own.
        writer.add(worker, _moved(layer, offset))
    head = trace.head
    raw = exchange.recorded[0]
    peer = raw.peer if isinstance(raw, HeadReceived) else ""
    number = writer.add(
        worker,
        Began(
            exchange=local,
            wall=WALL + local * 1_000_000_000,
            method=to_text(head.method) if head is not None else "",
            target=to_text(head.target) if head is not None else "",
            peer=peer,
        ),
    )
    assert number is not None
    data = encode_events([_with_layer(event, offset) for event in exchange.recorded])
    writer.add(worker, Events(exchange=local, count=len(exchange.recorded), data=data))
    writer.add(worker, OutputLine(stream="stderr", text=f"said during {local}", exchange=local))
    if trace.done:
        writer.add(worker, _ended(local, exchange))
    return number


def _moved(layer: LayerFound, offset: int) -> LayerFound:
    if layer.id == 0:
        return layer
    parent = layer.parent + offset if layer.parent else layer.parent
    return LayerFound(layer.id + offset, layer.name, layer.kind, layer.file, layer.line, layer.how, parent)


def _with_layer(event: Event, offset: int) -> Event:
    return msgspec.structs.replace(event, layer=event.layer + offset) if isinstance(event, Called) else event


def _ended(local: int, exchange: Exchange) -> Ended:
    trace = exchange.trace()
    raised = [span.exception for span in trace.spans if span.exception is not None]
    return Ended(
        exchange=local,
        how=trace.how,
        status=trace.response.code if trace.response is not None else trace.refused and trace.refused.status,
        duration=trace.duration,
        held=trace.held,
        first_byte=trace.first_byte,
        response_size=trace.sent,
        chunks=len(trace.root.items),
        layers=len(trace.spans) - 1,
        exception=raised[0].type if raised else "",
        swallowed=any(span.swallowed for span in trace.spans),
        closed=all(span.closed is not False for span in trace.spans),
        start_responses=len(trace.root.start_responses),
        events=len(exchange.recorded),
        note=trace.refused.reason if trace.refused is not None else "",
    )
