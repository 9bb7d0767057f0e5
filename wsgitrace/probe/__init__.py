"""Inside the worker: finds layers, observes them, parks, reports."""

from wsgitrace.probe.parking import By
from wsgitrace.probe.probe import Probe
from wsgitrace.probe.spans import current_pass

__all__ = ["By", "Probe", "current_pass"]
