"""Recorded requests, rebuilt and run again."""

from wsgitrace.replay.rebuilding import ReplayRefused, rebuild
from wsgitrace.replay.replaying import replay

__all__ = ["ReplayRefused", "rebuild", "replay"]
