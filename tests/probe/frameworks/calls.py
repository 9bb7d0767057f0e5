"""What of an exchange the adapters told."""

from __future__ import annotations

from wsgitrace.events import Called, LayerFound
from wsgitrace.trace import Trace


def framework_calls(bench):
    """Short names of the framework's layers that were called in the last exchange.

    What another test's application left alive may have taken a name first: the number after it is no matter here.
    """
    layers = bench.sender.layers
    called = [layers[event.layer] for event in bench.sender.of_event(Called)]
    return [layer.name.rpartition(".")[2].partition("#")[0] for layer in called if layer.kind == "framework"]


def trace_of(bench):
    return Trace.from_events([*bench.sender.of(LayerFound), *bench.sender.events()])
