"""Recorded requests, rebuilt and run again."""

from wsgitrace.replay.in_worker import InWorker, Rerun
from wsgitrace.replay.over_http import ANOTHER_SERVER, NOT_KEPT, Destination, send_all
from wsgitrace.replay.rebuilding import ReplayRefused, rebuild
from wsgitrace.replay.replaying import prepare, replay

__all__ = [
    "ANOTHER_SERVER",
    "NOT_KEPT",
    "Destination",
    "InWorker",
    "ReplayRefused",
    "Rerun",
    "prepare",
    "rebuild",
    "replay",
    "send_all",
]
